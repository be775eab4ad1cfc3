"""What a person removes, moves or edits under a living watcher, and what nobody can then be asked about."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

from tests.driver import World, is_alive, until

if TYPE_CHECKING:
    from pathlib import Path


def remove(world: World, session: str) -> None:
    """Remove a session's directory."""
    remove_all(world.session(session))


def remove_all(place: Path) -> None:
    """Remove a directory for good, though somebody may just be writing into it."""
    wanted = place.stat().st_ino

    def is_gone() -> bool:
        shutil.rmtree(place, ignore_errors=True)
        return not place.exists() or place.stat().st_ino != wanted

    until(is_gone)


def test_a_running_session_that_is_removed_ends_and_its_id_can_be_used_again(quick: World) -> None:
    """Nothing of it goes on unseen, it holds no slot, and the next session of that id is not taken for it."""
    session = quick.sh("(setsid sleep 300 &) ; sleep 300")
    quick.until_state(session, "running")
    quick.until_started(session)
    watcher = quick.watcher_pid()
    assert watcher is not None
    os.kill(watcher, signal.SIGSTOP)  # else it may come to remember the id, which is not given again then
    remove(quick, session)
    again = quick.sh("echo new; exit 3")
    os.kill(watcher, signal.SIGCONT)
    assert again == session
    assert quick.wait(again, code=1) == "new\n"
    assert quick.moves(again) == ["start", "fail"]
    until(lambda: not quick.marked())


def test_a_session_that_is_removed_while_no_watcher_lives_is_ended_by_the_next(quick: World) -> None:
    """Its pane tells of it; its directory does not come back."""
    session = quick.sh("sleep 300")
    quick.until_state(session, "running")
    quick.until_started(session)
    quick.kill_watcher()
    remove(quick, session)
    quick.run("watch", code=0)
    until(lambda: not quick.marked())
    assert not quick.session(session).exists()


def test_what_comes_after_a_removed_session_fails_with_that_reason(quick: World) -> None:
    """It is not left waiting for ever."""
    first = quick.sh("sleep 300")
    second = quick.sh("true", "--after", first)
    quick.until_state(first, "running")
    quick.until_started(first)
    remove(quick, first)
    quick.wait(second, code=1)
    assert "there is no session '1' to come after" in quick.run("poll", second).stdout


def test_two_watchers_never_supervise_at_once_though_the_lock_is_removed(world: World) -> None:
    """The one whose lock is gone leaves; every decision and every event is written once."""
    first = world.sh("sleep 300")
    world.until_started(first)
    before = world.watcher_pid()
    (world.root / "run" / "watcher.lock").unlink()
    sessions = [world.sh("sleep 0.3") for _ in range(5)]
    world.wait(*sessions)
    assert all(world.moves(session) == ["start", "succeed"] for session in sessions)
    sequence = [event["seq"] for event in world.events()]
    assert sequence == list(range(1, len(sequence) + 1))
    until(lambda: not is_alive(before or 0))
    assert is_alive(world.watcher_pid() or 0)


def test_run_can_be_removed_with_and_without_a_watcher(world: World) -> None:
    """Nothing in it is the truth: it is made again."""
    held = world.sh("while [ ! -e go ]; do sleep 0.01; done; echo end")
    world.until_started(held)
    remove_all(world.root / "run")
    assert world.wait(world.sh("echo one")) == "one\n"
    world.kill_watcher()
    remove_all(world.root / "run")
    assert world.wait(world.sh("echo two", "--name", "named")) == "two\n"
    (world.project / "go").touch()
    assert world.wait(held) == "end\n"


def test_a_watcher_with_another_tmux_directory_finds_the_server(world: World) -> None:
    """The next watcher may be started from a shell with another TMUX_TMPDIR: the socket's path is recorded."""
    held = world.sh("while [ ! -e go ]; do sleep 0.01; done; echo end")
    world.until_started(held)
    world.kill_watcher()
    elsewhere = world.base / "elsewhere"
    elsewhere.mkdir()
    second = world.spawn("--", "echo", "second", env={"TMUX_TMPDIR": str(elsewhere)})
    assert world.wait(second) == "second\n"
    (world.project / "go").touch()
    assert world.wait(held) == "end\n"


def test_a_removed_socket_directory_is_made_again(world: World) -> None:
    """As `rm -r /tmp/tmux-*` does."""
    held = world.sh("while [ ! -e go ]; do sleep 0.01; done; echo end")
    world.until_started(held)
    pid = world.tmux_pid()
    world.run("watch", "stop", code=0)
    shutil.rmtree(world.base / "t")
    assert world.wait(world.sh("echo second")) == "second\n"
    assert world.tmux_pid() == pid
    (world.project / "go").touch()
    assert world.wait(held) == "end\n"


