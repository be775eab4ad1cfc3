"""Names made of texts: whole words in small letters, joined by dashes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from scope.laws.skill import significant

_WORD: Final = re.compile(r"[a-z0-9]+")
_WORDS: Final = 4


def slug(text: str, at_most: int) -> str:
    """Return a text as whole words of a name, at most so many characters of it."""
    joined = "-".join(_words(text))
    return joined if len(joined) <= at_most else joined[: at_most + 1].rpartition("-")[0] or joined[:at_most]


def telling(text: str) -> str:
    """Return the first words of a text that say something; numbers do not."""
    words = _words(text)
    meant = significant(" ".join(words))
    return " ".join([word for word in words if word in meant and not word.isdigit()][:_WORDS])


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKD", text).lower())
