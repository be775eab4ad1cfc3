"""Slots: how many attempts run at once, and who waits for the next free one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scope.laws import configuration
from scope.store import layout, locks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.configuration import Configuration
    from scope.laws.ids import SessionId
    from scope.supervision.ward import Ward


class Slots:
    """Held by running attempts; one that waits for other sessions lends its slot to them."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._held: set[SessionId] = set()
        self._queue: set[SessionId] = set()

    @property
    def free(self) -> int:
        """How many attempts may start now."""
        return self.limit - len(self._held)

    def count(self, ward: Ward) -> None:
        """Take note of whether a session holds a slot now."""
        if ward.chronicle.state == "running" and not ward.is_lending:
            self._held.add(ward.session)
        else:
            self._held.discard(ward.session)

    def queue(self, session: SessionId) -> None:
        """Remember that a session only lacks a slot."""
        self._queue.add(session)

    def leave(self, session: SessionId) -> None:
        """Take a session out of the queue."""
        self._queue.discard(session)

    def drop(self, session: SessionId) -> None:
        """Forget a session that has ended."""
        self._held.discard(session)
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
    return locks.is_held(layout.waiting_on(attempt_directory))
