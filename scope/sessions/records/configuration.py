"""Reading `config.yaml`: the project's over the home's over the built-in values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scope.errors import BadInput, ScopeError, StoreFault
from scope.laws.configuration import Configuration, parse
from scope.laws.schema import Problem
from scope.store import atomic, document, layout, rundir

if TYPE_CHECKING:
    from collections.abc import Mapping


def load(root: str) -> Configuration:
    """Return the settings of a root; raises BadInput with file, line and the nearest known key."""
    return _settings(_texts(root))


def load_kept(root: str) -> Configuration:
    """Return what `load` does, and keep what the files said for `last`. For the watcher."""
    texts = _texts(root)
    settings = _settings(texts)
    path = rundir.config_last(root)
    kept = json.dumps(texts, indent=2) + "\n"
    try:
        if atomic.read(path) != kept:
            atomic.replace(path, kept, is_durable=False)
    except StoreFault:
        return settings  # what is in `run/` is no promise
    return settings


def last(root: str) -> Configuration | None:
    """Return the last settings of a root that could be taken; None where nobody kept any."""
    try:
        texts = json.loads(atomic.read(rundir.config_last(root)) or "")
        return _settings({str(path): str(text) for path, text in texts.items()})
    except (ValueError, AttributeError, RecursionError, ScopeError):
        return None


def _texts(root: str) -> dict[str, str]:
    """Return the files' texts by path, the farthest first."""
    found = ((path, atomic.read(path)) for path in (layout.config(layout.home()), layout.config(root)))
    return {path: text for path, text in found if text is not None}


def _settings(texts: Mapping[str, str]) -> Configuration:
    settings = Configuration()
    for path, text in texts.items():
        settings = _over(settings, text, path)
    return settings


def _over(settings: Configuration, text: str, path: str) -> Configuration:
    try:
        keys, lines = document.mapping(text)
    except document.Malformed as error:
        raise BadInput("cannot read", f"{path}:{error.line}", error.says, "edit that line") from error
    found = parse(keys, settings)
    if isinstance(found, Problem):
        raise BadInput("cannot take", f"{path}:{_line(lines, found.key)}", found.says, "edit that line")
    return found


def _line(lines: Mapping[str, int], key: str) -> int:
    """Return the line of a key, or of the section that it stands in."""
    return lines.get(key) or lines.get(key.partition(".")[0], 1)
