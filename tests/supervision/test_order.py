"""What starts when: dependencies, slots, priorities."""

from __future__ import annotations

import json
import resource
from typing import TYPE_CHECKING

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World


def test_after_waits_for_done(world: World) -> None:
    """A session with --after starts when all of them are done, and says until then what it waits for."""
    world.sh("while [ ! -e go ]; do sleep 0.01; done; touch first")
    session = world.sh("test -e first", "--after", "1")
    until(lambda: world.run("poll", session, code=0).stdout == "2 pending after 1\n")
    (world.project / "go").touch()
    world.wait(session)


def test_a_failed_dependency_fails_what_comes_after_with_that_reason(world: World) -> None:
    """Down the whole chain, without an attempt; --after-any starts all the same."""
    world.sh("exit 1")
    chain = world.sh("true", "--after", "1")
    further = world.sh("true", "--after", chain)
    anyway = world.sh("echo cleanup", "--after", "1", "--after-any")
    world.wait(further, code=1)
    assert world.run("poll", chain, code=0).stdout == "2 failed '1', which it comes after, was not done\n"
    assert not (world.session(further) / "attempts").exists()
    assert world.wait(anyway) == "cleanup\n"


def test_no_more_attempts_run_than_there_are_slots(world: World) -> None:
    """max_running holds, and everybody's turn comes."""
    world.configure(max_running="3")
    script = "mkdir -p in; touch in/$SCOPE_SESSION; ls in | wc -l >> counts; sleep 0.05; rm in/$SCOPE_SESSION"
    for _ in range(12):
        world.sh(script, "--label", "batch=1")
    world.wait("-l", "batch=1")
    counts = [int(line) for line in (world.project / "counts").read_text().split()]
    assert len(counts) == 12
    assert max(counts) <= 3


def test_the_higher_priority_starts_first_when_slots_are_scarce(world: World) -> None:
    """Among those that wait for a slot the priority decides, then the age."""
    world.configure(max_running="1")
    world.until_started(world.sh("while [ ! -e go ]; do sleep 0.01; done"))
    for priority in ("0", "5", "-3", "5"):
        world.sh("echo $SCOPE_SESSION >> order", "--priority", priority)
    for session in ("2", "3", "4", "5"):
        until(lambda session=session: "all slots" in world.run("poll", session, code=0).stdout)
    (world.project / "go").touch()
    world.wait("2", "3", "4", "5")
    assert (world.project / "order").read_text().split() == ["3", "5", "2", "4"]


def test_a_session_that_waits_for_its_children_lends_them_its_slot(world: World) -> None:
    """With a single slot, three generations that wait for each other still finish."""
    world.configure(max_running="1")
    inner = "scope wait $(scope spawn -- echo deepest)"
    session = world.spawn("--", "sh", "-c", f"scope wait $(scope spawn -- sh -c '{inner}')")
    assert "deepest" in world.wait(session)


def test_a_wait_with_any_returns_at_the_first(world: World) -> None:
    """`--any` needs one, `-n` needs that many; the others go on."""
    world.until_state(world.sh("sleep 60"), "running")
    world.sh("echo quick")
    world.sh("echo quicker")
    [said] = json.loads(world.wait("--any", "--json", "1", "2"))
    assert said["id"] == "2"
    assert [line["id"] for line in json.loads(world.wait("-n", "2", "--json", "1", "2", "3"))] == ["2", "3"]
    assert world.state("1") == "running"


def test_a_wait_that_times_out_leaves_the_sessions_running_and_says_so(world: World) -> None:
    """124, and nothing else happened."""
    session = world.sh("sleep 60")
    world.until_state(session, "running")
    said = world.run("wait", "--timeout", "100ms", session, code=124)
    assert said.stderr.splitlines()[0].endswith("'1': they go on")
    assert world.state(session) == "running"


def test_the_work_sees_its_own_limits_and_not_the_watchers(world: World) -> None:
    """The watcher takes all descriptors it can get; what it starts has as many as whoever started it."""
    said = world.run("spawn", "--wait", "--", "sh", "-c", "ulimit -S -n", code=0)
    assert said.stdout.strip() == str(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
