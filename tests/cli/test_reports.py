"""What people read to understand: explain, events and the watcher's status, on real sessions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.cli import golden
from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World


def test_explain_tells_the_whole_story_of_a_session(world: World) -> None:
    """Done, failed in spite of a retry, aborted, running, and waiting for another: signs and decisions of each."""
    stories = [world.spawn("--check", "echo fine", "make it", "--", "sh", "-c", "echo made")]
    world.wait("1")
    stories.append(world.sh("exit 3", "--retries", "1"))
    world.wait("2", code=1)
    stories.append(world.sh("exec sleep 60"))
    world.until_started("3")
    world.run("abort", "3", code=0)
    world.wait("3", code=1)
    stories.append(world.sh("exec sleep 60"))
    world.until_started("4")
    stories.append(world.sh("true", "--after", "4"))
    world.wait("4", "--until", "running")
    until(lambda: "after 4" in world.run("poll", "5", code=0).stdout, what="5 was looked at")
    said = "".join(golden.transcript(("explain", s), world.run("explain", s, code=0), world) for s in stories)
    golden.agrees("explain", said)


def test_explain_tells_a_supervisors_moves_in_words(world: World) -> None:
    """Restarted, varied, brought before a person, answered: what failed, what was passed over, what is left."""
    world.run("init", code=0)
    (world.root / "config.yaml").write_text(
        "escalation: {group_wait: 200ms}\ntriggers: {disk: 100%}\nsupervision: {pause: 100ms}\n"
    )
    session = world.sh(
        'test -n "$MENDED" || { echo "fatal: the moon is down"; exit 3; }', "--retries", "2",
        "--playbook", "restart,vary,escalate", "--variation", "env:A=1", "--variation", "args:-x --slowly",
    )  # fmt: skip
    explained = ("explain", session)
    world.run("wait", session, code=3)
    # The group asks; only then its member is looked at, and says so.
    until(lambda: ": group e1: a person is asked\n" in world.run(*explained, code=0).stdout, what=world.log())
    said = golden.transcript(explained, world.run(*explained, code=0), world)
    world.run("answer", "e1", "set MENDED first", code=0)
    world.until_started(session, 4)
    world.run("wait", session, code=3)
    world.run("answer", "e1", "pass", code=0)
    world.wait(session)
    said += golden.transcript(explained, world.run(*explained, code=0), world)
    # What is held between two steps of its group is a matter of milliseconds.
    said = re.sub(r"stdout:   TIME  hold .*\n(stdout:       .*\n)*", "", said)
    golden.agrees("explain moves", said)
    assert all(len(line.removeprefix("stdout: ")) <= 80 for line in said.splitlines() if "its command" not in line)


def test_events_are_every_change_of_state_in_order(world: World) -> None:
    """One line each, with a number that a reader can go on from."""
    world.wait(world.sh("exit 0"))
    world.wait(world.sh("exit 3"), code=1)
    world.run("retry", "2", code=0)
    world.wait("2", code=1)
    calls = [("events",), ("events", "--since", "3"), ("events", "--since", "99")]
    golden.agrees("events", "".join(golden.transcript(c, world.run(*c, code=0), world) for c in calls))
    assert json.loads(world.run("events", "--json", "--since", "99", code=0).stdout) == []


def test_the_watcher_tells_whether_it_lives(world: World) -> None:
    """Exit code 0 where one lives, 1 where none does; start and stop can be said twice."""
    world.run("init", code=0)
    status, stop = ("watch", "status"), ("watch", "stop")
    said = golden.transcript(status, world.run(*status, code=1), world)
    world.wait(world.sh("true"))
    for words in (("watch",), status, stop, status, stop):
        said += golden.transcript(words, world.run(*words), world)
    golden.agrees("watch", said)
