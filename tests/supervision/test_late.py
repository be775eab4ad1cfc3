"""Checks that come late: the work waits for its signal without running, and what follows is decided once."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.driver import until
from tests.supervision.test_crashes import consistent, mortal

if TYPE_CHECKING:
    from tests.driver import World


def late(world: World, script: str, check: str = "{signal: ci}", keys: str = "") -> str:
    """Spawn a shell script whose check comes late."""
    path = world.project / "late.md"
    path.write_text(f"---\ncommand: [sh, -c, {json.dumps(script)}]\ncheck: {check}\n{keys}---\n")
    return world.spawn(f"@{path}")


def awaiting(world: World, script: str = "echo made", check: str = "{signal: ci}", keys: str = "") -> str:
    """Spawn one, and wait until it waits for its signal."""
    session = late(world, script, check, keys)
    world.until_state(session, "waiting")
    return session


def by_hand(world: World, *lines: str) -> None:
    """Append lines to the signal's file, as a person does."""
    with (world.root / "signals" / "ci.jsonl").open("a") as stream:
        stream.writelines(f"{line}\n" for line in lines)


def stays_open(world: World, session: str) -> None:
    """Look that a session is still waiting when the watcher has looked at it again: before what came after."""
    os.utime(world.session(session))
    world.wait(world.sh("true"))
    assert world.state(session) == "waiting"
    assert world.moves(session)[-1] == "await"


def test_a_good_signal_makes_the_work_done_and_verified(town: World) -> None:
    """Until it comes, `wait` blocks: nobody is asked, and nothing runs."""
    session = awaiting(town, check="{signal: ci, within: 2d, at_least: 90%}")
    assert town.run("wait", session, "--timeout", "200ms").returncode == 124
    assert "it waits for the signal 'ci' (at least 90%) until 2" in town.run("poll", session, code=0).stdout
    assert not (town.session(session) / "question").exists()
    assert not (town.session(session) / "result.md").exists()
    until(lambda: town.marked() == [])  # the wrapper goes a moment after its last bytes are in the log
    waiting = town.start("wait", "--json", session)
    assert town.run("event", "ci", "--data", '{"value": "93%"}', code=0).stderr == f"session {session} waits for it\n"
    [said] = json.loads(waiting.communicate(timeout=30)[0])
    assert (said["state"], said["verified"], said["exit"], said["result"]) == ("done", True, 0, "made\n")
    assert said["why"] == "exit 0, and the signal 'ci' brought 93%; at least 90% was asked for"
    assert town.moves(session) == ["start", "await", "succeed"]


def test_a_bad_signal_fails_a_plain_session_with_what_it_brought(town: World) -> None:
    """As a failed check does; the failure report names the signal, and tells its message."""
    session = awaiting(town)
    data = {"ok": False, "message": "E   ModuleNotFoundError: No module named 'a'"}
    town.run("event", "ci", "--data", json.dumps(data), code=0)
    town.wait(session, code=1)
    last = town.decisions(session)[-1]
    assert (last["move"], last["kind"], last["why"]) == ("fail", "check", "the signal 'ci' brought ok: false")
    report = (town.attempt(session) / "failure.md").read_text()
    assert "the signal 'ci' brought ok: false" in report
    assert "No module named 'a'" in report


def test_a_bad_signal_is_answered_by_the_playbook_and_the_next_attempt_has_a_signal_of_its_own(town: World) -> None:
    """What was sent about the first attempt says nothing about the second."""
    session = awaiting(town, keys="playbook: [restart]\n")
    town.run("event", "ci", "--data", '{"outcome": "failure"}', code=0)
    until(lambda: town.moves(session).count("await") == 2)
    stays_open(town, session)
    town.run("event", "ci", "--data", '{"outcome": "success"}', code=0)
    [said] = json.loads(town.wait("--json", session))
    assert (said["state"], said["attempt"], said["verified"]) == ("done", 2, True)
    assert town.moves(session) == ["start", "await", "recover", "stop", "again", "start", "await", "succeed"]
    recovered = next(line for line in town.decisions(session) if line["move"] == "recover")
    assert (recovered["kind"], recovered["costs_retry"]) == ("check", True)


def test_a_signal_that_does_not_come_in_time_is_a_failed_check(town: World) -> None:
    """The words say how long it was waited for; retries bound the attempts as ever."""
    session = late(town, "true", "{signal: ci, within: 200ms}", "retries: 1\n")
    town.wait(session, code=1)
    assert town.moves(session).count("await") == 2
    assert town.decisions(session)[-1]["why"] == "the signal 'ci' did not come within 200ms"


def test_a_signal_for_another_session_decides_nothing(town: World) -> None:
    """By id, by label; and each takes its own."""
    one = awaiting(town, keys="labels: {team: web}\n")
    other = awaiting(town, keys="labels: {team: sea}\n")
    town.run("event", "ci", "--session", other, "--data", '{"ok": false}', code=0)
    assert town.run("event", "ci", "-l", "team=web", code=0).stderr == f"session {one} waits for it\n"
    town.wait(one)
    town.wait(other, code=1)


