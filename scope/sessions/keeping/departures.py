"""What figures need of sessions whose directories are gone: a line each, written before they go."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from scope.laws.ids import is_id
from scope.laws.resolution import LEVELS, Level, Setback
from scope.store import journal, layout

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Departure:
    """How a session stood when it was archived or removed; `level` None where nobody knew who had resolved it."""

    session: str
    supervisor: str = ""
    is_the_watchers: bool = False
    level: Level | None = None
    is_escalated: bool = False
    setbacks: tuple[Setback, ...] = ()


def write(root: str, departure: Departure) -> None:
    """Append a session's line; raises StoreFault."""
    journal.append(layout.departures(root), asdict(departure))


def read(root: str) -> dict[str, Departure]:
    """Return what is known of each session that went, by id; raises StoreFault."""
    found = (_departure(line) for _, line in journal.read(layout.departures(root)))
    return {each.session: each for each in found if is_id(each.session)}


def _departure(line: Mapping[str, Any]) -> Departure:
    setbacks = line.get("setbacks")
    return Departure(
        session=str(line.get("session", "")),
        supervisor=str(line.get("supervisor", "")),
        is_the_watchers=line.get("is_the_watchers") is True,
        level=next((level for level in LEVELS if level == line.get("level")), None),
        is_escalated=line.get("is_escalated") is True,
        setbacks=tuple(
            Setback(str(each.get("time", "")), str(each.get("fingerprint", "")))
            for each in (setbacks if isinstance(setbacks, list) else ())
            if isinstance(each, dict)
        ),
    )
