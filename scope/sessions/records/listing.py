"""What `ls` and `tree` show: every session with how it stands."""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import TYPE_CHECKING

from scope.laws.ids import SessionId, parent
from scope.sessions.records import index, record
from scope.store import layout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.laws.states import State
    from scope.sessions.records.index import Entry


class Row:
    """One session in a listing."""

    __slots__ = ("activity", "age_s", "attempts", "entry", "id", "parent", "state")

    def __init__(self, root: str, session: str, entry: Entry) -> None:
        directory = layout.session(root, session)
        self.id = session
        self.entry = entry
        self.parent = parent(SessionId(session))
        self.state: State = record.state(directory)
        self.activity = record.activity(directory, self.state)
        self.attempts = record.latest_attempt(directory)
        self.age_s = _age(directory, entry.created)

    def as_json(self, attach: str) -> dict[str, object]:
        """Return the documented keys of a listed session."""
        return {
            "id": self.id,
            "parent": self.parent,
            "name": self.entry.name or None,
            "state": self.state,
            "activity": self.activity,
            "title": self.entry.title,
            "executor": self.entry.executor,
            "labels": self.entry.labels,
            "created": self.entry.created or None,
            "age_s": round(self.age_s),
            "attempts": self.attempts,
            "attach": attach,
        }


def rows(root: str, only: Iterable[str] | None = None) -> list[Row]:
    """Return the sessions, parents before children; `only` keeps some."""
    entries = index.entries(root)
    wanted = entries.keys() if only is None else set(only)
    return [Row(root, session, entry) for session, entry in entries.items() if session in wanted]


def _age(directory: str, created: str) -> float:
    try:
        began = datetime.fromisoformat(created).timestamp()
    except ValueError:
        try:
            began = os.stat(layout.task(directory)).st_mtime
        except OSError:
            return 0.0
    return max(0.0, time.time() - began)
