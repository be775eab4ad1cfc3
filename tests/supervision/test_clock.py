"""A clock that jumps: deadlines are measured on one that cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.driver import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.driver import World


@pytest.fixture
def jumpy(quick: World) -> Iterator[World]:
    """A world whose watcher sees the time of day jump by days and years all the time."""
    jumping = Path(__file__).with_name("jumping.py")
    watcher = subprocess.Popen([sys.executable, str(jumping), str(quick.root)], env=quick.env, cwd="/")
    until(lambda: "begins" in quick.log())
    yield quick
    watcher.kill()
    watcher.wait()


def test_no_timeout_comes_early_and_none_is_missed(jumpy: World) -> None:
    """A day's jump ends nothing that has an hour, and what has half a second is ended."""
    patient = jumpy.sh("sleep 1; echo fine", "--timeout", "1h", "--idle-timeout", "1h")
    slow = jumpy.sh("sleep 300", "--timeout", "500ms")
    silent = jumpy.sh("echo start; sleep 300", "--idle-timeout", "500ms")
    assert jumpy.wait(patient) == "fine\n"
    jumpy.wait(slow, silent, code=1)
    assert [jumpy.decisions(session)[-1]["kind"] for session in (slow, silent)] == ["timeout", "timeout"]


def test_sessions_start_retry_and_end_in_order(jumpy: World) -> None:
    """Nothing is lost, doubled or stuck; the events are one chain whatever their times say."""
    session = jumpy.sh("test -e again || { touch again; exit 1; }; echo end", "--retries", "1")
    after = jumpy.sh("echo after", "--after", session)
    assert jumpy.wait(after) == "after\n"
    events = jumpy.events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    [said] = json.loads(jumpy.wait("--json", session))
    assert (said["state"], said["attempt"]) == ("done", 2)


def test_a_session_made_by_hand_is_taken(jumpy: World) -> None:
    """Half a second of rest is measured on the steady clock."""
    place = jumpy.session("5")
    place.mkdir()
    (place / "task.md").write_text("---\ncommand: [echo, by hand]\n---\n")
    until(lambda: jumpy.state("5") == "done")
