"""`scope top`: the live dashboard."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import LABEL, Argument, Command, Option
from scope.cli.revival import revive
from scope.errors import BadInput
from scope.laws.states import STATES
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.cli.grammar import Given

_INTERRUPTED: Final = 130

COMMAND = Command(
    "top",
    "Watch all sessions live: the tree, logs, costs and open questions; steer them by keys.",
    text="""\
The tree of sessions with state, age, attempts, cost and activity; below it the log of the selected one, or
what is asked about it. What waits for your answer stands on top.

Keys: Enter attach (Ctrl-b d comes back), l logs, s send, r redirect, x abort (asks first), R retry, y answer,
/ filter, f fold, ? all keys, q quit. They run the commands of the same name; the sessions go on when you quit.

A cost is that of the session and everything below it. It needs a terminal; for a log or a pipe there is
scope ls.""",
    epilog="Examples: scope top · scope top --live · scope top -l team=web -s running -s waiting",
    arguments=[
        Argument("sessions", many=True, required=False, meaning="What to show at first: ids, names, globs, words."),
    ],
    options=[
        LABEL,
        Option("--state", "-s", metavar="STATE", many=True, meaning="Only in this state; repeatable."),
        Option("--live", meaning="Only those that have not ended."),
    ],
)


def run(given: Given) -> int:
    """Show the dashboard until it is left."""
    for state in given.words("state"):
        if state not in STATES:
            raise BadInput("there is no state", state, hint=f"they are {', '.join(STATES)}")
    _refuse_what_is_no_terminal()
    root = roots.require()
    revive(root)
    environment = dict(os.environ)
    # Read by textual when it is imported: nothing moves but what happens, and a terminal is left as it was found.
    os.environ |= {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_DISABLE_KITTY_KEY": "1", "TEXTUAL_SMOOTH_SCROLL": "0"}
    from scope.cli.top.app import Dashboard  # noqa: PLC0415 - textual takes a sixth of a second, and is for this alone

    app = Dashboard(root, _place(root), _typed(given), environment)
    code = app.run(mouse=False)
    if app.failure is not None:
        raise app.failure
    if code == _INTERRUPTED:
        raise KeyboardInterrupt
    return app.return_code or 0 if code is None else code


def _refuse_what_is_no_terminal() -> None:
    streams = (("standard input", sys.stdin), ("standard output", sys.stdout), ("standard error", sys.stderr))
    for called, stream in streams:
        if not stream.isatty():
            raise BadInput("the dashboard needs a terminal, not", called, hint="for a pipe or a file: scope ls")
    kind = os.environ.get("TERM", "")
    if kind in ("", "dumb", "unknown"):
        raise BadInput("cannot draw on a terminal whose TERM is", kind, hint="watch -n1 scope ls")


def _place(root: str) -> str:
    """Return where the root lies, as a person says it."""
    directory, home = os.path.dirname(root), os.path.expanduser("~")
    place = f"~{directory[len(home) :]}" if directory == home or directory.startswith(f"{home}/") else directory
    return "".join(c if c.isprintable() else "?" for c in place)


def _typed(given: Given) -> str:
    """Return the filter that the words of the command line stand for."""
    from shlex import join  # noqa: PLC0415 - after every refusal

    words = [*given.words("sessions")]
    words += [word for label in given.words("label") for word in ("-l", label)]
    words += [word for state in given.words("state") for word in ("-s", state)]
    return join([*words, *(["--live"] if given.flag("live") else [])])
