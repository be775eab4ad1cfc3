"""Work trees: what an attempt does with git before and after its work, as shell lines in its orders.

All of it happens in the pane: the watcher never waits for git. An attempt with a work tree of its own begins in a
clean one (`worktree.sh`), is set up there (`setup.sh`), and leaves what it changed as a patch (`changes.sh`); one that
may be replayed notes the commit that it began with.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from scope.sessions.branches import worktrees
from scope.sessions.environment import quote
from scope.store import attemptdir, layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.task import Task

SCRIPTS: Final = os.path.dirname(os.path.abspath(__file__))
_ELSEWHERE: Final = f"unset {' '.join(worktrees.LEADING)}"
# Optional locks would refresh the index of a repository that is not ours to write.
_NOTED: Final = """\
	commit=$(git rev-parse --verify --quiet 'HEAD^{commit}') &&
	changes=$(git --no-optional-locks -c core.fsmonitor=false status --porcelain --untracked-files=normal) &&
	umask 077 && printf '%s %s\\n' "$commit" "$([ -z "$changes" ] && echo clean || echo dirty)" >"$base.new" &&
	mv -- "$base.new" "$base"
"""


def preparation(
    task: Task, origin: str, root: str, session: str, attempt: int, *, is_continued: bool
) -> tuple[str, ...]:
    """Return the functions `prepare` and `record` of the orders, for a task that needs them.

    `origin` is where it would work without. `prepare` runs in the environment of the work, and where it fails the
    attempt ends with its code; `record` changes no code. A model that goes on with what it did before finds its work
    tree as it left it.
    """
    directory = layout.session(root, session)
    if task.worktree:
        given = {
            "scripts": SCRIPTS,
            "root": root,
            "session": session,
            "number": str(attempt),
            "attempts": layout.attempts(directory),
            "report": attemptdir.report(layout.attempt(directory, attempt)),
            "kept": layout.branch_start(root, session),
        }
        onto = layout.onto(root, session)
        more = {"origin": origin, "base": task.base, "onto": onto, "is_continued": "yes" if is_continued else ""}
        noted = attemptdir.base(layout.attempt(directory, attempt))
        return (
            "prepare() {",
            '\tworktree=$(\n\t\t. "$environment"',
            *_sourced("worktree.sh", {**given, **more}),
            "\t) </dev/null || return",
            "\tdirectory=$worktree",
            *(_set_up(task, given, noted) if task.setup else ()),
            "}",
            'record() {\n\t(\n\t\t. "$environment"',
            *_sourced("changes.sh", given),
            "\t) </dev/null >/dev/null 2>&1",
            "}",
        )
    if task.replayable:
        noted = attemptdir.base(layout.attempt(directory, attempt))
        return (
            "prepare() {",
            '\t(\n\tcd -- "$directory" || exit\n\t. "$environment"',
            f"\t{_ELSEWHERE}\n\tbase={quote(noted)}",
            f"{_NOTED}\t) </dev/null >/dev/null 2>&1",
            "\treturn 0",
            "}",
        )
    return ()


def _sourced(script: str, given: Mapping[str, str]) -> tuple[str, ...]:
    """Return the lines of a subshell that set what a script of ours is given, and go through it."""
    given_lines = (f"\t\t{name}={quote(value)}" for name, value in given.items())
    return (f"\t\t{_ELSEWHERE}", *given_lines, f"\t\t. {quote(f'{SCRIPTS}/{script}')}")


def _set_up(task: Task, given: Mapping[str, str], noted: str) -> tuple[str, ...]:
    """Return what follows in a clean tree, and in none that is gone on with; in the pane, for it may take long."""
    return (
        f"\tcase $(cat -- {quote(noted)}) in *' dirty') return 0 ;; esac",
        "\t(",
        *_sourced("setup.sh", {**given, "setup": task.setup}),
        "\t)",
    )


def surroundings(task: Task) -> tuple[str, ...]:
    """Return what the work itself must not have in its environment."""
    return (f"\t{_ELSEWHERE}",) if task.worktree else ()
