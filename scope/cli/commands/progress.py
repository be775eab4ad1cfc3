"""`scope progress`: say what the session does now."""

from __future__ import annotations

from scope.cli.grammar import Argument, Command
from scope.sessions.records import reports
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "progress",
    "Inside a session: say in one line what it does now, and prove that it goes on.",
    text="""\
The words are what scope poll, ls and tree show for the session; they take the place of those before.
Say them often: a session that says or prints nothing for longer than its --idle-timeout is taken for
stuck. It costs a few milliseconds, and needs no watcher.

Line breaks, control characters and what is longer than 200 characters are left out. Empty words only
prove that it goes on.""",
    epilog="Example: scope progress '17 of 40 files converted'",
    arguments=[Argument("words", many=True, meaning="What it does now.")],
)


def run(given: Given) -> int:
    """Replace the session's activity."""
    reports.refuse_outside("report progress")
    root = roots.require()
    session, _, _ = reports.require_own_attempt(root, "report progress")
    reports.progress(root, session, " ".join(given.words("words")))
    return 0
