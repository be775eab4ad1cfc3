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

    from scope.sessions.listing import Row

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


def console() -> Console:
    """Return the terminal; without colour where NO_COLOR or TERM=dumb say so."""
    from rich.console import Console  # noqa: PLC0415 - on a terminal only

    return Console(file=sys.stdout, highlight=False, no_color=bool(os.environ.get("NO_COLOR")), soft_wrap=False)


def listing(rows: Sequence[Row]) -> None:
    """Print sessions, one per line: id, state, age, name, what it does."""
    if not sys.stdout.isatty():
        sys.stdout.write("".join("\t".join(_plain(row)) + "\n" for row in rows))
        return
    from rich.table import Table  # noqa: PLC0415 - on a terminal only
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for name, most in (("ID", None), ("STATE", None), ("AGE", None), ("NAME", 24)):
        table.add_column(name, no_wrap=True, max_width=most, overflow="ellipsis")
    table.add_column("TASK", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("ACTIVITY", no_wrap=True, overflow="ellipsis", ratio=1)
    for row in rows:
        identity, state, age, name, title, activity = _plain(row)
        table.add_row(
            identity, Text(state, style=COLOURS[state]), age, Text(name), Text(title), Text(activity, style="dim")
        )
    console().print(table)


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
    said.append(name or title).append(f"  {activity}" if activity else "", style="dim")
    return said


def _plain(row: Row) -> tuple[str, str, str, str, str, str]:
    return row.id, row.state, words(row.age_s), row.entry.name, row.entry.title, row.activity


def _depths(rows: Sequence[Row]) -> dict[str, int]:
    depth: dict[str, int] = {}
    for row in rows:
        depth[row.id] = depth[row.parent] + 1 if row.parent in depth else 0
    return depth
