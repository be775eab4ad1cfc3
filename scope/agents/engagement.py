"""What an agent is needed for just now: the live sessions that it supervises or does, and the agents below it."""

from __future__ import annotations

from scope.agents import identities
from scope.errors import ScopeError
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions.records import allocation, record, wishes
from scope.sessions.records.reading import read_task
from scope.store import layout


def live_tasks(root: str) -> dict[str, Task]:
    """Return the tasks of the sessions that have not ended, or are wished back."""
    found = {}
    for session in allocation.all_ids(root):
        directory = layout.session(root, session)
        if not record.exists(root, session):
            continue
        if record.state(directory) not in TERMINAL or wishes.reopens(directory):
            task = read_task(directory)
            if isinstance(task, Task):
                found[session] = task
    return found


def needs(root: str, name: str) -> str:
    """Say why an agent cannot go; nothing where nobody needs it."""
    for session, task in live_tasks(root).items():
        if task.supervisor == name:
            return f"it supervises session {session}, which has not ended"
        if name in (task.agent, *task.assignable):
            return f"session {session}, which has not ended, may be its work"
    for other in identities.names(root):
        if other == name:
            continue
        try:
            found = identities.find(root, other)
        except ScopeError:
            continue
        if found is not None and found.supervisor == name:
            return f"'{other}' reports to it"
    return ""
