"""A setback: one failed attempt as the next one, or an advisor, is told of it; and a digest of all of them.

A failed trajectory in the context misleads, so that what is passed on is short: of the newest the
lines that say what failed, of each before it one line. The whole record stays on disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

TOKENS: Final = 1500
_CHARACTERS_PER_TOKEN: Final = 3
_HEADLINE: Final = 300
_FAILING: Final = 10
_LINE: Final = 400


@dataclass(frozen=True, slots=True)
class Setback:
    """One failed attempt; `advice_from` is the level whose advice it had."""

    attempt: int
    of_class: str = ""
    headline: str = ""
    fingerprint: str = ""
    failing: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    advice_from: str = ""
    move: str = ""


def digest(setbacks: Sequence[Setback], tokens: int = TOKENS) -> str:
    """Return what is to be known of failed attempts, the newest first, in at most so many tokens."""
    left = tokens * _CHARACTERS_PER_TOKEN
    told: list[str] = []
    for number, setback in enumerate(reversed(setbacks)):
        heading = _heading(setback)
        if number == 0:
            details = [f"- failing: {name[:_LINE]}" for name in setback.failing[:_FAILING]]
            room = left - len(heading) - sum(len(line) + 1 for line in details) - 2
            lines = _last(setback.lines, room)
            heading = "\n".join((heading, *details, *(["", *lines] if lines else [])))
        if len(heading) + 1 > left:
            break
        told.append(heading)
        left -= len(heading) + 1
    return "\n".join(told)


def _heading(setback: Setback) -> str:
    said = f"attempt {setback.attempt} failed"
    if setback.advice_from:
        said += f", with advice from {setback.advice_from}"
    return f"{said}: {setback.of_class or 'unknown'}: {setback.headline[:_HEADLINE] or 'without a word'}"


def _last(lines: Sequence[str], room: int) -> list[str]:
    """Return the last lines that fit, as a block that markdown leaves alone."""
    kept: list[str] = []
    for line in reversed(lines):
        written = f"    {line[:_LINE]}"
        if len(written) + 1 > room:
            break
        kept.append(written)
        room -= len(written) + 1
    return kept[::-1]
