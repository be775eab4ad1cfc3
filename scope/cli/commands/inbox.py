"""`scope inbox`: what waits for a person."""

from __future__ import annotations

import sys

from scope.cli.grammar import Command, Option
from scope.cli.revival import revive
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "inbox",
    "List what waits for your answer: id, state, age, severity, sessions, question.",
    text="""\
The most urgent comes first: by severity (normal, high, highest), then by age. Like failures of many
sessions are one line, and one answer is for all of them. Each is a file, .scope/escalations/ID.md, which
tells the whole case; scope answer writes into it, and so may you, with an editor.

A file that cannot be read is listed first, with what is wrong and where.

On a terminal as a table, into a pipe as lines with tabs between the same six columns.""",
    epilog="Examples: scope inbox · scope inbox --all --json",
    options=[
        Option("--all", "-a", meaning="Also what is answered or closed."),
        Option(
            "--json",
            meaning="Print an array: id, state, kind, severity, opened, age_s, question, options, default, deadline, "
            "answer, by, vars, sessions, members, class, fingerprint, path, problem.",
        ),
    ],
)


def run(given: Given) -> int:
    """List the escalations."""
    root = roots.require()
    revive(root)
    from scope.cli import inboxtable  # noqa: PLC0415 - after every refusal
    from scope.sessions import escalations  # noqa: PLC0415 - imports yaml

    found = inboxtable.ordered(escalations.every(root), is_all=given.flag("all"))
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps([inboxtable.as_json(root, each) for each in found], indent=2) + "\n")
    elif found:
        inboxtable.listing(found)
    else:
        sys.stderr.write("nothing waits for you\n")
    return 0
