"""`scope tree`: sessions with their children under them."""

from __future__ import annotations

from scope.cli.commands import ls
from scope.cli.grammar import Argument, Command, Option
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from scope.cli.grammar import Given

COMMAND = Command(
    "tree",
    "Show sessions with their children under them: state, age, activity.",
    epilog="Examples: scope tree · scope tree 2 --json",
    arguments=[Argument("sessions", many=True, required=False, meaning="Only these and what is below them.")],
    options=[
        Option("--label", "-l", metavar="KEY=VALUE", many=True, meaning="Only with this label; repeatable."),
        Option("--json", meaning="Print an array of the objects of scope ls --json, each with its children."),
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
