"""`scope ack`: say that a person has seen what waits for them."""

from __future__ import annotations

import sys

from scope.cli import inboxnames
from scope.cli.grammar import Argument, Command, Option
from scope.sessions.processes import daemon
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "ack",
    "Say that you have seen what waits for you: it stays open, and reminds you no more.",
    text="""\
Nobody is told of it again, and it grows no more severe; it goes on waiting for scope answer. The same is
state: acked in .scope/escalations/ID.md. Inside a session nothing is acknowledged.""",
    epilog="Example: scope ack e12",
    arguments=[Argument("ids", many=True, meaning="Ids from scope inbox; or sessions that wait for an answer.")],
    options=[Option("--json", meaning="Print an array: id, state.")],
)


def run(given: Given) -> int:
    """Write into each file that it was seen."""
    words = given.words("ids")
    inboxnames.refuse_inside("acknowledge", words[0])
    root = roots.require_trusted()
    from scope.sessions.asking import escalations  # noqa: PLC0415 - imports yaml, after the simple refusals

    meant = [inboxnames.meant(root, word, "acknowledge") for word in words]
    found = [escalations.acknowledge(root, each) for each in meant]
    daemon.ensure(root)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        said = [{"id": each.id, "state": each.state} for each in found]
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    else:
        sys.stderr.write("".join(f"{each.id} is acknowledged; it waits for scope answer {each.id}\n" for each in found))
    return 0