def test_a_signal_from_before_the_end_of_the_attempt_decides_nothing(town: World) -> None:
    """Neither one that was sent while it ran, nor one of an earlier run with its own time."""
    session = late(town, "while [ ! -e go ]; do sleep 0.01; done")
    town.until_started(session)
    assert town.run("event", "ci", "--data", '{"ok": false}', code=0).stderr == "nobody waits for it; it is kept\n"
    (town.project / "go").touch()
    town.until_state(session, "waiting")
    by_hand(town, '{"time": "2020-01-01T00:00:00.5Z", "data": {"ok": false}}')
    stays_open(town, session)
    town.run("event", "ci", code=0)
    town.wait(session)


def test_lines_written_by_hand_count_and_what_is_none_is_passed_over(town: World) -> None:
    """With a time to the second, or none; the data may stand alone."""
    session = awaiting(town)
    by_hand(town, "no json", "[1]", "", '{"data": [1]}', '{"ok": "perhaps"}')
    until(lambda: "brought nothing that decides (ok: perhaps)" in town.run("poll", session).stdout)
    assert town.state(session) == "waiting"
    by_hand(town, '{"ok": true}')
    town.wait(session)
    again = awaiting(town)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    by_hand(town, json.dumps({"time": stamp, "data": {"ok": True}}))
    town.wait(again)


def test_a_performance_file_tells_as_well_but_not_one_that_the_work_left(town: World) -> None:
    """Written after the end, by whoever measures; what the work says of itself is no verdict."""
    own = 'echo \'{"ok": true}\' > "$SCOPE_DIR/sessions/$SCOPE_SESSION/performance.json"; sleep 0.05'
    session = awaiting(town, own, "{signal: accuracy, at_least: 0.9}")
    stays_open(town, session)
    path = town.session(session) / "performance.json"
    path.write_text("{")
    until(lambda: "performance.json cannot be read" in town.run("poll", session).stdout)
    path.write_text('{"recall": 0.1, "accuracy": 0.93}')
    [said] = json.loads(town.wait("--json", session))
    assert (said["verified"], said["why"].count("'accuracy' brought 93%")) == (True, 1)


def test_work_that_waits_for_a_signal_holds_no_slot(town: World) -> None:
    """Others run meanwhile, and what comes after it does not."""
    town.configure_text((town.root / "config.yaml").read_text() + "max_running: 1\n")
    first = awaiting(town)
    follower = town.sh("echo after", "--after", first)
    assert town.wait(town.sh("echo other")) == "other\n"
    assert town.state(follower) == "pending"
    town.run("event", "ci", code=0)
    assert town.wait(follower) == "after\n"


def test_no_limit_of_the_task_counts_while_it_waits(town: World) -> None:
    """Neither its timeout nor its silence nor its budget."""
    session = awaiting(town, keys="timeout: 3s\nidle_timeout: 3s\nbudget: {seconds: 3}\nretries: 1\n")
    ended = (town.attempt(session) / "exit").stat().st_mtime
    until(lambda: time.time() - ended > 3.2)
    stays_open(town, session)
    town.run("event", "ci", "--data", '{"ok": false}', code=0)
    until(lambda: town.moves(session).count("await") == 2)  # the budget is not spent


def test_a_killed_watcher_loses_no_signal(town: World) -> None:
    """What came while none lived is found by the next, and decided once."""
    session = awaiting(town, check="{signal: ci, within: 1h}")
    town.kill_watcher()
    town.run("event", "ci", code=0, env={"SCOPE_SANDBOX": "1"})
    assert town.state(session) == "waiting"
    town.wait(session)
    assert town.moves(session) == ["start", "await", "succeed"]
    consistent(town)


def test_work_that_ended_while_no_watcher_lived_takes_what_came_since(town: World) -> None:
    """The attempt's end counts, not the moment at which somebody saw it."""
    session = late(town, "while [ ! -e go ]; do sleep 0.01; done")
    town.until_started(session)
    town.kill_watcher()
    town.run("event", "ci", "--data", '{"ok": false}', code=0, env={"SCOPE_SANDBOX": "1"})
    (town.project / "go").touch()
    until((town.attempt(session) / "exit").exists)
    town.run("event", "ci", "--data", '{"ok": true}', code=0, env={"SCOPE_SANDBOX": "1"})
    town.wait(session)


def test_what_came_too_late_does_not_count_because_nobody_looked(town: World) -> None:
    """A signal is overdue by the clock on the wall, whether a watcher lived or not."""
    session = awaiting(town, check="{signal: ci, within: 1s}")
    town.kill_watcher()
    until(lambda: time.time() - (town.attempt(session) / "exit").stat().st_mtime > 1.1)
    town.run("event", "ci", code=0, env={"SCOPE_SANDBOX": "1"})
    town.wait(session, code=1)
    assert town.decisions(session)[-1]["why"] == "the signal 'ci' did not come within 1s"


