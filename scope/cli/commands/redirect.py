"""`scope redirect`: give a session another task."""

from __future__ import annotations

from scope.cli.grammar import Argument, Command
from scope.errors import BadInput
from scope.sessions import daemon, wishes
from scope.sessions.selection import one
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "redirect",
    "Give a session another task: what it runs is ended and kept, a new attempt begins.",
    text="""\
The session keeps its id, name, labels and limits. What it was doing is ended as by abort. The earlier
attempts, and the task as it was spawned, stay in its directory.""",
    epilog="Example: scope redirect 3 -- pytest -q tests/web",
    arguments=[
        Argument("session", meaning="Id or name."),
        Argument("task", required=False, meaning="What to do now, in words; the command comes behind --."),
    ],
    takes_command=True,
)


def run(given: Given) -> int:
    """Wish a session redirected."""
    root = roots.require_trusted()
    session = one(root, given.text("session") or "")
    wishes.refuse_sideways(session, "redirect")
    if not given.command or not given.command[0]:
        raise BadInput("there is no command for", session, hint=f"give one: scope redirect {session} -- COMMAND")
    from scope.cli.taskfile import refuse_wrong  # noqa: PLC0415 - after the simple refusals

    refuse_wrong({"command": given.command}, given.text("task") or "")
    wishes.redirect(root, session, given.command, given.text("task") or "")
    daemon.ensure(root)
    return 0
