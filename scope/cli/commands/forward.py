"""`scope forward`: let somebody else above those who ask answer."""

from __future__ import annotations

import sys

from scope.cli import inboxnames
from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput
from scope.sessions.processes import daemon
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "forward",
    "Let somebody else answer what waits in your inbox: one who is above those who ask.",
    text="""\
NAME is a declared supervisor (.scope/agents/NAME/identity.md) above every session that asks, or human, which
brings it back to you. Who asks is never asked, nor anybody below or beside them; one who is no longer above
them leaves it to human. The same is assignee: NAME in .scope/escalations/ID.md. Notices say whose it is.
Inside a session nothing is forwarded.""",
    epilog="Example: scope forward e12 web-lead",
    arguments=[
        Argument("id", meaning="Id from scope inbox; or a session, by id or name, that waits for an answer."),
        Argument("name", meaning="Who is to answer."),
    ],
    options=[Option("--json", meaning="Print an object: id, assignee.")],
)


def run(given: Given) -> int:
    """Write into the file who is to answer."""
    word, name = given.text("id") or "", given.text("name") or ""
    inboxnames.refuse_inside("forward", word)
    root = roots.require_trusted()
    from scope.sessions.asking import escalations  # noqa: PLC0415 - imports yaml, after the simple refusals
    from scope.sessions.asking.escalations import Escalation  # noqa: PLC0415
    from scope.supervision.notification import routes  # noqa: PLC0415

    found = escalations.read(root, inboxnames.meant(root, word, "forward"))
    if isinstance(found, Escalation):
        known = routes.above(root, found)
        if name not in known:
            why, hint = "that is nobody above those who ask", f"it takes {', '.join(known)}"
            raise BadInput(f"cannot forward {found.id} to", name, why, hint)
    said = escalations.forward(root, found.id, name)
    daemon.ensure(root)
    if given.flag("json"):
        import json  # noqa: PLC0415 - only when asked for

        sys.stdout.write(json.dumps({"id": said.id, "assignee": said.assignee}, indent=2) + "\n")
    else:
        sys.stderr.write(f"{said.id} is for {said.assignee} now\n")
    return 0
