"""Retention: which ended sessions are still needed by others, and which have rested for long enough."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.laws.ids import above, order
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions.asking import escalations
from scope.sessions.asking.escalations import Escalation
from scope.sessions.records import allocation, record, reports, wishes
from scope.sessions.records.reading import read_task
from scope.store import inboxdir, journal, layout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.laws.states import State

_IN_GROUP: Final = ("session", "advisor", "canary")


@dataclass(frozen=True, slots=True)
class Survey:
    """How all sessions of a root stand, and who needs which."""

    states: dict[str, State]
    open: frozenset[str]
    """Those that have not ended, or are wished back."""
    needed: dict[str, str] = field(default_factory=dict)
    """Why a session is needed by others that are open."""

    def why(self, session: str) -> str:
        """Say why a session cannot go; nothing where it can, as far as others are concerned."""
        if session in self.open:
            return f"it is {self.states[session]}" if self.states[session] not in TERMINAL else "it is wished back"
        return self.needed.get(session, "")


def survey(root: str) -> Survey:
    """Look at every session of a root; raises StoreFault."""
    states: dict[str, State] = {}
    is_open = set()
    strange: dict[str, str] = {}
    for session in sorted(allocation.all_ids(root), key=order):
        directory = layout.session(root, session)
        if not record.exists(root, session):
            continue
        try:
            states[session] = record.state(directory)
            if states[session] not in TERMINAL or wishes.reopens(directory):
                is_open.add(session)
        except StoreFault as fault:
            states[session] = "pending"  # as far as anybody knows
            strange[session] = fault.line()
    found = Survey(states, frozenset(is_open), strange)
    for session in is_open:
        for other in _comes_after(layout.session(root, session)):
            found.needed.setdefault(other, f"session {session} comes after it")
        for parent in above(session):
            found.needed[parent] = f"session {session} below it is {states[session]}"
    _ask_groups(root, found.needed)
    return found


def rested(root: str, known: Survey, older_s: float, keep: int, now_s: float) -> list[str]:
    """Return the sessions that ended long enough ago, without the `keep` newest."""
    ended = {session: _ended(layout.session(root, session)) for session in known.states if session not in known.open}
    newest = sorted(ended, key=lambda session: (ended[session], order(session)), reverse=True)
    return [session for session in newest[keep:] if now_s - ended[session] >= older_s]


def below(known: Survey, sessions: Iterable[str]) -> list[str]:
    """Return sessions with all below them, parents first."""
    wanted = set(sessions)
    return [session for session in known.states if session in wanted or wanted.intersection(above(session))]


def _comes_after(directory: str) -> tuple[str, ...]:
    task = read_task(directory)
    after = task.after if isinstance(task, Task) else ()
    last = next((line for line in journal.backwards(layout.decisions(directory)) if line.get("move") == "defer"), {})
    until_done = str(last.get("until_done") or "")
    return (*after, until_done) if until_done else after


def _ask_groups(root: str, needed: dict[str, str]) -> None:
    """Add the sessions of groups of like failures that are open, and of questions that nobody has answered."""
    groups: dict[str, set[str]] = {}
    for _, line in journal.read(inboxdir.groups(root)):
        identity = str(line.get("group", ""))
        if line.get("move") == "close":
            groups.pop(identity, None)
        elif line.get("move") in ("open", "question") or identity in groups:
            named = groups.setdefault(identity, set())
            named.update(str(line[key]) for key in _IN_GROUP if line.get(key))
    for identity in escalations.ids(root):
        found = escalations.read(root, identity)
        if isinstance(found, Escalation) and (found.is_open or identity in groups):
            groups.setdefault(identity, set()).update(found.sessions)
    for identity, sessions in groups.items():
        for session in sessions:
            needed.setdefault(session, f"group {identity}, to which it belongs, is open")


def _ended(directory: str) -> float:
    """Return when a session ended: as its result says, else as its state's file does."""
    try:
        said = reports.instant(record.header(directory).get("ended", ""))
    except StoreFault:
        said = None
    if said is not None:
        return said
    try:
        return os.stat(layout.state(directory)).st_mtime
    except OSError:
        return 0.0
