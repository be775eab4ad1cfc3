"""What was learned, in figures: how tasks went by kind, and how they look as a table, as lines and in JSON."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from scope.cli import tables
from scope.laws.budget import dollars
from scope.laws.group import HUMAN, RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from scope.skills.outcomes import Ending

NOTHING: Final = "-"
TOTAL: Final = "total"
_KEY_AT_LEAST: Final = 16
_SPARE: Final = ("AGAIN", "TRIES", "ADVICE")  # what a narrow terminal does not show, in this order


@dataclass(frozen=True, slots=True)
class Work:
    """One task with its judged attempts, oldest first; `repeats` are the failures that were known already."""

    attempts: tuple[Ending, ...]
    repeats: int = 0

    @property
    def success(self) -> Ending | None:
        """The attempt that was verified."""
        return next((each for each in reversed(self.attempts) if each.outcome == "success"), None)

    @property
    def level(self) -> str:
        """Whose advice it took: alone, skill, rules, a model's level, or human; unsolved where none helped."""
        found = self.success
        if found is None:
            return "unsolved"
        return found.advice_from or ("skill" if found.skills else "alone")


@dataclass(frozen=True, slots=True)
class Figures:
    """How some tasks went; costs in dollars, None where nothing was verified or nobody knows them."""

    tasks: int
    verified: int
    cost_per_success: float | None
    attempts: int
    with_skill: int  # tasks that began with a skill
    passed_with_skill: int  # at their first attempt
    cost_with_skill: float | None
    without_skill: int
    passed_without_skill: int
    cost_without_skill: float | None
    repeats: int
    alone: int
    by_skill: int
    by_rules: int
    by_models: int
    by_human: int
    escalation_cost: float | None


FIELDS: Final = tuple(field.name for field in fields(Figures))


def works(endings: Sequence[Ending], since: str = "") -> list[Work]:
    """Return the tasks that were judged since then, each whole; a replay tries a skill, and is no task."""
    attempts: dict[str, list[Ending]] = defaultdict(list)
    repeats: dict[str, int] = defaultdict(int)
    known: set[str] = set()
    for each in endings:
        if each.is_replay:
            continue
        attempts[each.session].append(each)
        if each.outcome == "failure" and each.fingerprint:
            repeats[each.session] += each.fingerprint in known
            known.add(each.fingerprint)
    return [
        Work(tuple(sorted(found, key=lambda each: each.attempt)), repeats[session])
        for session, found in attempts.items()
        if max(each.time for each in found) >= since
    ]


def figures(found: Sequence[Work]) -> Figures:
    """Count how tasks went."""
    firsts = [work.attempts[0] for work in found]
    treated, untreated = [each for each in firsts if each.skills], [each for each in firsts if not each.skills]
    solved = [work.level for work in found]
    every = [each for work in found for each in work.attempts]
    advice = [cost for each in every if (cost := _advice_cost(each)) is not None]
    return Figures(
        tasks=len(found),
        verified=sum(work.success is not None for work in found),
        cost_per_success=_per_success((work.attempts, work.success is not None) for work in found),
        attempts=len(every),
        with_skill=len(treated),
        passed_with_skill=_passed(treated),
        cost_with_skill=_per_success(([each], _is_at_once(each)) for each in treated),
        without_skill=len(untreated),
        passed_without_skill=_passed(untreated),
        cost_without_skill=_per_success(([each], _is_at_once(each)) for each in untreated),
        repeats=sum(work.repeats for work in found),
        alone=solved.count("alone"),
        by_skill=solved.count("skill"),
        by_rules=solved.count(RULES),
        by_models=sum(level.isdigit() for level in solved),
        by_human=solved.count(HUMAN),
        escalation_cost=sum(advice) if advice or not every else None,
    )


def grouped(found: Iterable[Work], by: str) -> dict[str, list[Work]]:
    """Return the tasks by what they have in common; one that was given several skills counts with each."""
    groups: dict[str, list[Work]] = defaultdict(list)
    for work in found:
        for key in GROUPINGS[by](work):
            groups[_line(key)].append(work)
    return dict(sorted(groups.items()))


def job(work: Work) -> str:
    """Say in words what kind of work it is."""
    kind = work.attempts[-1]
    return " ".join(filter(None, (kind.job_type, kind.entity_type, *sorted(kind.signals)))) or NOTHING


