"""`scope redirect`: give a session another task."""

from __future__ import annotations

from scope.cli.grammar import Argument, Command
from scope.errors import BadInput
from scope.sessions.processes import daemon
from scope.sessions.records import record, wishes
from scope.sessions.records.selection import one
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
    epilog="Examples: scope redirect 3 -- pytest -q tests/web · scope redirect 4 'read the docs first'",
    arguments=[
        Argument("session", meaning="Id or name."),
        Argument("task", required=False, meaning="What to do now, in words; the command comes behind --."),
    ],
    takes_command=True,
)


def _is_told_in_words(root: str, session: str) -> bool:
    """Tell whether a model works at it, which needs no command."""
    from scope.laws.task import Task  # noqa: PLC0415 - only for a redirect in words
    from scope.sessions.records.reading import read_task  # noqa: PLC0415 - imports yaml

    task = read_task(record.require(root, session))
    return isinstance(task, Task) and task.executor == "model"


def run(given: Given) -> int:
    """Wish a session redirected."""
    root = roots.require_trusted()
    session = one(root, given.text("session") or "")
    wishes.refuse_sideways(session, "redirect")
    words = given.text("task") or ""
    if given.command and given.command[0]:
        from scope.cli.taskfile import refuse_wrong  # noqa: PLC0415 - after the simple refusals

        refuse_wrong({"command": given.command}, words)
    elif not words.strip() or not _is_told_in_words(root, session):
        raise BadInput("there is no command for", session, hint=f"give one: scope redirect {session} -- COMMAND")
    wishes.redirect(root, session, given.command or (), words)
    daemon.ensure(root)
    return 0
