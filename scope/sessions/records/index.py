"""Names and labels of every session, for listings and selectors.

`run/index.jsonl` is the watcher's cache: a line per session, parsed once from its task. What is
not in it yet is read from its `task.md`, so a lost index costs time and nothing else.
"""

from __future__ import annotations

from scope.laws.ids import order
from scope.sessions.records import allocation, record
from scope.store import journal, layout, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from scope.laws.task import Task


class Entry:
    """What a listing shows of a session that its files say once and for all."""

    __slots__ = ("created", "executor", "id", "labels", "name", "title")

    def __init__(self, line: Mapping[str, Any]) -> None:
        self.id = str(line.get("id", ""))
        self.name = str(line.get("name", ""))
        self.title = str(line.get("title", ""))
        self.executor = str(line.get("executor", ""))
        self.created = str(line.get("created", ""))
        labels = line.get("labels")
        self.labels: dict[str, str] = labels if isinstance(labels, dict) else {}


def line_of(session: str, task: Task, name: str = "") -> dict[str, Any]:
    """Return a session's line in the index; `name` is what people call it since."""
    return {
        "id": session,
        "name": name or task.name,
        "title": record.one_line(task.title()),
        "executor": task.executor,
        "created": task.created,
        "labels": dict(task.labels),
    }


def entries(root: str) -> dict[str, Entry]:
    """Return every session that has a task, by id, parents before children."""
    present = set(allocation.all_ids(root))
    found: dict[str, Entry] = {}
    for _, line in journal.read(rundir.index(root)):
        session = line.get("id")
        if isinstance(session, str) and session in present:
            found[session] = Entry(line)
    for session, known in found.items():
        known.name = record.given_name(layout.session(root, session)) or known.name
    for session in present - found.keys():
        entry = from_task(root, session)
        if entry is not None:
            found[session] = entry
    return {session: found[session] for session in sorted(found, key=order)}


def live_named(root: str, name: str) -> str | None:
    """Return the session of that name that has not ended."""
    from scope.laws.states import TERMINAL  # noqa: PLC0415 - only a named session pays for it

    for session, entry in entries(root).items():
        if entry.name == name and record.state(layout.session(root, session)) not in TERMINAL:
            return session
    return None


def from_task(root: str, session: str) -> Entry | None:
    """Return what a session's own task says, for one that is not in the index; None where it has no task."""
    from scope.sessions.records.reading import Unreadable, read_task  # noqa: PLC0415 - imports yaml

    if not record.exists(root, session):
        return None
    directory = layout.session(root, session)
    task, name = read_task(directory), record.given_name(directory)
    if isinstance(task, Unreadable):
        return Entry({"id": session, "name": name, "title": f"({task.says})"})
    return Entry(line_of(session, task, name))
