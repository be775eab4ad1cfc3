"""Journals: files of JSON lines that only grow."""

from __future__ import annotations

import json
import os

from scope.store import atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Line = dict[str, Any]


def append(path: str, line: Line, *, is_durable: bool = True) -> None:
    """Append one object and fsync it; raises StoreFault."""
    atomic.append(path, json.dumps(line), is_durable=is_durable)


def read(path: str, start: int = 0) -> Iterator[tuple[int, Line]]:
    """Yield each object with the offset behind it, from `start` on.

    A line that is no object (torn by a crash, or edited by hand) is skipped; a last line without
    its newline is still being written and ends the reading. A missing file has no lines.
    """
    stream = atomic.stream(path)
    if stream is None:
        return
    with stream:
        stream.seek(start)
        offset = start
        for raw in stream:
            if not raw.endswith(b"\n"):
                return
            offset += len(raw)
            line = _object(raw)
            if line is not None:
                yield offset, line


def last(path: str, within: int = 1 << 16) -> Line | None:
    """Return the last whole object of a journal: in its last `within` bytes, or in more where that holds none."""
    while True:
        for line in backwards(path, within):
            return line
        if within >= _size(path):
            return None
        within *= 16


def backwards(path: str, within: int = 1 << 20) -> Iterator[Line]:
    """Yield the objects in a journal's last `within` bytes, the newest first."""
    pieces = atomic.tail(path, within).split(b"\n")
    for raw in reversed(pieces[:-1]):
        line = _object(raw)
        if line is not None:
            yield line


def corrupt_lines(path: str) -> int:
    """Count the lines that are no objects."""
    text = atomic.read(path) or ""
    return sum(1 for line in text.splitlines() if line.strip() and _object(os.fsencode(line)) is None)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _object(raw: bytes) -> Line | None:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
