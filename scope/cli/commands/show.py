"""`scope show`: everything about one session on one page."""

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
    "show",
    "Show everything about one session on one page.",
    text="""\
Its task, how it stands, each attempt with its exit code, time, failure and skills, what a person is asked, what was
advised, its children, what its models cost with all below it, where its work tree and its files lie, and its result.
An archived session is shown by its id. Why it stands so: scope explain.""",
    epilog="Example: scope show web-tests",
    arguments=[Argument("session", meaning="Id or name.")],
    options=[
        Option(
            "--json",
            meaning="Print an object: id, name, state, why, verified, archived (the file), parent, title, task, "
            "problem, labels, after, created, by, ended, exit, result, attempts, question, advice, children, cost, "
            "worktree, files, attach.",
        )
    ],
)


def run(given: Given) -> int:
    """Show one session."""
    root = roots.require()
    session = one(root, given.text("session") or "", takes_archived=True)
    from scope.supervision.experience import portrait  # noqa: PLC0415 - imports yaml, after every refusal

    if record.is_archived(root, session):
        from scope.sessions.records import archive  # noqa: PLC0415 - few ask for what is archived

        with archive.unpacked(root, session) as directory:
            found = portrait.of(root, session, directory)
    else:
        found = portrait.of(root, session)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        from scope.cli import page  # noqa: PLC0415 - only for words

        sys.stdout.write(page.in_words(found))
    return 0
