"""`scope explain`: why a session is in the state it is in."""

from __future__ import annotations

import sys

from scope.cli.grammar import Argument, Command, Option
from scope.sessions.records import record
from scope.sessions.records.selection import one
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "explain",
    "Say why a session is in its state: which files, locks and signs say so.",
    text="""\
It tells what each decision rests on: what failed, as what it was taken, which moves of the playbook were
passed over and why, and whose advice came next; then what may still be tried, and the question that waits
for a person. All of it is read from files.

With --json, supervision is an object: supervisor (name, is_declared, strategy, intensity, period_s,
may_restart, has_given_up), playbook, playbook_from (given, default, supervisor NAME or none), attempts
(failed, retries, granted, left), variations and assignable (each with tried), group, question and deferred
(null where there is none), problems (what could not be read).""",
    epilog="Example: scope explain 3",
    arguments=[Argument("session", meaning="Id or name.")],
    options=[
        Option(
            "--json",
            meaning="Print an object: id, state, why, task, problem, attempt, signs, waits_for, supervision, "
            "decisions, watcher, directory, attach.",
        )
    ],
)


def run(given: Given) -> int:
    """Explain one session."""
    root = roots.require()
    session = one(root, given.text("session") or "", takes_archived=True)
    from scope.supervision.narration import explain, telling  # noqa: PLC0415 - after every refusal

    if record.is_archived(root, session):
        from scope.sessions.records import archive  # noqa: PLC0415 - few ask for what is archived

        with archive.unpacked(root, session) as directory:
            found = explain.explain(root, session, directory)
    else:
        found = explain.explain(root, session)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        sys.stdout.write(telling.in_words(found))
    return 0
