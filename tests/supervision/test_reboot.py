"""After a reboot: what was interrupted is listed, goes on one by one, and what a person had stopped stays so."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.driver import until
from tests.models.provider import bash, hang
from tests.supervision.reboots import reboot

if TYPE_CHECKING:
    from tests.driver import World
    from tests.models.provider import Provider

FIRST_HANGS = 'echo "$SCOPE_ATTEMPT" >> ran; case "$SCOPE_ATTEMPT" in */1) sleep 300 ;; esac'
WAITS = "while [ ! -e go ]; do sleep 0.01; done; echo end"


def listed(world: World, *words: str) -> dict[str, dict[str, Any]]:
    """What `recover` lists, by id."""
    return {each["id"]: each for each in json.loads(world.run("recover", "--json", *words, code=0).stdout)}


def files(world: World) -> dict[str, bytes]:
    """Everything that the root holds."""
    return {str(path): path.read_bytes() for path in world.root.rglob("*") if path.is_file()}


def begun(world: World, session: str, attempt: int = 2) -> float:
    """When an attempt was begun, on the watcher's clock."""
    [at] = [line["begun"] for line in world.decisions(session) if (line["move"], line["attempt"]) == ("start", attempt)]
    return float(at)


def test_what_a_reboot_interrupted_is_listed_and_nothing_is_touched(world: World) -> None:
    """Again, judged, aborted or held, each with why; what had ended is not listed."""
    world.run("init", code=0)
    ended = world.spawn("--", "true")
    world.wait(ended)
    again = world.sh(FIRST_HANGS, "--name", "web")
    judged = world.sh(WAITS)
    aborted = world.sh("sleep 300")
    held = world.sh("exit 3", "--playbook", "escalate", "--retries", "1")
    world.until_state(held, "escalated")
    for session in (again, judged, aborted):
        world.until_started(session)
    world.run("watch", "stop", code=0)
    (world.project / "go").touch()
    until((world.attempt(judged) / "exit").exists)
    (world.session(aborted) / "abort").touch()
    world.run("watch", "status", code=1)
    world.run("rename", again, "net", code=0)
    reboot(world)
    before = files(world)
    found = listed(world, "--dry-run")
    assert files(world) == before
    assert {session: each["next"] for session, each in found.items()} == {
        again: "again", judged: "judged", aborted: "aborted", held: "held",
    }  # fmt: skip
    assert (found[again]["name"], found[again]["state"], found[again]["attempt"]) == ("net", "running", 1)
    assert all(each["why"] for each in found.values())
    assert "3 sessions would go on: scope recover" in world.run("recover", "--dry-run", code=0).stderr


def test_it_all_goes_on_one_by_one_and_costs_no_retry(world: World) -> None:
    """No two of those that ran before begin within the stagger; each once."""
    world.configure(recovery="{stagger: 100ms}")
    sessions = [world.sh(FIRST_HANGS) for _ in range(5)]
    ran = world.project / "ran"
    until(lambda: ran.exists() and len(ran.read_text().split()) == len(sessions))
    reboot(world)
    assert set(listed(world)) == set(sessions)
    world.wait(*sessions)
    starts = sorted(begun(world, session) for session in sessions)
    # Each is written with three digits.
    assert all(after - before >= 0.1 - 0.002 for before, after in pairwise(starts))
    begins = sorted(f"{world.root}/{session}/{n}" for session in sessions for n in (1, 2))
    assert sorted(ran.read_text().split()) == begins
    assert listed(world, "--dry-run") == {}
    assert "no session was interrupted" in world.run("recover", "--dry-run", code=0).stderr


def test_new_work_does_not_wait_for_the_turns_of_the_old(world: World) -> None:
    """With an hour between two: one goes on, the other says why it does not, and a new session is done."""
    world.configure(recovery="{stagger: 1h}")
    sessions = [world.sh(FIRST_HANGS) for _ in range(2)]
    for session in sessions:
        world.until_started(session)
    reboot(world)
    assert world.wait(world.sh("echo new")) == "new\n"
    until(lambda: [session for session in sessions if world.state(session) == "done"])
    [other] = [session for session in sessions if world.state(session) != "done"]
    until(lambda: "the machine was restarted, and what ran before" in world.decisions(other)[-1]["why"])


def test_never_more_go_on_at_once_than_may_run(world: World) -> None:
    """Whose turn comes when there is no slot takes a later one."""
    world.configure(max_running="1", recovery="{stagger: 50ms}")
    first = world.sh(FIRST_HANGS)
    world.until_started(first)
    (world.root / "config.yaml").write_text("max_running: 3\nrecovery: {stagger: 50ms}\n")
    world.run("watch", "stop", code=0)
    others = [world.sh(FIRST_HANGS) for _ in range(2)]
    for session in others:
        world.until_started(session)
    (world.root / "config.yaml").write_text("max_running: 1\nrecovery: {stagger: 50ms}\n")
    reboot(world)
    world.wait(first, *others)
    events = [(each["to"], each["session"]) for each in world.events() if each["attempt"] == 2]
    running = 0
    for state, _ in events:
        running += {"running": 1, "done": -1}.get(state, 0)
        assert running <= 1, events


def test_a_watcher_that_was_stopped_by_hand_stays_so_after_a_reboot(world: World) -> None:
    """Within a boot the next command starts it; after it only recover, watch or a spawn does, and the others say so."""
    session = world.sh(FIRST_HANGS)
    world.until_started(session)
    world.run("watch", "stop", code=0)
    reboot(world)
    for words in (("wait", session), ("send", session, "hello"), ("abort", session)):
        said = world.run(*words, code=5).stderr
        assert "its watcher was stopped by hand, then the machine was restarted" in said
        assert "hint: scope recover --dry-run" in said
    (world.session(session) / "abort").unlink()
    assert "scope recover" in world.run("watch", "status", code=1).stdout
    assert "watcher: it was stopped by hand" in world.run("doctor").stdout
    assert world.state(session) == "running"
    assert session in listed(world)
    world.wait(session)


def test_a_spawn_is_a_word_that_work_goes_on(world: World) -> None:
    """As is scope watch."""
    for words in (("spawn", "--", "true"), ("watch",)):
        session = world.sh(FIRST_HANGS)
        world.until_started(session)
        world.run("watch", "stop", code=0)
        reboot(world)
        world.run(*words, code=0)
        world.wait(session)


def test_a_stop_that_was_taken_back_before_the_reboot_holds_nobody(world: World) -> None:
    """Any command took it back by starting another."""
    world.run("init", code=0)
    session = world.sh(FIRST_HANGS)
    world.until_started(session)
    world.run("watch", "stop", code=0)
    world.run("wait", session, "--timeout", "1ms", code=124)
    until(lambda: world.watcher_pid())
    reboot(world)
    world.wait(session)


def test_a_model_goes_on_where_it_was(study: World, provider: Provider) -> None:
    """Its trajectory is the work that is not lost (tests/executors/test_resumption.py)."""
    provider.script("Say it", bash("echo one >> said"), hang())
    session = study.spawn("Say it.")
    until(lambda: len(provider.seen) == 2)
    reboot(study)
    assert listed(study, "--dry-run")[session]["next"] == "resumed"
