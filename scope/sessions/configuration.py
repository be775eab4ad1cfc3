"""Reading `config.yaml`: the project's over the home's over the built-in values."""

from __future__ import annotations

from scope.errors import BadInput
from scope.laws.configuration import Configuration, parse
from scope.laws.schema import Problem
from scope.store import atomic, document, layout


def load(root: str) -> Configuration:
    """Return the settings of a root; raises BadInput with file, line and the nearest known key."""
    settings = Configuration()
    for place in (layout.home(), root):
        path = layout.config(place)
        text = atomic.read(path)
        if text is not None:
            settings = _over(settings, text, path)
    return settings


def _over(settings: Configuration, text: str, path: str) -> Configuration:
    try:
        keys, lines = document.mapping(text)
    except document.Malformed as error:
        raise BadInput("cannot read", f"{path}:{error.line}", error.says, "edit that line") from error
    found = parse(keys, settings)
    if isinstance(found, Problem):
        raise BadInput("cannot take", f"{path}:{lines[found.key]}", found.says, "edit that line")
    return found
