"""Gauges: the memory and processor time of attempts, and how full disks are; the only door to psutil.

Everything is read in one pass over the processes, and only while a trigger depends on it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.laws.configuration import Triggers


@dataclass(slots=True)
class _Use:
    memory: int = 0
    history: list[tuple[float, float]] = field(default_factory=list)  # when, processor seconds


class Gauges:
    """What attempts take, by the pid of their pane's process."""

    def __init__(self) -> None:
        self.triggers: Triggers | None = None
        self._uses: dict[int, _Use] = {}
        self._looked = float("-inf")
        self._disks: dict[str, tuple[float, float]] = {}

    @property
    def are_needed(self) -> bool:
        """Whether a trigger looks at memory or processors."""
        return self.triggers is not None and (self.triggers.memory is not None or self.triggers.cpu is not None)

    def excess(self, pid: int, unmoved_s: float, now: float, pids: Iterable[int]) -> Literal["", "memory", "cpu"]:
        """Return what the process and all below it take too much of; `pids` are all whose use is wanted."""
        triggers = self.triggers
        if triggers is None or not self.are_needed:
            return ""
        if now - self._looked >= triggers.every:
            self._looked = now
            self._measure(set(pids) | {pid}, now, triggers.cpu_for)
        use = self._uses.get(pid)
        if use is None:
            return ""
        if triggers.memory is not None and use.memory > triggers.memory:
            return "memory"
        if triggers.cpu is None or unmoved_s < triggers.cpu_for or not use.history:
            return ""
        (first, before), (last, after) = use.history[0], use.history[-1]
        if last - first < triggers.cpu_for * 0.9:
            return ""
        return "cpu" if (after - before) / (last - first) * 100 >= triggers.cpu else ""

    def _measure(self, pids: set[int], now: float, window_s: float) -> None:
        import psutil  # noqa: PLC0415 - only where a trigger needs it

        below: dict[int, list[int]] = {}
        taken: dict[int, tuple[int, float]] = {}
        for process in psutil.process_iter(["pid", "ppid", "memory_info", "cpu_times"]):
            info = process.info
            if info["memory_info"] is None or info["cpu_times"] is None:
                continue
            times = info["cpu_times"]
            spent = times.user + times.system + times.children_user + times.children_system
            taken[info["pid"]] = (info["memory_info"].rss, spent)
            below.setdefault(info["ppid"], []).append(info["pid"])
        uses: dict[int, _Use] = {}
        for pid in pids & taken.keys():
            family = _family(pid, below)
            use = uses[pid] = self._uses.get(pid, _Use())
            use.memory = sum(taken[one][0] for one in family if one in taken)
            # What has ended and was reaped counts with its parent, so the sum does not fall.
            use.history.append((now, sum(taken[one][1] for one in family if one in taken)))
            while len(use.history) > 2 and use.history[1][0] <= now - window_s:  # noqa: PLR2004 - the ends stay
                del use.history[0]
        self._uses = uses

    def fullness(self, directory: str, now: float) -> float | None:
        """Return how full the disk under a directory is, in percent of what this user may fill; None if unknown."""
        every_s = self.triggers.every if self.triggers is not None else 0.0
        seen = self._disks.get(directory)
        if seen is not None and now - seen[0] < every_s:
            return seen[1]
        try:
            found = os.statvfs(directory)
        except OSError:
            return None
        used = found.f_blocks - found.f_bfree
        room = used + found.f_bavail
        percent = 100.0 * used / room if room else 0.0
        self._disks[directory] = (now, percent)
        return percent


def _family(pid: int, below: dict[int, list[int]]) -> list[int]:
    found, ahead = [pid], [pid]
    seen = {pid}
    while ahead:
        fresh = [child for child in below.get(ahead.pop(), ()) if child not in seen]
        seen.update(fresh)
        found += fresh
        ahead += fresh
    return found
