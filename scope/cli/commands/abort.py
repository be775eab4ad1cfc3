"""`scope abort`: end sessions; results and logs stay."""

from __future__ import annotations

import sys

from scope.cli.grammar import LABEL, SESSIONS, Command
from scope.sessions.processes import daemon
from scope.sessions.records import wishes
from scope.sessions.records.selection import select
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "abort",
    "End sessions, and everything below them; results and logs stay.",
    text="""\
Every process of the session gets a TERM, has a grace (config.yaml: grace, 5 s by default), and is then
killed, detached children included. This asks for it, as touch .scope/sessions/ID/abort does, and returns at
once; scope wait returns when it is done.""",
    epilog="Example: scope abort 2 'worker-*' && scope wait 2",
    arguments=[SESSIONS],
    options=[LABEL],
)


def run(given: Given) -> int:
    """Wish sessions aborted."""
    root = roots.require()
    sessions = select(root, given.words("sessions"), given.words("label"))
    for session in sessions:
        wishes.refuse_sideways(session, "abort")
    for session in sessions:
        if not wishes.abort(root, session):
            sys.stderr.write(f"session {session} had ended already\n")
    if not roots.why_untrusted(root):
        daemon.ensure(root)
    return 0
