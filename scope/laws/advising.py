"""Advice as a model writes it: one JSON object with instructions, reasoning and variables, or what is wrong with it.

A model is told in one line what is wrong, and asked once more. So whatever is refused here is refused
in words that mend it, and nothing is cut or guessed.
"""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final

LONGEST: Final = 500_000  # characters of a reply; all that may be said is less, with every character escaped
LONGEST_TEXT: Final = 8_000
LONGEST_VALUE: Final = 4_000
LONGEST_NAME: Final = 200
MOST_VARIABLES: Final = 50
_SHOWN: Final = 80

_MOST_BRACKETS: Final = 1_000  # that begin no list: each is looked at to the end of what it might be
# What is meant as an object, or might be a list; `{name}` is a word in braces.
_BEGINNING: Final = re.compile(r'\{\s*["}]|\[')
_RETURNS: Final = re.compile(r"\r\n?")
# What drives a terminal or fits into no file: control characters but for tabs and line ends, and their like.
_CONTROLS: Final = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029} - {ord("\t"), ord("\n")})


class Advised:
    """What an advisor says. `insufficient` is why the advice before it did not suffice, where there was any."""

    __slots__ = ("instructions", "insufficient", "reasoning", "variables")

    def __init__(
        self,
        instructions: str = "",
        reasoning: str = "",
        variables: tuple[tuple[str, str], ...] = (),
        insufficient: str = "",
    ) -> None:
        self.instructions = instructions
        self.reasoning = reasoning
        self.variables = variables
        self.insufficient = insufficient

    def as_json(self) -> dict[str, Any]:
        """Return the keys of `advice.json`."""
        return {
            "instructions": self.instructions,
            "reasoning": self.reasoning,
            "variables": dict(self.variables),
            "insufficient": self.insufficient,
        }


class _Number:
    """A number as it was written: 3.10 stays 3.10."""

    __slots__ = ("written",)

    def __init__(self, written: str) -> None:
        self.written = written


class _Wrong(Exception):
    """It is no advice; says why, to the model."""


def read(text: str) -> Advised | str:
    """Return the advice that a reply holds, or in one line what is wrong with it."""
    try:
        return _advised(_object(text))
    except _Wrong as wrong:
        return str(wrong)


def text_of(advised: Advised) -> str:
    """Return advice as people read it."""
    parts = [advised.instructions]
    if advised.variables:
        parts.append("Variables:\n" + "\n".join(f"- {name} = {_indented(value)}" for name, value in advised.variables))
    if advised.reasoning:
        parts.append(f"Why: {advised.reasoning}")
    if advised.insufficient:
        parts.append(f"Why the advice before did not suffice: {advised.insufficient}")
    return "\n\n".join(filter(None, parts)) + "\n"


# A line end within a text is no JSON, but what is meant is plain.
_DECODER: Final = json.JSONDecoder(strict=False, parse_int=_Number, parse_float=_Number, parse_constant=lambda _: None)


def _object(text: str) -> dict[str, Any]:
    """Return the one object that stands in a text, whatever stands around it."""
    if len(text) > LONGEST:
        raise _Wrong(f"the reply has {len(text):,} characters: be brief")
    found: dict[str, Any] | None = None
    for value in _values(text):
        if isinstance(value, list):
            if any(isinstance(item, dict | list) for item in value):
                raise _Wrong("a list is no advice: write one JSON object, and nothing around it")
        elif found is not None:
            raise _Wrong("there are several JSON objects: write one, with the whole of your advice in it")
        else:
            found = value
    if found is None:
        raise _Wrong("there is no JSON object in it" if text.strip() else "it is empty")
    return found


def _values(text: str) -> Iterator[Any]:
    """Yield the objects and lists in a text, but not those within others."""
    at = brackets = 0
    while (beginning := _BEGINNING.search(text, at)) is not None:
        try:
            value, at = _DECODER.raw_decode(text, beginning.start())
        except RecursionError as error:
            raise _Wrong("it is nested too deeply") from error
        except json.JSONDecodeError as error:
            if beginning[0] != "[":
                where = f"line {error.lineno}, column {error.colno}"
                raise _Wrong(f"the JSON object is malformed or breaks off: {error.msg} ({where})") from error
            at, brackets = beginning.end(), brackets + 1
            if brackets > _MOST_BRACKETS:
                raise _Wrong("too much stands around the JSON object: write it alone") from error
            continue
        yield value


def _advised(given: dict[str, Any]) -> Advised:
    instructions, reasoning = (_text(given, name) for name in ("instructions", "reasoning"))
    variables = _variables(given.get("variables", {}))
    if not instructions and not variables:
        what = "is empty" if "instructions" in given else "is missing"
        raise _Wrong(f"'instructions' {what}, and no variable is set: that advises nothing")
    is_said = isinstance(given.get("insufficient"), str)
    return Advised(instructions, reasoning, variables, _text(given, "insufficient") if is_said else "")


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise _Wrong(f"'{name}' takes a text, not {_kind(value)}")
    return _bounded(f"'{name}'", clean(value).strip(), LONGEST_TEXT)


def _variables(given: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, dict):
        raise _Wrong(f"'variables' takes an object of names and values, not {_kind(given)}")
    if len(given) > MOST_VARIABLES:
        raise _Wrong(f"'variables' has {len(given)} names: {MOST_VARIABLES} at most")
    made: dict[str, str] = {}
    for written, value in given.items():
        name = clean(written).strip()
        if not name:
            raise _Wrong("a variable in 'variables' has no name")
        _bounded("the name of a variable", name, LONGEST_NAME)
        made[name] = _value("".join(c if c.isprintable() else "?" for c in " ".join(name.split()))[:_SHOWN], value)
    return tuple(made.items())


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Number):
        value = value.written
    if not isinstance(value, str):
        raise _Wrong(f"the variable '{name}' takes a text, a number, true or false, not {_kind(value)}")
    return _bounded(f"the variable '{name}'", clean(value), LONGEST_VALUE)


def _bounded(what: str, text: str, longest: int) -> str:
    if len(text) > longest:
        raise _Wrong(f"{what} has {len(text):,} characters: {longest:,} at most")
    return text


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case _Number():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
    return "an object"


def clean(text: str) -> str:
    """Return a text without control characters and half characters; lines and tabs stay."""
    return _RETURNS.sub("\n", text).translate(_CONTROLS).encode("utf-8", "replace").decode()


def _indented(value: str) -> str:
    return value.replace("\n", "\n  ")
