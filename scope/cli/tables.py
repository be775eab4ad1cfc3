"""How sessions look: a table and a tree on a terminal, plain lines everywhere else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from scope.laws.durations import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.text import Text

    from scope.sessions.records.listing import Row

COLOURS: Final = {
    "pending": "dim",
    "running": "cyan",
    "waiting": "bold yellow",
    "recovering": "yellow",
    "deferred": "dim",
    "escalated": "bold yellow",
    "done": "green",
    "failed": "red",
    "aborted": "magenta",
}

_COLUMNS: Final = ("ID", "STATE", "AGE", "NAME", "TASK", "ACTIVITY")
_GAP: Final = 2
_TITLE: Final = 32


def console() -> Console:
    """Return the terminal; without any escape sequence where NO_COLOR or TERM=dumb say so."""
    from rich.console import Console  # noqa: PLC0415 - on a terminal only

    # Rich's own no_color leaves bold and dim.
    return Console(file=sys.stdout, highlight=False, color_system=None if os.environ.get("NO_COLOR") else "auto")


def listing(rows: Sequence[Row]) -> None:
    """Print sessions, one per line: id, state, age, name, what it does."""
    if not sys.stdout.isatty():
        sys.stdout.write("".join("\t".join(_plain(row)) + "\n" for row in rows))
        return
    from rich.table import Table  # noqa: PLC0415 - on a terminal only
    from rich.text import Text  # noqa: PLC0415

    out = console()
    lines = [_plain(row) for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, width in zip(_COLUMNS, _widths(lines, out.width), strict=True):
        table.add_column(name, no_wrap=True, width=width, overflow="ellipsis")
    for identity, state, age, name, title, activity in lines:
        table.add_row(
            identity, Text(state, style=COLOURS[state]), age, Text(name), Text(title), Text(activity, style="dim")
        )
    out.print(table)


def _widths(lines: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """Return a width for each column: the last two share what the others leave, by what they need.

    Rich would take it from all columns alike, and leave nothing of an id.
    """
    from rich.cells import cell_len  # noqa: PLC0415 - on a terminal only

    *first, name, title, activity = (
        max(cell_len(cell) for cell in column) for column in zip(_COLUMNS, *lines, strict=True)
    )
    name = min(name, max(8, width // 5))
    room = max(2, width - sum(first) - name - _GAP * (len(_COLUMNS) - 1))
    title = min(title, max(room - activity, room // 2))
    return [*first, name, title, min(activity, room - title)]


def tree(rows: Sequence[Row]) -> None:
    """Print sessions with children under their parents: id, state, age, activity."""
    if not sys.stdout.isatty():
        depth = _depths(rows)
        for row in rows:
            identity, state, age, name, title, activity = _plain(row)
            said = " ".join(part for part in (identity, state, age, name or title, activity) if part)
            sys.stdout.write("  " * depth[row.id] + said + "\n")
        return
    from rich.tree import Tree  # noqa: PLC0415 - on a terminal only

    out = console()
    branches: dict[str | None, Tree] = {}
    tops: list[Tree] = []
    for row in rows:
        above = branches.get(row.parent)
        label = _label(row)
        branches[row.id] = above.add(label) if above else Tree(label, guide_style="dim")
        if above is None:
            tops.append(branches[row.id])
    for top in tops:
        out.print(top, no_wrap=True, overflow="ellipsis", crop=True)


def _label(row: Row) -> Text:
    from rich.text import Text  # noqa: PLC0415 - on a terminal only

    identity, state, age, name, title, activity = _plain(row)
    said = Text(no_wrap=True, overflow="ellipsis")
    said.append(identity, style="bold").append(" ").append(state, style=COLOURS[state]).append(f" {age} ")
    said.append((name or title)[:_TITLE]).append(f"  {activity}" if activity else "", style="dim")
    return said


def _plain(row: Row) -> tuple[str, str, str, str, str, str]:
    return row.id, row.state, words(row.age_s), row.entry.name, row.entry.title, row.activity


def _depths(rows: Sequence[Row]) -> dict[str, int]:
    depth: dict[str, int] = {}
    for row in rows:
        depth[row.id] = depth[row.parent] + 1 if row.parent in depth else 0
    return depth
