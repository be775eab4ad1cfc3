"""`scope cost`: what models cost, from the ledger."""

from __future__ import annotations

import sys

from scope.cli.grammar import LABEL, Argument, Command, Option
from scope.cli.meant import hint
from scope.cli.since import first
from scope.errors import BadInput
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "cost",
    "Say what models cost: calls, tokens, dollars and time, by session or otherwise.",
    text="""\
Every call of a model is a line of .scope/ledger.jsonl; this adds them up. A session's costs are its own
lines; to name a session takes those below it along. A call whose price nobody knows is counted under
UNPRICED and costs nothing here: give its model a price in config.yaml.

On a terminal as a table, into a pipe as lines with tabs: the group, calls, tokens in, of these cached, tokens
out, dollars, calls without a known price, seconds, errors; the last line is the total.""",
    epilog="Examples: scope cost · scope cost 3 --by model · scope cost --by day --since 7d --json",
    arguments=[Argument("sessions", many=True, required=False, meaning="Ids, names or quoted globs; default: all.")],
    options=[
        LABEL,
        Option(
            "--by",
            "-b",
            metavar="WHAT",
            meaning="What is added up: session (the default), tree, agent, job, level, skill, model or day.",
        ),
        Option("--since", metavar="TIME", meaning="Only from then on: 7d, 12h, or a day such as 2026-01-02 (UTC)."),
        Option(
            "--json",
            meaning="Print an array: by, key, calls, prompt_tokens, cached_tokens, completion_tokens, cost, unpriced, "
            "seconds, errors.",
        ),
    ],
)


def run(given: Given) -> int:
    """Add up the ledger and print it."""
    root = roots.require()
    from scope.models import costs  # noqa: PLC0415 - dataclasses, and no command is asked more seldom
    from scope.store import journal, layout  # noqa: PLC0415

    by = given.text("by") or "session"
    if by not in costs.GROUPINGS:
        raise BadInput("--by does not know", by, hint=hint(by, costs.GROUPINGS))
    since = first(given.text("since"), "cost")
    sessions: list[str] = []
    if given.words("sessions") or given.words("label"):
        from scope.sessions.records.selection import select  # noqa: PLC0415 - only where some are named

        sessions = select(root, given.words("sessions"), given.words("label"), takes_archived=True)
    lines = (line for _, line in journal.read(layout.ledger(root)))
    found = costs.grouped(costs.within(costs.settled(lines), sessions, since), by)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        said = [costs.as_json(by, name, each) for name, each in found.items()]
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    elif found:
        from scope.cli import costtable  # noqa: PLC0415 - after every refusal

        costtable.listing(by, found)
    else:
        sys.stderr.write("no model was called\n")
    return 0
