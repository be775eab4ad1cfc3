"""Remains: what still runs of an attempt that has ended."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from scope.store import attemptdir, locks

if TYPE_CHECKING:
    from typing import Final

_WRAPPER_STAYS_S: Final = 2.5  # executors/attempt.sh: until its last bytes are in the log, two seconds at most
_LOOKS_S: Final = 0.02


def runs(attempt_directory: str) -> bool:
    """Tell whether something of an attempt still runs; waits a moment for the wrapper of one that has just ended.

    Raises StoreFault.
    """
    lock = attemptdir.lock(attempt_directory)
    if not locks.is_held(lock):
        return False
    try:
        age_s = time.time() - os.stat(attemptdir.exit_code(attempt_directory)).st_mtime
    except OSError:
        return True
    deadline = time.monotonic() + min(_WRAPPER_STAYS_S, _WRAPPER_STAYS_S - age_s)
    while time.monotonic() < deadline:
        time.sleep(_LOOKS_S)
        if not locks.is_held(lock):
            return False
    return True
