"""The watcher's clocks: one that no setting of the time can move, and which boot it belongs to."""

from __future__ import annotations

import time
from typing import Final

from scope.errors import StoreFault
from scope.sessions.processes import daemon

NEVER_S: Final = 1e12
"""What no clock will show; nor is it NaN."""

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def since_boot() -> float:
    """Return the seconds since the machine started, suspended time included."""
    return time.clock_gettime(_BOOTTIME)


def boot_id() -> str:
    """Return what tells this boot from every other; empty where the system does not say."""
    try:
        return daemon.boot_id()
    except StoreFault:
        return ""


def stamp() -> str:
    """Return the time of day for people, in UTC with milliseconds."""
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
