"""What the page tells, read from the files of a root."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from scope.cli import treefigures
from scope.cli.treefigures import Group
from scope.laws.ids import SessionId, order, parent
from scope.models import costs
from scope.sessions.asking import escalations
from scope.sessions.records import listing
from scope.store import journal, layout
from scope.supervision.figures.loads import Spans, loads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.cli.treefigures import Tree
    from scope.sessions.asking.escalations import Escalation, Unreadable
    from scope.sessions.records.listing import Row

LIVE_AT_MOST: Final = 300
ENDED_AT_MOST: Final = 60
"""So many sessions are on the page, with those above them: those that live, and those that ended last."""

_DAYS_AT_MOST: Final = 45
_LOOK_BACK_DAYS: Final = 7 * 120


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a week: how it went, and what models cost in it."""

    name: str
    group: Group
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is on the page."""

    root: str
    since: str
    by: str  # day or week
    tree: Tree
    supervisors: dict[str, Group]
    periods: tuple[Period, ...]
    cases: tuple[Escalation | Unreadable, ...]
    rows: tuple[Row, ...]
    declared: dict[str, str]  # the supervisor of each of these that names one
    unshown: int  # sessions that are not on the page


def gather(root: str, since: str, by: str | None) -> Facts:
    """Return what there is to tell since a time; raises StoreFault."""
    tree, live = treefigures.read(root, since)
    spans = Spans(root)
    tree = treefigures.with_loads(tree, loads(spans, live))
    supervisors = tree.grouped("supervisor", spans.name_of)
    days = tree.grouped("day")
    spent = {day: each.cost for day, each in _costs(root, since).items() if _day(day) is not None}
    known = sorted(day for day in (*days, *spent) if _day(day) is not None)
    chosen = by or ("day" if len(_days(known)) <= _DAYS_AT_MOST else "week")
    shown = _shown(live, [each.session for each in tree.ends])
    rows = listing.rows(root, shown)
    found = escalations.every(root)
    return Facts(
        root=root,
        since=since,
        by=chosen,
        tree=tree,
        supervisors={**{name: Group() for name in tree.loads}, **supervisors},
        periods=tuple(_periods(chosen, known, days, spent)),
        cases=tuple(each for each in found if not isinstance(each, escalations.Escalation) or each.is_open),
        rows=tuple(rows),
        declared={row.id: name for row in rows if not treefigures.is_implied(name := spans.name_of(row.id))},
        unshown=len(live) + len(tree.ends) - len({*live, *(each.session for each in tree.ends)} & {*shown}),
    )


def _costs(root: str, since: str) -> dict[str, costs.Costs]:
    lines = (line for _, line in journal.read(layout.ledger(root)))
    return costs.grouped(costs.within(costs.settled(lines), (), since), "day")


def _periods(by: str, known: Sequence[str], days: dict[str, Group], spent: dict[str, float]) -> list[Period]:
    """Return every period from the first day to the last, also those in which nothing happened."""
    found: dict[str, Period] = {}
    for day in _days(known):
        name = day if by == "day" else treefigures.date_of(day, "week")
        before = found.get(name, Period(name, Group(), 0.0))
        group = days.get(day, Group())
        both = Group(before.group.works + group.works, before.group.ends + group.ends)
        found[name] = Period(name, both, before.cost_usd + spent.get(day, 0.0))
    return [*found.values()]


def _days(known: Sequence[str]) -> list[str]:
    first, last = (_day(known[0]), _day(known[-1])) if known else (None, None)
    if first is None or last is None:
        return []
    first = max(first, last - timedelta(days=min(_LOOK_BACK_DAYS, (last - date.min).days)))
    return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


def _day(text: str) -> date | None:
    """Return a day that has been; None for what a torn line or a wrong clock says."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day <= datetime.now(UTC).date() else None


def _shown(live: Sequence[str], ended: Sequence[str]) -> list[str]:
    """Return the sessions that the page shows, each with those above it, parents first."""
    chosen = [*live[:LIVE_AT_MOST], *ended[-ENDED_AT_MOST:]]
    found = set(chosen)
    for session in chosen:
        above = parent(SessionId(session))
        while above is not None:
            found.add(above)
            above = parent(above)
    return sorted(found, key=order)
