"""Tasks from a file or from standard input, and the full judgement of what a task says."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from scope.agents import identities
from scope.cli import meant
from scope.errors import BadInput, NotFound
from scope.laws.schema import Problem
from scope.laws.task import FOR_PEOPLE, Task, parse
from scope.store import atomic, document, layout

if TYPE_CHECKING:
    from scope.laws.schema import Node

    Keys = dict[str, str | Sequence[str] | Mapping[str, str]]

_WRITTEN_BY_US = ("created", "by")
_MADE_OF: Final = re.compile(r"is made of (.+), not of '(.+)'")


def read_source(source: str) -> tuple[Keys, str]:
    """Return the keys and the words of `@FILE` or `-`; raises NotFound or BadInput with file and line."""
    called = "standard input" if source == "-" else source[1:]
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape") if source == "-" else atomic.read_named(called)
    if text is None:
        raise NotFound("there is no task file", called, hint="give its path: scope spawn @FILE")
    try:
        found = document.parse(text)
    except document.Unfinished as error:
        raise BadInput("cannot take", called, str(error), "close the frontmatter with ---") from error
    except document.Malformed as error:
        raise BadInput("cannot take", f"{called}:{error.line}", error.says, "edit that line") from error
    task = parse(found.keys, found.body)
    if isinstance(task, Problem) and task.key in found.lines:
        raise BadInput("cannot take", f"{called}:{found.lines[task.key]}", task.says, "edit that line")
    keys: Keys = {name: _text(node) for name, node in found.keys.items() if name not in _WRITTEN_BY_US}
    return keys, found.body


def _text(node: Node) -> str | Sequence[str] | Mapping[str, str]:
    if isinstance(node, dict):
        return {name: str(value) for name, value in node.items()}
    return [str(item) for item in node] if isinstance(node, list) else str(node)


def judged(keys: Keys, body: str) -> Task:
    """Return the task that keys and words are; raises BadInput for one that cannot be carried out."""
    for text in (body, *_strings(keys)):
        if any("\udc80" <= c <= "\udcff" for c in text):
            readable = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")[:80]
            raise BadInput("cannot take text that is not UTF-8", readable, hint="put it into a script and run that")
    executor = keys.get("executor", FOR_PEOPLE[0])
    if executor not in FOR_PEOPLE:
        hint = meant.hint(str(executor), FOR_PEOPLE, f"leave it out, or take one of {', '.join(FOR_PEOPLE)}")
        raise BadInput("there is no executor", str(executor), hint=hint)
    if keys.get("command") == [""]:
        raise BadInput("there is no command to run", hint="give one: scope spawn -- COMMAND")
    task = parse({name: _node(value) for name, value in keys.items()}, body)
    if isinstance(task, Problem):
        raise BadInput("cannot take the task", None, task.says, _way_on(task))
    return task


def refuse_wrong(keys: Keys, body: str) -> None:
    """Raise BadInput for a task that cannot be carried out."""
    judged(keys, body)


def _way_on(problem: Problem) -> str:
    wrong = _MADE_OF.search(problem.says)
    if wrong is not None:
        return meant.hint(wrong[2], wrong[1].split(", "), "see: scope spawn --help")
    if "not declared" in problem.says:
        return "fill it: scope spawn --var NAME=VALUE …"
    if "nothing to do" in problem.says:
        return "say it in words, or give a command: scope spawn -- COMMAND"
    return "see: scope spawn --help"


def _node(value: str | Sequence[str] | Mapping[str, str]) -> Node:
    if isinstance(value, str):
        return value
    return dict(value) if isinstance(value, Mapping) else list(value)


def _strings(keys: Keys) -> list[str]:
    found: list[str] = []
    for value in keys.values():
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, Mapping):
            found += [part for pair in value.items() for part in pair]
        else:
            found += value
    return found


def refuse_unknown_agents(root: str, keys: Keys) -> None:
    """Raise NotFound or BadInput unless the supervisor, the agent and the assignable ones are declared."""
    named = [(key, str(keys[key])) for key in ("supervisor", "agent") if keys.get(key)]
    named += [("agent", str(name)) for name in keys.get("assignable") or ()]
    for what, name in named:
        found = identities.find(root, name)
        if found is None:
            where = layout.identity(f"{layout.agents(root)}/{name}")
            raise NotFound(f"there is no {what}", name, hint=f"declare it: {where}")
        if what == "supervisor":
            identities.chain(root, name)
            if found.role != "supervisor":
                raise BadInput("cannot be supervised by", name, f"its role is {found.role}", "role: supervisor")
