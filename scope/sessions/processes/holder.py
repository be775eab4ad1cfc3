"""The holder of a lock: which process a daemon of the root is, and ending it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

from scope.errors import Environment
from scope.store import atomic, locks

if TYPE_CHECKING:
    from typing import Final

_STOPS_WITHIN_S: Final = 5.0
_WRITES_WITHIN_S: Final = 0.5
_LOOKS_S: Final = 0.01


def pid(lock: str) -> int | None:
    """Return the pid of whoever holds a lock; None where nobody does, or nobody who lives has said so.

    The next holder has the lock an instant before it has written its own pid over that of a dead one.
    """
    deadline = time.monotonic() + _WRITES_WITHIN_S
    while locks.is_held(lock):
        found = _written(lock)
        if found is not None and _lives(found):
            return found
        if time.monotonic() >= deadline:
            break
        time.sleep(_LOOKS_S)
    return None


def _written(lock: str) -> int | None:
    text = (atomic.read(lock) or "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    except OverflowError:
        return False
    return process > 0


def end(lock: str, called: str, log: str) -> bool:
    """End whoever holds a lock, kindly and then with -9; tell whether anybody did.

    Raises Environment for one that stays.
    """
    held_by = pid(lock)
    if held_by is None:
        if locks.is_held(lock):
            why = "its lock is held, and nobody here has said that it is theirs"
            raise Environment(f"cannot find {called} of", lock, why, "scope doctor")
        return False
    _signal(lock, held_by, signal.SIGTERM)
    if not _is_gone_within(lock, held_by, _STOPS_WITHIN_S):
        # Crash-only: kill -9 is as good as a farewell, and one that is stopped hears no TERM.
        _signal(lock, held_by, signal.SIGKILL)
        if not _is_gone_within(lock, held_by, _STOPS_WITHIN_S):
            raise Environment(f"{called} does not stop, pid", str(held_by), hint=f"see {log}")
    return True


def _signal(lock: str, held_by: int, number: int) -> None:
    try:
        # Pinned first, then checked that the lock is still held: only then is the pid the holder's.
        descriptor = os.pidfd_open(held_by)
    except AttributeError:  # no Linux: nothing can be pinned
        with contextlib.suppress(ProcessLookupError):
            if locks.is_held(lock) and _written(lock) == held_by:
                os.kill(held_by, number)
        return
    except ProcessLookupError:
        return
    try:
        if locks.is_held(lock) and _written(lock) == held_by:
            signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)


def _is_gone_within(lock: str, held_by: int, limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while locks.is_held(lock) and _written(lock) == held_by:
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOKS_S)
    return True
