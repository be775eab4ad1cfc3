"""What the declared tree and the identities of agents have not in common, and bringing the identities to it.

Beside each identity that is written lies what was declared for it, so that a person's edit since is told from a new
declaration: it is said, and stays. Each agent is written by itself, whoever stands higher first: killed in between,
the next call finds the rest, and at every moment each way up leads to the human.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scope.agents import templates
from scope.errors import BadInput, from_os
from scope.laws import schema
from scope.laws.identity import KEYS
from scope.store import amendment, atomic, document, frontmatter, layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scope.laws.declaration import Declared
    from scope.laws.schema import Node, Value

    Written: TypeAlias = str | Sequence[str] | Mapping[str, str]

Kind: TypeAlias = Literal["added", "changed", "conflict", "undeclared", "same"]
_BY_NAME: Final = {key.name: key for key in KEYS}


@dataclass(frozen=True, slots=True)
class Difference:
    """How one agent's identity differs from its declaration: each key's old value and new one, as they are written."""

    name: str
    kind: Kind
    path: str
    keys: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    declared: Declared | None = None


def differences(root: str, declared: Iterable[Declared]) -> list[Difference]:
    """Return the difference of every agent that is declared or was; raises BadInput for an unreadable identity."""
    found = [_difference(root, one) for one in declared]
    names = {one.name for one in found}
    gone = [name for name in _written(root) if name not in names]
    return [*found, *(Difference(name, "undeclared", _path(root, name)) for name in gone)]


def apply(root: str, difference: Difference) -> None:
    """Bring one identity to its declaration; done again, it changes nothing. Raises BadInput or StoreFault."""
    if difference.declared is None:
        return
    directory = os.path.dirname(difference.path)
    if difference.kind == "added":
        template = templates.load(root, difference.declared.template)
        keys = {**template.keys, **difference.declared.keys}
        atomic.directory(directory)
        atomic.replace(difference.path, frontmatter.write({k: _as_written(v) for k, v in keys.items()}, template.body))
    elif difference.keys:
        atomic.replace(difference.path, _amended(difference))
    keys = dict(difference.declared.keys)
    atomic.replace(layout.declared(directory), json.dumps(keys, indent=2, ensure_ascii=True) + "\n")


def retire(root: str, name: str) -> None:
    """Take an agent's identity away that is declared no more; its memory and its skills stay. Raises StoreFault."""
    directory = f"{layout.agents(root)}/{name}"
    try:
        if os.path.exists(layout.identity(directory)):
            os.rename(layout.identity(directory), layout.retired(directory))
    except OSError as error:
        raise from_os(error, "cannot retire", name) from error
    atomic.remove(layout.declared(directory))


def _difference(root: str, declared: Declared) -> Difference:
    path = _path(root, declared.name)
    text = atomic.read(path)
    if text is None:
        templates.load(root, declared.template)
        new: dict[str, tuple[str | None, str | None]] = {key: (None, said(node)) for key, node in declared.keys.items()}
        return Difference(declared.name, "added", path, new, declared)
    theirs, before = _parsed(path, text), _before(root, declared.name)
    changes, conflicts = {}, {}
    for key in sorted({*declared.keys, *(before or {})}):
        mine, there = declared.keys.get(key), theirs.get(key)
        if _value(key, mine) == _value(key, there):
            continue
        known = before.get(key) if before is not None else None
        is_edited = there is not None if known is None else _value(key, known) != _value(key, there)
        if is_edited:
            conflicts[key] = (said(there), said(mine))
        else:
            changes[key] = (said(there), said(mine))
    if conflicts:
        return Difference(declared.name, "conflict", path, {**changes, **conflicts}, declared)
    if changes:
        return Difference(declared.name, "changed", path, changes, declared)
    return Difference(declared.name, "same", path, {}, declared)


def _amended(difference: Difference) -> str:
    """Return the identity's text with the declared keys in it, and every other byte as it was."""
    assert difference.declared is not None
    text = atomic.read(difference.path) or ""
    wanted = difference.declared.keys
    without = _without(text, [key for key in difference.keys if key not in wanted])
    changes = {key: _as_written(wanted[key]) for key in difference.keys if key in wanted}
    amended = amendment.amended(without, changes)
    if amended is not None:
        return amended
    parsed = document.parse(without)
    kept = {key: _as_written(node) for key, node in parsed.keys.items()}
    return frontmatter.write({**kept, **changes}, parsed.body)


def _without(text: str, names: list[str]) -> str:
    """Return a text without these keys of its frontmatter."""
    if not names:
        return text
    parsed = document.parse(text)
    return frontmatter.write({k: _as_written(v) for k, v in parsed.keys.items() if k not in names}, parsed.body)


def _parsed(path: str, text: str) -> Mapping[str, Node]:
    try:
        return document.parse(text).keys
    except document.Unfinished as error:
        raise BadInput("cannot read", f"{path}:1", str(error), "end it with a line of ---") from error
    except document.Malformed as error:
        raise BadInput("cannot read", f"{path}:{error.line}", error.says, "edit that line") from error


def _before(root: str, name: str) -> dict[str, Node] | None:
    """Return what was declared when the identity was last written; None where it never was."""
    text = atomic.read(layout.declared(f"{layout.agents(root)}/{name}"), atomic.SMALL)
    try:
        found = json.loads(text or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _written(root: str) -> list[str]:
    """Return the agents whose identity was written by a declaration."""
    try:
        names = sorted(os.listdir(layout.agents(root)))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise from_os(error, "cannot read", layout.agents(root)) from error
    places = ((name, f"{layout.agents(root)}/{name}") for name in names)
    return [name for name, place in places if os.path.isfile(layout.declared(place))]


def _value(key: str, node: Node) -> Value | Node:
    """Return what a key's value means: 600 and 10m are one period."""
    if node is None or key not in _BY_NAME:
        return node
    try:
        return schema.read(_BY_NAME[key], node)
    except schema.Refused:
        return node


def said(node: Node) -> str | None:
    """Return a value as it is written in a file; None where there is none."""
    return None if node is None else amendment.line("", _as_written(node)).removeprefix(":").strip()


def _as_written(node: Node) -> Written:
    if isinstance(node, dict):
        return {name: str(value) for name, value in node.items()}
    return [str(item) for item in node] if isinstance(node, list) else str(node)


def _path(root: str, name: str) -> str:
    return layout.identity(f"{layout.agents(root)}/{name}")
