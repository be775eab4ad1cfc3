"""What counts for who waits: a word that was given is as good as heard."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from scope.sessions import prospects
from scope.sessions.asking import escalations
from tests.driver import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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


def test_what_was_answered_and_has_ended_while_it_is_looked_at_needs_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its state was read, then what is asked: both were true, but never at once."""
    directory = tmp_path / "sessions" / "1"
    directory.mkdir(parents=True)
    (directory / "state").write_text("waiting\n")
    (directory / "question").write_text("e1\nRebase or merge?\n")
    assert prospects.states_of(str(tmp_path), ["1"]) == {"1": "waiting"}

    def read(*_: str) -> escalations.Unreadable:
        (directory / "question").unlink()
        (directory / "state").write_text("done\n")
        return escalations.Unreadable("e1", "closed meanwhile")

    monkeypatch.setattr(escalations, "read", read)
    assert prospects.states_of(str(tmp_path), ["1"]) == {"1": "recovering"}
    assert prospects.states_of(str(tmp_path), ["1"]) == {"1": "done"}
