"""Who is in the watcher's care: the wards, the newcomers, and the state of everybody else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from scope.laws.ids import SessionId, is_id, is_within
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions import allocation, index, record, wishes
from scope.store import journal, layout, rundir
from scope.supervision.ward import SETTLED_S, Newcomer, Ward, admit, task_signature

if TYPE_CHECKING:
    from scope.laws.states import State


class Roster:
    """Every session of the root; those that have not ended are wards."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.wards: dict[SessionId, Ward] = {}
        self.newcomers: dict[SessionId, Newcomer] = {}
        self.world: dict[str, State] = {}
        self._after: dict[str, set[SessionId]] = {}
        self._to_index: dict[SessionId, dict[str, Any]] = {}
        self._removed: set[SessionId] = set()
        self._indexed = {line.get("id") for _, line in journal.read(rundir.index(root))}
        present = set(allocation.all_ids(root))
        self._removed |= {SessionId(s) for s in self._indexed if isinstance(s, str) and is_id(s) and s not in present}

    def unknown(self) -> set[SessionId]:
        """Return the sessions on disk that were not met yet."""
        return {SessionId(s) for s in allocation.all_ids(self.root) if s not in self.world}

    def meet(self, session: SessionId, now: float) -> Ward | None:
        """Take a session into care if it can be, and return its ward; raises StoreFault.

        One that has ended is only remembered, unless something is wished of it.
        """
        if session in self.wards:
            return self.wards[session]
        directory = layout.session(self.root, session)
        if not is_id(session) or os.path.islink(directory) or not os.path.isdir(directory):
            self._drop(session)
            return None
        state = record.state(directory)
        if state in TERMINAL and not wishes.reopens(directory):
            self.world[session] = state
            return None
        met = admit(self.root, session, self.newcomers.pop(session, Newcomer()), now)
        if isinstance(met, Newcomer):
            self.newcomers[session] = met
            return None
        self._take_in(met)
        return met

    def _take_in(self, ward: Ward) -> None:
        self.wards[ward.session] = ward
        self.world[ward.session] = ward.chronicle.state
        if isinstance(ward.task, Task):
            for other in ward.task.after:
                self._after.setdefault(other, set()).add(ward.session)
            if ward.session not in self._indexed:
                self._to_index[ward.session] = index.line_of(ward.session, ward.task)

    def write_index(self) -> None:
        """Write the sessions that were met into the index, which may wait until they are on their way."""
        while self._to_index:
            session, line = next(iter(self._to_index.items()))
            journal.append(rundir.index(self.root), line, is_durable=False)
            self._indexed.add(session)
            del self._to_index[session]

    def read_again(self, ward: Ward, now: float) -> bool:
        """Take a task that a person has edited before it began; tell whether they may still be at it."""
        signature = task_signature(ward.directory)
        if signature is None or signature == ward.signature or ward.chronicle.attempt:
            self.newcomers.pop(ward.session, None)
            return False
        edited = self.newcomers.setdefault(ward.session, Newcomer(signature, now))
        if edited.signature != signature:
            edited = self.newcomers[ward.session] = Newcomer(signature, now)
        if now - edited.since < SETTLED_S:
            return True
        del self.newcomers[ward.session]
        met = admit(self.root, ward.session, Newcomer(signature, edited.since), now)
        if isinstance(met, Ward):
            ward.task, ward.signature = met.task, signature
            self._take_in(ward)
        return False

    def release(self, ward: Ward) -> set[SessionId]:
        """Let an ended session go, and return those whose turn it may be now."""
        state = ward.chronicle.state
        self.wards.pop(ward.session, None)
        self.world[ward.session] = state
        freed = self._after.pop(ward.session, set())
        if state == "aborted":
            freed |= self.below(ward.session)
        return freed & self.wards.keys()

    def below(self, session: SessionId) -> set[SessionId]:
        """Return the wards that descend from a session."""
        return {other for other in self.wards if other != session and is_within(other, session)}

    def _drop(self, session: SessionId) -> None:
        self.newcomers.pop(session, None)
        if self.world.pop(session, None) is not None:
            self._removed.add(session)

    def remember_removed(self) -> None:
        """Keep the ids of removed sessions from being given again; raises StoreFault."""
        gone = {session for session in self._removed if not os.path.lexists(layout.session(self.root, session))}
        if gone:
            allocation.remember(self.root, gone)
        self._removed.clear()

    def lose(self, ward: Ward) -> set[SessionId]:
        """Forget a session whose directory is gone, and return those that may have waited for it."""
        self.wards.pop(ward.session, None)
        self.world.pop(ward.session, None)
        self.newcomers.pop(ward.session, None)
        self._to_index.pop(ward.session, None)
        self._indexed.discard(ward.session)
        self._removed.add(ward.session)
        return self._after.pop(ward.session, set()) & self.wards.keys()