def test_a_task_that_is_being_edited_is_taken_when_it_rests(world: World) -> None:
    """An editor truncates before it writes: the moment between is no reason to ask a person."""
    first = world.sh("while [ ! -e go ]; do sleep 0.01; done")
    second = world.sh("echo old", "--after", first)
    until(lambda: "after 1" in world.run("poll", second).stdout)
    task = world.session(second) / "task.md"
    text = task.read_text()
    waiting = world.start("wait", second)
    for _ in range(5):
        task.write_text("")
        time.sleep(0.15)
    assert text.count("---\n") == 2
    task.write_text(text.replace("echo old", "echo new").replace("---\n", "---\nname: edited\n", 1))
    # The name comes into the index when the task is taken.
    until(lambda: "edited" in (world.root / "run" / "index.jsonl").read_text())
    (world.project / "go").touch()
    assert waiting.communicate(timeout=30)[0] == "new\n"
    assert world.moves(second) == ["start", "succeed"]


def test_watch_once_takes_what_was_made_by_hand_some_time_ago(world: World) -> None:
    """A cron job is a new watcher each time, so the file's own time counts."""
    world.run("init", code=0)
    place = world.session("9")
    place.mkdir()
    (place / "task.md").write_text("---\ncommand: [echo, by hand]\n---\n")
    os.utime(place / "task.md", (time.time() - 60, time.time() - 60))
    world.run("watch", "--once", code=0)
    until((world.attempt("9") / "exit").exists)
    until(lambda: b"scope exit" in (world.attempt("9") / "output.log").read_bytes())
    world.run("watch", "--once", code=0)
    assert world.state("9") == "done"


def test_a_state_file_that_somebody_removed_or_edited_is_written_again(world: World) -> None:
    """It has one writer; what it should say stands in the decisions."""
    ended = world.sh("echo old")
    world.wait(ended)
    (world.session(ended) / "state").unlink()
    assert world.wait(ended, "--timeout", "10") == "old\n"
    held = world.sh("sleep 300")
    world.until_state(held, "running")
    (world.session(held) / "state").write_text("done\n")
    world.until_state(held, "running")


def test_who_follows_what_is_removed_is_told(world: World) -> None:
    """Neither `logs -f` nor `events -f` waits for ever for what cannot come."""
    session = world.sh("echo one; sleep 300")
    world.until_state(session, "running")
    until(lambda: "one" in world.run("logs", session).stdout)
    logs = world.start("logs", "-f", session)
    events = world.start("events", "-f")
    assert logs.stdout is not None
    assert logs.stdout.readline() == "one\n"
    assert events.stdout is not None
    assert events.stdout.readline()
    remove(world, session)
    assert "the session was removed '1'" in logs.communicate(timeout=30)[1]
    assert logs.returncode == 4
    until(lambda: not world.marked())
    world.run("watch", "stop", code=0)
    remove_all(world.root)
    assert "the root was removed" in events.communicate(timeout=30)[1]
    assert events.returncode == 4


def test_the_id_of_a_removed_session_is_not_given_again(world: World) -> None:
    """Events, logs and people remember it; also when it was removed while no watcher lived."""
    for _ in range(3):
        world.wait(world.sh("true"))
    shutil.rmtree(world.session("3"))
    until(lambda: (world.root / "sessions" / ".highest").exists())
    assert world.sh("true") == "4"
    world.wait("4")
    world.run("watch", "stop", code=0)
    shutil.rmtree(world.session("4"))
    world.run("watch", code=0)
    until(lambda: " 4" in (world.root / "sessions" / ".highest").read_text())
    assert world.sh("true") == "5"


def test_decisions_that_were_removed_are_no_reason_to_run_an_attempt_again(world: World) -> None:
    """What lies in attempts/ is taken up as it lies."""
    session = world.sh(
        "echo $SCOPE_ATTEMPT >> ran; test -e again || { touch again; exit 1; }; while [ ! -e go ]; do sleep 0.01; done",
        "--retries",
        "1",
    )
    world.until_started(session, 2)
    world.kill_watcher()
    (world.session(session) / "decisions.jsonl").write_text("")
    world.run("watch", code=0)
    (world.project / "go").touch()
    world.wait(session)
    assert len((world.project / "ran").read_text().split()) == 2


def test_a_task_that_somebody_emptied_while_it_is_at_work_loses_no_attempt(quick: World) -> None:
    """A watcher that is new takes it up as it lies."""
    session = quick.sh("while [ ! -e go ]; do sleep 0.01; done; echo well")
    quick.until_state(session, "running")
    (quick.session(session) / "task.md").write_text("")
    quick.kill_watcher()
    quick.run("watch", code=0)
    until(quick.watcher_pid)
    (quick.project / "go").touch()
    assert quick.wait(session) == "well\n"


def test_an_empty_task_is_left_to_who_writes_it_and_asked_about_when_nobody_does(world: World) -> None:
    """An editor makes a file before it writes into it."""
    world.run("init", code=0)
    for name, written_at in (("8", 1.0), ("9", time.time() + 60)):
        (world.base / name).mkdir()
        (world.base / name / "task.md").touch()
        os.utime(world.base / name / "task.md", (written_at, written_at))
        (world.base / name).rename(world.session(name))
    assert "there is nothing to do" in world.run("wait", "8", code=3).stderr
    world.run("wait", "9", "--timeout", "100ms", code=124)
    (world.session("9") / "task.md").write_text("---\ncommand: [echo, well]\n---\n")
    assert world.wait("9") == "well\n"
