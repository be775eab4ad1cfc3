"""Charts of characters: bars and curves that can be read without colour, and on a terminal that knows ASCII only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEPS: Final = "▁▂▃▄▅▆▇█"
_PLAIN_STEPS: Final = "_.-~=+*#"
_FULL, _EMPTY = "█", "░"
_PLAIN_FULL, _PLAIN_EMPTY = "#", "."
_GAP: Final = " "


def bar(share: float | None, width: int, *, is_plain: bool = False) -> str:
    """Return a bar that is full to this share; what is more than nothing shows."""
    full, empty = (_PLAIN_FULL, _PLAIN_EMPTY) if is_plain else (_FULL, _EMPTY)
    known = min(1.0, max(0.0, share or 0.0))
    length = max(int(known > 0), round(known * width))
    return full * length + empty * (width - length)


def sparkline(shares: Sequence[float | None], width: int, *, is_plain: bool = False) -> str:
    """Return a curve of shares from 0 to 1, a character each, the newest `width` of them; a gap where none is known."""
    steps = _PLAIN_STEPS if is_plain else _STEPS
    return "".join(_GAP if share is None else _step(share, steps) for share in shares[-width:]) if width > 0 else ""


def _step(share: float, steps: str) -> str:
    return steps[min(len(steps) - 1, max(0, int(share * len(steps))))]


def is_plain(encoding: str | None) -> bool:
    """Tell whether a terminal of this encoding cannot show blocks."""
    try:
        (_STEPS + _EMPTY).encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return True
    return False
