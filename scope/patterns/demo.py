"""The demonstration: a tree of real sessions at work in a small git repository, some of it going wrong."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import Environment
from scope.laws.ids import SessionId, parent
from scope.patterns import repository, sample
from scope.sessions import allocation, daemon, record
from scope.sessions.outcome import Outcome
from scope.sessions.spawn import spawn
from scope.sessions.wait import ENDED, Goal, states_of
from scope.store import atomic, journal, layout, roots
from scope.tmux import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scope.laws.states import State

    Show = Callable[[str], None]

LONGEST_S: Final = 55.0
_LOOK_AGAIN_S: Final = 0.1
_KILL_AFTER: Final = 12  # payments in the ledger


@dataclass(frozen=True, slots=True)
class Part:
    """One session of the demonstration, and what is promised of it."""

    name: str
    says: str
    command: tuple[str, ...]
    check: str = ""
    retries: int = 0
    after: tuple[str, ...] = ()
    state: State = "done"
    attempts: int = 1
    children: int = 0


PARTS: Final = (
    Part("lint", "Compile every file", ("python", "-m", "compileall", "-f", "tally", "tests")),
    Part("tests", "Test each module in a session of its own", ("sh", "tests/each.sh"), after=("lint",), children=3),
    Part(
        "package",
        "Pack what is committed",
        ("sh", "-c", "mkdir -p out && git archive --verbose -o out/tally.tar HEAD"),
        check='test "$(git get-tar-commit-id <out/tally.tar)" = "$(git rev-parse HEAD)" && echo it holds HEAD',
        after=("tests",),
    ),
    Part(
        "invoices",
        "Write the invoices; the check adds them up",
        ("python", "-m", "invoices"),
        check='"$PYTHON" -m verify',
        after=("lint",),
        state="failed",
    ),
    Part(
        "replay",
        "Replay a feed of payments",
        ("python", "-m", "replay"),
        check=f'test "$(sort -u {sample.LEDGER} | wc -l)" -eq 40 && echo each payment is there once',
        retries=1,
        attempts=2,
    ),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it is played: a directory with a repository and a root of its own."""

    directory: str
    root: str
    commits: int


@dataclass(frozen=True, slots=True)
class Performance:
    """How it went: each part's session, the processes killed, and whatever was not as promised."""

    sessions: dict[str, str]
    children: tuple[str, ...]
    killed: tuple[int, ...]
    deviations: tuple[str, ...]
    took_s: float


def prepare(wanted: str | None) -> Stage:
    """Make directory, root and repository, and let this process belong to that root alone.

    Raises BadInput for a directory that is not empty, Environment without git or tmux.
    """
    repository.require_git()
    daemon.require_tmux()
    if os.environ.get("SCOPE_SANDBOX"):
        raise Environment("cannot start a watcher in a sandbox", hint="run it outside: scope demo")
    directory = repository.new_directory() if wanted is None else repository.empty_directory(wanted)
    for name in [name for name in os.environ if name.startswith("GIT_")] + ["SCOPE_SESSION", "SCOPE_ATTEMPT"]:
        os.environ.pop(name, None)
    os.environ["SCOPE_DIR"] = f"{directory}/{layout.DIRECTORY}"
    root = roots.make()
    return Stage(directory, root, repository.make(directory))


def play(stage: Stage, show: Show) -> Performance:
    """Spawn the parts, kill one of them on the way, wait for all; `show` is called now and then, with news."""
    began = time.monotonic()
    root = stage.root
    sessions: dict[str, str] = {}
    for part in PARTS:
        sessions[part.name] = _spawn(root, part, [sessions[name] for name in part.after])
    killed: tuple[int, ...] = ()
    goal = Goal(tuple(sessions.values()), len(sessions), ENDED)
    while not goal.is_reached(states_of(root, goal.sessions)) and time.monotonic() < began + LONGEST_S:
        daemon.ensure(root)
        if not killed and _lines(f"{stage.directory}/{sample.LEDGER}") >= _KILL_AFTER:
            killed = kill(root, sessions["replay"])
            show(f"kill -9 {' '.join(map(str, killed))}: session {sessions['replay']}, its wrapper and what it runs")
        show("")
        time.sleep(_LOOK_AGAIN_S)
    show("")
    children = tuple(sorted(id_ for id_ in allocation.all_ids(root) if parent(SessionId(id_)) == sessions["tests"]))
    deviations = _deviations(root, sessions, children, killed)
    return Performance(sessions, children, killed, deviations, time.monotonic() - began)


def kill(root: str, session: str) -> tuple[int, ...]:
    """Kill the wrapper of a session's first attempt and all below it, with -9; return their pids."""
    mark = layout.mark(root, session, 1)
    started = atomic.read(layout.started(layout.attempt(layout.session(root, session), 1))) or ""
    doomed = {int(word) for word in started.split()[:1] if word.isdigit() and processes.is_marked(int(word), mark)}
    # The wrapper goes first, or it would live to say how its command ended.
    for process in sorted(processes.census([mark])[mark], key=lambda process: process.depth):
        if process.pid in doomed or process.parent in doomed:
            doomed.add(process.pid)
            processes.send(process, signal.SIGKILL)
    return tuple(sorted(doomed))


def _spawn(root: str, part: Part, after: Sequence[str]) -> str:
    command = [sys.executable if word == "python" else word for word in part.command]
    keys: dict[str, str | Sequence[str]] = {"name": part.name, "command": command}
    if part.check:
        keys["check"] = part.check
    if part.retries:
        keys["retries"] = str(part.retries)
    if after:
        keys["after"] = after
    # PYTHONSAFEPATH would hide the repository's modules from its own programs.
    return spawn(root, keys, part.says, {"PYTHON": sys.executable, "PYTHONSAFEPATH": ""}, None)


def _deviations(root: str, sessions: dict[str, str], children: Sequence[str], killed: Sequence[int]) -> tuple[str, ...]:
    found = [] if killed else ["nothing was killed"]
    for part in PARTS:
        session = sessions[part.name]
        directory = layout.session(root, session)
        outcome = Outcome(root, session, record.state(directory))
        whose = f"session {session} ({part.name})"
        if outcome.state != part.state:
            found.append(f"{whose} is {outcome.state}, not {part.state}: {outcome.why}")
        elif outcome.verified != (bool(part.check) and part.state == "done"):
            found.append(f"{whose} should{'' if part.check else ' not'} be verified")
        if record.latest_attempt(directory) != part.attempts:
            found.append(f"{whose} took {record.latest_attempt(directory)} attempts, not {part.attempts}")
        lost = sum(1 for _, line in journal.read(layout.decisions(directory)) if line.get("kind") == "lost")
        if lost != part.attempts - 1:
            found.append(f"{whose} was lost {lost} times, not {part.attempts - 1}")
        if part.children and len(children) != part.children:
            found.append(f"{whose} has {len(children)} children, not {part.children}")
    states = {child: record.state(layout.session(root, child)) for child in children}
    found += [f"session {child} is {state}, not done" for child, state in states.items() if state != "done"]
    return tuple(found)


def _lines(path: str) -> int:
    return (atomic.read(path) or "").count("\n")
