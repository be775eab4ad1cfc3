"""What a person wants to see: the selectors of `scope ls`, and plain words."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from scope.laws.ids import GLOB_SIGNS, is_id, is_within
from scope.laws.states import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scope.cli.top.card import Card

_STATE: Final = ("-s", "--state", "state")
_LABEL: Final = ("-l", "--label")


@dataclass(frozen=True, slots=True)
class Selector:
    """Any of the states, all of the labels, and every one of the words; an empty one selects everything."""

    states: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    is_live: bool = False

    def __bool__(self) -> bool:
        return bool(self.states or self.labels or self.words or self.is_live)

    def selects(self, card: Card) -> bool:
        """Tell whether a session is wanted."""
        if self.is_live and card.state in TERMINAL:
            return False
        if self.states and not any(card.state.startswith(state) for state in self.states):
            return False
        return set(self.labels) <= set(card.labels) and all(_is_meant(card, word) for word in self.words)


def parse(text: str) -> Selector:
    """Return what was typed so far: `-s failed`, `-l team=web`, `--live`, `team=web`, ids, globs and words.

    Nothing is wrong: whoever types has not finished.
    """
    states, labels, words, is_live = [], [], [], False
    for key, value in _pairs(_split(text)):
        if key in _STATE:
            states.append(value)
        elif key == "--live":
            is_live = True
        elif key:
            labels.append((key, value))
        else:
            words.append(value)
    return Selector(tuple(filter(None, states)), tuple(labels), tuple(words), is_live)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quotation that is not closed yet
        return text.split()


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what each word selects by: a state or a label by its key, itself by nothing."""
    left = iter(words)
    for typed in left:
        key, equals, value = typed.partition("=")
        if typed == "--live":
            yield typed, ""
        elif typed in (*_STATE[:2], *_LABEL):
            value = next(left, "")
            label, equals, wanted = value.partition("=")
            if typed not in _LABEL:
                yield typed, value
            elif equals:
                yield label, wanted
        elif key in _LABEL and equals:
            label, _, wanted = value.partition("=")
            yield label, wanted
        elif equals and key:
            yield key, value
        else:
            yield "", typed


def _is_meant(card: Card, word: str) -> bool:
    if is_id(word):
        return is_within(card.id, word)
    if GLOB_SIGNS.intersection(word):
        return fnmatchcase(card.name, word) or fnmatchcase(card.id, word)
    found = (card.name, card.title, card.state, card.activity, card.executor, *(f"{k}={v}" for k, v in card.labels))
    word = word.casefold()
    return any(word in each.casefold() for each in found)
