"""The config.yaml that `scope init` writes: every key with its meaning, all of it behind `#` but what is certain."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from scope.errors import ScopeError
from scope.laws.configuration import KEYS
from scope.laws.roster import LEVELS
from scope.models import discovery
from scope.sessions.records import configuration
from scope.store import atomic, layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws.schema import Key
    from scope.models.discovery import Find

_HEAD: Final = """\
# The settings of this project. Every key is optional: take away the # before what you want to change; the
# values are examples. ~/.scope/config.yaml says the same for all projects, and what stands here goes over it.
# A key with a dot may as well stand within its section: models.steps: 100 is models: {steps: 100}.
"""


def write(root: str) -> str:
    """Write a root's config.yaml where there is none; say which model level 0 has by it, if it has one."""
    path = layout.config(root)
    if os.path.lexists(path):
        return ""
    found = discovery.usable(os.environ)
    # One way to a model leaves no choice; of several a person takes one. What holds for all projects is not undone.
    chosen = found[0] if len(found) == 1 and not _has_models() else None
    atomic.replace(path, text(found, chosen))
    return "" if chosen is None else f"level 0 is {chosen.models[0]}, for {chosen.says}: {path}"


def text(found: Sequence[Find] = (), chosen: Find | None = None) -> str:
    """Return the file's text: `found` as further examples, `chosen` in force."""
    lines = [_HEAD]
    section = None
    for key in KEYS:
        # With its section in its name each line is whole by itself: no other has to be taken along with it.
        above = key.name.rpartition(".")[0]
        lines += ["\n"] if above != section else []
        lines.append(f"# {key.meaning}\n")
        lines += [f"{line}\n" for line in _examples(key, found, chosen)]
        section = above
    return "".join(lines)


def _examples(key: Key, found: Sequence[Find], chosen: Find | None) -> list[str]:
    if key.name != LEVELS or not found:
        return [f"# {key.name}: {key.example}"]
    said: list[str] = []
    for find in found:
        said += [f"# {find.says}:", f"{'' if find == chosen else '# '}{key.name}: {{0: [{find.entry}]}}"]
    return said


def _has_models() -> bool:
    try:
        return not configuration.load(layout.home()).models.roster.is_empty
    except ScopeError:
        return True
