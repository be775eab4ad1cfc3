"""`run/router.log`: what happened to the router, for people; never a key."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, Final

from scope.store import rundir

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST: Final = 1 << 20


class Log:
    """Appends lines without any key; says a thing that repeats only once; never fails, for it is no promise."""

    def __init__(self, root: str, hidden: Callable[[str], str]) -> None:
        self._path = rundir.router_log(root)
        self._hidden = hidden
        self._last: dict[str, str] = {}

    def say(self, words: str) -> None:
        """Write one line."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = f"{stamp} {self._hidden(words)}\n".encode("utf-8", "replace")
        try:
            if os.path.exists(self._path) and os.path.getsize(self._path) > _LARGEST:
                os.replace(self._path, f"{self._path}.1")
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
        except OSError:
            return  # a full disk, or the root is gone

    def once(self, about: str, words: str) -> None:
        """Write a line unless it is what was last said about this."""
        if self._last.get(about) != words:
            self._last[about] = words
            self.say(words)

    def forget(self, about: str) -> None:
        """Let what was said about this be said again."""
        self._last.pop(about, None)

    def takes_warnings(self) -> None:
        """Let what libraries warn of come here, and nowhere else: stderr would not know what a key is."""
        root = logging.getLogger()
        root.handlers[:] = [_Handler(self)]
        root.setLevel(logging.WARNING)


class _Handler(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.say(f"{record.name}: {self.format(record)}")
