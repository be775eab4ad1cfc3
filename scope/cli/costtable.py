"""How costs look: a table on a terminal, lines with tabs everywhere else, objects in JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from scope.cli import tables
from scope.laws.budget import dollars
from scope.laws.durations import words
from scope.models import costs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scope.models.costs import Costs

_COLUMNS: Final = ("CALLS", "IN", "CACHED", "OUT", "COST", "UNPRICED", "TIME", "ERRORS")
_TOTAL: Final = "total"
_GAP: Final = 2
_THOUSAND: Final = 1000
_KEY_AT_LEAST: Final = 12
_SPARE: Final = ("CACHED", "TIME", "ERRORS", "UNPRICED")
"""What a narrow terminal does not show, in this order, and of these first what is empty."""


def listing(by: str, groups: Mapping[str, Costs]) -> None:
    """Print one line for each group, and the total below."""
    rows = [*groups.items(), (_TOTAL, costs.sum_of(groups.values()))]
    if not sys.stdout.isatty():
        sys.stdout.write("".join("\t".join((name, *_plain(found))) + "\n" for name, found in rows))
        return
    from rich.table import Table  # noqa: PLC0415 - on a terminal only
    from rich.text import Text  # noqa: PLC0415

    out = tables.console()
    shown = [(name, dict(zip(_COLUMNS, _shown(found), strict=True))) for name, found in rows]
    least = min(_KEY_AT_LEAST, max(len(name) for name, _ in shown))
    widths = _widths([cells for _, cells in shown], out.width - least)
    table = Table(box=None, pad_edge=False, header_style="bold")
    room = max(least, len(by), out.width - _taken(widths))
    table.add_column(by.upper(), no_wrap=True, max_width=room, overflow="ellipsis")
    for column, width in widths.items():
        table.add_column(column, no_wrap=True, justify="right", min_width=width)
    for number, (name, cells) in enumerate(shown):
        style = "bold" if number == len(groups) else ""
        table.add_row(Text(name, style=style), *(Text(cells[column], style=style) for column in widths))
    out.print(table)


def _widths(lines: Sequence[Mapping[str, str]], room: int) -> dict[str, int]:
    """Return the width of each column that is shown: a number is shown whole, or not at all."""
    widths = {column: max(len(column), *(len(cells[column]) for cells in lines)) for column in _COLUMNS}
    empty = [column for column in _SPARE if not any(cells[column] for cells in lines)]
    for spare in (*empty, *_SPARE):
        if _taken(widths) > room:
            widths.pop(spare, None)
    return widths


def _taken(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + _GAP * len(widths)


def _plain(found: Costs) -> tuple[str, ...]:
    return (
        str(found.calls),
        str(found.prompt_tokens),
        str(found.cached_tokens),
        str(found.completion_tokens),
        f"{found.cost:.6f}",
        str(found.unpriced),
        f"{found.seconds:.1f}",
        str(found.errors),
    )


def _shown(found: Costs) -> tuple[str, ...]:
    counts = map(_short, (found.prompt_tokens, found.cached_tokens, found.completion_tokens))
    cost = dollars(found.cost) if found.cost or found.unpriced < found.calls else "?"
    return (
        _short(found.calls),
        *counts,
        cost,
        str(found.unpriced or ""),
        words(found.seconds),
        str(found.errors or ""),
    )


def _short(number: int) -> str:
    """Say a count in at most five places: 950, 12.3k, 4.1M."""
    if number < _THOUSAND:
        return str(number)
    for unit in "kMG":
        if number < _THOUSAND**2:
            return f"{number / _THOUSAND:.1f}{unit}"
        number //= _THOUSAND
    return f"{number / _THOUSAND:.1f}T"
