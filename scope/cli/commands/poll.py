"""`scope poll`: one line per session, at once."""

from __future__ import annotations

import sys

from scope.cli.grammar import LABEL, SESSIONS, Command, Option
from scope.cli.revival import revive
from scope.sessions.records import record
from scope.sessions.records.selection import select
from scope.store import layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "poll",
    "Say how sessions stand, without waiting: ID STATE ACTIVITY, one line each.",
    text="""\
States are pending, running, waiting, recovering, deferred, escalated, done, failed and aborted.
The activity is what the session does now (what its worker says, or the last line it printed), what
it waits for, or how it ended; of one that scope gc has archived, by its id, that it is archived. The exit
code is 0 whatever the states are.""",
    epilog="Example: scope poll 1 web-tests 'worker-*'",
    arguments=[SESSIONS],
    options=[
        LABEL,
        Option("--json", meaning="Print an array of objects: id, state, activity."),
    ],
)


def run(given: Given) -> int:
    """Print `id state activity` for each session."""
    root = roots.require()
    revive(root)
    lines = []
    for session in select(root, given.words("sessions"), given.words("label"), takes_archived=True):
        if record.is_archived(root, session):
            from scope.sessions.records import archive  # noqa: PLC0415 - few ask for what is archived

            said = archive.glance(root, session, "state", "result.md")
            why = record.keys_of(said.get("result.md", "")).get("why", "")
            lines.append((session, archive.state(root, session), f"archived: {why}"))
            continue
        directory = layout.session(root, session)
        state = record.state(directory)
        lines.append((session, state, record.activity(directory, state)))
    if given.flag("json"):
        from scope.cli import jsonarray  # noqa: PLC0415 - five milliseconds that the plain form does not have

        jsonarray.write(dict(zip(("id", "state", "activity"), line, strict=True)) for line in lines)
    else:
        sys.stdout.write("".join(" ".join(line).rstrip() + "\n" for line in lines))
    return 0
