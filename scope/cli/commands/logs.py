"""`scope logs`: what a session printed."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput
from scope.laws.ids import is_count
from scope.sessions.records import logs, record
from scope.sessions.records.selection import one
from scope.store import layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "logs",
    "Print what a session has printed.",
    text="""\
On a terminal the bytes are printed as the session printed them; into a pipe or a file as plain text,
without colours and other escape sequences.""",
    epilog="Examples: scope logs 1 · scope logs -f web-tests · scope logs -n 20 1",
    arguments=[Argument("session", meaning="Id or name.")],
    options=[
        Option("--follow", "-f", meaning="Go on as it prints, through further attempts, until the session has ended."),
        Option("--lines", "-n", metavar="N", meaning="Only the last N lines."),
        Option("--attempt", metavar="N", meaning="Which attempt; default: the latest."),
        Option("--raw", meaning="The bytes as they were, also into a pipe."),
    ],
)


def run(given: Given) -> int:
    """Print or follow a log."""
    root = roots.require()
    session = one(root, given.text("session") or "", takes_archived=True)
    if record.is_archived(root, session):
        from scope.sessions.records import archive  # noqa: PLC0415 - few ask for what is archived

        with archive.unpacked(root, session) as directory:
            return _print(given, session, directory)
    return _print(given, session, layout.session(root, session))


def _print(given: Given, session: str, directory: str) -> int:
    lines, wanted = _number(given, "lines"), _number(given, "attempt")
    is_raw = given.flag("raw") or sys.stdout.isatty()
    attempt = logs.attempt_number(directory, wanted)
    if given.flag("follow"):
        for piece in logs.follow(directory, wanted, is_raw=is_raw, begins=_begins):
            _write(piece)
        return 0
    if not attempt:
        sys.stderr.write(f"session {session} is {record.state(directory)} and has printed nothing yet\n")
        return 0
    for piece in logs.read(directory, attempt, lines, is_raw=is_raw):
        _write(piece)
    return 0


def _begins(number: int) -> None:
    if number > 1:
        sys.stderr.write(f"==> attempt {number} <==\n")


def _write(piece: bytes) -> None:
    while piece:
        piece = piece[os.write(1, piece) :]


def _number(given: Given, name: str) -> int | None:
    text = given.text(name)
    if text is None:
        return None
    if not is_count(text):
        raise BadInput(f"--{name} takes a number, not", text, hint="see: scope logs --help")
    return int(text)
