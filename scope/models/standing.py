"""Standing: what the router has to know of a session, read from its files and kept until they change."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from scope.errors import ScopeError
from scope.laws import budget, identity
from scope.laws.budget import UNBOUNDED, Budget
from scope.laws.identity import Identity
from scope.laws.roster import level_of
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.models import bounds
from scope.models.accounts import Bound
from scope.models.faults import Fault
from scope.sessions.records import allowance, record
from scope.sessions.records.reading import read_task
from scope.store import atomic, attemptdir, document, layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from scope.laws.configuration import Configuration

_Value = TypeVar("_Value")
_Stamp = tuple[int, int, int] | None
_WATCHER = "watcher"
_MOST_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for the calls of a session now; the bounds are those of itself and of all above it."""

    session: str
    level: int
    agent: str
    agents_budget: Budget
    job: str
    role: str
    bounds: tuple[Bound, ...]


class Standings:
    """The standing of every session of a root."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._tasks = _Kept(_read_task)
        self._budgets = _Kept(lambda path: allowance.raised(os.path.dirname(path)))
        self._identities = _Kept(_read_identity)
        self._skills: dict[str, tuple[str, ...]] = {}

    def of(self, session: str, settings: Configuration) -> Standing:
        """Return the standing of a session; raises Fault for one that cannot make calls."""
        line = [(one, self._task(one)) for one in bounds.lineage(session)]
        task = line[0][1]
        if task is None:
            raise Fault(403, "session", f"there is no session {session}, or its task cannot be read")
        # A session without an agent of its own runs for that of the nearest session above it.
        agent = next((one.agent for _, one in line if one is not None and one.agent), "")
        who = self._identity(agent)
        of_agent = budget.parse(who.budget) if who else UNBOUNDED
        level = self._level([one for _, one in line], settings)
        if level is None:
            known = ", ".join(sorted(settings.models.roster.roles))
            raise Fault(503, "no_model", f"nobody knows the role '{task.role}'; there are: {known}")
        return Standing(
            session=session,
            level=level,
            agent=agent,
            agents_budget=(UNBOUNDED if isinstance(of_agent, str) else of_agent).over(settings.budgets.agent),
            job=task.job_type,
            role=task.role,
            bounds=self._bounds(line, settings),
        )

    def refuse_closed(self, session: str, attempt: int) -> None:
        """Raise Fault when an attempt is over."""
        directory = layout.attempt(layout.session(self._root, session), attempt)
        over = (attemptdir.closed(directory), attemptdir.exit_code(directory))
        if any(os.path.exists(sign) for sign in over) or not os.path.isdir(directory):
            raise Fault(403, "closed", f"attempt {attempt} of session {session} is over")

    def skills(self, session: str, attempt: int) -> tuple[str, ...]:
        """Return the skills that an attempt was given; a brief is written once."""
        directory = layout.attempt(layout.session(self._root, session), attempt)
        if directory not in self._skills:
            if len(self._skills) > _MOST_KEPT:
                self._skills.clear()
            self._skills[directory] = _skills(attemptdir.brief(directory))
        return self._skills[directory]

    def is_wanted(self) -> bool:
        """Tell whether a session that has not ended may still need the router."""
        try:
            names = os.listdir(layout.sessions(self._root))
        except OSError:
            return False
        for name in names:
            try:
                is_over = record.state(layout.session(self._root, name)) in TERMINAL
            except ScopeError:
                continue
            task = None if is_over else self._task(name)
            if task is not None and (task.is_routed or task.is_supervised):  # which may need an advisor
                return True
        return False

    def _bounds(self, line: list[tuple[str, Task | None]], settings: Configuration) -> tuple[Bound, ...]:
        """Return what bounds a session and those above it; a tree's own bound leaves the top one more."""
        found = []
        for number, (one, read) in enumerate(line):
            task = read or Task()
            is_tree = "." not in one and not settings.budgets.tree.is_empty
            usual = settings.budgets.tree if is_tree else settings.budgets.session
            raised = self._budgets.at(layout.raised(layout.session(self._root, one))) or UNBOUNDED
            inclusive = _of_calls(raised.over(task.allowance()).over(usual))
            found.append(Bound(bounds.of_tree(one), inclusive, f"{'tree' if is_tree else 'session'} {one}"))
            if number == 0:
                own = _of_calls(allowance.own(one, settings.budgets))
                found.append(Bound(bounds.of_session(one), own, f"session {one}"))
        return tuple(bound for bound in found if not bound.budget.is_empty)

    def _level(self, line: list[Task | None], settings: Configuration) -> int | None:
        """Return the level of a session: its own, and none above those of the sessions that it is below."""
        task = line[0]
        if task is None:
            return None
        who = self._identity(task.agent)
        own = level_of(settings.models.roster, task.level, task.role, who.level if who else None)
        above = self._level(line[1:], settings) if len(line) > 1 and task.by != _WATCHER else None
        return own if above is None or own is None else min(own, above)

    def _task(self, session: str) -> Task | None:
        return self._tasks.at(layout.task(layout.session(self._root, session)))

    def _identity(self, agent: str) -> Identity | None:
        if not agent:
            return None
        places = (self._root, layout.home())
        found = (self._identities.at(layout.identity(f"{layout.agents(place)}/{agent}")) for place in places)
        return next((one for one in found if one is not None), None)


def _of_calls(bound: Budget) -> Budget:
    """Return what of a session's budget is the router's business: its time and its children are the watcher's."""
    return replace(bound, seconds=None, children=None)


class _Kept(Generic[_Value]):
    """What was made of files, for as long as they stay as they were."""

    def __init__(self, make: Callable[[str], _Value | None]) -> None:
        self._make = make
        self._made: dict[str, tuple[_Stamp, _Value | None]] = {}

    def at(self, path: str) -> _Value | None:
        """Return what a file says; None where there is none, or where it cannot be read."""
        stamp = _stamp(path)
        kept = self._made.get(path)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        try:
            value = None if stamp is None else self._make(path)
        except ScopeError:
            value = None
        if len(self._made) > _MOST_KEPT:
            self._made.clear()
        self._made[path] = (stamp, value)
        return value


def _stamp(path: str) -> _Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read_task(path: str) -> Task | None:
    task = read_task(os.path.dirname(path))
    return task if isinstance(task, Task) else None


def _read_identity(path: str) -> Identity | None:
    try:
        parsed = document.parse(atomic.read(path) or "")
    except (document.Unfinished, document.Malformed):
        return None
    found = identity.parse(os.path.basename(os.path.dirname(path)), parsed.keys, parsed.body)
    return found if isinstance(found, Identity) else None


def _skills(path: str) -> tuple[str, ...]:
    try:
        named = document.parse(atomic.read(path) or "").keys.get("skills")
    except (document.Unfinished, document.Malformed, ScopeError):
        return ()
    words = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    return tuple(str(word).partition("@")[0] for word in words)  # without the revision
