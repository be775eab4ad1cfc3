"""After a reboot: what ran before goes on one by one, and anybody can see beforehand what will become of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.executors import orders
from scope.laws.ids import SessionId, order
from scope.laws.reboot import Prospect, prospect
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions.records import allocation, pausing, record
from scope.store import layout
from scope.supervision.observation import observe
from scope.supervision.wards import clock
from scope.supervision.wards.ward import Newcomer, Ward, admit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.states import State

STAGGERED: Final = "the machine was restarted, and what ran before begins one by one (recovery.stagger)"


class Stagger:
    """Lets what ran under another boot start one by one; what is new does not wait for it."""

    def __init__(self, boot: str) -> None:
        self.every_s = 0.2
        self._boot = boot
        self._turns: dict[SessionId, float] = {}
        self._next = 0.0  # when the next turn can be given
        self._last = float("-inf")  # when one began

    def left_s(self, ward: Ward, now: float) -> float:
        """Return how long a session that could start has to wait still; 0 takes its turn."""
        if not is_of_another_boot(ward, self._boot):
            return 0.0
        turn = self._turns.get(ward.session)
        if turn is None:
            turn = self._turns[ward.session] = max(now, self._next)
            self._next = turn + self.every_s
        # Several whose turns came while they had no slot are as many that come at once.
        due = max(turn, self._last + self.every_s)
        if due > now:
            return due - now
        self._last = now
        return 0.0

    def begun(self, ward: Ward, now: float) -> None:
        """Take note of a start just before it is committed, which may be later than when it was decided."""
        if is_of_another_boot(ward, self._boot):
            self._last = now
            self._turns.pop(ward.session, None)


@dataclass(frozen=True, slots=True)
class Survivor:
    """A session that ran before the reboot, and what comes next."""

    session: str
    name: str
    state: State
    attempt: int
    prospect: Prospect


def is_of_another_boot(ward: Ward, boot: str) -> bool:
    """Tell whether a session's latest attempt began before the machine was restarted."""
    return bool(ward.chronicle.attempt and ward.chronicle.boot and boot and ward.chronicle.boot != boot)


def survivors(root: str) -> list[Survivor]:
    """Return the sessions that have not ended and ran last under another boot, in the order of their ids.

    It reads, and writes nothing. Raises StoreFault.
    """
    boot, now = clock.boot_id(), clock.since_boot()
    world = {session: record.state(layout.session(root, session)) for session in allocation.all_ids(root)}
    found = []
    for session in sorted(world, key=order):
        if world[session] in TERMINAL or not record.exists(root, session):
            continue
        met = admit(root, SessionId(session), Newcomer(), now)
        if isinstance(met, Ward) and is_of_another_boot(met, boot):
            found.append(_survivor(root, met, world, boot, now))
    return found


def _survivor(root: str, ward: Ward, world: Mapping[str, State], boot: str, now: float) -> Survivor:
    seen = observe.case(ward, pane="absent", world=world, root=root, now=now, boot=boot)
    case = replace(seen, paused=pausing.words(root))
    resumes = 0
    if isinstance(ward.task, Task) and ward.task.executor == "model":
        try:
            resumes = orders.resumable(ward.directory, ward.chronicle.attempt + 1, ward.task)
        except StoreFault:
            resumes = 0  # nothing that could be read is left of it
    asked = record.question(ward.directory)
    what = prospect(case, resumes=resumes, question=": ".join(asked) if asked else "")
    name = record.given_name(ward.directory) or (ward.task.name if isinstance(ward.task, Task) else "")
    return Survivor(ward.session, name, ward.chronicle.state, ward.chronicle.attempt, what)
