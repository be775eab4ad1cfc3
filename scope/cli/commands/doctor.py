"""`scope doctor`: what is there of all that work needs, and what to do about the rest."""

from __future__ import annotations

import sys

from scope.cli.grammar import Command, Option
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.checks.finding import Finding
    from scope.cli.grammar import Given

COMMAND = Command(
    "doctor",
    "Say what is there of all that work needs, and what to do about the rest.",
    text="""\
One line for each thing that is looked at: ok; note for what would be good to have, or is there and not used
yet; wrong for what keeps work from being done. Below it stands the way on. No provider is called; servers of
local models on this machine are asked for their names, keys are known by their variables' names only.
SCOPE_LOCAL_PORTS names other ports to ask, with commas between.

Nothing is changed, except with --fix: then what others can get at is closed to them, halves of files that were left
by what was killed are removed, and a tmux server that lost its socket is told to make it again. No session is
touched by that.

Exit codes: 0 nothing is wrong · 5 something is.""",
    epilog="Examples: scope doctor · scope doctor --fix · scope doctor --json",
    options=[
        Option("--fix", meaning="Do what is safe to do, then look again."),
        Option("--json", meaning="Print an array: check, ok, needed, says, repair."),
    ],
)

_ENVIRONMENT = 5


def run(given: Given) -> int:
    """Make every check and print what it found."""
    from scope.cli.checks import examination  # noqa: PLC0415 - imports yaml

    found = examination.every(roots.find())
    if given.flag("fix") and examination.mend(found):
        found = examination.every(roots.find())
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps([finding.as_json() for finding in found], indent=2) + "\n")
    else:
        sys.stdout.write("".join(map(_words, found)))
    return _ENVIRONMENT if any(finding.is_wrong for finding in found) else 0


def _words(finding: Finding) -> str:
    mark = "wrong" if finding.is_wrong else "ok" if finding.is_ok and not finding.repair else "note"
    said = f"{mark:<6}{finding.check}: {finding.says}\n"
    return said + (f"      → {finding.repair}\n" if finding.repair else "")
