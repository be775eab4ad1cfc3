"""`scope path`: where a thing lies, for editors and scripts."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput, NotFound
from scope.laws.ids import is_count
from scope.sessions.records import record
from scope.sessions.records.selection import one
from scope.store import attemptdir, inboxdir, layout, roots, rundir, skilldir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from scope.cli.grammar import Given

COMMAND = Command(
    "path",
    "Print where a thing lies: the root, config, a log, a session, an attempt; or list them.",
    text="""\
Things of a session take its id or name, things of an attempt also the attempt's number; the latest is the
default. Exit codes: 0 it is there · 4 it is not.""",
    epilog="Examples: scope path config · scope path attempt web-tests 2 · scope path log",
    arguments=[
        Argument("thing", required=False, meaning="What: scope path lists them."),
        Argument("session", required=False, meaning="Id or name, for a thing of a session."),
        Argument("attempt", required=False, meaning="Which attempt, for a thing of one; default: the latest."),
    ],
    options=[Option("--json", meaning="Print an array, or an object for one thing: thing, path, there.")],
)


def _home(path: Callable[[str], str]) -> Callable[[str], str]:
    return lambda _: path(layout.home())


OF_ROOT: Final[dict[str, Callable[[str], str]]] = {
    "root": lambda root: root,
    "config": layout.config,
    "sessions": layout.sessions,
    "inbox": inboxdir.escalations,
    "events": layout.events,
    "ledger": layout.ledger,
    "outcomes": skilldir.outcomes,
    "skills": layout.skills,
    "agents": layout.agents,
    "policies": inboxdir.policies,
    "signals": layout.signals,
    "run": layout.run,
    "log": rundir.watcher_log,
    "router-log": rundir.router_log,
}
OF_HOME: Final[dict[str, Callable[[str], str]]] = {
    "home": _home(lambda home: home),
    "home-config": _home(layout.config),
    "home-skills": _home(layout.skills),
    "home-agents": _home(layout.agents),
    "roots": _home(layout.roots),
}
OF_SESSION: Final[dict[str, Callable[[str], str]]] = {
    "session": lambda directory: directory,
    "task": layout.task,
    "result": layout.result,
    "decisions": layout.decisions,
}
OF_ATTEMPT: Final[dict[str, Callable[[str], str]]] = {
    "attempt": lambda directory: directory,
    "output": attemptdir.output,
    "brief": attemptdir.brief,
    "trajectory": attemptdir.trajectory,
    "failure": attemptdir.failure,
    "changes": attemptdir.changes,
}
THINGS: Final = (*OF_ROOT, *OF_HOME, *OF_SESSION, *OF_ATTEMPT, "worktree")


def run(given: Given) -> int:
    """Print one path, or all of them; raises NotFound for what is not there."""
    thing = given.text("thing")
    if thing is None:
        _list(is_json=given.flag("json"))
        return 0
    path = _path(thing, given.text("session"), given.text("attempt"))
    if not os.path.lexists(path):
        raise NotFound(f"there is no {thing}", path, hint="see what there is: scope path")
    if given.flag("json"):
        _print_json({"thing": thing, "path": path, "there": True})
    else:
        sys.stdout.write(f"{path}\n")
    return 0


def _path(thing: str, session: str | None, attempt: str | None) -> str:
    if thing not in THINGS:
        from scope.laws.schema import nearest  # noqa: PLC0415 - only on the way out

        meant = nearest(thing, list(THINGS))
        raise BadInput(
            "path does not know", thing, hint=f"did you mean: scope path {meant}" if meant else "list them: scope path"
        )
    if thing in OF_ROOT or thing in OF_HOME:
        if session is not None:
            raise BadInput(f"{thing} is no thing of a session, and does not take", session, hint=f"scope path {thing}")
        return OF_HOME[thing]("") if thing in OF_HOME else OF_ROOT[thing](roots.require())
    if session is None:
        raise BadInput("no session is named for", thing, hint=f"scope path {thing} ID; scope ls lists them")
    root = roots.require()
    session = one(root, session)
    directory = layout.session(root, session)
    if thing in OF_ATTEMPT:
        return OF_ATTEMPT[thing](layout.attempt(directory, _number(directory, session, attempt)))
    if attempt is not None:
        raise BadInput(
            f"{thing} is no thing of an attempt, and does not take", attempt, hint=f"scope path {thing} {session}"
        )
    return layout.worktree(root, session) if thing == "worktree" else OF_SESSION[thing](directory)


def _number(directory: str, session: str, attempt: str | None) -> int:
    if attempt is None:
        latest = record.latest_attempt(directory)
        if not latest:
            raise NotFound("there is no attempt yet of", session, hint=f"why: scope explain {session}")
        return latest
    if not is_count(attempt) or attempt == "0":
        raise BadInput("an attempt is a number from 1 on, not", attempt, hint=f"scope path attempt {session} 1")
    return int(attempt)


def _list(*, is_json: bool) -> None:
    """Print everything with whether it is there; of what belongs to sessions, how it would be called."""
    root = roots.find()
    found: list[tuple[str, str, bool | None]] = []
    if root is not None:
        found += [(thing, path(root), None) for thing, path in OF_ROOT.items()]
    found += [(thing, path(""), None) for thing, path in OF_HOME.items()]
    found = [(thing, path, os.path.lexists(path)) for thing, path, _ in found]
    if root is not None:
        directory = layout.session(root, "ID")
        found += [(f"{thing} ID", path(directory), None) for thing, path in OF_SESSION.items()]
        found.append(("worktree ID", layout.worktree(root, "ID"), None))
        attempt = f"{layout.attempts(directory)}/N"
        found += [(f"{thing} ID [N]", path(attempt), None) for thing, path in OF_ATTEMPT.items()]
    if is_json:
        _print_json([{"thing": thing, "path": path, "there": there} for thing, path, there in found])
        return
    for thing, path, there in found:
        sys.stdout.write(f"{thing}\t{path}" + ("\t(not there)\n" if there is False else "\n"))


def _print_json(said: object) -> None:
    import json  # noqa: PLC0415 - only when asked for

    sys.stdout.write(json.dumps(said, indent=2) + "\n")
