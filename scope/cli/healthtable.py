"""How the tree looks on a terminal: who resolved how much against what is healthy, curves, and what helps."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from scope.cli import charts, tables
from scope.cli.statstable import NOTHING, figures
from scope.laws import health
from scope.laws.durations import words
from scope.laws.health import share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from scope.cli.treefigures import Ends, Group, Tree
    from scope.laws.health import Verdict

COLUMNS: Final = (
    "ENDED", "VERIFIED", "ESCALATED", "WORKERS", "SUPERVISORS", "ABOVE", "HALF IN", "MOST IN", "AGAIN", "RESTARTS",
    "LOAD",
)  # fmt: skip
_SPARE: Final = ("MOST IN", "VERIFIED", "RESTARTS", "AGAIN", "HALF IN", "SUPERVISORS")
_TOTAL: Final = "total"
_KEY_AT_LEAST: Final = 10
_WIDEST: Final = 100
_ROWS_AT_MOST: Final = 50
_BAR: Final = 20
_NAME: Final = 13
_MEANT: Final = 7
_HEALTHY: Final = {"healthy": "bold green", "unhealthy": "bold red"}


def table(by: str, groups: Mapping[str, tuple[Group, Ends]], tree: Tree) -> None:
    """Print a line for each group, and the total below."""
    from rich.table import Table  # noqa: PLC0415 - after every refusal
    from rich.text import Text  # noqa: PLC0415

    out = tables.console()
    whole = tree.whole()
    # Of days and weeks the newest, of supervisors the first: those that are declared.
    every = [*groups.items()]
    shown = every[:_ROWS_AT_MOST] if by == "supervisor" else every[-_ROWS_AT_MOST:]
    rows = [(key, cells(group, ends)) for key, (group, ends) in shown]
    if len(groups) > 1:
        rows.append((_TOTAL, cells(whole, tree.sums(whole))))
    columns = zip(COLUMNS, *(line for _, line in rows), strict=True)
    widths = {column[0]: max(map(len, column)) for column in columns if set(column[1:]) != {NOTHING}}
    for spare in _SPARE:
        if out.width - sum(widths.values()) - 2 * len(widths) < _KEY_AT_LEAST:
            widths.pop(spare, None)
    made = Table(box=None, pad_edge=False, header_style="bold")
    room = max(_KEY_AT_LEAST, out.width - sum(widths.values()) - 2 * len(widths))
    made.add_column(by.upper(), max_width=room, overflow="fold")
    for column, width in widths.items():
        made.add_column(column, no_wrap=True, min_width=width, justify="right")
    for number, (key, line) in enumerate(rows):
        style = "bold" if len(groups) > 1 and number == len(rows) - 1 else ""
        kept = [cell for name, cell in zip(COLUMNS, line, strict=True) if name in widths]
        made.add_row(Text(key, style=style), *(Text(cell, style=style) for cell in kept))
    out.print(made)
    if len(groups) > _ROWS_AT_MOST:
        out.print(Text(f"(and {len(groups) - _ROWS_AT_MOST} more: scope stats --by {by} | cat)", style="dim"))


def cells(group: Group, ends: Ends) -> tuple[str, ...]:
    """Return the cells of one line."""
    found = figures(group.works)
    return (
        str(ends.ended),
        f"{found.verified}/{found.tasks}" if found.tasks else NOTHING,
        share(ends.escalated, ends.ended),
        share(ends.at_worker, ends.shape.told),
        share(ends.at_supervisor, ends.shape.told),
        share(ends.at_coordinator + ends.at_human, ends.shape.told),
        _time(ends.resolution_median_s),
        _time(ends.resolution_p90_s),
        str(ends.recurred or NOTHING),
        str(ends.restarts or NOTHING),
        NOTHING if ends.load is None else f"{ends.load}/{ends.span}",
    )


def verdict(found: Verdict, whole: Ends, days: Sequence[Ends]) -> None:
    """Print how healthy the tree is, figure by figure, and below it what helps."""
    from rich.text import Text  # noqa: PLC0415 - after every refusal

    out = tables.console()
    is_plain = charts.is_plain(out.encoding)
    sessions = f"({whole.ended} session{'' if whole.ended == 1 else 's'} ended)"
    is_judged = whole.ended >= health.ENOUGH
    word = (found.word, _HEALTHY.get(found.word, "bold"))
    out.print(Text.assemble("The tree is " if is_judged else "The tree: ", word, " ", sessions))
    for line in lines(whole, days, is_plain=is_plain):
        out.print(Text(line[: out.width].rstrip()))
    for each in found.findings:
        _advise(out, f"{each.figure}:", each.advice)


def lines(whole: Ends, days: Sequence[Ends], *, is_plain: bool) -> list[str]:
    """Return the figures, a line each: what it is, how much, what is healthy, a bar or a curve."""
    shape = whole.shape
    resolved = (
        ("workers", shape.worker, _percent(health.BY_WORKERS)),
        ("supervisors", shape.supervisor, _percent(health.BY_SUPERVISORS)),
        ("above", shape.coordinator + shape.human, _percent(health.ABOVE)),
        (" coordinator", shape.coordinator, ""),
        (" people", shape.human, ""),
    )
    found = []
    for name, count, meant in resolved:
        drawn = charts.bar(whole.share(count), _BAR, is_plain=is_plain)
        found.append(f"  {name:<{_NAME}}{share(count, shape.told):>7}  {meant:<{_MEANT}}  {drawn}")
    if whole.untold:
        found.append(f"  {'by whom?':<{_NAME}}{whole.untold:>7}  sessions: their files are gone")
    curve = charts.sparkline([each.escalation_rate for each in days], _BAR, is_plain=is_plain)
    rate, meant = share(whole.escalated, whole.ended), _percent(health.ESCALATED_AT_MOST)
    by_day = f"  {curve} by day" if len(days) > 1 else ""
    found.append(f"  {'escalated':<{_NAME}}{rate:>7}  {meant:<{_MEANT}}{by_day}")
    if whole.failures:
        found.append(f"  {'failed again':<{_NAME}}{whole.recurred:>7}  of {whole.failures} failures, resolved before")
    if whole.resolution_median_s is not None:
        times = f"{_time(whole.resolution_median_s):>7}  half of them; 90 % within {_time(whole.resolution_p90_s)}"
        found.append(f"  {'resolved in':<{_NAME}}{times}")
    if whole.restarts:
        found.append(f"  {'restarts':<{_NAME}}{whole.restarts:>7}")
    return found


def _advise(out: Console, figure: str, advice: str) -> None:
    from rich.text import Text  # noqa: PLC0415 - after every refusal

    room = min(out.width, _WIDEST)
    told = wrap(f"{figure} {advice}", room, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
    for line in told:
        out.print(Text(line))


def _percent(bound: float) -> str:
    return f"of {100 * bound:.0f} %"


def _time(length_s: float | None) -> str:
    return NOTHING if length_s is None else words(length_s)
