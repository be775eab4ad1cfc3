"""kill -9 of the watcher before each of its steps: the next one goes on, nothing is lost or doubled."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World

MORTAL = Path(__file__).with_name("mortal.py")
# Fails at its first attempt, is verified at its second; every attempt says once that it ran.
WORK = """\
echo "$SCOPE_ATTEMPT" >> ran
echo "begin $SCOPE_ATTEMPT"
test -e "ok-$SCOPE_SESSION" || { touch "ok-$SCOPE_SESSION"; exit 5; }
echo end
"""
# Told by the attempt, not by a file that a test makes: a slow shell would find it at its first attempt.
FIRST_HANGS = 'echo "$SCOPE_ATTEMPT" >> ran; case "$SCOPE_ATTEMPT" in */1) sleep 300 ;; esac'
STRIDE = 4
STEPS = range(1, 160, int(os.environ.get("CRASHES_EVERY", "3")))


def mortal(world: World, at: int) -> subprocess.Popen[bytes]:
    """Start a watcher that dies before its step `at`, in the place of the one that may live."""
    world.run("watch", "stop", code=0)
    dying = subprocess.Popen([sys.executable, str(MORTAL), str(world.root), str(at)], env=world.env, cwd="/")
    # Else it would find the lock held and leave, and nothing would be tried.
    until(lambda: dying.poll() is not None or f"watcher {dying.pid} begins" in world.log())
    assert dying.returncode in (None, -9)
    return dying


def consistent(world: World) -> None:
    """Check what must hold in every root at any time: events in one chain, no attempt begun twice."""
    events = world.events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert max(Counter((event["session"], event["decision"]) for event in events).values(), default=1) == 1
    states: dict[str, str] = {}
    for event in events:
        assert event["from"] == states.get(event["session"], "pending"), event
        states[event["session"]] = event["to"]
    for session, state in states.items():
        assert world.state(session) == state
    ran = (world.project / "ran").read_text().split() if (world.project / "ran").exists() else []
    assert max(Counter(ran).values(), default=1) == 1, ran


@pytest.mark.parametrize("shard", range(STRIDE))
def test_a_watcher_killed_before_any_step_is_taken_up_by_the_next(world: World, shard: int) -> None:
    """Success after one retry, whatever step the first watcher died before; attempts that did not begin are free."""
    world.configure(grace="300ms")
    for at in STEPS[shard::STRIDE]:
        session = world.run(
            "spawn", "--retries", "1", "--check", "true", "--", "sh", "-c", WORK, env={"SCOPE_SANDBOX": "1"}
        ).stdout.strip()
        dying = mortal(world, at)
        until(lambda dying=dying, session=session: dying.poll() is not None or world.state(session) == "done")
        if dying.poll() is None:
            dying.terminate()
        dying.wait()
        assert world.wait(session).endswith("end\n")
        assert world.decisions(session)[-1]["verified"] is True
        ran = [mark for mark in (world.project / "ran").read_text().split() if f"/{session}/" in mark]
        assert len(ran) == 2
        for mark in ran:
            log = Path(world.root / "sessions" / session / "attempts" / mark.rpartition("/")[2] / "output.log")
            assert f"begin {mark}" in log.read_text()
    consistent(world)


@pytest.mark.parametrize("at", range(1, 60, 6))
def test_an_abort_is_finished_by_the_next_watcher(quick: World, at: int) -> None:
    """Killed in the middle of ending a tree, the next one ends it."""
    session = quick.sh("trap '' TERM; setsid sleep 300 & while :; do sleep 1; done")
    quick.until_started(session)
    quick.run("watch", "stop", code=0)
    (quick.session(session) / "abort").touch()
    dying = mortal(quick, at)
    until(lambda: dying.poll() is not None or quick.state(session) == "aborted")
    dying.kill()
    dying.wait()
    quick.wait(session, code=1)
    assert quick.state(session) == "aborted"
    assert quick.marked() == []
    consistent(quick)


def test_a_session_runs_on_while_no_watcher_lives(world: World) -> None:
    """The work does not notice; its end is found by whoever comes next."""
    session = world.sh("echo begin; while [ ! -e go ]; do sleep 0.01; done; echo end")
    world.until_started(session)
    world.until_state(session, "running")  # which is written after the attempt has begun
    world.kill_watcher()
    (world.project / "go").touch()
    until(lambda: (world.attempt(session) / "exit").exists())
    assert world.state(session) == "running"
    assert world.wait(session) == "begin\nend\n"


def test_a_wait_notices_that_the_watcher_died_and_starts_one(world: World) -> None:
    """`wait` never hangs for want of a watcher."""
    session = world.sh("while [ ! -e go ]; do sleep 0.01; done; echo end")
    waiting = world.start("wait", session)
    world.until_started(session)
    world.kill_watcher()
    (world.project / "go").touch()
    assert waiting.communicate(timeout=30)[0] == "end\n"


def test_a_killed_wrapper_is_a_failed_attempt_and_its_output_survives(world: World) -> None:
    """Lost: the pane is dead, the lock free, no exit code; what it printed stays."""
    session = world.sh("echo precious; sleep 60")
    until(lambda: "precious" in world.run("logs", session).stdout)
    # First, for it would say how its command ended; the others come in the order of their pids, which start over.
    wrapper = int((world.attempt(session) / "started").read_text().split()[0])
    for pid in (wrapper, *world.marked()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    assert world.wait(session, code=1) == "precious\n"
    assert world.decisions(session)[-1]["kind"] == "lost"


def test_a_lost_attempt_uses_a_retry_and_its_detached_child_is_ended_first(quick: World) -> None:
    """Attempt 2 never runs beside what is left of attempt 1."""
    script = "case $SCOPE_ATTEMPT in */1) setsid sleep 300 & echo $$ > pid; sleep 301 ;; esac"
    session = quick.sh(script, "--retries", "1")
    until(lambda: (quick.project / "pid").exists() and len(quick.marked()) >= 4)
    wrapper = int((quick.attempt(session) / "started").read_text().split()[0])
    os.kill(wrapper, 9)
    quick.wait(session)
    assert quick.attempt(session, 2).exists()
    assert quick.marked("/1/1") == []
    consistent(quick)


def test_a_killed_tmux_server_loses_attempts_and_no_session(world: World) -> None:
    """What ran in it was lost and is tried again; what waited starts in a new server."""
    sessions = [world.sh(FIRST_HANGS, "--retries", "1") for _ in range(4)]
    for session in sessions:
        world.until_started(session)
    os.kill(world.tmux_pid(), 9)
    world.wait(*sessions)
    assert all(world.attempt(session, 2).exists() for session in sessions)
    until(lambda: "takes its place" in world.log())
    consistent(world)


def test_everything_killed_at_once_reaches_the_right_end_after_the_next_command(world: World) -> None:
    """Watcher, tmux server, wrappers, commands: one command later all is on its way again."""
    kept = [world.sh(FIRST_HANGS, "--retries", "1") for _ in range(3)]
    spent = world.sh("sleep 300")
    held = world.sh("echo held", "--after", kept[0])
    for session in (*kept, spent):
        world.until_started(session)
    for pid in (until(world.watcher_pid), world.tmux_pid(), *world.marked()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    world.wait(*kept, held)
    world.wait(spent, code=1)
    assert world.decisions(spent)[-1]["kind"] == "lost"
    consistent(world)


def test_a_socket_that_was_removed_is_brought_back_and_nothing_is_restarted(world: World) -> None:
    """A server that cannot be reached is unknown, not gone."""
    session = world.sh("echo $SCOPE_ATTEMPT >> ran; while [ ! -e go ]; do sleep 0.01; done; echo end")
    world.until_started(session)
    [socket] = [path for path in (world.base / "t").rglob("scope-*") if path.is_socket()]
    world.kill_watcher()
    socket.unlink()
    other = world.sh("echo other")
    assert world.wait(other) == "other\n"
    (world.project / "go").touch()
    assert world.wait(session) == "end\n"
    assert not world.attempt(session, 2).exists()
    assert socket.exists()


def test_a_tmux_that_does_not_answer_is_unknown_and_nothing_is_done(world: World) -> None:
    """A stopped server: no restart, no failure; when it goes on, so does everything."""
    session = world.sh("while [ ! -e go ]; do sleep 0.01; done; echo end", "--retries", "3")
    world.until_started(session)
    world.until_state(session, "running")  # which is written after the attempt has begun
    world.kill_watcher()
    server = world.tmux_pid()
    os.kill(server, 19)
    try:
        world.run("watch", code=0)
        until(lambda: "does not answer" in world.log(), within=30)
        assert world.state(session) == "running"
        assert not world.attempt(session, 2).exists()
    finally:
        os.kill(server, 18)
    (world.project / "go").touch()
    assert world.wait(session) == "end\n"
    assert world.moves(session) == ["start", "succeed"]


def test_attempts_of_another_boot_are_lost_and_cost_no_retry(world: World) -> None:
    """After a reboot (another boot id) work is taken up again, also with no retries."""
    session = world.sh(FIRST_HANGS)
    world.until_started(session)
    world.kill_watcher()
    for pid in (world.tmux_pid(), *world.marked()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    journal = world.session(session) / "decisions.jsonl"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    journal.write_text(journal.read_text().replace(boot, "11111111-2222-3333-4444-555555555555"))
    world.wait(session)
    assert world.moves(session)[:2] == ["start", "recover"]
    recovered = next(line for line in world.decisions(session) if line["move"] == "recover")
    assert recovered["costs_retry"] is False


def test_a_killed_capture_is_started_again_and_the_gap_is_noted(world: World) -> None:
    """A live pane without its pipe gets a new one; the decisions say so."""
    session = world.sh("echo before; while [ ! -e go ]; do sleep 0.02; echo on; done; echo after")
    until(lambda: "before" in world.run("logs", session).stdout)
    log = str(world.attempt(session) / "output.log")
    [cat] = [pid for pid in children_of(world.tmux_pid()) if log in links(pid)]
    os.kill(cat, 9)
    world.kill_watcher()
    world.run("watch", code=0)
    until(lambda: "not captured" in (world.session(session) / "decisions.jsonl").read_text())
    (world.project / "go").touch()
    result = world.wait(session)
    assert result.startswith("before\n")
    assert result.endswith("on\nafter\n")


def children_of(pid: int) -> list[int]:
    """The children of a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def links(pid: int) -> list[str]:
    """The files that a process has open."""
    return [os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")]


def test_a_watcher_that_was_started_before_the_stop_does_not_take_its_place(world: World) -> None:
    """Two commands may each have found nobody and started one; the stop is meant for both."""
    world.run("init", code=0)
    world.run("watch", "stop", code=0)
    start = [sys.executable, "-m", "scope.supervision", str(world.root)]
    before = subprocess.run([*start, str(time.time_ns() - 10**10)], env=world.env, cwd="/", timeout=30, check=False)
    assert before.returncode == 0
    assert "begins" not in world.log()
    after = subprocess.Popen([*start, str(time.time_ns())], env=world.env, cwd="/")
    until(lambda: "begins" in world.log())
    world.run("watch", "stop", code=0)
    assert after.wait(timeout=30) == 0
