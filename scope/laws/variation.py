"""A variation of a task: what a supervisor may try instead of the same again.

`env:CI=1`, `args:-x --lf` (further arguments), `command:make test` (another command), `timeout:20m`.
The words are split as a shell would, and become an argv; no shell ever sees them. So a variable of
the task is written without blanks, or in quotes: `args:{{flags}}`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scope.laws import durations
from scope.laws.schema import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

Kind: TypeAlias = Literal["env", "args", "command", "timeout"]

_FORMS: Final = "env:NAME=VALUE, args:WORDS, command:WORDS or timeout:DURATION"
_NUL: Final = "it holds the character NUL"
_QUOTED: Final = 80


@dataclass(frozen=True, slots=True)
class Variation:
    """One change of a task; `text` is what stands behind the kind's colon."""

    kind: Kind
    text: str


def parse(text: str) -> Variation:
    """Return the variation that a person wrote; raise Refused with what is expected instead."""
    word, colon, rest = text.partition(":")
    kind = next((known for known in _READERS if known == word), None)
    if kind is None or not colon:
        raise refused(text)
    variation = Variation(kind, rest)
    _READERS[kind](variation)
    return variation


def pair(variation: Variation) -> tuple[str, str]:
    """Return the name and the value that an `env` sets; raise Refused."""
    name, equals, value = variation.text.partition("=")
    if not equals or not name.isidentifier() or not name.isascii():
        raise refused(written(variation), "it does not begin with a variable's name and '='")
    if "\0" in value:
        raise refused(written(variation), _NUL)
    return name, value


def length_s(variation: Variation) -> float:
    """Return what a `timeout` allows, in seconds; raise Refused."""
    allowed_s = durations.seconds(variation.text)
    if not allowed_s:
        raise refused(written(variation), "it takes a duration above 0 such as 90, 10m or 1h30m")
    return allowed_s


def words(variation: Variation) -> tuple[str, ...]:
    """Return the argv that `args` or `command` says; raise Refused."""
    try:
        argv = tuple(shlex.split(variation.text))
    except ValueError as error:
        raise refused(written(variation), "a quotation mark or a backslash has no end") from error
    if "\0" in variation.text:
        raise refused(written(variation), _NUL)
    if not argv or (variation.kind == "command" and not argv[0]):
        raise refused(written(variation), "it takes at least one word that is not empty")
    return argv


_READERS: Final[dict[Kind, Callable[[Variation], object]]] = {
    "env": pair,
    "args": words,
    "command": words,
    "timeout": length_s,
}


def written(variation: Variation) -> str:
    """Return the variation as people write it."""
    return f"{variation.kind}:{variation.text}"


def refused(subject: str, why: str = "") -> Refused:
    """Return what to raise for a variation that cannot be tried, and why."""
    shown = "".join(c if c.isprintable() else "?" for c in subject[:_QUOTED]) + "…" * (len(subject) > _QUOTED)
    return Refused(f"'{shown}' cannot be tried{why and ', '}{why}: a variation is {_FORMS}")
