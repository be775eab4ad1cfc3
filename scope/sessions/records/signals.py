"""Signals from outside, for checks that come late: a file of lines for each name, to which anybody may append."""

from __future__ import annotations

import json
import os
import time

from scope.errors import from_os
from scope.sessions.records import record
from scope.store import atomic, journal, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from scope.laws.signal import Whose
    from scope.laws.task import Task

PIECE: Final = 1 << 20
"""How much of a file is read at once; a line that is longer is none."""

LONGEST_DATA: Final = 1 << 16
_ABOUT_THE_LINE: Final = ("time", "by", "data")


class Signal:
    """One signal: when it came (None where its line does not tell, or only to the second), from whom, with what."""

    __slots__ = ("at", "by", "data", "end", "second")

    def __init__(self, line: Mapping[str, object], end: int) -> None:
        from scope.laws.signal import as_data  # noqa: PLC0415 - only for readers

        stamp = line.get("time")
        at = _instant(stamp) if isinstance(stamp, str) else None
        is_exact = isinstance(stamp, str) and "." in stamp
        self.at = at if is_exact else None
        self.second = None if is_exact else at
        self.by = record.one_line(str(line.get("by", "")))
        # A line that somebody wrote by hand may hold the data itself.
        bare = {name: value for name, value in line.items() if name not in _ABOUT_THE_LINE}
        self.data = as_data(line["data"]) if "data" in line else bare
        self.end = end  # the place behind its line


class Reading:
    """What was read of a signal's file: whole lines, where to go on, how long the file is, and if there is more."""

    __slots__ = ("behind", "is_all", "signals", "size")

    def __init__(self, signals: list[Signal], behind: int, size: int, *, is_all: bool) -> None:
        self.signals = signals
        self.behind = behind
        self.size = size
        self.is_all = is_all


class Awaited:
    """What a session waits for: the signal's name, and the decision that says so."""

    __slots__ = ("line", "name")

    def __init__(self, line: Mapping[str, object]) -> None:
        self.name = str(line.get("signal", ""))
        self.line = line


def send(root: str, name: str, data: Mapping[str, object], by: str) -> dict[str, object]:
    """Let a signal come: append its line, and return it; it is kept whoever waits for it. Raises StoreFault."""
    line: dict[str, object] = {"time": stamp(time.time_ns() // 1000), "by": by, "data": dict(data)}
    atomic.directory(layout.signals(root))
    journal.append(layout.signal(root, name), line)
    return line


def since(root: str, name: str, after: int) -> Reading:
    """Return the signals behind this place in their file, at most a piece of it; raises StoreFault.

    What is no object of JSON is passed over, and so is the rest of a line in whose midst the place lies. A
    file shorter than that is another than before, and is read from its beginning.
    """
    path = layout.signal(root, name)
    stream = atomic.stream(path)
    if stream is None:
        return Reading([], 0, 0, is_all=True)
    with stream:
        try:
            size = os.fstat(stream.fileno()).st_size
            after = after if after <= size else 0
            stream.seek(after)
            piece = stream.read(PIECE)
        except OSError as error:
            raise from_os(error, "cannot read", path) from error
    is_all = len(piece) < PIECE
    found, behind, end = [], after, after
    for raw in piece.splitlines(keepends=True):
        end += len(raw)
        line = _object(raw)
        # A last line without its newline is whole if it is an object: no part of an object is one.
        if line is not None or raw.endswith(b"\n") or (len(raw) == PIECE):
            behind = end
        if line is not None:
            found.append(Signal(line, end))
    return Reading(found, behind, size, is_all=is_all)


def size(root: str, name: str) -> int:
    """Return how many bytes of a signal there are."""
    try:
        return os.stat(layout.signal(root, name)).st_size
    except OSError:
        return 0


def awaited(directory: str) -> Awaited | None:
    """Return what a session in the state `waiting` waits for, where that is a signal and no person."""
    for line in journal.backwards(layout.decisions(directory)):
        if line.get("move") in ("ask", "await"):
            return Awaited(line) if line["move"] == "await" else None
    return None


def whose(session: str, task: Task) -> Whose:
    """Return the session as signals may single it out; its entity is the label of that name, or its agent."""
    from scope.laws.signal import Whose  # noqa: PLC0415 - only for readers

    entity = dict(task.labels).get("entity", "") or task.agent
    return Whose(session, task.name, task.labels, task.job_type, entity)


def stamp(at_us: int) -> str:
    """Return a moment, in microseconds since 1970, as RFC 3339 in UTC with its fraction."""
    whole, fraction = divmod(at_us, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{fraction:06d}Z"


def _instant(text: str) -> float | None:
    from scope.sessions.records.reports import instant  # noqa: PLC0415 - only for readers

    return instant(text)


def _object(raw: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
