"""The signs that are no letters: those of any modern terminal, or plain ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What is drawn beside words."""

    folded: str = "▸"
    unfolded: str = "▾"
    rule: str = "─"
    asks: str = "▲"
    cut: str = "…"


PLAIN: Final = Glyphs(folded="+", unfolded="-", rule="-", asks="!", cut="~")


def of(encoding: str, terminal: str) -> Glyphs:
    """Return the signs that a terminal can show; the console of Linux has letters, and few signs."""
    return Glyphs() if encoding.lower().replace("-", "") == "utf8" and terminal != "linux" else PLAIN
