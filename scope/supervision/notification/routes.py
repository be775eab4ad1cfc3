"""The way up from a case: to whom a person may forward it, by the identities and the tasks as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.agents import identities
from scope.errors import ScopeError
from scope.laws import route
from scope.laws.task import Task
from scope.sessions.records.reading import read_task
from scope.store import layout

if TYPE_CHECKING:
    from scope.sessions.asking.escalation import Escalation


def above(root: str, case: Escalation) -> tuple[str, ...]:
    """Return who is above all who ask in a case, the nearest first, the human last."""
    if case.kind == "supervisor":
        return route.above([_chain(root, case.supervisor)], {case.supervisor})
    chains: list[tuple[str, ...]] = []
    originators: set[str] = set()
    for session in case.sessions:
        try:
            task = read_task(layout.session(root, session))
        except ScopeError:
            task = None
        if not isinstance(task, Task):
            return (route.HUMAN,)  # nobody knows who is above it
        originators |= {task.agent, *task.assignable} - {""}
        chains.append(_chain(root, task.supervisor) if task.supervisor else ())
    return route.above(chains, originators)


def assignee(root: str, case: Escalation) -> str:
    """Return who is to answer a case: whom a person named, where that one is above all who ask, else the human."""
    return route.assignee(case.assignee, above(root, case)) if case.assignee else route.HUMAN


def _chain(root: str, name: str) -> tuple[str, ...]:
    """Return a supervisor and those above it; nobody where that cannot be read, so that the human is left."""
    try:
        return tuple(identity.name for identity in identities.chain(root, name))
    except ScopeError:
        return ()
