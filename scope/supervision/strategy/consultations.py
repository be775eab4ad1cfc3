"""Consultations: an advisor is a session like any other, which reads the case and says what to do.

It is made by the watcher: first its id is allocated, then the group's line names it, then its task
is written; killed in between, the next watcher goes on from the line. It never executes anything,
gets no advisors itself, and is charged to whoever supervises the failing work.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.laws.consultation import Consultation, question
from scope.laws.group import Advice, Counsel
from scope.laws.ids import SessionId, parent
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions import environment, spawn
from scope.sessions.records import allocation, record
from scope.sessions.records.reading import read_task
from scope.skills import in_vain
from scope.store import atomic, attemptdir, layout
from scope.supervision.experience import hindsight, lessons
from scope.supervision.observation import dossier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws.configuration import Configuration
    from scope.supervision.escalation.groups import Ring
    from scope.supervision.wards.roster import Roster
    from scope.supervision.wards.ward import Ward

_RETRIES: Final = "2"
_PLAYBOOK: Final = ("restart", "defer")
_LONGEST: Final = "30m"
_TEXT: Final = 8000
_UMASK: Final = 0o077


class Consultations:
    """Asks the models of the ladder, one session for each group and level."""

    def __init__(self, root: str, roster: Roster) -> None:
        self._root = root
        self._roster = roster

    def obstacle(self, level: str, settings: Configuration) -> str:
        """Say why no model of a level can be asked at all; nothing where one can."""
        is_there = level.isdecimal() and bool(settings.models.roster.levels.get(int(level)))
        return "" if is_there else f"there is no model at level {level}"

    def reserve(self, ring: Ring) -> SessionId:
        """Return the id of a new session for an advisor of a group: beside the work that failed. Raises StoreFault."""
        above = parent(self._of(ring)[0].session)
        return allocation.allocate(self._root, above if above in self._roster.world else None)

    def place(self, ring: Ring, settings: Configuration) -> None:
        """Write the task of a group's advisor, unless it is there; raises StoreFault."""
        advisor, levels = ring.group.advisor, settings.escalation.levels
        level = levels[ring.group.rung] if 0 <= ring.group.rung < len(levels) else ""
        wards = self._of(ring)
        if os.path.exists(layout.task(layout.session(self._root, advisor))) or not wards or not level.isdecimal():
            return
        ward = wards[0]
        assert isinstance(ward.task, Task)
        keys: dict[str, str | Sequence[str] | dict[str, str]] = {
            "executor": "advisor",
            "name": f"advisor-{ring.group.id}-{level}",
            "level": level,
            "advises": f"{ring.group.id}/{ring.group.rung}",
            "labels": {"advises": ring.group.id},
            "cwd": ward.task.cwd or os.path.dirname(self._root),
            "playbook": _PLAYBOOK,
            "retries": _RETRIES,
            "timeout": _LONGEST,
        }
        if ward.task.job_type:
            keys["job_type"] = ward.task.job_type
        if ward.task.supervisor:
            keys["agent"] = ward.task.supervisor  # whose budget it is charged to
        script = environment.script(environment.saved(os.environ, {}), _UMASK, os.path.dirname(sys.executable))
        spawn.fill(self._root, advisor, keys, question(self._case(ring, wards, level)), script)

    def counsel(self, ring: Ring) -> Counsel:
        """Return how a group's advisor fares; raises StoreFault."""
        advisor = SessionId(ring.group.advisor)
        directory = layout.session(self._root, advisor)
        if not os.path.isdir(directory):
            return Counsel(why_none="its session was removed")
        ward = self._roster.wards.get(advisor)
        if ward is not None and ward.parked:
            return Counsel(lacks=ward.parked)
        state = self._roster.world.get(advisor, "pending")
        if state not in TERMINAL:
            return Counsel()
        if state != "done":
            return Counsel(why_none=record.header(directory).get("why", "") or state)
        wards = self._of(ring)
        declared = frozenset(name for ward in wards if isinstance(ward.task, Task) for name, _ in ward.task.vars)
        return _advised(directory, advisor, declared, is_first=not any(ward.chronicle.advice for ward in wards))

    def dismiss(self, ring: Ring) -> None:
        """End an advisor that nobody waits for any more; raises StoreFault."""
        directory = layout.session(self._root, ring.group.advisor)
        is_over = self._roster.world.get(SessionId(ring.group.advisor)) in TERMINAL
        if os.path.exists(layout.task(directory)) and not is_over:
            atomic.create(layout.abort(directory), "the watcher: nobody waits for its advice\n")

    def _of(self, ring: Ring) -> list[Ward]:
        """Return the members that have failed, first the one that stands for all: who tried last, else the first."""
        wards = [self._roster.wards[session] for session in ring.members if session in self._roster.wards]
        failed = [ward for ward in wards if isinstance(ward.task, Task) and not ring.members[ward.session].is_held]
        return sorted(failed, key=lambda ward: (-len(ring.members[ward.session].tried), ward.precedence))

    def _case(self, ring: Ring, wards: Sequence[Ward], level: str) -> Consultation:
        ward = wards[0]
        assert isinstance(ward.task, Task)
        fingerprint = ring.group.fingerprint.partition(":")[0]
        known: tuple[in_vain.Vain, ...] = ()
        with suppress(StoreFault):  # an advisor who does not know of them is better than none
            known = in_vain.of(self._root, fingerprint, ward.task.job_type)
        return Consultation(
            level=level,
            sessions=tuple(member.session for member in wards),
            error=ring.error,
            task=hindsight.as_last_tried(ward),
            setbacks=hindsight.setbacks(ward),
            advice=tuple(dossier.advice(ward)),
            in_vain=tuple(_in_words(vain) for vain in known if vain.session != ward.session),
            skills=hindsight.skills(ward),
            places=tuple(
                dict.fromkeys(ward.task.cwd for ward in wards if isinstance(ward.task, Task) and ward.task.cwd)
            ),
        )


