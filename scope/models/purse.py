"""The purse of a session: what it may spend, and what it has spent, with all below it and by itself."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace

from scope.laws import budget
from scope.laws.budget import Budget, Spent
from scope.laws.task import Task
from scope.models import costs
from scope.sessions.records import allowance, children, configuration, record
from scope.sessions.records.reading import read_task
from scope.store import attemptdir, journal, layout


@dataclass(frozen=True, slots=True)
class Purse:
    """Bounds and what is spent of them; `own` bounds what a session spends itself, where a tree has its own bound."""

    allowed: Budget
    spent: Spent
    children: int
    own: Budget
    own_spent: Spent

    @property
    def left(self) -> float:
        """Which part of the scarcest bound is left."""
        parts = [budget.left(self.allowed, self.spent), budget.left(self.own, self.own_spent)]
        if self.allowed.children is not None:
            parts.append(1 - self.children / self.allowed.children if self.allowed.children else 0.0)
        return max(0.0, min(parts))


def of(root: str, session: str) -> Purse:
    """Return how a session's budget stands; raises StoreFault, and BadInput for settings that cannot be taken."""
    directory = layout.session(root, session)
    task = read_task(directory)
    budgets = configuration.load(root).budgets
    known = task if isinstance(task, Task) else Task()
    allowed = allowance.inclusive(session, directory, known, budgets)
    spent, own_spent = Spent(), Spent()
    lines = (line for _, line in journal.read(layout.ledger(root)))
    for line in costs.within(costs.settled(lines), [session]):
        took = costs.spent(line)
        spent += took
        own_spent += took if line.get("session") == session else Spent()
    return Purse(
        allowed=replace(allowed, children=allowance.children(directory, known, budgets)),
        # What bounds the seconds of a session is the time of its attempts, not that of its calls.
        spent=replace(spent, seconds=_seconds(directory)),
        children=children.count(root, session),
        own=replace(allowance.own(session, budgets), seconds=None, children=None),
        own_spent=own_spent,
    )


def _seconds(directory: str) -> float:
    """Return how long the attempts have taken, the one that runs up to now."""
    total_s = 0.0
    for number in range(1, record.latest_attempt(directory) + 1):
        attempt = layout.attempt(directory, number)
        began, ended = (
            _made(attemptdir.started(attempt)),
            _made(attemptdir.exit_code(attempt)) or _made(attemptdir.closed(attempt)),
        )
        if began is not None:
            total_s += max(0.0, (time.time() if ended is None else ended) - began)
    return total_s


def _made(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None
