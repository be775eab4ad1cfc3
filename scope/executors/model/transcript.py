"""What stands in the pane: the work as a person can read along, without a character that drives the terminal."""

from __future__ import annotations

import os
import sys
import time

from scope.errors import StoreFault
from scope.sessions.records import terminal
from scope.store import atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SHOWN_BYTES: Final = 1 << 18  # of one command; all of it is in its file
_PIECE: Final = 1 << 16
_LONGEST_PART: Final = 4096  # of a line that does not end
_WIDEST: Final = 100
_NARROWEST: Final = 20
_MEGABYTE: Final = 1 << 20
_TELL_EVERY_S: Final = 1.0
_LONGEST_WORDS: Final = 4000
_C1: Final = dict.fromkeys((*range(0x80, 0xA0), 0x2028, 0x2029))
_DIM, _BOLD, _PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[0m"


class Transcript:
    """Writes to standard output; what nobody can read any more is dropped."""

    def __init__(self) -> None:
        is_terminal = os.isatty(1)
        self._is_coloured = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in _NO
        self._is_wrapped = is_terminal

    def task(self, text: str) -> None:
        """Show what is to be done."""
        self._say(self._wrapped(_shortened(clean(text))), _BOLD)

    def thought(self, text: str) -> None:
        """Show what the model says."""
        if text.strip():
            self._say("\n" + self._wrapped(clean(text.strip())), "")

    def command(self, text: str) -> None:
        """Show what is being run."""
        first, *rest = clean(text.rstrip("\n")).split("\n")
        self._say("\n".join(["", f"$ {first}", *(f"  {line}" for line in rest)]), _BOLD)

    def output(self, line: str) -> None:
        """Show lines of a command's."""
        self._say("\n".join(f"  {each}" for each in line.split("\n")), _DIM)

    def said(self, who: str, text: str) -> None:
        """Show what somebody wrote to the model, or it to somebody."""
        self._say(self._wrapped(f"{who}: {_shortened(clean(text))}"), _BOLD)

    def remark(self, text: str) -> None:
        """Say something of our own, in one line."""
        self._say(self._wrapped(clean(text)), _DIM)

    def _say(self, text: str, style: str) -> None:
        if style and self._is_coloured:
            text = "\n".join(f"{style}{line}{_PLAIN}" if line else "" for line in text.split("\n"))
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except BlockingIOError:
            return
        except OSError:  # the pane is gone; the files say the same
            _mute()

    def _wrapped(self, text: str) -> str:
        if not self._is_wrapped:
            return text
        try:
            width = min(os.get_terminal_size(1).columns, _WIDEST)
        except OSError:
            return text
        return "\n".join(_broken(line, width) for line in text.split("\n")) if width >= _NARROWEST else text


_NO: Final = ("", "dumb")


class Printed:
    """Shows what a command prints while it does."""

    def __init__(self, path: str, transcript: Transcript) -> None:
        self._path = path
        self._transcript = transcript
        self._offset = 0
        self._part = b""
        self._told = 0
        self._told_at = 0.0

    def show(self) -> bool:
        """Show what is new in the file, in whole lines; tell whether anything was."""
        try:
            stream = atomic.stream(self._path)
            if stream is None:
                return False
            with stream:
                if self._offset >= SHOWN_BYTES:
                    return self._tell(os.fstat(stream.fileno()).st_size)
                stream.seek(self._offset)
                new = stream.read(min(_PIECE, SHOWN_BYTES - self._offset))
        except (StoreFault, OSError):  # the command itself may have put something else there
            return False
        if not new:
            return False
        self._offset += len(new)
        lines, end, self._part = (self._part + new).rpartition(b"\n")
        if len(self._part) > _LONGEST_PART:
            lines, self._part = lines + end + self._part, b""
        if lines or end:
            self._transcript.output(_readable(lines))
        return True

    def finish(self) -> None:
        """Show the rest, up to what is shown at most."""
        while self._offset < SHOWN_BYTES and self.show():
            pass
        if self._part:
            self._transcript.output(_readable(self._part))
        self.show()

    def _tell(self, size: int) -> bool:
        # A word now and then, for whoever takes a silent pane for a stuck one.
        now = time.monotonic()
        if size <= max(self._told, SHOWN_BYTES) or now - self._told_at < _TELL_EVERY_S:
            return False
        self._transcript.remark(f"  [… {size / _MEGABYTE:.1f} MB so far; the rest only in {self._path}]")
        self._told, self._told_at = size, now
        return True


def _mute() -> None:
    """Drop what is not written yet; at its end the interpreter would try again, and exit with 120."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def clean(text: str) -> str:
    """Return a text without escape sequences and control characters; lines and tabs stay."""
    raw = terminal.plain(text.encode("utf-8", "replace"))
    return raw.decode("utf-8", "replace").replace("\r", "\n").translate(_C1)


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_WORDS:
        return text
    return f"{text[:_LONGEST_WORDS]}\n[… {len(text) - _LONGEST_WORDS} characters more]"


def _readable(raw: bytes) -> str:
    return clean(terminal.overwritten(raw).decode("utf-8", "replace"))


def _broken(line: str, width: int) -> str:
    """Break a line at its spaces, so that no word is cut; one that is longer than a line stays whole."""
    lines, last = [], ""
    for word in line.split(" "):
        if last and len(last) + 1 + len(word) > width:
            lines.append(last)
            last = word
        else:
            last = f"{last} {word}" if last else word
    return "\n".join([*lines, last])