def _in_words(vain: in_vain.Vain) -> str:
    variables = ", ".join(f"{name} = {value!r}" for name, value in vain.variables)
    said = " ".join(vain.instructions.split())[:300]
    parts = [
        f"advice from {vain.level}",
        f"set {variables}" if variables else "",
        said,
        f"it still failed: {vain.error}",
    ]
    return "; ".join(part for part in parts if part)


def _advised(directory: str, advisor: SessionId, declared: frozenset[str], *, is_first: bool) -> Counsel:
    attempt = layout.attempt(directory, record.latest_attempt(directory))
    said = lessons.said_in(attemptdir.advice(attempt))
    wanted = said.get("variables")
    variables = {str(k): str(v) for k, v in wanted.items()} if isinstance(wanted, dict) else {}
    told = tuple((name, value) for name, value in variables.items() if name in declared)
    instructions = str(said.get("instructions", ""))[:_TEXT]
    if not told and not instructions.strip():
        undeclared = f": it would set {', '.join(variables)[:200]}, which nobody declares" if variables else ""
        return Counsel(why_none=f"it says nothing that can be carried out{undeclared}")
    reasoning = str(said.get("reasoning", ""))[:_TEXT]
    # Whoever does not say by itself why the advice below did not suffice says so in its reasons, if anywhere.
    insufficient = str(said.get("insufficient", "") or "")[:_TEXT] or ("" if is_first else reasoning)
    return Counsel(
        Advice(
            level=_level(directory),
            instructions=instructions,
            variables=told,
            reasoning=reasoning,
            insufficient=insufficient,
            session=advisor,
            cost_usd=_cost(directory),
        )
    )


def _cost(directory: str) -> float | None:
    """Return what all attempts of an advisor took; None where nobody knows the price."""
    numbers = range(1, record.latest_attempt(directory) + 1)
    used = [lessons.said_in(attemptdir.usage(layout.attempt(directory, number))) for number in numbers]
    costs = [lessons.dollars(one.get("cost")) for one in used if one]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def _level(directory: str) -> str:
    task = read_task(directory)
    return str(task.level) if isinstance(task, Task) and task.level is not None else ""
