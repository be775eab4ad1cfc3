"""Work trees: what an attempt does with git before its work, as shell lines in its orders.

All of it happens in the pane: the watcher never waits for git. An attempt with a work tree of its own begins in a
clean one (`worktree.sh`); one that may be replayed notes the commit that it began with.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from scope.sessions.environment import quote
from scope.store import layout

if TYPE_CHECKING:
    from scope.laws.task import Task

SCRIPT: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worktree.sh")
# What a hook of git's, say, has in its environment: all of it would lead to another repository.
_ELSEWHERE: Final = (
    "unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX GIT_COMMON_DIR GIT_OBJECT_DIRECTORY GIT_NAMESPACE "
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_IMPLICIT_WORK_TREE GIT_INTERNAL_SUPER_PREFIX GIT_GRAFT_FILE GIT_SHALLOW_FILE"
)
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
    """Return the function `prepare` of the orders, for a task that needs one.

    `origin` is where it would work without. It runs in the environment of the work, and where it fails the attempt
    ends with its code. A model that goes on with what it did before finds its work tree as it left it.
    """
    directory = layout.session(root, session)
    if task.worktree:
        given = {
            "origin": origin,
            "root": root,
            "session": session,
            "number": str(attempt),
            "attempts": layout.attempts(directory),
            "report": layout.report(layout.attempt(directory, attempt)),
            "kept": layout.branch_start(root, session),
            "base": task.base,
            "is_continued": "yes" if is_continued else "",
        }
        return (
            "prepare() {",
            '\tworktree=$(\n\t\t. "$environment"',
            f"\t\t{_ELSEWHERE}",
            *(f"\t\t{name}={quote(value)}" for name, value in given.items()),
            f"\t\t. {quote(SCRIPT)}\n\t) </dev/null || return",
            "\tdirectory=$worktree",
            "}",
        )
    if task.replayable:
        noted = layout.base(layout.attempt(directory, attempt))
        return (
            "prepare() {",
            '\t(\n\tcd -- "$directory" || exit\n\t. "$environment"',
            f"\t{_ELSEWHERE}\n\tbase={quote(noted)}",
            f"{_NOTED}\t) </dev/null >/dev/null 2>&1",
            "\treturn 0",
            "}",
        )
    return ()


def surroundings(task: Task) -> tuple[str, ...]:
    """Return what the work itself must not have in its environment."""
    return (f"\t{_ELSEWHERE}",) if task.worktree else ()
