"""`run/watcher.log`: what happened to the watcher itself, for people."""

from __future__ import annotations

import os

from scope.store import rundir
from scope.store.diary import Diary
from scope.supervision.wards import clock


class Log(Diary):
    """The watcher's diary; in the foreground it is read on the terminal, too."""

    def __init__(self, root: str, *, also_on_stderr: bool = False) -> None:
        super().__init__(rundir.watcher_log(root), clock.stamp)
        self._also_on_stderr = also_on_stderr

    def write(self, line: bytes) -> None:
        """Append a line, and show it where somebody watches."""
        if self._also_on_stderr:
            os.write(2, line)
        super().write(line)
