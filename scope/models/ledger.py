"""The ledger: one line per model call, for good; and the calls under way, for as long as they are.

A line is one write: when it returns, kill -9 cannot take the line back. A power cut can take what is
younger than the next fsync, which comes in the background.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.models.lines import Lines
from scope.store import atomic, journal, layout, rundir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scope.store.journal import Line

OK: Final = "ok"
ERROR: Final = "error"
CUT: Final = "cut"
UNKNOWN: Final = "unknown"
_LARGEST_CALLS: Final = 1 << 20


class Ledger:
    """Writes `ledger.jsonl` and `run/calls.jsonl` of a root."""

    def __init__(self, root: str) -> None:
        self._path = layout.ledger(root)
        self._calls_path = rundir.calls(root)
        self._lines = Lines(self._path)
        self._calls = Lines(self._calls_path, is_ours=True)
        self._under_way: set[str] = set()
        self._owed: list[Line] = []
        self._is_unsynced = False

    def replay(self, finished: Callable[[Line], Line | None]) -> Iterator[Line]:
        """Yield all lines that count, then close what the last router left open.

        `finished` may know the line of a call that was answered, though it is not in the ledger; any
        other such call becomes a line of which nobody knows what it took: it counts as reserved. The
        line of a call that was asked for again takes the place of the unknown one. Raises StoreFault.
        """
        opened = self._opened()
        unknown: dict[str, Line] = {}
        for offset, line in journal.read(self._path):
            identity = str(line.get("id", ""))
            if identity in opened and offset > _count(opened[identity].get("at")):
                del opened[identity]
            if identity in unknown:
                yield {**unknown.pop(identity), "is_replaced": True}
            if line.get("outcome") == UNKNOWN:
                unknown[identity] = line
            yield line
        for identity, call in opened.items():
            line = finished(call) or call["line"]
            self._write(line)
            if identity in unknown:
                yield {**unknown[identity], "is_replaced": True}
            yield line
        self._clear()

    def require(self) -> None:
        """Raise StoreFault unless a line can be written: nothing may be called that cannot be accounted for."""
        while self._owed:
            self._write(self._owed[0])
            del self._owed[0]
        self._lines.require()

    def open(self, identity: str, line: Line) -> None:
        """Note that a provider is about to be asked, with the line that it becomes if this router dies.

        Raises StoreFault.
        """
        self.require()
        self._calls.append({"open": identity, "at": self._lines.size, "line": line})
        self._under_way.add(identity)

    def shut(self, identity: str, line: Line | None) -> None:
        """Write a call's line, if there is one to write, and note that the call is over.

        A line that cannot be written now is owed, and no call is made before it is written.
        """
        if line is not None:
            try:
                self._write(line)
            except StoreFault:
                self._owed.append(line)
                return
        self._under_way.discard(identity)
        try:
            self._calls.append({"shut": identity})
            if not self._under_way and self._calls.size > _LARGEST_CALLS:
                self._clear()
        except StoreFault:
            return  # the ledger has it: the next router finds that out by itself

    def sync(self) -> None:
        """Let what was written outlive a power cut; may take long, and runs aside."""
        if self._is_unsynced:
            self._is_unsynced = False
            try:
                atomic.sync(self._path)
            except StoreFault:
                self._is_unsynced = True

    def _write(self, line: Line) -> None:
        self._lines.append(line)
        self._is_unsynced = True

    def _opened(self) -> dict[str, Line]:
        found: dict[str, Line] = {}
        for _, line in journal.read(self._calls_path):
            if "open" in line and isinstance(line.get("line"), dict):
                found[str(line["open"])] = line
            else:
                found.pop(str(line.get("shut", "")), None)
        return found

    def _clear(self) -> None:
        self._calls.close()
        if os.path.exists(self._path):
            atomic.sync(self._path)
        atomic.replace(self._calls_path, "", is_durable=False)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
