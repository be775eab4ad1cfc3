"""`run/router.log`: what happened to the router, for people; never a key."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from scope.store import rundir
from scope.store.diary import Diary

if TYPE_CHECKING:
    from collections.abc import Callable


class Log(Diary):
    """The router's diary; `hidden` takes the keys out of what is said."""

    def __init__(self, root: str, hidden: Callable[[str], str]) -> None:
        super().__init__(rundir.router_log(root), _now)
        self._hidden = hidden

    def say(self, words: str) -> None:
        """Write one line, without any key."""
        super().say(self._hidden(words))

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


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
