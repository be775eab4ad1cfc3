"""The declared tree: `tree.yaml` as a person wrote it, and every mistake in it with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.agents import identities
from scope.errors import BadInput, NotFound, ScopeError
from scope.laws import declaration
from scope.store import atomic, document, layout

if TYPE_CHECKING:
    from scope.laws.declaration import Declared, Way
    from scope.laws.identity import Identity


class Mistaken(BadInput):
    """A tree that cannot be taken; `lines` tell each mistake with its place."""

    def __init__(self, path: str, lines: tuple[str, ...]) -> None:
        self.lines = lines
        first, count = lines[0], len(lines)
        what = first if count == 1 else f"{first} (and {count - 1} more)"
        super().__init__("cannot take", path, what, "edit that line; scope up --dry-run reads it again")


def load(root: str) -> tuple[Declared, ...]:
    """Return who is declared, whoever stands higher first.

    Raises NotFound where there is no `tree.yaml`, Mistaken with all that is wrong with it.
    """
    path = layout.tree(root)
    text = atomic.read(path)
    if text is None:
        raise NotFound("there is no declared tree", path, hint=f"write it: printf 'supervisors:\\n  web:\\n' >{path}")
    try:
        keys, _ = document.mapping(text)
        places = document.places(text)
    except document.Malformed as error:
        raise Mistaken(path, (f"line {error.line}: {error.says}",)) from error
    tree = declaration.parse(keys, _others(root))
    lines = dict(reversed(places))
    told = sorted([*_twice(places), *((_line(lines, fault.way), fault.says) for fault in tree.faults)])
    if told:
        raise Mistaken(path, tuple(f"line {line}: {says}" for line, says in dict.fromkeys(told)))
    return tree.agents


def _others(root: str) -> dict[str, Identity]:
    """Return the identities that there are; one that cannot be read is no ground to build on."""
    found: dict[str, Identity] = {}
    for name in identities.names(root):
        try:
            known = identities.find(root, name)
        except ScopeError:
            continue
        if known is not None:
            found[name] = known
    return found


def _twice(places: list[tuple[Way, int]]) -> list[tuple[int, str]]:
    """Return the keys that are there twice, of which YAML would silently take the last."""
    seen: set[Way] = set()
    faults = []
    for way, line in places:
        if way in seen:
            faults.append((line, f"'{way[-1]}' is there twice"))
        seen.add(way)
    return faults


def _line(lines: dict[Way, int], way: Way) -> int:
    """Return the line of the nearest key above a place."""
    while way:
        if way in lines:
            return lines[way]
        way = way[:-1]
    return 1
