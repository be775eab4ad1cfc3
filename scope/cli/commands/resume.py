"""`scope resume`: let work begin again that `scope pause` holds."""

from __future__ import annotations

import sys

from scope.cli.grammar import Command
from scope.sessions.processes import daemon
from scope.sessions.records import pausing, wishes
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "resume",
    "Let work begin again in this .scope/ after scope pause.",
    text="What has waited begins in its order, the higher priority first. Done again, it changes nothing.",
    epilog="Example: scope resume && scope ls --live",
)


def run(given: Given) -> int:  # noqa: ARG001 - it takes nothing
    """Let work begin again."""
    wishes.refuse_inside("resume")
    root = roots.require_trusted()
    if not pausing.resume(root):
        sys.stderr.write("nothing was paused\n")
    daemon.ensure(root)
    return 0
