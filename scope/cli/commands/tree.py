"""`scope tree`: sessions with their children under them."""

from __future__ import annotations

import sys

from scope.cli.commands import ls
from scope.cli.grammar import Argument, Command, Option
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from scope.cli.grammar import Given
    from scope.sessions.records.listing import Row

COMMAND = Command(
    "tree",
    "Show sessions with their children under them: state, age, activity.",
    text="""\
With --supervisors the tree above them is shown: the human, the supervisors that are declared (scope up --help), and
those implied where none is: a coordinator, a supervisor for each spawn at the top, and intermediate ones where more
than its span would report to one. Each is told with its load and span (3/8), and what is not well: overloaded,
restarts within its period, gave up, failed and escalated sessions. Sessions that ended well are not shown.""",
    epilog="Examples: scope tree · scope tree 2 --json · scope tree --supervisors",
    arguments=[Argument("sessions", many=True, required=False, meaning="Only these and what is below them.")],
    options=[
        Option("--label", "-l", metavar="KEY=VALUE", many=True, meaning="Only with this label; repeatable."),
        Option("--supervisors", meaning="Show who supervises whom, with load and health, above the sessions."),
        Option(
            "--json",
            meaning="Print an array of the objects of scope ls --json, each with its children; with --supervisors one "
            "object: name, kind, supervisor, load, span, overloaded, restarts, intensity, period_s, has_given_up, "
            "failed, escalated, problem, sessions (ids), children.",
        ),
    ],
)


def run(given: Given) -> int:
    """Show the tree."""
    from scope.laws.ids import is_within  # noqa: PLC0415 - after the words were read

    root = roots.require()
    found = ls.selected(root, [], [])
    if given.words("sessions") or given.words("label"):
        tops = [row.id for row in ls.selected(root, given.words("sessions"), given.words("label"))]
        found = [row for row in found if any(is_within(row.id, top) for top in tops)]
    if given.flag("supervisors"):
        return _supervisors(root, found, is_json=given.flag("json"))
    if given.flag("json"):
        from scope.cli import jsonarray  # noqa: PLC0415 - only when asked for

        objects: dict[str | None, dict[str, Any]] = {}
        shown: list[dict[str, Any]] = []
        for row, keys in zip(found, ls.as_json(root, found), strict=True):
            objects[row.id] = {**keys, "children": []}
            above = objects.get(row.parent)
            (above["children"] if above else shown).append(objects[row.id])
        jsonarray.write(shown)
        return 0
    from scope.cli import tables  # noqa: PLC0415 - after every refusal

    tables.tree(found)
    return 0


def _supervisors(root: str, found: list[Row], *, is_json: bool) -> int:
    """Show the tree above the sessions."""
    from scope.cli import posttable  # noqa: PLC0415 - only when asked for
    from scope.supervision.figures.posts import posts  # noqa: PLC0415 - imports yaml

    standing = posts(root, found)
    if is_json:
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps(posttable.objects(standing), indent=2) + "\n")
    else:
        posttable.show(standing)
    return 0
