"""The sections of the page, from top to bottom: the verdict, the figures, the curves, the cases, the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scope.cli import statstable, treefigures
from scope.cli.htmlpage import plots
from scope.cli.htmlpage.markup import Markup, element, join, table
from scope.laws import health
from scope.laws.budget import dollars
from scope.laws.durations import words
from scope.laws.health import share
from scope.laws.ids import SessionId, parent
from scope.sessions.asking.escalations import Escalation
from scope.sessions.records import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.cli.htmlpage.facts import Facts, Period
    from scope.cli.treefigures import Ends
    from scope.sessions.asking.escalations import Unreadable
    from scope.sessions.records.listing import Row

_LEVELS: Final = ("workers", "supervisors", "coordinator", "people")
_SEVERITIES: Final = ("normal", "high", "highest")
_LONGEST: Final = 120
_SUPERVISORS_AT_MOST: Final = 40


def heading(facts: Facts, now: str) -> Markup:
    """Say of what the page is, and of when."""
    since = f", what ended since {facts.since}" if facts.since else ""
    where = element("code", facts.root)
    return join(element("h1", "How the work went"), element("p", where, f" on {now}{since}", class_="soft"))


def verdict(facts: Facts, whole: Ends) -> Markup:
    """Say whether the tree is healthy, and what helps where it is not."""
    found = facts.tree.verdict()
    is_known = whole.ended >= health.ENOUGH
    said = f"The tree is {found.word}" if is_known else f"{whole.ended} sessions ended: {found.word}"
    parts = [element("p", said, class_=f"verdict {found.word}" if is_known else "verdict")]
    advice = [element("li", element("strong", each.figure), f": {each.advice}") for each in found.findings]
    if advice:
        parts.append(element("ul", *advice, class_="findings"))
    healthy = "Healthy is 90 % resolved by workers, 8 % by supervisors, 2 % above, and at most 10 % escalated."
    return join(*parts, element("p", healthy, class_="note"))


def tiles(facts: Facts, whole: Ends) -> Markup:
    """Give the few figures that matter most."""
    shape = whole.shape
    work = statstable.figures(facts.tree.works)
    first = work.passed_with_skill + work.passed_without_skill
    cost = sum(period.cost_usd for period in facts.periods)
    shown = (
        (str(whole.ended), "sessions ended"),
        (share(whole.escalated, whole.ended), "escalated"),
        (share(shape.worker, shape.told), "resolved by workers"),
        (share(shape.human, shape.told), "took a person"),
        (_time(whole.resolution_median_s), _late(whole)),
        (share(first, work.tasks), "of checked work right at first try"),
        (str(whole.recurred), f"of {whole.failures} failures came again"),
        (str(whole.restarts), "restarts"),
        (dollars(cost), "spent on models"),
        (str(len(facts.cases)), "open cases"),
    )
    return element("div", *(element("div", element("b", b), element("span", s), class_="tile") for b, s in shown),
                   class_="tiles")  # fmt: skip


def curves(facts: Facts) -> Markup:
    """Draw how it went, period by period."""
    if not facts.periods:
        return Markup()
    ends = [(period.name, facts.tree.sums(period.group)) for period in facts.periods]
    levels = [(name, (e.at_worker, e.at_supervisor, e.at_coordinator, e.at_human)) for name, e in ends]
    rates = [(name, each.escalation_rate) for name, each in ends]
    drawn = (
        ("Right at first try", "of checked work, without advice",
         plots.curve([(period.name, _first_try(period)) for period in facts.periods], _percent, top=1.0)),
        ("Escalated", "of what ended; dashed: a healthy tree has 10 % at most",
         plots.curve(rates, _percent, top=_top(rates), bound=health.ESCALATED_AT_MOST)),
        ("Resolved by", "sessions",
         join(plots.bars(levels, _LEVELS, _count), plots.legend(_LEVELS))),
        ("Spent on models", "dollars",
         plots.bars([(each.name, (each.cost_usd,)) for each in facts.periods], ("",), dollars)),
    )  # fmt: skip
    figures = [
        element("figure", element("h3", name, element("span", f" {of}", class_="note")), plot)
        for name, of, plot in drawn
    ]
    return join(element("h2", f"By {facts.by}"), element("div", *figures, class_="plots"))


def cases(found: Sequence[Escalation | Unreadable]) -> Markup:
    """List what waits for a person, the most urgent first."""
    if not found:
        return join(element("h2", "Open cases"), element("p", "Nothing waits for a person.", class_="soft"))
    heads = ("Case", "Severity", "Opened", "Sessions", "Question", "Answer with")
    ordered = sorted(found, key=lambda each: -each.severity if isinstance(each, Escalation) else -len(_SEVERITIES))
    rows = [_case(each) for each in ordered]
    return join(element("h2", "Open cases"), table(heads, rows, of_numbers=frozenset((3,))))


def _case(each: Escalation | Unreadable) -> tuple[str, ...]:
    if not isinstance(each, Escalation):
        return each.id, "-", "-", "-", f"cannot be read: {each.says}", "-"
    question = record.one_line(each.question)
    answer = element("code", f"scope answer {each.id} …")
    opened = element("span", each.opened[: len("2026-01-02T03:04")].replace("T", " ") or "-", class_="number")
    return each.id, _SEVERITIES[each.severity], opened, str(each.members), question, answer


def supervisors(facts: Facts) -> Markup:
    """List the supervisors with what they have to look after and how it went."""
    if not facts.supervisors:
        return Markup()
    heads = ("Supervisor", "Load", "Ended", "Escalated", "By workers", "By supervisors", "Above", "Half in", "Restarts")
    shown = [name for name in facts.supervisors if name in facts.tree.loads or len(facts.supervisors[name].ends) > 1]
    rows: list[tuple[str, ...]] = []
    for name in sorted(shown, key=lambda name: (-_load(facts, name), treefigures.place(name)))[:_SUPERVISORS_AT_MOST]:
        ends, load = facts.tree.sums(facts.supervisors[name]), facts.tree.loads.get(name)
        told = ends.shape.told
        rows.append((
            name, f"{load.load} of {load.span}" if load else "-", str(ends.ended), share(ends.escalated, ends.ended),
            share(ends.at_worker, told), share(ends.at_supervisor, told),
            share(ends.at_coordinator + ends.at_human, told), _time(ends.resolution_median_s), str(ends.restarts),
        ))  # fmt: skip
    left = len(facts.supervisors) - len(rows)
    more = element("p", f"… and {left} more: scope stats --by supervisor", class_="note") if left else ""
    return join(element("h2", "Supervisors"), table(heads, rows, of_numbers=frozenset(range(1, len(heads)))), more)


def tree(facts: Facts) -> Markup:
    """Draw the sessions, children below their parents, and those of a declared supervisor below it."""
    if not facts.rows:
        return Markup()
    below: dict[str | None, list[Row]] = {}
    there = {row.id for row in facts.rows}
    for row in facts.rows:
        above = parent(SessionId(row.id))
        below.setdefault(above if above in there else None, []).append(row)
    drawn: dict[str, Markup] = {}
    for row in reversed(facts.rows):  # children come after their parents, however deep
        drawn[row.id] = _node(row, [drawn[child.id] for child in below.get(row.id, ())])
    tops: dict[str, list[Markup]] = {}
    for row in below.get(None, ()):
        tops.setdefault(facts.declared.get(row.id, ""), []).append(drawn[row.id])
    own = tops.pop("", [])
    shown = [_supervised(facts, name, tops[name]) for name in sorted(tops)]
    more = element("p", f"… and {facts.unshown} that ended before: scope ls", class_="note") if facts.unshown else ""
    return join(element("h2", "Sessions"), element("ul", *shown, *own, class_="tree"), more)


def _supervised(facts: Facts, name: str, sessions: Sequence[Markup]) -> Markup:
    load = facts.tree.loads.get(name)
    said = f" {load.load} live, of {load.span} at most" if load else " nothing live"
    head = join(element("strong", name), element("span", said, class_="note"))
    return element("li", head, element("ul", *sessions))


def _node(row: Row, children: Sequence[Markup]) -> Markup:
    title = (row.entry.name or row.entry.title)[:_LONGEST]
    said = element("span", row.activity[:_LONGEST], class_="note") if row.activity else ""
    state = element("span", row.state, class_=f"state state-{row.state}")
    line = join(element("code", row.id), " ", state, f" {words(row.age_s)} {title} ", said)
    return element("li", line, element("ul", *children) if children else "")


def _load(facts: Facts, name: str) -> float:
    load = facts.tree.loads.get(name)
    return load.load / load.span if load else 0.0


def _first_try(period: Period) -> float | None:
    work = statstable.figures(period.group.works)
    return (work.passed_with_skill + work.passed_without_skill) / work.tasks if work.tasks else None


def _top(rates: Sequence[tuple[str, float | None]]) -> float:
    """Return how high the scale of a rate goes: to a round share above all of them."""
    highest = max((rate or 0.0 for _, rate in rates), default=0.0)
    return next((top for top in (0.2, 0.5) if highest <= top), 1.0)


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _count(value: float) -> str:
    return f"{value:g}"


def _late(whole: Ends) -> str:
    late_s = whole.resolution_p90_s
    return "to resolve a failure" if late_s is None else f"to resolve half; 90 % in {_time(late_s)}"


def _time(length_s: float | None) -> str:
    return "-" if length_s is None else words(length_s)
