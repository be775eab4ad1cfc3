"""Ending what does not want to end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World

HOPPER = """\
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.setsid()
open("hops", "w").close()
while True:
    if os.fork():
        os._exit(0)
    time.sleep(0.002)
"""
# PR_SET_DUMPABLE 0: nobody but root may read its environment.
HIDDEN = """\
import ctypes, time
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
open("hides", "w").close()
time.sleep(300)
"""


def test_what_forks_and_exits_all_the_time_is_caught(quick: World) -> None:
    """Its pid is another at each look; its group is not."""
    session = quick.spawn("--", "sh", "-c", 'python3 -c "$0" & sleep 300', HOPPER)
    until(lambda: (quick.project / "hops").exists())
    quick.run("abort", session, code=0)
    quick.wait(session, code=1)
    assert quick.marked() == []


def test_what_hides_its_environment_is_found_by_its_session(quick: World) -> None:
    """A process that is not dumpable is ended with the others."""
    session = quick.spawn("--", "sh", "-c", 'python3 -c "$0" & while :; do sleep 1; done', HIDDEN)
    until(lambda: (quick.project / "hides").exists())
    quick.run("abort", session, code=0)
    quick.wait(session, code=1)
    assert quick.state(session) == "aborted"


def test_a_watcher_that_was_stopped_is_ended_all_the_same(world: World) -> None:
    """`watch stop` needs no ear to hear it: kill -9 is as good as a farewell."""
    session = world.sh("while [ ! -e go ]; do sleep 0.01; done; echo end")
    world.until_started(session)
    os.kill(until(world.watcher_pid), 19)
    world.run("watch", "stop", code=0)
    (world.project / "go").touch()
    assert world.wait(session) == "end\n"
