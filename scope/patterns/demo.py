"""The demonstration: one job for six repositories, which fails, is advised, and does not fail twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from shlex import join
from typing import TYPE_CHECKING, Final

from scope.errors import Environment
from scope.executors import brief
from scope.laws.states import NEEDS_PERSON, TERMINAL
from scope.patterns import plan, repository, sample
from scope.sessions import standstill
from scope.sessions.asking import escalations
from scope.sessions.processes import daemon
from scope.sessions.prospects import states_of
from scope.sessions.records import index, record
from scope.sessions.records.outcome import Outcome
from scope.sessions.spawn import spawn
from scope.store import atomic, layout, roots, skilldir
from scope.supervision.experience.lessons import REPLAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from scope.patterns.plan import Part
    from scope.sessions.asking.escalations import Escalation

    Show = Callable[[str], None]

LONGEST_S: Final = 55.0
_LOOK_AGAIN_S: Final = 0.1
_GATHERS_S: Final = 10.0  # longer than likes are waited for before a person is asked
_STARTS_AT_MOST: Final = 50  # of a watcher, which begins in a fraction of a second, and does not live


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it is played: a directory with the repositories and a root of its own."""

    directory: str
    root: str


@dataclass(frozen=True, slots=True)
class Performance:
    """How it went: each part's session, the replays, the skills, the answer, and whatever was not as promised."""

    sessions: dict[str, str]
    replays: tuple[str, ...]
    skills: tuple[str, ...]
    answered: str
    deviations: tuple[str, ...]
    took_s: float


