"""A session is met as soon as it is there."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.driver import World

# A watcher to whom the task comes after it has looked into a new directory, and before it watches that.
MEETING = """
import sys
from scope.store import atomic
from scope.supervision.observation.senses import Senses
from scope.supervision.wards import clock
from scope.supervision.wards.log import Log
from scope.supervision.watcher import Watcher

watches = Senses.watch_newcomer

def late(senses, session):
    atomic.replace(f"{senses.root}/sessions/{session}/task.md", "---\\ncommand: ['true']\\nby: cli\\n---\\n")
    return watches(senses, session)

Senses.watch_newcomer = late
watcher = Watcher(sys.argv[1], Log(sys.argv[1]))
met = watcher.attention.meet("1", clock.since_boot())
print(met and met.session)
"""


def test_a_task_that_comes_between_the_look_and_the_watch_is_seen_at_once(world: World) -> None:
    """No notice would ever tell of it, and half a second would pass."""
    world.run("init", code=0)
    world.session("1").mkdir()
    words = [sys.executable, "-c", MEETING, str(world.root)]
    said = subprocess.run(words, env=world.env, capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("1\n", "")
