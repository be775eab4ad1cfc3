"""What a person meant by a word that is not known: asked only once something went wrong."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def hint(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return a hint: the known word that was probably meant, else `otherwise`, else all of them."""
    from scope.laws.schema import nearest  # noqa: PLC0415 - dataclasses, for who mistyped

    words = list(known)
    meant = nearest(word, words)
    if meant is not None:
        return f"did you mean '{meant}'?"
    return otherwise or f"it knows {', '.join(words)}"
