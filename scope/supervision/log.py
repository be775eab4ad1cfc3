"""`run/watcher.log`: what happened to the watcher itself, for people."""

from __future__ import annotations

import os
from typing import Final

from scope.store import rundir
from scope.supervision import clock

_LARGEST: Final = 1 << 20


class Log:
    """Appends lines; says a thing that repeats only once; never fails, for it is no promise."""

    def __init__(self, root: str, *, also_on_stderr: bool = False) -> None:
        self._path = rundir.watcher_log(root)
        self._also_on_stderr = also_on_stderr
        self._last: dict[str, str] = {}

    def say(self, words: str) -> None:
        """Write one line."""
        line = f"{clock.stamp()} {words}\n"
        if self._also_on_stderr:
            os.write(2, line.encode("utf-8", "replace"))
        try:
            if os.path.exists(self._path) and os.path.getsize(self._path) > _LARGEST:
                os.replace(self._path, f"{self._path}.1")
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, line.encode("utf-8", "replace"))
            finally:
                os.close(descriptor)
        except OSError:
            return  # a full disk, or the root is gone

    def once(self, about: str, words: str) -> None:
        """Write a line unless it is what was last said about this."""
        if self._last.get(about) != words:
            self._last[about] = words
            self.say(words)
