"""What the dashboard shows of one session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.sessions.records import record

if TYPE_CHECKING:
    from scope.sessions.records.listing import Row

UNREADABLE: Final = "unreadable"
"""The state of a session whose files cannot be read."""

_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "m"))


@dataclass(frozen=True, slots=True)
class Card:
    """One session as it stood when it was read; all its words are printable, each on one line."""

    id: str
    parent: str | None
    state: str
    name: str = ""
    title: str = ""
    activity: str = ""
    attempts: int = 0
    began_s: int = 0  # unix seconds
    executor: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    asks: str = ""  # the escalation under which a person is asked about it

    @property
    def called(self) -> str:
        """Its name, or what it is to do."""
        return self.name or self.title


def of(row: Row, asks: str, now_s: float) -> Card:
    """Return the card of a listed session."""
    return Card(
        id=row.id,
        parent=row.parent,
        state=row.state,
        name=record.one_line(row.entry.name),
        title=record.one_line(row.entry.title),
        activity=record.one_line(row.activity),
        attempts=row.attempts,
        began_s=round(now_s - row.age_s),
        executor=row.entry.executor,
        labels=tuple((str(key), str(value)) for key, value in row.entry.labels.items()),
        asks=asks,
    )


def age(seconds: float) -> str:
    """Say an age in one unit, so that a row is not drawn anew each second: `42s`, `3m`, `2h`, `5d`."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(0, int(seconds))}s"