def _line(key: str) -> str:
    """Return a key as one printable line: signals are any words, and people write files by hand."""
    return "".join(c for c in " ".join(key.split()) if c.isprintable()) or NOTHING


def _skills(work: Work) -> list[str]:
    return sorted({name.partition("@")[0] for each in work.attempts for name in each.skills}) or [NOTHING]


GROUPINGS: Final[Mapping[str, Callable[[Work], Sequence[str]]]] = {
    "job": lambda work: [job(work)],
    "skill": _skills,
    "level": lambda work: [work.level],
}


def _passed(attempts: Iterable[Ending]) -> int:
    return sum(map(_is_at_once, attempts))


def _is_at_once(first: Ending) -> bool:
    # Where what came before was not the work's fault, the first that was judged may have had advice.
    return first.outcome == "success" and not first.advice_from


def _advice_cost(ending: Ending) -> float | None:
    """Return what advisors took for an attempt; only that of a model can be unknown."""
    return ending.escalation_cost if ending.advice_from.isdigit() else ending.escalation_cost or 0.0


def _per_success(tried: Iterable[tuple[Sequence[Ending], bool]]) -> float | None:
    """Return what a success took, failures and advice included, of what has a known cost."""
    total, successes = 0.0, 0
    for attempts, is_success in tried:
        costs = [cost for each in attempts for cost in (each.cost, _advice_cost(each))]
        if None not in costs:
            total += sum(cost or 0.0 for cost in costs)
            successes += is_success
    return total / successes if successes else None


def as_json(by: str, key: str, found: Figures) -> dict[str, object]:
    """Return the documented keys of one group."""
    said = {name: getattr(found, name) for name in FIELDS}
    costs = {name: round(value, 8) for name, value in said.items() if isinstance(value, float)}
    return {"by": by, "key": key, **said, **costs}


def table(by: str, rows: Sequence[tuple[str, Figures]]) -> None:
    """Print figures as people read them; each cost stands with the rate that it belongs to."""
    from rich.table import Table  # noqa: PLC0415 - after every refusal
    from rich.text import Text  # noqa: PLC0415

    out = tables.console()
    shown = [(key, cells(found)) for key, found in rows]
    columns = zip(COLUMNS, *(each for _, each in shown), strict=True)
    widths = {column[0]: max(len(line) for cell in column for line in cell.split("\n")) for column in columns}
    for spare in _SPARE:
        if out.width - sum(widths.values()) - 2 * len(widths) < _KEY_AT_LEAST:
            del widths[spare]
    made = Table(box=None, pad_edge=False, header_style="bold")
    room = max(_KEY_AT_LEAST, out.width - sum(widths.values()) - 2 * len(widths))
    # A kind of work is several words: better on two lines than cut.
    made.add_column(by.upper(), max_width=room, overflow="fold")
    for column, width in widths.items():
        made.add_column(column, no_wrap=True, min_width=width)
    for key, line in shown:
        style = "bold" if key == TOTAL else ""
        kept = [cell for name, cell in zip(COLUMNS, line, strict=True) if name in widths]
        made.add_row(Text(key, style=style), *(Text(cell, style=style) for cell in kept))
    out.print(made)


COLUMNS: Final = ("VERIFIED", "TRIES", "SKILLED", "UNSKILLED", "AGAIN", "SOLVED BY", "ADVICE")


def cells(found: Figures) -> tuple[str, ...]:
    """Return the cells of one line."""
    by = {"alone": found.alone, "skill": found.by_skill, RULES: found.by_rules}
    by |= {"models": found.by_models, HUMAN: found.by_human}
    return (
        _rate(found.verified, found.tasks, found.cost_per_success),
        str(found.attempts),
        _rate(found.passed_with_skill, found.with_skill, found.cost_with_skill),
        _rate(found.passed_without_skill, found.without_skill, found.cost_without_skill),
        str(found.repeats or NOTHING),
        "\n".join(f"{who} {count}" for who, count in by.items() if count) or NOTHING,
        NOTHING if found.escalation_cost is None else dollars(found.escalation_cost),
    )


def _rate(passed: int, of: int, cost: float | None) -> str:
    return f"{passed}/{of}\n{NOTHING if cost is None else dollars(cost)}" if of else NOTHING


def plain(value: float | None) -> str:
    """Say a number as programs read it; nothing where there is none."""
    return "" if value is None else f"{value:.6f}" if isinstance(value, float) else str(value)
