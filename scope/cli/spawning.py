"""What `scope spawn` is told in pairs and in lists, and what it names that must be there."""

from __future__ import annotations

import os

from scope.errors import BadInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from scope.cli.grammar import Given
    from scope.laws.task import Task

    Keys = dict[str, str | Sequence[str] | Mapping[str, str]]

_FILE: Final = "--template ruff.toml=ruff.toml.j2"


def add(given: Given, keys: Keys) -> None:
    """Add what is given in pairs and lists, over what a task file says; raises BadInput."""
    declared = keys.get("vars")
    if given.text("playbook") is not None:
        keys["playbook"] = _listed([given.text("playbook") or ""])
    if given.words("variation"):
        keys["variations"] = given.words("variation")
    if given.words("assignable"):
        keys["assignable"] = _listed(given.words("assignable"))
    _over(keys, "labels", _pairs(given.words("label"), "--label takes K=V, not", "--label team=web"))
    _over(keys, "vars", _pairs(given.words("var"), "--var takes K=V, not", "--var team=web"))
    _over(keys, "budget", _pairs(_listed(given.words("budget")), "--budget takes K=V, not", "--budget usd=0.50"))
    _over(keys, "templates", _pairs(given.words("template"), "--template takes FILE=TEMPLATE, not", _FILE))
    if hasattr(declared, "keys"):
        _refuse_undeclared(declared, given.words("var"))


def refuse_missing_templates(task: Task) -> None:
    """Raise BadInput for a template that is not there, unless another session may make it first."""
    for file, template in () if task.after else task.templates:
        path = os.path.join(task.cwd, os.path.expanduser(template))
        if not os.path.isfile(path):
            raise BadInput("there is no template", path, hint=f"make it, or give another: --template {file}=TEMPLATE")


def _over(keys: Keys, key: str, pairs: dict[str, str]) -> None:
    """Set some of a key's pairs, over those that a task file gives."""
    if pairs:
        held = keys.get(key)
        before = dict(held.items()) if hasattr(held, "items") else {}  # type: ignore[union-attr]
        keys[key] = {**before, **pairs}


def _pairs(words: list[str], expected: str, example: str) -> dict[str, str]:
    pairs = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise BadInput(expected, word, hint=f"for example: {example}")
        pairs[name] = value
    return pairs


def _listed(words: list[str]) -> list[str]:
    return [part.strip() for word in words for part in word.split(",") if part.strip()]


def _refuse_undeclared(declared: object, given: list[str]) -> None:
    for pair in given:
        name = pair.partition("=")[0]
        if name not in declared:  # type: ignore[operator]
            raise BadInput("cannot set the variable", name, "the task does not declare it in 'vars'", "add it there")
