"""`scope rm`: remove ended sessions for good."""

from __future__ import annotations

from scope.cli.grammar import LABEL, SESSIONS, Command, Option
from scope.sessions.records import wishes
from scope.sessions.records.selection import select
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "rm",
    "Remove ended sessions for good, and all below them; scope gc keeps an archive.",
    text="""\
Directories, results, logs and archives of the sessions go; events and costs stay, and ids are not given again. One
that has not ended is refused, and so is one that an open session or group of failures still needs, or that has work
in its own work tree which is nowhere else, apart from what git ignores there. Nothing is removed unless all that is
named can be.""",
    epilog="Examples: scope rm 3 4 · scope rm -l team=web · scope rm 5 --force",
    arguments=[SESSIONS],
    options=[
        LABEL,
        Option("--force", "-f", meaning="Remove work trees and branches too that hold what is nowhere else."),
        Option(
            "--json",
            meaning="Print an array: id, done (removed, kept), why, freed, archive, worktree (null where there is "
            "none).",
        ),
    ],
)


def run(given: Given) -> int:
    """Remove sessions, unless one of them is still needed."""
    root = roots.require_trusted()
    named = select(root, given.words("sessions"), given.words("label"), takes_archived=True)
    for session in named:
        wishes.refuse_sideways(session, "remove")
    from scope.cli import clearing  # noqa: PLC0415 - imports yaml and tarfile, after the simple refusals

    outcomes = clearing.removed(root, named, throws_away=given.flag("force"))
    return clearing.say(outcomes, is_json=given.flag("json"), is_ordered=True)
