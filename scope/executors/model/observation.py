"""What the model is told of a command: how it ended, and what it printed."""

from __future__ import annotations

import os

from scope.errors import StoreFault
from scope.sessions.records import terminal
from scope.store import atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.executors.model.shell import Outcome

WHOLE: Final = 10_000  # characters that are shown as they are; of more, the two ends
END: Final = 5_000
_BYTES_OF_AN_END: Final = 1 << 16
_PIECE: Final = 1 << 20
_LONG_S: Final = 10.0
_SIGNALLED: Final = 128


def words(outcome: Outcome, timeout_s: float, path: str) -> str:
    """Say how a command ended and what it printed."""
    return f"[{_ending(outcome, timeout_s)}]\n{printed(path)}"


def unfinished(path: str) -> str:
    """Say what is known of a command during which the worker was killed."""
    return (
        "[the worker was killed during this command; whether it took full effect is unknown: look, before you run it "
        f"again; output so far:]\n{printed(path)}"
    )


def _ending(outcome: Outcome, timeout_s: float) -> str:
    match outcome.ended_by:
        case "timeout":
            return f"ended: it was not finished after {timeout_s:g} s; all that it had started was ended with it"
        case "person":
            return "ended: a person interrupted it with Ctrl-C"
        case "size":
            return "ended: it printed too much"
    took = f", {outcome.seconds:.0f} s" if outcome.seconds >= _LONG_S else ""
    if outcome.code > _SIGNALLED:
        return f"exit {outcome.code}: signal {outcome.code - _SIGNALLED}{took}"
    return f"exit {outcome.code}{took}"


def printed(path: str) -> str:
    """Return what a command printed, as plain text; of much, both ends, and where all of it lies."""
    size, head, tail = _ends(path)
    if size is None:
        return "(its output cannot be read)"
    if tail is None:
        text = _plain(head)
        if not text.strip():
            return "(no output)"
        if len(text) <= WHOLE:
            return text
        middle = text[END:-END]
        first, last, lines, left_out = text[:END], text[-END:], middle.count("\n"), len(middle.encode())
    else:
        first, last = _plain(head)[:END], _plain(tail)[-END:]
        left_out = size - len(first.encode()) - len(last.encode())
        lines = _lines(path) - first.count("\n") - last.count("\n")
    return f"{first}\n[… {max(lines, 0)} lines ({left_out} bytes) left out; all of it: {path} …]\n{last}"


def _plain(raw: bytes) -> str:
    return terminal.plain(terminal.overwritten(raw)).decode("utf-8", "replace")


def _ends(path: str) -> tuple[int | None, bytes, bytes | None]:
    """Return the size, the beginning and the end; no end where the beginning is all, no size where there is no file."""
    try:
        stream = atomic.stream(path)  # not `open`: a command may have put a pipe there, which would be waited for
        if stream is None:
            return None, b"", None
        with stream:
            size = os.fstat(stream.fileno()).st_size
            head = stream.read(2 * _BYTES_OF_AN_END if size <= 2 * _BYTES_OF_AN_END else _BYTES_OF_AN_END)
    except (StoreFault, OSError):
        return None, b"", None
    return size, head, None if size <= 2 * _BYTES_OF_AN_END else atomic.tail(path, _BYTES_OF_AN_END)


def _lines(path: str) -> int:
    count = 0
    try:
        stream = atomic.stream(path)
        if stream is None:
            return count
        with stream:
            while piece := stream.read(_PIECE):
                count += piece.count(b"\n")
    except (StoreFault, OSError):
        return count
    return count


def shortened(text: str, where: str) -> str:
    """Return a text of a person's as the model gets it: whole, or its two ends and where all of it lies."""
    if len(text) <= WHOLE:
        return text
    return f"{text[:END]}\n[… {len(text) - 2 * END} characters left out; all of it: {where} …]\n{text[-END:]}"
