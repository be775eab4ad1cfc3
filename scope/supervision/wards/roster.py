"""Who is in the watcher's care: the wards, the newcomers, and the state of everybody else."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from scope.errors import Environment
from scope.laws.ids import SessionId, is_id, is_within
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions.keeping import leaving
from scope.sessions.records import allocation, index, record, wishes
from scope.sessions.records.reading import read_task
from scope.store import atomic, journal, layout, rundir
from scope.supervision.wards.ward import SETTLED_S, Newcomer, Ward, admit, task_signature

if TYPE_CHECKING:
    from scope.laws.states import State


_STALE_AT_LEAST: Final = 64


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
        self._stale = 0  # lines of the index that tell of nobody any more, at least
        present = set(allocation.all_ids(root))
        self._indexed: dict[SessionId, str] = {}
        for _, line in journal.read(rundir.index(root)):
            session = line.get("id")
            if isinstance(session, str) and session in present:
                self._indexed[SessionId(session)] = str(line.get("name", ""))
            elif isinstance(session, str) and is_id(session):
                self._removed.add(SessionId(session))

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
            self._rename(session, directory)
            return None
        if state in TERMINAL and leaving.is_under_way(self.root, session):
            raise Environment("cannot try again yet", session, "it is just being archived, or removed")
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
            self._enter(ward.session, ward.task, record.given_name(ward.directory))

    def _enter(self, session: SessionId, task: Task, name: str) -> None:
        """Have a session written into the index: when it is first met, and when it is called by another name."""
        if self._indexed.get(session) != (name or task.name):
            self._to_index[session] = index.line_of(session, task, name)

    def _rename(self, session: SessionId, directory: str) -> None:
        """Take note of the name that people gave a session that has ended."""
        name = record.given_name(directory)
        if name and self._indexed.get(session) != name:
            task = read_task(directory)
            self._enter(session, task if isinstance(task, Task) else Task(), name)

    def write_index(self) -> None:
        """Write the sessions that were met into the index, which may wait until they are on their way."""
        while self._to_index:
            session, line = next(iter(self._to_index.items()))
            journal.append(rundir.index(self.root), line, is_durable=False)
            self._indexed[session] = str(line["name"])
            del self._to_index[session]

    def read_again(self, ward: Ward, now: float) -> bool:
        """Take a name, and a task that a person has edited before it began; tell whether they may still be at it."""
        if isinstance(ward.task, Task):
            self._enter(ward.session, ward.task, record.given_name(ward.directory))
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
        self._let_go(ward)
        self.world[ward.session] = state
        freed = self._after.pop(ward.session, set())
        if state == "aborted":
            freed |= self.below(ward.session)
        return freed & self.wards.keys()

    def _let_go(self, ward: Ward) -> None:
        """A session is no ward any more, and waits for none: some that it came after had ended before."""
        self.wards.pop(ward.session, None)
        for other in ward.task.after if isinstance(ward.task, Task) else ():
            waiting = self._after.get(other, set())
            waiting.discard(ward.session)
            if not waiting:
                self._after.pop(other, None)

    def below(self, session: SessionId) -> set[SessionId]:
        """Return the wards that descend from a session."""
        return {other for other in self.wards if other != session and is_within(other, session)}

    def _drop(self, session: SessionId) -> None:
        self.newcomers.pop(session, None)
        if self.world.pop(session, None) is not None:
            self._removed.add(session)
        self._to_index.pop(session, None)
        self._indexed.pop(session, None)

    def remember_removed(self) -> None:
        """Keep the ids of removed sessions from being given again; raises StoreFault."""
        gone = {session for session in self._removed if not os.path.lexists(layout.session(self.root, session))}
        if gone:
            allocation.remember(self.root, gone)
        self._removed.clear()
        self._stale += len(gone)
        if self._stale > max(_STALE_AT_LEAST, len(self._indexed)):
            self._shorten_index()

    def _shorten_index(self) -> None:
        """Write the index without the sessions that are gone, and each that is there once; raises StoreFault."""
        present = set(allocation.all_ids(self.root))
        kept: dict[str, str] = {}
        for _, line in journal.read(rundir.index(self.root)):
            if line.get("id") in present:
                kept[line["id"]] = json.dumps(line)
        atomic.replace(rundir.index(self.root), "".join(f"{line}\n" for line in kept.values()), is_durable=False)
        self._stale = 0

    def lose(self, ward: Ward) -> set[SessionId]:
        """Forget a session whose directory is gone, and return those that may have waited for it."""
        self._let_go(ward)
        self.world.pop(ward.session, None)
        self.newcomers.pop(ward.session, None)
        self._to_index.pop(ward.session, None)
        self._indexed.pop(ward.session, None)
        self._removed.add(ward.session)
        return self._after.pop(ward.session, set()) & self.wards.keys()
