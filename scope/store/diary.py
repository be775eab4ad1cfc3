"""Diaries: what happened to a process itself, line by line, for people; it is no promise, so it never fails."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST: Final = 1 << 20


class Diary:
    """Appends lines with their time; one that has grown large is kept beside, once; says what repeats only once."""

    def __init__(self, path: str, stamp: Callable[[], str]) -> None:
        self._path = path
        self._stamp = stamp
        self._last: dict[str, str] = {}

    def say(self, words: str) -> None:
        """Write one line."""
        self.write(f"{self._stamp()} {words}\n".encode("utf-8", "replace"))

    def write(self, line: bytes) -> None:
        """Append a line as it is."""
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