@pytest.mark.parametrize("shard", range(4))
def test_a_watcher_killed_before_any_step_decides_nothing_twice(town: World, shard: int) -> None:
    """Bad at the first attempt, good at the second, whatever step it died before."""
    path = town.project / "late.md"
    path.write_text("---\ncommand: [echo, made]\ncheck: {signal: ci}\nretries: 1\n---\n")
    for at in range(5 + shard * 6, 160, 24):
        session = town.spawn(f"@{path}", env={"SCOPE_SANDBOX": "1"})
        dying = mortal(town, at)
        until(lambda dying=dying, session=session: dying.poll() is not None or town.state(session) == "waiting")
        _answered(town, session, 1, is_good=False, dying=dying)
        _answered(town, session, 2, is_good=True, dying=dying)
        if dying.poll() is None:
            dying.terminate()
        dying.wait()
        assert town.wait(session) == "made\n"
        moves = [move for move in town.moves(session) if move in ("await", "succeed", "fail")]
        assert moves == ["await", "await", "succeed"]
    consistent(town)


def _answered(world: World, session: str, attempt: int, *, is_good: bool, dying: subprocess.Popen[bytes]) -> None:
    """Send an attempt its signal once it has ended, with another watcher where the mortal one is dead."""

    def has_ended() -> bool:
        if dying.poll() is not None:
            world.run("watch", code=0)
        path = world.session(session) / "attempts"
        numbers = sorted(int(name) for name in os.listdir(path)) if path.exists() else []
        # One that never began when the watcher died is no attempt that failed; the next takes its place.
        ended = [number for number in numbers if (path / str(number) / "exit").exists()]
        return len(ended) >= attempt and ended[-1] == numbers[-1]

    until(has_ended)
    world.run("event", "ci", "--session", session, "--data", json.dumps({"ok": is_good}), code=0)


def test_a_session_may_send_the_signal(town: World) -> None:
    """A hook of the CI's may be one; the line says who sent it."""
    session = awaiting(town)
    hook = town.sh("scope event ci --data '{\"ok\": true}'")
    town.wait(session, hook)
    [line] = (town.root / "signals" / "ci.jsonl").read_text().splitlines()
    assert json.loads(line)["by"] == f"session-{hook}"


def test_an_abort_ends_what_waits_and_what_it_left_running(town: World) -> None:
    """The signal that comes later finds nobody."""
    left = "setsid sh -c 'touch up; exec sleep 300' >/dev/null 2>&1 &"
    session = awaiting(town, f"{left} until [ -e up ]; do sleep 0.01; done")
    town.run("abort", session, code=0)
    town.run("wait", session, code=1)
    assert town.state(session) == "aborted"
    assert town.marked() == []
    assert town.run("event", "ci", code=0).stderr == "nobody waits for it; it is kept\n"


def test_another_task_can_be_given_to_what_waits(town: World) -> None:
    """It costs no retry, and keeps its check."""
    session = awaiting(town)
    town.run("redirect", session, "--", "echo", "another", code=0)
    until(lambda: town.moves(session).count("await") == 2)
    town.run("event", "ci", code=0)
    assert town.wait(session) == "another\n"


def test_a_task_with_a_late_check_can_be_made_by_hand(town: World) -> None:
    """`mkdir` and an editor are enough."""
    town.run("watch", code=0)
    place = town.session("1")
    place.mkdir(parents=True)
    (place / "task.md").write_text(
        "---\ncommand: [echo, made]\ncheck:\n  signal: ci\n  within: 1h\n  at_least: 90%\n---\nBy hand.\n"
    )
    town.until_state("1", "waiting")
    town.run("event", "ci", "--data", '{"passed": 45, "total": 50}', code=0)
    assert town.wait("1") == "made\n"


def test_it_is_explained_what_is_waited_for_and_what_came(town: World) -> None:
    """From the files alone."""
    session = awaiting(town, check="{signal: ci, within: 1h, at_least: 90%}")
    town.run("event", "ci", "--data", '{"ok": true}', code=0)
    until(lambda: "nothing to compare" in town.run("poll", session).stdout)
    [waits] = json.loads(town.run("explain", session, "--json", code=0).stdout)["waits_for"]
    assert waits.startswith("the signal 'ci' (at least 90%) until 2")
    told = town.run("explain", session, code=0).stdout
    assert "it waits for: the signal 'ci'" in told
    assert "brought nothing to compare (ok: true)" in told


def test_a_signal_file_that_cannot_be_read_holds_up_nobody_for_ever(town: World) -> None:
    """The session can be aborted, and goes on when the file is mended."""
    (town.root / "signals" / "ci.jsonl").mkdir(parents=True)
    session, other = awaiting(town), awaiting(town)
    until(lambda: "cannot read" in town.run("poll", session).stdout)
    town.run("abort", other, code=0)
    town.run("wait", other, code=1)
    (town.root / "signals" / "ci.jsonl").rmdir()
    town.run("event", "ci", code=0)
    town.wait(session)
