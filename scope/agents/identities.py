"""Looking agents up: `agents/<name>/identity.md` of the project, else of the home, and who reports to whom."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scope.errors import BadInput, NotFound, from_os
from scope.laws.identity import HUMAN, Identity, parse
from scope.laws.ids import is_name
from scope.laws.schema import Problem
from scope.store import atomic, document, layout

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class _File:
    """An identity, and where it says what."""

    identity: Identity
    path: str
    lines: Mapping[str, int]

    def at(self, key: str) -> str:
        return f"{self.path}:{self.lines.get(key, 1)}"


def find(root: str, name: str) -> Identity | None:
    """Return the nearest identity of that name, None where there is none.

    Raises BadInput with file and line for one that cannot be taken.
    """
    found = _find(root, name)
    return found.identity if found else None


def names(root: str) -> list[str]:
    """Return the names of all agents of the project and of the home."""
    found: set[str] = set()
    for place in (root, layout.home()):
        try:
            found |= {name for name in os.listdir(layout.agents(place)) if is_name(name)}
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise from_os(error, "cannot read", layout.agents(place)) from error
    return sorted(name for name in found if find_path(root, name))


def find_path(root: str, name: str) -> str:
    """Return the nearest identity file of that name; nothing where there is none."""
    paths = (layout.identity(f"{layout.agents(place)}/{name}") for place in (root, layout.home()))
    return next((path for path in paths if os.path.isfile(path)), "")


def chain(root: str, name: str) -> tuple[Identity, ...]:
    """Return the agent, its supervisor, that one's supervisor, and so on below the human.

    Raises NotFound where there is no such agent, BadInput where the way up has a gap or leads back.
    """
    found: dict[str, Identity] = {}
    below: _File | None = None
    while name != HUMAN:
        if name in found:
            way = [*found][[*found].index(name) :]
            raise _unfollowed(below, f"the supervisors lead back: {' → '.join([*way, name])}")
        file = _find(root, name)
        if file is None and below is None:
            raise NotFound("there is no agent", name, hint=f"write {layout.identity(f'{layout.agents(root)}/{name}')}")
        if file is None:
            raise _unfollowed(below, f"its supervisor '{name}' is no agent")
        found[name] = file.identity
        below, name = file, file.identity.supervisor
    return tuple(found.values())


def _unfollowed(below: _File | None, why: str) -> BadInput:
    at = below.at("supervisor") if below else None
    return BadInput("cannot follow", at, why, "edit that line")


def _find(root: str, name: str) -> _File | None:
    if not is_name(name):
        return None
    for place in (root, layout.home()):
        path = layout.identity(f"{layout.agents(place)}/{name}")
        text = atomic.read(path)
        if text is not None:
            return _parsed(name, text, path)
    return None


def _parsed(name: str, text: str, path: str) -> _File:
    try:
        parsed = document.parse(text)
    except document.Unfinished as error:
        raise BadInput("cannot read", f"{path}:1", str(error), "end it with a line of ---") from error
    except document.Malformed as error:
        raise BadInput("cannot read", f"{path}:{error.line}", error.says, "edit that line") from error
    found = parse(name, parsed.keys, parsed.body)
    if isinstance(found, Problem):
        at = f"{path}:{parsed.lines.get(found.key, 1)}"
        raise BadInput("cannot take", at, found.says, "edit that line")
    return _File(found, path, parsed.lines)
