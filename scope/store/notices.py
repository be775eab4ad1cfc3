"""Notices that a file may have changed: inotify by ctypes, or plain polling where there is none.

A notice is a hint to look sooner and nothing more; whoever waits looks again now and then. None are given by macOS,
for a network file system (another host writes unseen), and where a user's instances or watches are used up.
watchdog offers the same with a thread and 54 MB; `wait` must start in milliseconds and the
watcher must stay small, so this is one descriptor for `select`, and nothing runs.
"""

from __future__ import annotations

import errno
import os
import struct

from scope.store import filesystem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

MODIFY: Final = 0x2
ATTRIB: Final = 0x4
CLOSE_WRITE: Final = 0x8
MOVED_TO: Final = 0x80
CREATE: Final = 0x100
DELETE: Final = 0x200
MOVED_FROM: Final = 0x40
APPEARED: Final = CLOSE_WRITE | MOVED_TO | CREATE
GONE: Final = DELETE | MOVED_FROM
OVERFLOW: Final = 0x4000
IGNORED: Final = 0x8000
_HEADER: Final = struct.Struct("iIII")


class Notices:
    """Directories (or files) that are watched, and what happened in them.

    `place` is where all of it lies. `descriptor` is None where the system gives none (no inotify, a
    network file system, or its instances are used up): then the caller polls.
    """

    def __init__(self, place: str) -> None:
        self.descriptor: int | None = None
        self.is_short = False  # a path is not watched because the system has no more to give
        self._paths: dict[int, str] = {}
        self._handles: dict[str, int] = {}
        if os.environ.get("SCOPE_NO_INOTIFY") or filesystem.is_remote(filesystem.kind(place)):
            return
        import ctypes  # noqa: PLC0415 - three milliseconds that only waiters pay

        self._libc = ctypes.CDLL(None, use_errno=True)
        self._errno = ctypes.get_errno
        if not hasattr(self._libc, "inotify_init1"):  # no Linux
            return
        descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self.descriptor = descriptor if descriptor >= 0 else None

    def watch(self, path: str, mask: int = APPEARED) -> bool:
        """Watch a path; tell whether it is watched. One that is gone, or one too many, is not."""
        if self.descriptor is None:
            return False
        handle = self._libc.inotify_add_watch(self.descriptor, os.fsencode(path), mask)
        if handle < 0:
            self.is_short = self.is_short or self._errno() in (errno.ENOSPC, errno.ENOMEM)
            return False
        self._paths[handle] = path
        self._handles[path] = handle
        return True

    def forget(self, path: str) -> None:
        """Stop watching a path."""
        handle = self._handles.pop(path, None)
        if handle is not None and self.descriptor is not None:
            self._paths.pop(handle, None)
            self._libc.inotify_rm_watch(self.descriptor, handle)

    def read(self) -> list[tuple[str, str]] | None:
        """Return what happened since the last call as (watched path, name in it); None: too much to tell."""
        if self.descriptor is None:
            return None
        happened: list[tuple[str, str]] = []
        overflowed = False
        while True:
            try:
                data = os.read(self.descriptor, 1 << 16)
            except BlockingIOError:
                break
            offset = 0
            while offset < len(data):
                handle, mask, _, length = _HEADER.unpack_from(data, offset)
                name = data[offset + _HEADER.size : offset + _HEADER.size + length].rstrip(b"\0")
                offset += _HEADER.size + length
                if mask & OVERFLOW:
                    overflowed = True
                elif mask & IGNORED:
                    self._drop(handle)
                elif handle in self._paths:
                    happened.append((self._paths[handle], os.fsdecode(name)))
        return None if overflowed else happened

    def _drop(self, handle: int) -> None:
        path = self._paths.pop(handle, None)
        if path is not None and self._handles.get(path) == handle:
            del self._handles[path]

    def close(self) -> None:
        """Let go of the descriptor."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
