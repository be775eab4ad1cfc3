"""Templates of agents: the project's `agents/`, then the home's, then those that ship; each a markdown file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, NotFound
from scope.laws import identity, schema
from scope.laws.identity import Identity
from scope.laws.ids import is_name
from scope.skills.library import built_in
from scope.store import atomic, document, layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.schema import Node

_SUFFIX: Final = ".md"
_STANDS_FOR_ANY: Final = "template"


@dataclass(frozen=True, slots=True)
class Template:
    """What an identity begins with."""

    name: str
    path: str
    keys: Mapping[str, Node]
    body: str


def names(root: str) -> list[str]:
    """Return the names of all templates."""
    found = {file.removesuffix(_SUFFIX) for place in _places(root) for file in _listed(place) if file.endswith(_SUFFIX)}
    return sorted(name for name in found if is_name(name))


def load(root: str, name: str) -> Template:
    """Return a template; raises NotFound where there is none, BadInput with file and line for one that is none."""
    for place in _places(root) if is_name(name) else ():
        path = f"{place}/{name}{_SUFFIX}"
        text = atomic.read(path)
        if text is not None:
            return read(name, path, text)
    meant = schema.nearest(name, names(root))
    hint = f"did you mean '{meant}'? scope agent list" if meant else "what there is: scope agent list"
    raise NotFound("there is no template", name[:80], hint=hint)


def read(name: str, path: str, text: str) -> Template:
    """Return the template that a text is; raises BadInput for one that could not be an identity."""
    try:
        parsed = document.parse(text)
    except document.Unfinished as error:
        raise BadInput("cannot read", f"{path}:1", str(error), "end it with a line of ---") from error
    except document.Malformed as error:
        raise BadInput("cannot read", f"{path}:{error.line}", error.says, "edit that line") from error
    said = identity.parse(_STANDS_FOR_ANY, parsed.keys, parsed.body)
    if not isinstance(said, Identity):
        raise BadInput("cannot take", f"{path}:{parsed.lines.get(said.key, 1)}", said.says, "edit that line")
    return Template(name, path, parsed.keys, parsed.body)


def _places(root: str) -> tuple[str, ...]:
    return tuple(layout.agents(place) for place in (root, layout.home(), built_in()))


def _listed(place: str) -> list[str]:
    try:
        return [file for file in os.listdir(place) if file != "README.md"]
    except OSError:
        return []
