"""Reading what an attempt printed, while it prints or afterwards."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING, Final

from scope.errors import NotFound
from scope.laws.states import TERMINAL
from scope.sessions.records import record, terminal
from scope.store import atomic, attemptdir, layout, notices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK: Final = 1 << 16
_LOOK_AGAIN_S: Final = 0.5
# An escape sequence or a character may be cut by the end of what was read so far.
_HELD_BACK: Final = 64


def attempt_number(directory: str, wanted: int | None) -> int:
    """Return which attempt to show: the one asked for, else the latest; 0 before the first."""
    latest = record.latest_attempt(directory)
    if wanted is not None and not os.path.isdir(layout.attempt(directory, wanted)):
        raise NotFound("there is no attempt", str(wanted), f"there are {latest}", "leave --attempt out for the latest")
    return latest if wanted is None else wanted


def read(directory: str, attempt: int, lines: int | None, *, is_raw: bool) -> Iterator[bytes]:
    """Yield what an attempt printed so far, or its last lines; without escape sequences unless raw."""
    path = attemptdir.output(layout.attempt(directory, attempt))
    if lines is not None:
        yield last_lines(clean(_whole(path), is_raw=is_raw), lines)
        return
    yield clean(_whole(path), is_raw=is_raw)


def last_lines(text: bytes, count: int) -> bytes:
    """Return the last `count` lines of a text."""
    if count <= 0:
        return b""
    pieces = text.splitlines(keepends=True)
    return b"".join(pieces[-count:])


def follow(directory: str, attempt: int | None, *, is_raw: bool, begins: Callable[[int], None]) -> Iterator[bytes]:
    """Yield what is printed as it comes, through all further attempts, until the session has ended.

    `begins` is told the number of each attempt that is shown. One attempt that was asked for is
    followed to its own end.
    """
    waker = notices.Notices(directory)
    waker.watch(directory, notices.MOVED_TO)
    number = attempt or max(1, record.latest_attempt(directory))
    while True:
        begins(number)
        yield from _follow_one(directory, number, waker, is_raw=is_raw)
        if not os.path.isdir(directory):
            raise NotFound("the session was removed", os.path.basename(directory), hint="list what is there: scope ls")
        if attempt is not None or (record.latest_attempt(directory) <= number and record.state(directory) in TERMINAL):
            return
        number += 1


def _follow_one(directory: str, number: int, waker: notices.Notices, *, is_raw: bool) -> Iterator[bytes]:
    place = layout.attempt(directory, number)
    path = attemptdir.output(place)
    offset, held = 0, b""
    is_watched = False
    while True:
        is_watched = is_watched or waker.watch(path, notices.MODIFY)
        is_over = _is_over(directory, number)
        fresh = _from(path, offset)
        offset += len(fresh)
        held += fresh
        if is_over or fresh:
            ready, held = (held, b"") if is_over else _whole_sequences(held)
            if ready:
                yield clean(ready, is_raw=is_raw)
        if is_over and not fresh:
            return
        if not fresh:
            _block(waker, _LOOK_AGAIN_S if is_watched else 0.05)


def _is_over(directory: str, number: int) -> bool:
    """Tell whether nothing more is to come from this attempt: read before the last reading of its log."""
    if not os.path.isdir(directory):
        return True
    return record.state(directory) in TERMINAL or record.latest_attempt(directory) > number


def _whole_sequences(raw: bytes) -> tuple[bytes, bytes]:
    """Split off an escape sequence, a marker or a line end that may still be incomplete."""
    at = raw.rfind(b"\x1b", max(0, len(raw) - _HELD_BACK))
    if at >= 0 and terminal.plain(raw[at:]) == b"":
        return raw[:at], raw[at:]
    return (raw[:-1], raw[-1:]) if raw.endswith(b"\r") else (raw, b"")


def clean(raw: bytes, *, is_raw: bool) -> bytes:
    """Return what a person should see: raw bytes without our marker, or plain text."""
    raw = terminal.without_marker(raw)
    return raw if is_raw else terminal.plain(raw)


def _whole(path: str) -> bytes:
    return atomic.encode(atomic.read(path) or "")


def _from(path: str, offset: int) -> bytes:
    try:
        with open(path, "rb") as stream:
            stream.seek(offset)
            return stream.read(_CHUNK)
    except OSError:
        return b""


def _block(waker: notices.Notices, longest_s: float) -> None:
    if waker.descriptor is None:
        time.sleep(min(longest_s, 0.1))
    elif select.select([waker.descriptor], [], [], longest_s)[0]:
        waker.read()
