"""`scope gc`: put ended sessions into archives."""

from __future__ import annotations

from scope.cli.grammar import Command, Option
from scope.errors import BadInput
from scope.laws.ids import is_count
from scope.sessions.records import wishes
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given

OLDER: Final = "7d"
COMMAND = Command(
    "gc",
    "Put sessions that ended long ago into archives, and say what that frees.",
    text="""\
Each becomes one file, .scope/archive/ID.tar.gz, and its directory is removed; ids are not given again. scope show,
logs, explain, poll and wait take an archived session by its id; scope rm ID removes the archive.

A session stays while one below it, one that comes after it, or the group of failures that it belongs to is open, and
while anything lies in its work tree that is nowhere else; only what git ignores there goes with it. A line each on
standard output: id, what was done, bytes freed, and why it stays. Done again it goes on, whatever it was interrupted
by.""",
    epilog="Examples: scope gc --dry-run · scope gc --older 12h --keep 100",
    options=[
        Option("--older", metavar="TIME", meaning=f"Only those that ended so long ago, such as 12h; default: {OLDER}."),
        Option("--keep", metavar="N", meaning="Keep the N that ended last, however old they are."),
        Option("--dry-run", "-n", meaning="Only say what would be archived, and change nothing."),
        Option(
            "--json",
            meaning="Print an array: id, done (archived, kept, would-archive), why, freed, archive, worktree (null "
            "where there is none).",
        ),
    ],
)


def run(given: Given) -> int:
    """Archive what has rested for long enough."""
    from scope.laws.durations import seconds  # noqa: PLC0415 - after the words

    older_s, keep = seconds(given.text("older") or OLDER), given.text("keep") or "0"
    if older_s is None:
        raise BadInput("--older takes a time such as 7d, not", given.text("older"), hint="see: scope gc --help")
    if not is_count(keep):
        raise BadInput("--keep takes a number, not", keep, hint="see: scope gc --help")
    wishes.refuse_inside("gc")
    root = roots.require_trusted()
    from scope.cli import clearing  # noqa: PLC0415 - imports yaml and tarfile

    is_json = given.flag("json")
    if given.flag("dry_run"):
        return clearing.say(clearing.rehearsed(root, older_s, int(keep)), is_json=is_json)
    return clearing.say(clearing.archived(root, older_s, int(keep)), is_json=is_json)
