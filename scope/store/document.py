"""Markdown with frontmatter, and YAML files of people's: the only door to yaml.

Scalars are the strings as written (`2.10` stays `2.10`), every key knows its line, and a document
that is still being written is told from a wrong one. python-frontmatter does none of the three.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scope.laws.schema import Node

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_FENCE = "---"
_DEEPEST = 40  # an alias may stand for what it is in


@dataclass(frozen=True, slots=True)
class Document:
    """Keys with their lines (counted from 1), and the text behind the frontmatter."""

    keys: Mapping[str, Node] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    body: str = ""


class Unfinished(ValueError):
    """The frontmatter does not close: somebody is still writing."""


class Malformed(ValueError):
    """It is no YAML; says the line and what is wrong there."""

    def __init__(self, line: int, says: str) -> None:
        self.line = line
        self.says = says
        super().__init__(f"line {line}: {says}")


def parse(text: str) -> Document:
    """Return a document; one without frontmatter is all body. Raises Unfinished or Malformed."""
    text = text.removeprefix("\ufeff")
    first, _, rest = text.partition("\n")
    if first.rstrip() != _FENCE:
        return Document(body=text)
    lines = rest.split("\n")
    for number, line in enumerate(lines):
        if line.rstrip() == _FENCE:
            keys, at = mapping("\n".join(lines[:number]), first_line=2)
            return Document(keys, at, "\n".join(lines[number + 1 :]))
    raise Unfinished("the frontmatter does not close with ---")


def mapping(text: str, first_line: int = 1) -> tuple[dict[str, Node], dict[str, int]]:
    """Return the keys of a YAML mapping and the line of each; raises Malformed."""
    try:
        root = yaml.compose(text, Loader=_LOADER)
        if root is None:
            return {}, {}
        if not isinstance(root, yaml.MappingNode):
            raise Malformed(first_line, "expected keys and values")
        return _pairs(root, {}), {_key(key): key.start_mark.line + first_line for key, _ in root.value}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise Malformed(line + first_line, error.problem or "this is no YAML") from error
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise Malformed(first_line, str(error).partition("\n")[0] or "this is no YAML") from error


def places(text: str, first_line: int = 1) -> list[tuple[tuple[str, ...], int]]:
    """Return the way to each key of a YAML mapping, keys within keys too, and its line; twice for one that is twice.

    Raises Malformed.
    """
    try:
        root = yaml.compose(text, Loader=_LOADER)
        return list(_places(root, (), first_line)) if isinstance(root, yaml.MappingNode) else []
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise Malformed(line + first_line, error.problem or "this is no YAML") from error
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise Malformed(first_line, str(error).partition("\n")[0] or "this is no YAML") from error


def _places(node: yaml.MappingNode, way: tuple[str, ...], first_line: int) -> Iterator[tuple[tuple[str, ...], int]]:
    for key, value in node.value:
        here = (*way, _key(key))
        yield here, key.start_mark.line + first_line
        if isinstance(value, yaml.MappingNode) and value is not node and len(here) < _DEEPEST:
            yield from _places(value, here, first_line)


def _plain(node: yaml.Node, known: dict[int, Node]) -> Node:
    # Aliases share what they stand for: twenty lines of them could stand for a million words.
    if id(node) not in known:
        known[id(node)] = _fresh(node, known)
    return known[id(node)]


def _pairs(node: yaml.MappingNode, known: dict[int, Node]) -> dict[str, Node]:
    return {_key(key): _plain(value, known) for key, value in node.value}


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.MarkedYAMLError(problem="a key is one word", problem_mark=node.start_mark)
    return str(node.value)


def _fresh(node: yaml.Node, known: dict[int, Node]) -> Node:
    match node:
        case yaml.MappingNode():
            return _pairs(node, known)
        case yaml.SequenceNode():
            return [_plain(item, known) for item in node.value]
        case yaml.ScalarNode():
            return str(node.value)
        case _:
            return None
