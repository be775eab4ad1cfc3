"""What counts for who waits: a word that was given is as good as heard."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World


def test_a_wait_that_begins_right_after_a_redirect_does_not_ask_the_old_question(town: World) -> None:
    """Also where the watcher has still to hear of it."""
    session = town.sh("exit 5", "--playbook", "escalate")
    town.run("wait", session, code=3)
    watcher = until(town.watcher_pid)
    os.kill(watcher, signal.SIGSTOP)
    try:
        town.run("redirect", session, "--", "echo", "another", code=0)
        town.run("wait", session, "--timeout", "100ms", code=124)
    finally:
        os.kill(watcher, signal.SIGCONT)
    assert town.wait(session) == "another\n"
