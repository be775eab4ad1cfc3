"""Standstill: what comes after sessions that wait for a person does not move either, and who they are."""

from __future__ import annotations

import os

from scope.errors import NotFound, ScopeError
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions import reading, wait, wishes
from scope.store import journal, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.laws.states import State


def asked_first(root: str, session: str) -> list[str]:
    """Return the sessions about which a person is asked, and without which this one cannot move.

    None where it can: also where anything that it waits for still goes on by itself.
    """
    found: dict[str, None] = {}
    return list(found) if _is_stuck(root, session, found, set()) else []


def _is_stuck(root: str, session: str, found: dict[str, None], above: set[str]) -> bool:
    state = _state(root, session)
    if state in wait.NEEDS_PERSON:
        found[session] = None
        return True
    if state not in wait.COMES_AFTER or session in above:
        return False  # a circle is the watcher's to break
    unmet = [other for other in _before(root, session, state) if _state(root, other) not in TERMINAL]
    return bool(unmet) and all([_is_stuck(root, other, found, above | {session}) for other in unmet])


def _state(root: str, session: str) -> State | None:
    """Return the state that counts: an answer or a wish lets a session go on. None where there is none."""
    try:
        return wait.states_of(root, [session])[session]
    except NotFound:
        return None


def _before(root: str, session: str, state: State) -> tuple[str, ...]:
    """Return the sessions that have to end before this one goes on, as its files say."""
    directory = layout.session(root, session)
    if os.path.lexists(layout.abort(directory)) or wishes.reopens(directory):
        return ()
    try:
        if state == "deferred":
            decided = journal.backwards(layout.decisions(directory))
            until_done = next((line.get("until_done") for line in decided if line.get("move") == "defer"), None)
            return (str(until_done),) if until_done else ()
        task = reading.read_task(directory)
    except ScopeError:
        return ()
    return task.after if isinstance(task, Task) else ()
