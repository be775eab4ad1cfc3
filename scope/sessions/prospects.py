"""Prospects: the state of a session as it counts for who waits, to whom an answer or a wish is as good as done."""

from __future__ import annotations

import os

from scope.errors import NotFound
from scope.laws.states import NEEDS_PERSON, TERMINAL
from scope.sessions.records import record, wishes
from scope.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from scope.laws.states import State

COMES_AFTER: Final = frozenset(("pending", "deferred"))


def states_of(root: str, sessions: Iterable[str]) -> dict[str, State]:
    """Return each session's state; raises NotFound for one that was removed."""
    found: dict[str, State] = {}
    answered: dict[str, bool] = {}
    for session in sessions:
        directory = layout.session(root, session)
        found[session] = state = record.state(directory)
        if state in NEEDS_PERSON:
            found[session] = _asked_for(root, directory, state, answered)
        elif state in TERMINAL and wishes.reopens(directory):
            found[session] = "pending"  # somebody wants it back; the watcher has still to hear of it
        elif state == "pending" and not os.path.isdir(directory):
            if record.is_archived(root, session):
                from scope.sessions.records import archive  # noqa: PLC0415 - few ask for what is archived

                found[session] = archive.state(root, session)
                continue
            raise NotFound("the session was removed", session, hint="list what is there: scope ls")
    return found


def _asked_for(root: str, directory: str, state: State, answered: dict[str, bool]) -> State:
    """Return the state of a session that may need a person; an answer, an abort or another task lets it go on."""
    if os.path.lexists(layout.abort(directory)) or wishes.reopens(directory):
        return "recovering"
    asked = record.question(directory)
    if asked is None:
        # An advisor or a canary is at it, or a signal is awaited; what else waits and asks nothing has a task that
        # cannot be read.
        goes_on = state == "escalated" or _awaits_a_signal(directory)
    else:
        if asked[0] not in answered:
            answered[asked[0]] = _is_answered(root, asked[0])
        goes_on = answered[asked[0]]
    # What was read one after the other may never have been so at once.
    has_moved = record.state(directory) != state or record.question(directory) != asked
    return "recovering" if goes_on or has_moved else state


def _awaits_a_signal(directory: str) -> bool:
    from scope.sessions.records import signals  # noqa: PLC0415 - imports json, where somebody waits

    return signals.awaited(directory) is not None


def _is_answered(root: str, identity: str) -> bool:
    """Tell whether an escalation has an answer that the watcher can take, or has taken."""
    from scope.sessions.asking import escalations  # noqa: PLC0415 - imports yaml, and only where somebody is asked

    found = escalations.read(root, identity)
    return isinstance(found, escalations.Escalation) and found.has_answer
