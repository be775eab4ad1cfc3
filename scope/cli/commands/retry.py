"""`scope retry`: try ended sessions again."""

from __future__ import annotations

from scope.cli.grammar import LABEL, SESSIONS, Command
from scope.cli.revival import renew
from scope.sessions.processes import daemon
from scope.sessions.records import wishes
from scope.sessions.records.selection import select
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "retry",
    "Try failed or aborted sessions again, with as many retries as at first.",
    text="""\
A new attempt begins; the earlier ones stay under attempts/. A session that is done is not tried again.

It begins in a clean work tree, where the session has one of its own. What you have changed there since is kept as
changes.later.patch beside the attempt.""",
    epilog="Example: scope retry 3",
    arguments=[SESSIONS],
    options=[LABEL],
)


def run(given: Given) -> int:
    """Wish sessions tried again."""
    root = roots.require_trusted()
    renew(root)
    sessions = select(root, given.words("sessions"), given.words("label"))
    for session in sessions:
        wishes.refuse_sideways(session, "retry")
        wishes.refuse_retry(root, session)
    for session in sessions:
        wishes.retry(root, session)
    daemon.ensure(root)
    return 0
