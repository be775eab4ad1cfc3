"""`scope refine`: a merge queue, as a session of its own."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput
from scope.sessions.processes import daemon
from scope.sessions.spawn import parent_from_environment, spawn
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from scope.cli.grammar import Given
    from scope.sessions.branches.queue import Selection
    from scope.sessions.branches.refinery import Terms

    Keys = dict[str, str | Sequence[str] | Mapping[str, str]]

COMMAND = Command(
    "refine",
    "Land verified work on a branch, one session after another, merged and checked first.",
    text="""\
A merge queue. It begins a session, which takes the sessions that are done and verified and have a work tree of
the repository here (spawn --worktree --check CMD), the higher priority first, then who was done first. Each is
merged onto the newest commit of the branch, in a work tree of the refinery's own, and its check is run there, or the
one of --check; only when that passes is the branch moved forward, and the session's work tree and branch are removed.

What conflicts, or fails the check, goes back: that attempt of its session has failed after all, and counts against
its retries. Its supervisor decides as after any failure; the next attempt begins on the newest commit, and its brief
says which files, what met there and whose change it was.

Nothing of yours is touched: while the branch is checked out where changes are not committed, the refinery waits, and
says so. Killed at any moment, it goes on with the session that it was at. There is one at a time for a repository. It
ends when nothing more is to come, unless it is to --stay. Inside a session it takes only what is below that one.
What waits in the queue: scope refine --dry-run. What it did: scope logs of its id.""",
    epilog="Examples: scope refine · scope refine -l team=web --check 'make test' --stay · scope refine --dry-run",
    arguments=[
        Argument("sessions", many=True, required=False, meaning="Only these and what is below them; default: all.")
    ],
    options=[
        Option("--label", "-l", metavar="KEY=VALUE", many=True, meaning="Only with this label; repeatable."),
        Option("--agent", metavar="NAME", meaning="Only what runs for this agent."),
        Option("--target", metavar="BRANCH", meaning="Where to land; default: the branch that is checked out here."),
        Option("--check", metavar="CMD", meaning="A shell line run on each merge; default: each session's own check."),
        Option("--setup", metavar="CMD", meaning="A shell line run once in its work tree, before the first merge."),
        Option("--timeout", metavar="TIME", meaning="The longest time for one check; default: 1h."),
        Option("--unverified", meaning="Take what is done also where nothing has verified it."),
        Option("--squash", meaning="Each as one commit, without its branch's own."),
        Option("--keep", meaning="Keep work trees and branches of what has landed."),
        Option("--stay", meaning="Do not end when the queue is empty: wait for more."),
        Option("--name", "-n", metavar="NAME", meaning="Its name; default: refinery, the repository, the branch."),
        Option("--supervisor", metavar="NAME", meaning="The agent that supervises it; default: an implied one."),
        Option("--dry-run", meaning="Only list what would be taken now, in that order, and begin nothing."),
        Option("--json", meaning="Print an object: id (null with --dry-run), into, repository, queue (ids)."),
    ],
)
_RETRIES: Final = "5"
_HOUR_S: Final = 3600.0


def run(given: Given) -> int:
    """Begin a refinery; inside one, be it."""
    root = roots.require_trusted()
    own = parent_from_environment(root)
    if own is not None and _is_refinery(root, own):
        return _work(root, own, given)
    selection, timeout_s = _selection(root, given, own or ""), _timeout_s(given)
    from scope.sessions.branches import queue, refinery  # noqa: PLC0415 - imports subprocess, after the simple refusals

    here = os.getcwd()
    repository = queue.repository_of(here)
    if not repository:
        raise BadInput("cannot land in", here, "this is no repository", "cd to one, or make one: git init")
    terms = _terms(given, here, timeout_s)
    refinery.refuse_no_branch(repository, terms.into)
    waiting = queue.Queue(root, repository, selection).waiting()
    session = None
    if not given.flag("dry_run"):
        if not daemon.is_alive(root):
            daemon.require_tmux()
        session = spawn(root, _task(root, given, terms, repository, here), _words(terms), {}, own)
    _say(given, session, terms, repository, waiting)
    if session is not None:
        daemon.ensure(root)
    return 0


def _work(root: str, own: str, given: Given) -> int:
    from scope.laws.ids import SessionId, parent  # noqa: PLC0415 - after the words were read
    from scope.patterns import refinery  # noqa: PLC0415 - only in its own session

    selection = _selection(root, given, parent(SessionId(own)) or "")
    refinery.work(root, own, selection, _terms(given, os.getcwd(), _timeout_s(given)), stays=given.flag("stay"))
    return 0


def _is_refinery(root: str, session: str) -> bool:
    from scope.sessions.branches.queue import JOB_TYPE  # noqa: PLC0415 - inside a session only
    from scope.sessions.records.reading import Unreadable, read_task  # noqa: PLC0415 - imports yaml
    from scope.store import layout  # noqa: PLC0415 - as above

    task = read_task(layout.session(root, session))
    return not isinstance(task, Unreadable) and task.job_type == JOB_TYPE


def _timeout_s(given: Given) -> float:
    from scope.laws import durations  # noqa: PLC0415 - after the simple refusals

    text = given.text("timeout")
    said = _HOUR_S if text is None else durations.seconds(text)
    if not said:
        raise BadInput("--timeout takes a time such as 90, 10m or 1h30m, not", text, hint="for example: --timeout 30m")
    return said


def _terms(given: Given, here: str, timeout_s: float) -> Terms:
    from scope.sessions.branches.refinery import Terms  # noqa: PLC0415 - after the simple refusals
    from scope.sessions.branches.worktrees import Git  # noqa: PLC0415 - as above

    into = given.text("target") or Git(("-C", here)).branch()
    if not into:
        raise BadInput("cannot land in", here, "no branch is checked out here", "name one: scope refine --target main")
    return Terms(
        into,
        given.text("check") or "",
        timeout_s,
        is_squashed=given.flag("squash"),
        keeps=given.flag("keep"),
        allows_unverified=given.flag("unverified"),
    )


def _selection(root: str, given: Given, below: str) -> Selection:
    from scope.sessions.branches.queue import Selection  # noqa: PLC0415 - as above
    from scope.sessions.records.selection import select  # noqa: PLC0415 - as above

    words, labels = given.words("sessions"), given.words("label")
    if words:
        select(root, words)  # what names nothing is said now
    for label in labels:
        if "=" not in label:
            raise BadInput("--label takes K=V, not", label, hint="for example: -l team=web")
    return Selection(
        tuple(words),
        tuple(labels),
        given.text("agent") or "",
        below,
        allows_unverified=given.flag("unverified"),
        keeps=given.flag("keep"),
    )


def _task(root: str, given: Given, terms: Terms, repository: str, here: str) -> Keys:
    """Return the task of a refinery: the same words again, in a work tree of its own."""
    from scope.cli.taskfile import judged, refuse_unknown_agents  # noqa: PLC0415 - imports yaml
    from scope.laws.slug import slug  # noqa: PLC0415 - as above
    from scope.sessions.branches.queue import JOB_TYPE  # noqa: PLC0415 - as above

    home = os.path.basename(repository.removesuffix("/.git"))
    keys: Keys = {
        "command": ["scope", "refine", *_again(given, terms)],
        "name": given.text("name") or f"refinery-{slug(f'{home} {terms.into}', 48)}",
        "job_type": JOB_TYPE,
        "cwd": here,
        "worktree": "true",
        "base": terms.into,
        "playbook": ["restart", "escalate"],
        "retries": _RETRIES,
    }
    if given.text("setup"):
        keys["setup"] = given.text("setup") or ""
    if given.text("supervisor"):
        keys["supervisor"] = given.text("supervisor") or ""
    judged(keys, _words(terms))
    refuse_unknown_agents(root, keys)
    return keys


def _words(terms: Terms) -> str:
    return f"Land verified work on {terms.into}\n"


def _again(given: Given, terms: Terms) -> list[str]:
    """Return the words of this call as the session is to be given them."""
    words = ["--target", terms.into]
    for name in ("agent", "check", "timeout"):
        if given.text(name):
            words += [f"--{name}", given.text(name) or ""]
    words += [word for label in given.words("label") for word in ("--label", label)]
    words += [f"--{name}" for name in ("unverified", "squash", "keep", "stay") if given.flag(name)]
    return [*words, "--", *given.words("sessions")] if given.words("sessions") else words


def _say(given: Given, session: str | None, terms: Terms, repository: str, waiting: list[str]) -> None:
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        said = {"id": session, "into": terms.into, "repository": repository, "queue": waiting}
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    elif session is not None:
        sys.stdout.write(f"{session}\n")
    else:
        sys.stdout.write("".join(f"{each}\n" for each in waiting))
    sys.stdout.flush()
