"""The end of what a session printed, in lines that any terminal can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scope.sessions.records import terminal
from scope.store import atomic, attemptdir, layout

if TYPE_CHECKING:
    from scope.cli.top.card import Card

GLANCE_BYTES: Final = 1 << 14
LOOK_BYTES: Final = 1 << 18
_LONGEST: Final = 2000


def path(root: str, card: Card) -> str:
    """Return where the newest attempt's output lies."""
    return attemptdir.output(layout.attempt(layout.session(root, card.id), card.attempts))


def lines(root: str, card: Card, at_most_bytes: int) -> list[str]:
    """Return the last lines that the newest attempt printed, without escape sequences; none before the first."""
    raw = atomic.tail(path(root, card), at_most_bytes) if card.attempts else b""
    if len(raw) == at_most_bytes:
        raw = raw.partition(b"\n")[2] or raw
    text = terminal.plain(terminal.overwritten(terminal.without_marker(raw))).decode("utf-8", "replace")
    found = ["".join(c for c in line[:_LONGEST].expandtabs() if c.isprintable()) for line in text.split("\n")]
    while found and not found[-1].strip():
        found.pop()
    return found
