"""What keys a file of people's may have: one typed list, from which errors and documentation come."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, TypeAlias

from scope.laws import durations
from scope.laws.ids import is_count, is_id, is_label_value, is_name, is_session_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Node: TypeAlias = "str | list[Node] | dict[str, Node] | None"
"""A YAML value with its scalars as written: `2.10` stays `2.10`, `true` stays `true`."""

Value: TypeAlias = "str | int | float | bool | tuple[str, ...] | tuple[tuple[str, str], ...] | dict[str, Node]"

Shape = Literal[
    "word",
    "name",
    "session_name",
    "text",
    "path",
    "count",
    "number",
    "duration",
    "flag",
    "words",
    "argv",
    "size",
    "percent",
    "share",
]
MappingShape = Literal["mapping", "labels"]
IdsShape = Literal["ids"]
NestedShape = Literal["nested"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its name, the shape of its value, and what it means."""

    name: str
    shape: Shape | MappingShape | IdsShape | NestedShape
    meaning: str
    example: str = ""


def _short(text: str) -> str:
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"


class Refused(ValueError):
    """A value that does not have its key's shape; the message says what is expected."""


_QUOTED = 80
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def nearest(word: str, known: list[str]) -> str | None:
    """Return the known word that `word` was probably meant to be."""
    found = get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one key of a file."""

    key: str
    says: str


def values(written: Mapping[str, Node], known: Sequence[Key]) -> dict[str, Value] | Problem:
    """Return the values of all keys, or the first thing that is wrong, with the key that was meant."""
    by_name = {key.name: key for key in known}
    found: dict[str, Value] = {}
    for name, node in written.items():
        if name not in by_name:
            meant = nearest(name, list(by_name))
            return Problem(name, f"unknown key '{_short(name)}'" + (f", did you mean '{meant}'?" if meant else ""))
        try:
            found[name] = read(by_name[name], node)
        except Refused as refusal:
            return Problem(name, str(refusal))
    return found


def flat(written: Mapping[str, Node], known: Sequence[Key]) -> dict[str, Node] | Problem:
    """Return the keys of sections as keys with dots, or what is wrong with a section."""
    sections = {key.name.rpartition(".")[0] for key in known} - {""}
    found: dict[str, Node] = {}
    for name, node in written.items():
        if name not in sections:
            found[name] = node
        elif isinstance(node, dict):
            found.update({f"{name}.{key}": value for key, value in node.items()})
        elif node not in (None, ""):
            return Problem(name, f"'{name}' takes keys of its own, such as {name}: {{key: value}}")
    return found


def read(key: Key, node: Node) -> Value:
    """Turn what was written into the key's value; raise Refused with what is expected instead."""
    match key.shape:
        case "labels" | "mapping":
            return _pairs(key, node)
        case "words" | "argv" | "ids":
            return _list(key, node)
        case "nested":
            if not isinstance(node, dict):
                raise Refused(f"'{key.name}' takes a mapping such as {key.example}")
            return node
        case _:
            if not isinstance(node, str):
                raise Refused(f"'{key.name}' takes one value")
            return _scalar(key, node)


def _scalar(key: Key, text: str) -> Value:
    match key.shape:
        case "count" | "number":
            digits = text.removeprefix("-") if key.shape == "number" else text
            if is_count(digits):
                return int(text)
            raise Refused(f"'{key.name}' takes a whole number, not '{_short(text)}'")
        case "duration":
            length_s = durations.seconds(text)
            if length_s is None:
                raise Refused(f"'{key.name}' takes a duration such as 90, 10m or 1h30m, not '{_short(text)}'")
            return length_s
        case "size":
            size = _bytes(text)
            if size is None:
                raise Refused(f"'{key.name}' takes a size such as 512M or 4G, not '{_short(text)}'")
            return size
        case "percent" | "share":
            return _rate(key, text)
        case "flag":
            if text not in _FLAGS:
                raise Refused(f"'{key.name}' takes true or false, not '{_short(text)}'")
            return _FLAGS[text]
        case _:
            return _word(key, text)


def _bytes(text: str) -> int | None:
    number, unit = text.rstrip("KMGTiB"), text.lstrip("0123456789").removesuffix("B").removesuffix("i")
    if not is_count(number) or unit not in _UNITS:
        return None
    return int(number) << _UNITS[unit]


def _rate(key: Key, text: str) -> float:
    number = text.removesuffix("%").strip()
    if key.shape == "percent":
        if not is_count(number):
            raise Refused(f"'{key.name}' takes a percentage such as 80%, not '{_short(text)}'")
        return float(number)
    whole, dot, decimals = number.partition(".")
    if is_count(whole or "0") and (decimals.isascii() and decimals.isdecimal() if dot else whole):
        share = float(number) / (100 if text.endswith("%") else 1)
        if share <= 1:
            return share
    raise Refused(f"'{key.name}' takes a share from 0 to 1, such as 0.1 or 10%, not '{_short(text)}'")


def _word(key: Key, text: str) -> str:
    match key.shape:
        case "name":
            if not is_name(text):
                raise Refused(f"'{key.name}' takes a name ([a-z0-9][a-z0-9._-]*, at most 64), not '{_short(text)}'")
        case "session_name":
            if not is_session_name(text):
                raise Refused(f"'{key.name}' takes a name that is no number ([a-z0-9][a-z0-9._-]*, at most 64)")
        case "word" | "path":
            if not text or "\0" in text or "\n" in text:
                raise Refused(f"'{key.name}' takes one line that is not empty")
        case _:
            pass
    return text


def _list(key: Key, node: Node) -> tuple[str, ...]:
    if key.shape == "argv" and isinstance(node, str):
        raise Refused(f"'{key.name}' takes a list such as [pytest, -q], never a shell string")
    items = [node] if isinstance(node, str) else node
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise Refused(f"'{key.name}' takes a list of words")
    words = tuple(item for item in items if isinstance(item, str))
    if any("\0" in word for word in words):
        raise Refused(f"'{key.name}' cannot hold the character NUL")
    if key.shape == "argv" and (not words or not words[0]):
        raise Refused(f"'{key.name}' takes at least the program's name")
    if key.shape == "ids":
        for word in words:
            if not is_id(word):
                raise Refused(f"'{key.name}' takes session ids, not '{_short(word)}'")
    return words


def _pairs(key: Key, node: Node) -> tuple[tuple[str, str], ...]:
    if not isinstance(node, dict):
        raise Refused(f"'{key.name}' takes a mapping such as {{key: value}}")
    pairs = []
    for name, value in node.items():
        if not isinstance(value, str):
            raise Refused(f"'{key.name}.{name}' takes one value")
        if "\0" in name + value:
            raise Refused(f"'{key.name}' cannot hold the character NUL")
        if key.shape == "labels" and not (is_name(name) and is_label_value(value)):
            raise Refused(
                f"'{key.name}' takes names and short values without commas, not '{_short(name)}: {_short(value)}'"
            )
        pairs.append((name, value))
    return tuple(pairs)
