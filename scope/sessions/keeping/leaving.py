"""Leaving: whoever takes a session's directory away says so first, and the watcher brings none back meanwhile.

The lock's file says which session it is. The order is the promise: who takes one away locks, then looks for a wish to
have it back; the watcher finds such a wish, then looks at the lock. So at least one of the two sees the other.
"""

from __future__ import annotations

import os

from scope.errors import from_os
from scope.laws.ids import LONGEST_ID
from scope.store import atomic, locks, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_LENGTH: Final = LONGEST_ID + 1


def begin(root: str, session: str) -> locks.Lock:
    """Hold a session back from being tried again until the lock is closed; one at a time. Raises StoreFault."""
    path = rundir.housekeeping_lock(root)
    atomic.directory(os.path.dirname(path))
    while True:
        lock = locks.hold(path)
        if lock.is_in_place():
            break
        lock.close()  # somebody removed its file: the one that we hold keeps nobody out
    try:
        # Always as long, in one piece: a reader sees the one name or the other.
        os.pwrite(lock.descriptor, f"{session}\n".ljust(_LENGTH).encode(), 0)
    except OSError as error:
        lock.close()
        raise from_os(error, "cannot write", path) from error
    return lock


def is_under_way(root: str, session: str) -> bool:
    """Tell whether somebody may be taking this session away just now. Raises StoreFault."""
    path = rundir.housekeeping_lock(root)
    if not locks.is_held(path):
        return False
    said = (atomic.read(path, atomic.SMALL) or "").strip()
    return said in ("", session)
