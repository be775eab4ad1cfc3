"""Standstill: what comes after sessions that wait for a person does not move either, and who they are."""

from __future__ import annotations

import os

from scope.errors import NotFound, ScopeError
from scope.laws.states import NEEDS_PERSON, TERMINAL
from scope.laws.task import Task
from scope.sessions import prospects
from scope.sessions.records import reading, wishes
from scope.store import journal, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws.states import State


def held_up(root: str, sessions: Sequence[str]) -> dict[str, list[str]]:
    """Return those of `sessions` that cannot move before a person has answered, each with those that ask.

    Whatever also waits for something that goes on by itself is none of them: that may decide about it.
    """
    waits = _waits(root, sessions)
    followers: dict[str, list[str]] = {}
    for session, others in waits.items():
        for other in others or ():
            followers.setdefault(other, []).append(session)
    unmet = {session: len(others) for session, others in waits.items() if others}
    asking = {session: [session] for session, others in waits.items() if others is None}
    ahead = list(asking)
    while ahead:  # a circle is never reached: it is the watcher's to break
        for follower in followers.get(ahead.pop(), ()):
            unmet[follower] -= 1
            if not unmet[follower]:
                asking[follower] = list(dict.fromkeys(one for other in waits[follower] or () for one in asking[other]))
                ahead.append(follower)
    return {session: asking[session] for session in sessions if session in asking}


def _waits(root: str, sessions: Sequence[str]) -> dict[str, tuple[str, ...] | None]:
    """Return what each session waits for, also those behind; None where that is a person."""
    states: dict[str, State | None] = {}
    waits: dict[str, tuple[str, ...] | None] = {}
    ahead = list(sessions)
    while ahead:
        session = ahead.pop()
        if session in waits:
            continue
        state = _state(root, session, states)
        if state in NEEDS_PERSON:
            waits[session] = None
            continue
        before = _before(root, session, state) if state in prospects.COMES_AFTER else ()
        unmet = tuple(other for other in dict.fromkeys(before) if _state(root, other, states) not in TERMINAL)
        waits[session] = unmet
        ahead += unmet
    return waits


def _state(root: str, session: str, known: dict[str, State | None]) -> State | None:
    """Return the state that counts: an answer or a wish lets a session go on. None where there is no such session."""
    if session not in known:
        try:
            known[session] = prospects.states_of(root, [session])[session]
        except NotFound:
            known[session] = None
    return known[session]


def _before(root: str, session: str, state: State | None) -> tuple[str, ...]:
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