def prepare(wanted: str | None) -> Stage:
    """Make directory, root and repositories, and let this process belong to that root alone.

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
    atomic.replace(layout.config(root), plan.CONFIGURATION)
    atomic.directory(skilldir.runbooks(root))
    atomic.replace(f"{skilldir.runbooks(root)}/{plan.RUNBOOK_NAME}.md", plan.RUNBOOK)
    atomic.replace(f"{directory}/{plan.SCRIPT}", plan.RUN_TESTS, mode=0o755)
    for each in sample.REPOSITORIES:
        repository.make(directory, each)
    return Stage(directory, root)


def play(stage: Stage, show: Show) -> Performance:
    """Spawn the parts, answer what a person is asked, wait for all; `show` is called now and then, with news."""
    began = time.monotonic()
    sessions: dict[str, str] = {}
    for part in plan.PARTS:
        sessions[part.name] = _spawn(stage, part, [sessions[name] for name in part.after])
    person = _Person(stage, tuple(sessions[name] for name in plan.ASKED), show)
    starts = 0
    while time.monotonic() < began + LONGEST_S and starts < _STARTS_AT_MOST:
        starts += daemon.ensure(stage.root)
        person.look()
        if _is_over(stage.root, sessions, is_answered=bool(person.answered)):
            break
        show("")
        time.sleep(_LOOK_AGAIN_S)
    show("")
    replays = _replays(stage.root)
    deviations = (*_deviations(stage.root, sessions, replays), *_asked_otherwise(stage.root, sessions))
    skills = _begun_with(stage.root, sessions)
    return Performance(sessions, replays, skills, person.answered, deviations, time.monotonic() - began)


def _is_over(root: str, sessions: dict[str, str], *, is_answered: bool) -> bool:
    """Tell whether all have ended, or wait for a person who has nothing to say any more."""
    states = states_of(root, (*sessions.values(), *_replays(root)))
    left = [session for session, state in states.items() if state not in TERMINAL]
    if not left:
        return True
    is_asked = any(states[session] in NEEDS_PERSON for session in left)
    return is_answered and is_asked and len(standstill.held_up(root, left)) == len(left)


def _spawn(stage: Stage, part: Part, after: list[str]) -> str:
    words = f"Make the tests of {part.repository} run."
    # PYTHONSAFEPATH would hide the repositories' modules from their own tests.
    environment = {"PYTHON": sys.executable, "PYTHONSAFEPATH": ""}
    return spawn(stage.root, plan.keys(part, stage.directory, after), words, environment, None)


class _Person:
    """Answers the one question of the demonstration, with the command that a person would type."""

    def __init__(self, stage: Stage, sessions: tuple[str, ...], show: Show) -> None:
        self._stage = stage
        self._sessions = sessions
        self._show = show
        self._asked_since: float | None = None
        self.answered = ""

    def look(self) -> None:
        """Answer once everybody is in the question whom it concerns, or nobody joins them any more."""
        found = None if self.answered else next((each for each in _escalations(self._stage.root) if each.is_open), None)
        if found is None:
            return
        now = time.monotonic()
        self._asked_since = self._asked_since or now
        if set(self._sessions) <= set(found.sessions) or now > self._asked_since + _GATHERS_S:
            self._answer(found)

    def _answer(self, found: Escalation) -> None:
        words = ("scope", "answer", found.id, *plan.ANSWER)
        self.answered = join(words)
        self._show(f"{found.id} asks a person: {found.question}")
        done = subprocess.run(daemon.argv(words), capture_output=True, text=True, check=False, errors="replace")
        self._show(f"$ {self.answered}")
        self._show(done.stderr.partition("\n")[0])


def _escalations(root: str) -> list[Escalation]:
    return [found for found in escalations.every(root) if isinstance(found, escalations.Escalation)]


def _replays(root: str) -> tuple[str, ...]:
    return tuple(session for session, entry in index.entries(root).items() if REPLAY in entry.labels)


def _begun_with(root: str, sessions: dict[str, str]) -> tuple[str, ...]:
    """Return the names of the skills with which the followers began."""
    first = [layout.attempt(layout.session(root, sessions[part.name]), 1) for part in plan.PARTS if part.begins_with]
    return tuple(dict.fromkeys(name for attempt in first for name, _ in brief.recorded(attempt).skills))


def _deviations(root: str, sessions: dict[str, str], replays: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for part in plan.PARTS:
        session = sessions[part.name]
        directory = layout.session(root, session)
        outcome = Outcome(root, session, record.state(directory))
        whose = f"session {session} ({part.name})"
        if outcome.state != "done":
            found.append(f"{whose} is {outcome.state}, not done: {outcome.why}")
            continue
        if not outcome.verified:
            found.append(f"{whose} should be verified")
        attempts = record.latest_attempt(directory)
        if attempts != part.attempts:
            found.append(f"{whose} took {attempts} attempts, not {part.attempts}")
        first, last = (brief.recorded(layout.attempt(directory, number)) for number in (1, attempts))
        if bool(first.skills) is not bool(part.begins_with):
            wanted = f"what was learned from {part.begins_with}" if part.begins_with else "no skill"
            found.append(f"{whose} began with {' '.join(name for name, _ in first.skills) or 'no skill'}, not {wanted}")
        if last.advice_from != part.solved_by:
            found.append(f"{whose} had advice from {last.advice_from or 'nobody'}, not {part.solved_by or 'nobody'}")
    if len(replays) != sum(part.is_replayable for part in plan.PARTS):
        found.append(f"{len(replays)} sessions tried a skill, not {sum(part.is_replayable for part in plan.PARTS)}")
    states = {session: record.state(layout.session(root, session)) for session in replays}
    found += [f"replay {session} is {state}, not done" for session, state in states.items() if state != "done"]
    return tuple(found)


def _asked_otherwise(root: str, sessions: dict[str, str]) -> tuple[str, ...]:
    """Say where a person was asked otherwise than once, about all whom nobody else could help."""
    asked = [set(each.sessions) for each in _escalations(root)]
    if asked == [{sessions[name] for name in plan.ASKED}]:
        return ()
    about = ", and about ".join(" ".join(sorted(each)) for each in asked) or "nobody"
    return (f"a person was asked {len(asked)} times, about {about}",)
