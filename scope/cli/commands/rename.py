"""`scope rename`: call a session by another name."""

from __future__ import annotations

from scope.cli.grammar import Argument, Command
from scope.sessions.records import wishes
from scope.sessions.records.selection import one
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "rename",
    "Call a session by another name from now on.",
    text="""\
The name is unique among the sessions that have not ended; the one that it had before is free again. It is
written into the session's file name, as you could with an editor, and wins over what its task says.""",
    epilog="Example: scope rename 3 nightly",
    arguments=[Argument("session", meaning="Id or name."), Argument("name", meaning="The new name.")],
)


def run(given: Given) -> int:
    """Rename one session."""
    root = roots.require()
    session = one(root, given.text("session") or "")
    wishes.refuse_sideways(session, "rename")
    from scope.sessions.records import names  # noqa: PLC0415 - imports json

    names.rename(root, session, given.text("name") or "")
    return 0
