"""Slots: how many attempts run at once, and who waits for the next free one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.laws import configuration
from scope.store import atomic, attemptdir, locks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.configuration import Configuration
    from scope.laws.ids import SessionId
    from scope.supervision.wards.ward import Ward


_HELP_AT_LEAST: Final = 2


class Slots:
    """Held by running attempts; one that waits for other sessions lends its slot to them."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._held: set[SessionId] = set()
        self._help: set[SessionId] = set()
        self._queue: set[SessionId] = set()

    @property
    def free(self) -> int:
        """How many attempts may start now."""
        return self.limit - len(self._held)

    @property
    def free_for_help(self) -> int:
        """How many canaries and advisors may start: in slots of their own, lest they wait for what waits for them."""
        return max(_HELP_AT_LEAST, self.limit) - len(self._help)

    def count(self, ward: Ward) -> None:
        """Take note of whether a session holds a slot now."""
        self.drop_held(ward.session)
        if ward.chronicle.state == "running" and not ward.is_lending:
            (self._help if ward.is_help else self._held).add(ward.session)

    def drop_held(self, session: SessionId) -> None:
        """Take a session's slot back."""
        self._held.discard(session)
        self._help.discard(session)

    def queue(self, session: SessionId) -> None:
        """Remember that a session only lacks a slot."""
        self._queue.add(session)

    def leave(self, session: SessionId) -> None:
        """Take a session out of the queue."""
        self._queue.discard(session)

    def drop(self, session: SessionId) -> None:
        """Forget a session that has ended."""
        self.drop_held(session)
        self._queue.discard(session)

    def next_up(self, wards: Mapping[SessionId, Ward], at_most: int) -> list[Ward]:
        """Return those whose turn it is, if there is a slot for any."""
        if self.free <= 0 or not self._queue:
            return []
        waiting = [wards[session] for session in self._queue if session in wards]
        return sorted(waiting, key=lambda ward: ward.precedence)[: min(self.free, at_most)]


def limit(settings: Configuration) -> int:
    """Return the number of slots that the configuration, or else the machine, gives."""
    if settings.max_running:
        return settings.max_running
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        memory = 4 << 30
    return configuration.slots(os.cpu_count() or 1, memory >> 20)


def is_lending(attempt_directory: str) -> bool:
    """Tell whether an attempt waits for other sessions: it says so, and holds the lock on saying so."""
    return bool(waits_of(attempt_directory))


def waits_of(attempt_directory: str) -> list[str]:
    """Return the files that say what an attempt waits for just now: one for each of its waits."""
    path = attemptdir.waiting_on(attempt_directory)
    name = os.path.basename(path)
    try:
        names = [other for other in os.listdir(attempt_directory) if other.startswith(name)]
    except OSError:
        return []
    return [file for other in sorted(names) if locks.is_held(file := f"{attempt_directory}/{other}")]


def waited_for(attempt_directory: str) -> tuple[str, ...]:
    """Return the sessions without which an attempt that waits cannot go on; none where any of several will do."""
    waits = waits_of(attempt_directory)
    if len(waits) != 1:
        return ()  # the end of any of them lets it go on
    try:
        lines = (atomic.read(waits[0], atomic.SMALL) or "").split("\n")
    except StoreFault:
        return ()
    return () if any(line.startswith("#") for line in lines) else tuple(line for line in lines if line)
