"""Ending attempts: TERM, a grace, KILL, for every process of the attempt; then the attempt is closed.

No step waits: the watcher comes by, each ending does what is due, and says when it wants to be
visited again. An ending that a crash interrupted starts over, which harms nothing.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scope.store import atomic, attemptdir, locks
from scope.tmux import processes

if TYPE_CHECKING:
    from collections.abc import Iterable

VISIT_S: Final = 0.02
_KILLS_AT_ONCE: Final = 8
_VISIT_AT_MOST_S: Final = 0.2


@dataclass(slots=True)
class Ending:
    """One attempt that is being ended."""

    mark: str
    directory: str
    began: float
    signalled: set[tuple[int, int]] = field(default_factory=set)
    visits: int = 0
    next_visit: float = 0.0


class Endings:
    """All attempts that are being ended, by mark."""

    def __init__(self, grace_s: float) -> None:
        self.grace_s = grace_s
        self._open: dict[str, Ending] = {}

    def begin(self, mark: str, directory: str, now: float) -> None:
        """Begin to end an attempt; one that is being ended already goes on as it was.

        Without a directory there is nothing to close: its session was removed.
        """
        ending = self._open.setdefault(mark, Ending(mark, directory, now))
        ending.directory = directory

    def is_open(self, mark: str) -> bool:
        """Tell whether this attempt is being ended."""
        return mark in self._open

    def next_visit(self) -> float | None:
        """Return when the next step is due."""
        return min((ending.next_visit for ending in self._open.values()), default=None)

    def step(self, now: float) -> list[str]:
        """Do what is due, and return the marks of the attempts that are closed now; raises StoreFault."""
        due = [ending for ending in self._open.values() if ending.next_visit <= now]
        if not due:
            return []
        found = processes.census([ending.mark for ending in due])
        closed = []
        for ending in due:
            if self._visit(ending, found[ending.mark], now):
                del self._open[ending.mark]
                closed.append(ending.mark)
        return closed

    def _visit(self, ending: Ending, living: list[processes.Process], now: float) -> bool:
        ending.visits += 1
        ending.next_visit = now + min(_VISIT_AT_MOST_S, VISIT_S * ending.visits)
        if not living:
            if not ending.directory or close(ending.directory):
                return True
            # Something without our mark, and no descendant of ours, was handed the lock.
            living = processes.holders(attemptdir.lock(ending.directory))
            if now - ending.began >= self.grace_s:
                self._signal(living, signal.SIGKILL)
                return False
        elif now - ending.began >= self.grace_s:
            self._kill(ending, living)
            return False
        fresh = [process for process in living if (process.pid, process.started) not in ending.signalled]
        self._signal(fresh, signal.SIGTERM)
        self._signal(fresh, signal.SIGCONT)  # a stopped process cannot die of a TERM
        ending.signalled.update((process.pid, process.started) for process in fresh)
        return False

    @staticmethod
    def _kill(ending: Ending, living: list[processes.Process]) -> None:
        for _ in range(_KILLS_AT_ONCE):
            if not living:
                ending.next_visit = 0.0
                return
            processes.kill_groups(living)
            Endings._signal(living, signal.SIGKILL)
            # At once again: what forks and exits all the time is a new process at each look.
            living = processes.census([ending.mark])[ending.mark]

    @staticmethod
    def _signal(living: Iterable[processes.Process], number: signal.Signals) -> None:
        for process in living:
            processes.send(process, number)


def close(attempt_directory: str) -> bool:
    """Fence an attempt off: with its lock in hand, write `closed`; tell whether the lock could be had."""
    atomic.directory(attempt_directory)
    lock = locks.take(attemptdir.lock(attempt_directory))
    if lock is None:
        return False
    with lock:
        atomic.create(attemptdir.closed(attempt_directory))
    return True
