"""A journal that one process keeps open: a line is one write, and finding the file again costs nothing.

`store.journal` opens the file for each line, which beside a busy disk takes longer than all the rest
of a call.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from typing import TYPE_CHECKING

from scope.errors import StoreFault, from_os

if TYPE_CHECKING:
    from scope.store.journal import Line


class Lines:
    """Appends to one file; takes the one that is there when somebody puts another in its place.

    In the place of one that `is_ours` nobody does.
    """

    def __init__(self, path: str, *, is_ours: bool = False) -> None:
        self._path = path
        self._is_ours = is_ours
        self.size = 0
        self._descriptor = -1
        self._identity = (0, 0)
        self._is_torn = False

    def append(self, line: Line) -> None:
        """Write one line; raises StoreFault, and ends a line that was written in part before the next one."""
        self.require()
        data = (b"\n" if self._is_torn else b"") + json.dumps(line).encode() + b"\n"
        try:
            written = os.write(self._descriptor, data)
        except OSError as error:
            raise from_os(error, "cannot write", self._path) from error
        self.size += written
        self._is_torn = written < len(data)
        if self._is_torn:
            raise from_os(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "cannot write", self._path)

    def require(self) -> None:
        """Raise StoreFault unless a line can be written."""
        try:
            if self._descriptor < 0:
                self._open()
            elif not self._is_ours:
                there = os.stat(self._path)
                self.size = there.st_size
                if (there.st_dev, there.st_ino) != self._identity:
                    self._open()
        except FileNotFoundError:
            self._open()
        except OSError as error:
            raise from_os(error, "cannot write", self._path) from error

    def close(self) -> None:
        """Let go of the file; the next line opens it again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> None:
        self.close()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise from_os(error, "cannot write", self._path) from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise StoreFault("cannot write", self._path, "it is no plain file", f"look at it: ls -ld {self._path}")
        self._is_torn = status.st_size > 0 and os.pread(descriptor, 1, status.st_size - 1) != b"\n"
        self._descriptor = descriptor
        self._identity = (status.st_dev, status.st_ino)
        self.size = status.st_size
