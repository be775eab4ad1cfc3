"""`scope explain`: why a session is in the state it is in."""

from __future__ import annotations

import sys

from scope.cli.grammar import Argument, Command, Option
from scope.sessions.selection import one
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "explain",
    "Say why a session is in its state: which files, locks and signs say so.",
    epilog="Example: scope explain 3",
    arguments=[Argument("session", meaning="Id or name.")],
    options=[
        Option(
            "--json",
            meaning="Print an object: id, state, why, task, problem, attempt, signs, waits_for, decisions, watcher, "
            "directory, attach.",
        )
    ],
)


def run(given: Given) -> int:
    """Explain one session."""
    root = roots.require()
    session = one(root, given.text("session") or "")
    from scope.supervision import explain  # noqa: PLC0415 - after every refusal

    found = explain.explain(root, session)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        sys.stdout.write(explain.in_words(found))
    return 0
