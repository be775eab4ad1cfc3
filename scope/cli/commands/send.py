"""`scope send`: a message for a session, typed into its terminal."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput, Failed
from scope.sessions.processes import daemon
from scope.sessions.records import record, wishes
from scope.sessions.records.selection import one
from scope.store import attemptdir, layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given

_WITHIN_S: Final = 4.0

COMMAND = Command(
    "send",
    "Send a message to a session: typed into its terminal, and confirmed.",
    text="""\
The message goes into the session's mailbox; the watcher types it into the terminal and presses Enter.
It counts as delivered when the program has read it. What nothing reads within two seconds is
taken back and reported: exit code 1. To a session that has not begun it is delivered later. A model
takes what is sent to it, or typed into its terminal, before its next step.

Control characters are left out: a message cannot press Ctrl-C.""",
    epilog="Example: scope send 3 'yes, go on'",
    arguments=[
        Argument("session", meaning="Id or name."),
        Argument("text", many=True, meaning="The message; - for standard input."),
    ],
    options=[Option("--no-wait", meaning="Do not wait for the delivery.")],
)


def run(given: Given) -> int:
    """Send, and say what became of it."""
    root = roots.require_trusted()
    session = one(root, given.text("session") or "")
    wishes.refuse_sideways(session, "send to")
    text = " ".join(given.words("text"))
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    if not text.strip():
        raise BadInput("there is nothing to send to", session, hint=f"scope send {session} 'some words'")
    name = wishes.send(root, session, text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    daemon.ensure(root)
    if given.flag("no_wait"):
        return 0
    directory = layout.session(root, session)
    attempt = layout.attempt(directory, record.latest_attempt(directory))
    state = record.state(directory)
    is_running = state == "running" or (state == "pending" and _has_just_begun(attempt))
    if is_running and os.path.exists(attemptdir.trajectory(attempt)):
        return 0  # a model takes it before its next step, which may take its time
    said = wishes.delivery(root, session, name, _WITHIN_S if is_running else 0.0)
    if said == "undelivered":
        raise Failed("could not deliver to", session, "nothing reads its terminal", f"look: scope attach {session}")
    if said == "queued":
        sys.stderr.write(f"queued for session {session}: it is delivered when the session can take it\n")
    return 0


def _has_just_begun(attempt: str) -> bool:
    """Tell whether an attempt is at work; it begins an instant before the state says so."""
    ends = (attemptdir.exit_code(attempt), attemptdir.closed(attempt))
    return os.path.exists(attemptdir.started(attempt)) and not any(map(os.path.exists, ends))
