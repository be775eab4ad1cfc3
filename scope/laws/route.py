"""Who may be asked: those above all who ask, never one of them, nobody below or beside them; last, a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

HUMAN: Final = "human"
"""The top of the tree, and the fallback of every route."""


def above(chains: Sequence[Sequence[str]], originators: Collection[str]) -> tuple[str, ...]:
    """Return who is above all originators, the nearest first; the human always is, as the last.

    A chain leads from an originator's supervisor up; who is an originator too, and all up to there,
    is no way out of the trouble.
    """
    cut = []
    for chain in chains:
        last = max((at for at, name in enumerate(chain) if name in originators), default=-1)
        cut.append([name for name in chain[last + 1 :] if name != HUMAN])
    first = cut[0] if cut else []
    return (*(name for name in first if all(name in chain for chain in cut)), HUMAN)


def assignee(wanted: str, known: Sequence[str]) -> str:
    """Return who is to answer: whom somebody named, where that one is above all who ask, else the human."""
    return wanted if wanted in known else HUMAN
