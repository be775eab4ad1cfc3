"""A variation of a task: what a supervisor may try instead of the same again.

`env:CI=1`, `args:-x --lf` (further arguments), `command:make test` (another command), `timeout:20m`.
The words are split as a shell would, and become an argv; no shell ever sees them. So a variable of
the task is written without blanks, or in quotes: `args:{{flags}}`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scope.laws import durations
from scope.laws.schema import Refused
from scope.laws.task import wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from scope.laws.task import Task

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
        raise _refused(text)
    variation = Variation(kind, rest)
    _READERS[kind](variation)
    return variation


def applied(task: Task, variation: Variation) -> Task:
    """Return the task as the variation changes it; raise Refused where that makes no task."""
    match variation.kind:
        case "env":
            changed = replace(task, env=tuple((dict(task.env) | dict([_pair(variation)])).items()))
        case "args":
            if not task.command:
                raise _refused(_written(variation), "the task has no command that takes arguments")
            changed = replace(task, command=task.command + _words(variation))
        case "command":
            # A task of words alone is a model's; with a command it is a command's.
            executor = task.executor if task.command else "command"
            changed = replace(task, command=_words(variation), executor=executor)
        case "timeout":
            changed = replace(task, timeout=_length_s(variation))
    problem = wrong(changed)
    if problem:
        raise _refused(_written(variation), problem.says)
    return changed


def _pair(variation: Variation) -> tuple[str, str]:
    name, equals, value = variation.text.partition("=")
    if not equals or not name.isidentifier() or not name.isascii():
        raise _refused(_written(variation), "it does not begin with a variable's name and '='")
    if "\0" in value:
        raise _refused(_written(variation), _NUL)
    return name, value


def _length_s(variation: Variation) -> float:
    length_s = durations.seconds(variation.text)
    if not length_s:
        raise _refused(_written(variation), "it takes a duration above 0 such as 90, 10m or 1h30m")
    return length_s


def _words(variation: Variation) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(variation.text))
    except ValueError as error:
        raise _refused(_written(variation), "a quotation mark or a backslash has no end") from error
    if "\0" in variation.text:
        raise _refused(_written(variation), _NUL)
    if not words or (variation.kind == "command" and not words[0]):
        raise _refused(_written(variation), "it takes at least one word that is not empty")
    return words


_READERS: Final[dict[Kind, Callable[[Variation], object]]] = {
    "env": _pair,
    "args": _words,
    "command": _words,
    "timeout": _length_s,
}


def _written(variation: Variation) -> str:
    return f"{variation.kind}:{variation.text}"


def _refused(subject: str, why: str = "") -> Refused:
    shown = "".join(c if c.isprintable() else "?" for c in subject[:_QUOTED]) + "…" * (len(subject) > _QUOTED)
    return Refused(f"'{shown}' cannot be tried{why and ', '}{why}: a variation is {_FORMS}")
