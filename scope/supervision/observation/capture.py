"""Whether all that an attempt printed has reached its log."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from typing import Final

from scope.sessions.records.record import MARKER_START
from scope.store import atomic

_TAIL: Final = 4096


def is_complete(log: str) -> bool:
    """Tell whether the wrapper's last bytes are in the log; then everything before them is, too."""
    return MARKER_START in atomic.tail(log, _TAIL)


def has_writer(log: str) -> bool:
    """Tell whether something still has the log open for writing: a read lease is refused then.

    Where leases are not known (not Linux, some file systems) the answer is no.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False


def growth(log: str, age_s: float) -> tuple[int, float]:
    """Return the log's size and for how long it has not changed, at most the attempt's age."""
    try:
        status = os.stat(log)
    except OSError:
        return 0, age_s
    return status.st_size, min(max(0.0, time.time() - status.st_mtime), age_s)
