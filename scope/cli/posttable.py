"""How the tree of supervisors looks: a line each, with load and health, and below it its sessions."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from scope.cli import tables
from scope.laws.durations import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from scope.laws.hierarchy import Supervisor
    from scope.sessions.records.listing import Row
    from scope.supervision.figures.posts import Health, Posts

TOP: Final = "human"


def show(posts: Posts) -> None:
    """Print the tree from the human downward."""
    if not sys.stdout.isatty():
        sys.stdout.write("".join(f"{'  ' * depth}{text}\n" for depth, text, _ in _lines(posts)))
        return
    out = tables.console()
    for depth, text, style in _lines(posts):
        out.print(_styled("  " * depth + text, style), no_wrap=True, overflow="ellipsis", crop=True)


def objects(posts: Posts, name: str = TOP) -> dict[str, Any]:
    """Return the tree as JSON has it, each with those below it."""
    one, health = posts.tree[name], posts.health[name]
    return {
        "name": name,
        "kind": one.kind,
        "supervisor": one.above or None,
        "load": one.load,
        "span": one.span or None,
        "overloaded": one.is_overloaded,
        "restarts": health.restarts,
        "intensity": health.intensity,
        "period_s": health.period_s,
        "has_given_up": health.has_given_up,
        "failed": health.failed,
        "escalated": health.escalated,
        "problem": health.problem or None,
        "sessions": list(one.sessions),
        "children": [objects(posts, child) for child in one.supervisors],
    }


def _lines(posts: Posts) -> Iterator[tuple[int, str, str]]:
    """Yield each line with its depth and its style."""
    waiting: list[tuple[int, str]] = [(0, TOP)]
    while waiting:
        depth, name = waiting.pop()
        one, health = posts.tree[name], posts.health[name]
        told = _told(one, health)
        yield depth, " ".join((name, *told)), "bold yellow" if one.is_overloaded or health.has_given_up else "bold"
        for session in one.sessions:
            row = posts.rows[session]
            yield depth + 1, _session(row), tables.COLOURS[row.state]
        waiting += [(depth + 1, child) for child in reversed(one.supervisors)]


def _told(one: Supervisor, health: Health) -> list[str]:
    """Say the load and the health in few words; what is well is not said."""
    told = [f"{one.load}/{one.span}"] if one.span else []
    told += ["overloaded"] if one.is_overloaded else []
    if health.restarts:
        told.append(f"restarts {health.restarts}/{health.intensity} in {words(health.period_s)}")
    told += ["gave up"] if health.has_given_up else []
    told += [f"failed {health.failed}"] if health.failed else []
    told += [f"escalated {health.escalated}"] if health.escalated else []
    return [*told, *([f"({health.problem})"] if health.problem else [])]


def _session(row: Row) -> str:
    said = (row.id, row.state, words(row.age_s), row.entry.name or row.entry.title)
    return " ".join(part for part in said if part)


def _styled(line: str, style: str) -> Text:
    from rich.text import Text  # noqa: PLC0415 - on a terminal only

    return Text(line, style="" if os.environ.get("NO_COLOR") else style)
