"""`scope up`: bring the identities of agents to the tree that is declared."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import Command, Option
from scope.errors import BadInput
from scope.store import layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from scope.agents.differences import Difference
    from scope.cli.grammar import Given

COMMAND = Command(
    "up",
    "Make the tree of supervisors as .scope/tree.yaml declares it, or say what would change.",
    text="""\
tree.yaml names the supervisors, each with keys of its identity (span, strategy, intensity, period, playbook,
triggers, budget, …), with the supervisors below it (children) and its workers (agents):

supervisors: {mayor: {template: coordinator, children: {web: {span: 6, strategy: rest_for_one, agents: [ann]}}}}

Each becomes .scope/agents/NAME/identity.md, which a running watcher takes up by itself; a new one begins with the
text of its template (scope agent list). What is told: + added, ~ changed, KEY: OLD → NEW; ! changed by hand since the
last up: that stays, unless with --force; - no longer declared: that stays too, unless with --prune, which retires who
supervises nothing that lives. Texts, other keys, memory and skills are kept, and so is who was not written by up.

Exit code 0: nothing differs, or all of it was made so. With --dry-run 1: something differs. 2: tree.yaml is wrong, and
every mistake is told. 3: something was changed by hand, and a person has to say whose word holds.""",
    epilog="Examples: scope up --dry-run · scope up · scope up --prune",
    options=[
        Option("--dry-run", meaning="Only say what differs, and change nothing."),
        Option("--force", meaning="Take the declaration's word over what was changed by hand."),
        Option("--prune", meaning="Retire who was written by up, and is declared no more."),
        Option(
            "--json",
            meaning="Print an array: name, change (added, changed, conflict, undeclared or same), keys (of each that "
            "differs: its old value and its new one), done, why (it was not), path.",
        ),
    ],
)
_SIGNS: Final = {"added": "+", "changed": "~", "conflict": "!", "undeclared": "-"}
_DIFFERS: Final = 1
_NEEDS_A_PERSON: Final = 3


class _Row:
    """One difference, and what has become of it."""

    __slots__ = ("difference", "is_done", "why")

    def __init__(self, difference: Difference) -> None:
        self.difference = difference
        self.is_done = False
        self.why = ""


def run(given: Given) -> int:
    """Say the differences, and make them none."""
    is_dry = given.flag("dry_run")
    root = roots.require() if is_dry else roots.require_trusted()
    own = os.environ.get("SCOPE_SESSION")
    if own and not is_dry:
        raise BadInput("cannot change the tree", None, f"this is inside session {own}", "scope up --dry-run")
    from scope.agents import declaration, differences  # noqa: PLC0415 - imports yaml, after the simple refusals

    try:
        declared = declaration.load(root)
    except declaration.Mistaken as mistaken:
        for line in mistaken.lines[1:]:
            sys.stderr.write(f"error: cannot take '{layout.tree(root)}': {line}\n")
        raise BadInput("cannot take", layout.tree(root), mistaken.lines[0], mistaken.hint) from mistaken
    if is_dry:
        rows = [_Row(each) for each in differences.differences(root, declared)]
    else:
        from scope.store import atomic, locks, rundir  # noqa: PLC0415 - as above

        atomic.directory(layout.run(root))
        with locks.hold(rundir.up_lock(root)):
            rows = [_Row(each) for each in differences.differences(root, declared)]
            _apply(root, rows, is_forced=given.flag("force"), prunes=given.flag("prune"))
    _say(rows, is_json=given.flag("json"), is_dry=is_dry)
    return _code(rows, is_dry=is_dry, is_forced=given.flag("force"))


def _apply(root: str, rows: Sequence[_Row], *, is_forced: bool, prunes: bool) -> None:
    """Bring each identity to its declaration, the higher ones first; who goes, goes last."""
    from scope.agents import differences  # noqa: PLC0415 - as above

    for row in rows:
        kind = row.difference.kind
        if kind == "conflict" and not is_forced:
            row.why = "it was changed by hand: take that into tree.yaml, or scope up --force"
        elif kind != "undeclared":
            differences.apply(root, row.difference)
            row.is_done = True
    left = [row for row in rows if row.difference.kind == "undeclared"]
    for row in left:
        row.why = "scope up --prune retires it"
    while prunes:  # from below: nobody goes to whom somebody who stays reports
        for row in left:
            row.why = _retired(root, row.difference.name)
            row.is_done = not row.why
        if all(row.why for row in left):
            return
        left = [row for row in left if row.why]


def _retired(root: str, name: str) -> str:
    from scope.agents import differences, engagement  # noqa: PLC0415 - as above

    why = engagement.needs(root, name)
    if not why:
        differences.retire(root, name)
    return why


def _code(rows: Sequence[_Row], *, is_dry: bool, is_forced: bool) -> int:
    kinds = {row.difference.kind for row in rows} - {"same"}
    if "conflict" in kinds and not is_forced:
        return _NEEDS_A_PERSON
    return _DIFFERS if is_dry and kinds else 0


def _say(rows: Sequence[_Row], *, is_json: bool, is_dry: bool) -> None:
    if is_json:
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps([_object(row) for row in rows], indent=2, ensure_ascii=False) + "\n")
        return
    for row in rows:
        found = row.difference
        if found.kind != "same":
            sys.stdout.write(f"{_SIGNS[found.kind]} {found.name}{_told(found)}\n")
            if row.why:
                sys.stdout.flush()
                sys.stderr.write(f"{found.name} stays: {row.why}\n")
    if all(row.difference.kind == "same" for row in rows):
        count = len(rows)
        sys.stderr.write(f"nothing differs: {count} agent{'' if count == 1 else 's'} as declared\n")
    elif is_dry:
        sys.stderr.write("nothing was changed\n")


def _told(found: Difference) -> str:
    if found.kind == "undeclared":
        return ": no longer declared"
    if found.kind == "added":
        return ": " + ", ".join(f"{key}: {new}" for key, (_, new) in found.keys.items())
    return ": " + ", ".join(f"{key}: {old or 'none'} → {new or 'none'}" for key, (old, new) in found.keys.items())


def _object(row: _Row) -> dict[str, object]:
    found = row.difference
    return {
        "name": found.name,
        "change": found.kind,
        "keys": {key: list(values) for key, values in found.keys.items()},
        "done": row.is_done,
        "why": row.why or None,
        "path": found.path,
    }
