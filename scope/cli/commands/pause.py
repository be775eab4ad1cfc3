"""`scope pause`: let nothing more begin in this root."""

from __future__ import annotations

import sys

from scope.cli.grammar import Command, Option
from scope.sessions.records import pausing, wishes
from scope.store import roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.cli.grammar import Given

COMMAND = Command(
    "pause",
    "Let no attempt begin in this .scope/ until scope resume; what runs goes on.",
    text="""\
What is spawned meanwhile waits, pending, and says why; so does what would be tried again. It is a file,
.scope/pause, which may as well be touched by hand; it holds also when the machine is started again.""",
    epilog="Example: scope pause --reason 'the disk is being changed'",
    options=[Option("--reason", "-r", metavar="WORDS", meaning="Why, for whoever asks after what waits.")],
)


def run(given: Given) -> int:
    """Wish that nothing begins."""
    wishes.refuse_inside("pause")
    root = roots.require()
    pausing.pause(root, given.text("reason") or "")
    sys.stderr.write(f"{pausing.words(root)}; scope resume lets it go on\n")
    return 0
