"""Reading `task.md` into a task, or into what is wrong with it and where."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scope.laws.schema import Problem, Refused, read
from scope.laws.task import KEYS, Task, parse, wrong
from scope.store import atomic, document, layout, maildir

_BY_NAME = {key.name: key for key in KEYS}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A task that cannot be carried out as it is written; `unfinished` while somebody still writes."""

    says: str
    unfinished: bool = False


def read_task(directory: str, redirects: tuple[str, ...] = ()) -> Task | Unreadable:
    """Return the session's task with the redirects (names of messages) that were adopted since."""
    task = parse_task(atomic.read(layout.task(directory)) or "", "task.md")
    for name in redirects:
        found = maildir.find(layout.inbox(directory), name)
        text = atomic.read(found[0]) if found else None
        if isinstance(task, Task) and text is not None:
            task = redirected(task, text)
    return task


def parse_task(text: str, called: str) -> Task | Unreadable:
    """Return the task that a markdown text says; `called` is what errors call the text."""
    try:
        parsed = document.parse(text)
    except document.Unfinished as error:
        return Unreadable(f"{called}: {error}", unfinished=True)
    except document.Malformed as error:
        return Unreadable(f"{called}:{error.line}: {error.says}")
    task = parse(parsed.keys, parsed.body)
    if isinstance(task, Problem):
        line = parsed.lines.get(task.key)
        return Unreadable(f"{called}:{line}: {task.says}" if line else f"{called}: {task.says}")
    return task


def redirected(task: Task, message: str) -> Task | Unreadable:
    """Return the task as a redirect message changes it: another command, or other words."""
    try:
        parsed = document.parse(message)
        command = parsed.keys.get("command")
        changed = replace(task, body=parsed.body)
        if command is not None:
            argv = read(_BY_NAME["command"], command)
            changed = replace(changed, executor="command", command=argv)  # type: ignore[arg-type]
    except (document.Unfinished, document.Malformed, Refused) as error:
        return Unreadable(f"redirect: {error}")
    problem = wrong(changed)
    return Unreadable(f"redirect: {problem.says}") if problem else changed
