"""The router's settings: those of `config.yaml` as it is now, else the last that could be taken."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from scope.errors import ScopeError
from scope.laws.configuration import Configuration
from scope.sessions.records import configuration
from scope.store import layout, stamps

if TYPE_CHECKING:
    from scope.models.log import Log

_Stamp = tuple[tuple[int, int, int] | None, ...]


class Settings:
    """Reads the files again once they are edited: the next call goes by what they say then."""

    def __init__(self, root: str, log: Log) -> None:
        self._root = root
        self._log = log
        self._stamp: _Stamp | None = None
        self._kept: Configuration | None = None

    def now(self) -> Configuration:
        """Return what holds now."""
        now_ns = time.time_ns()
        stamp = tuple(_stamp(layout.config(place)) for place in (layout.home(), self._root))
        if self._kept is None or stamp != self._stamp:
            is_settled = all(one is None or stamps.is_settled(one[0], now_ns) for one in stamp)
            self._stamp = stamp if is_settled else None
            self._kept = self._read()
        return self._kept

    def _read(self) -> Configuration:
        try:
            settings = configuration.load(self._root)
        except ScopeError as error:
            self._log.once("settings", f"the settings stay as they were: {error}")
            return self._kept or configuration.last(self._root) or Configuration()
        self._log.forget("settings")
        return settings


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
