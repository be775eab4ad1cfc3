"""`scope attach`: put a person into the live pane of a session."""

from __future__ import annotations

import os
import sys
import time

from scope.cli.grammar import Argument, Command
from scope.errors import Environment, TmuxMissing
from scope.laws.ids import SessionId, tmux_name
from scope.laws.states import TERMINAL
from scope.sessions.processes import daemon
from scope.sessions.records import record
from scope.sessions.records.selection import one
from scope.store import attemptdir, journal, layout, locks, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given

_BEGINS_WITHIN_S: Final = 15.0  # a watcher, a tmux server and an attempt, on a machine at work

COMMAND = Command(
    "attach",
    "Enter the live terminal of a session; Ctrl-b d leaves it.",
    text="""\
What is typed there goes to the program; leaving with Ctrl-b d lets it go on. Of a session that has ended
the log is shown instead. To attach without scope, take the tmux command line from scope ls --json.""",
    epilog="Example: scope attach 1",
    arguments=[Argument("session", meaning="Id or name.")],
)


def run(given: Given) -> int:
    """Become a tmux client, or show the log of what has ended."""
    root = roots.require()
    session = one(root, given.text("session") or "")
    directory = layout.session(root, session)
    state = _begun(root, directory)
    if state in TERMINAL:
        return _show_log(session, directory, state)
    if state != "running" and not (state == "waiting" and _asks(directory)):
        raise Environment("cannot attach to", session, f"it is {state}", f"see why: scope explain {session}")
    if not sys.stdin.isatty():
        raise Environment("cannot attach without a terminal to", session, hint=f"read it: scope logs -f {session}")
    from scope.tmux.address import attach_argv  # noqa: PLC0415 - only for a live pane

    argv = attach_argv(root, tmux_name(SessionId(session)))
    # Inside a person's own tmux the pane is shown within theirs: it is another server.
    os.environ.pop("TMUX", None)
    try:
        os.execvp(argv[0], argv)
    except FileNotFoundError as error:
        raise TmuxMissing("cannot find tmux", hint="install it: apt-get install tmux") from error


def _asks(directory: str) -> bool:
    """Tell whether what waits is a live attempt that asks a person, not a task that cannot be read."""
    number = record.latest_attempt(directory)
    return number > 0 and locks.is_held(attemptdir.lock(layout.attempt(directory, number)))


def _begun(root: str, directory: str) -> str:
    """Return the state, giving a session that was spawned just now a moment to begin."""
    state = record.state(directory)
    if state in TERMINAL:
        return state
    roots.refuse_untrusted(root)
    daemon.ensure(root)
    deadline = time.monotonic() + _BEGINS_WITHIN_S
    while state == "pending" and not _is_held(directory) and time.monotonic() < deadline:
        time.sleep(0.02)
        state = record.state(directory)
    return record.state(directory)


def _is_held(directory: str) -> bool:
    """Tell whether the watcher has decided not to start it yet; a start is decided before its state is written."""
    decision = journal.last(layout.decisions(directory))
    return decision is not None and decision.get("move") in ("hold", "note")


def _show_log(session: str, directory: str, state: str) -> int:
    from scope.sessions.records import logs  # noqa: PLC0415 - only for what has ended

    sys.stderr.write(f"session {session} has ended ({state}: {record.activity(directory, state)}); its log:\n")  # type: ignore[arg-type]
    attempt = record.latest_attempt(directory)
    for piece in logs.read(directory, attempt, None, is_raw=sys.stdout.isatty()) if attempt else ():
        sys.stdout.buffer.write(piece)
    return 0
