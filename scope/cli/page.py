"""The page of one session: its portrait in words that fit eighty columns."""

from __future__ import annotations

import textwrap
from shlex import join
from typing import TYPE_CHECKING, Any, Final

from scope.laws.budget import dollars
from scope.laws.durations import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COLUMNS: Final = 80
_LINES: Final = 20


def in_words(found: Mapping[str, Any]) -> str:
    """Tell a portrait as a text."""
    lines = [*_head(found), *_task(found), *_attempts(found["attempts"]), *_people(found)]
    lines += [*_around(found), *_result(found)]
    return "\n".join(lines) + "\n"


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    name = f" {found['name']}" if found["name"] else ""
    verified = ", verified" if found["verified"] else ""
    why = f": {found['why']}" if found["why"] else ""
    yield from _wrapped(f"session {found['id']}{name} is {found['state']}{verified}{why}")
    if found["archived"]:
        yield from _wrapped(f"it is archived: {found['archived']}")
    if found["problem"]:
        yield from _wrapped(f"its task cannot be read: {found['problem']}")


def _task(found: Mapping[str, Any]) -> Iterator[str]:
    task = found["task"]
    if task["words"]:
        yield from _wrapped(f"task: {found['title']}")
    if task["command"]:
        yield from _wrapped(f"command: {join(task['command'])}")
    for key in ("check", "cwd", "agent", "supervisor", "level", "job_type", "skill", "retries"):
        if task[key]:
            yield from _wrapped(f"{key.replace('_', ' ')}: {task[key]}")
    if found["labels"]:
        yield from _wrapped(f"labels: {' '.join(f'{key}={value}' for key, value in found['labels'].items())}")
    if found["after"]:
        yield from _wrapped(f"comes after: {' '.join(found['after'])}")
    made = f"{found['created'] or 'some time'} by {found['by'] or 'hand'}"
    yield from _wrapped(f"made: {made}" + (f"; ended: {found['ended']}" if found["ended"] else ""))


def _attempts(attempts: list[dict[str, Any]]) -> Iterator[str]:
    if attempts:
        yield "attempts:"
    for attempt in attempts:
        code = f"exit {attempt['exit']}" if attempt["exit"] is not None else "no exit code"
        said = "at work" if attempt["is_at_work"] else code
        took = f", {words(attempt['seconds'])}" if attempt["seconds"] is not None else ""
        began = f", began {attempt['began']}" if attempt["began"] else ""
        failed = f"; {attempt['class']}: {attempt['error'] or 'without a word'}" if attempt["class"] else ""
        skills = f"; with {', '.join(attempt['skills'])}" if attempt["skills"] else ""
        yield from _wrapped(f"{attempt['number']}: {said}{took}{began}{failed}{skills}", "  ")


def _people(found: Mapping[str, Any]) -> Iterator[str]:
    asked = found["question"]
    if asked:
        yield from _wrapped(f"question {asked['id']}: {asked['question']}")
        yield from _wrapped(f"answer it: {asked['answer_with']}", "  ")
    for given in found["advice"]:
        told = given["instructions"] or given["reasoning"] or "try again"
        yield from _wrapped(f"advice of {given['from_level']} for attempt {given['attempt']}: {given['outcome']}")
        yield from _wrapped(" ".join(str(told).split()), "  ")


def _around(found: Mapping[str, Any]) -> Iterator[str]:
    if found["children"]:
        yield from _wrapped(f"children: {', '.join(map(_child, found['children']))}")
    cost = found["cost"]
    if cost["calls"]:
        unpriced = f", {cost['unpriced']} of unknown price" if cost["unpriced"] else ""
        calls = f"{cost['calls']} call{'' if cost['calls'] == 1 else 's'}"
        yield f"cost: {dollars(cost['usd'])}, {calls}{unpriced}, {cost['tokens']} tokens, with all below it"
    tree = found["worktree"]
    if tree:
        branch = f" (branch {tree['branch']})" if tree["branch"] else ""
        standing = "it is there no more" if not tree["there"] else tree["unlanded"] or "nothing in it is only there"
        yield from _wrapped(f"work tree: {tree['path']}{branch}: {standing}")
    if found["state"] == "running":
        yield f"attach: {found['attach']}"
    yield "files:"
    for name, path in found["files"].items():
        yield f"  {name}: {path}"


def _child(child: Mapping[str, Any]) -> str:
    standing = "archived" if child["archived"] else child["state"]
    return " ".join(word for word in (child["id"], child["name"], standing) if word)


def _result(found: Mapping[str, Any]) -> Iterator[str]:
    lines = (found["result"] or "").splitlines()
    if not lines:
        return
    left_out = len(lines) - _LINES
    yield f"result, its last {_LINES} lines; all: scope wait {found['id']}" if left_out > 0 else "result:"
    yield from (f"  | {line}".rstrip() for line in lines[-_LINES:])


def _wrapped(text: str, first: str = "") -> list[str]:
    wrapped = textwrap.wrap(
        text, _COLUMNS, initial_indent=first, subsequent_indent=f"{first}  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    return wrapped or [first.rstrip()]
