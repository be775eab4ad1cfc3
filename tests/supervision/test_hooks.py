"""Hooks for people: each event is told once, nobody waits for a hook, and what goes wrong with one harms nothing."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scope.laws.hook import ASKED, EVENTS, KEYS
from scope.supervision.notification.errands import WAITING_AT_MOST, Errand, Errands
from tests.driver import is_alive, until

if TYPE_CHECKING:
    from tests.driver import World

TELL = "cat >> told\n"
HANGS = "echo $$ >> began; exec sleep 300\n"


def hook(world: World, event: str, script: str = TELL, place: Path | None = None) -> Path:
    """Put a hook of a person's into its place: whole from the start, for a watcher may look at any time."""
    directory = (place or world.root) / "hooks"
    directory.mkdir(mode=0o700, exist_ok=True)
    aside = directory / f".{event}"
    aside.write_text(f"#!/bin/sh\n{script}")
    aside.chmod(0o755)
    aside.rename(directory / event)
    return directory / event


def told(world: World, name: str = "told") -> list[dict[str, Any]]:
    """What hooks have written down so far; the last line may be half."""
    path = world.project / name
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def pids(world: World, name: str = "began") -> list[int]:
    """The processes that have written themselves down."""
    path = world.project / name
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def settings(world: World, **keys: str) -> None:
    """Make the root, with settings of hooks."""
    world.configure(grace="500ms", hooks="{" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}")


def test_every_change_of_state_is_told_once_with_all_its_keys(world: World) -> None:
    """The same sequence as in events.jsonl; one at a time, they come in its order."""
    settings(world, at_most="1")
    hook(world, "state")
    session = world.sh("test -e again || { touch again; exit 1; }", "--retries", "1", "--name", "web", "-l", "team=a")
    world.wait(session)
    events = world.events()
    until(lambda: len(told(world)) >= len(events))
    shared = ("seq", "time", "session", "attempt", "from", "to", "why")
    assert [{key: each[key] for key in shared} for each in told(world)] == [
        {key: event[key] for key in shared} for event in events
    ]
    for each in told(world):
        assert tuple(each) == tuple(KEYS)
        assert (each["event"], each["name"], each["labels"]) == ("state", "web", {"team": "a"})
        assert (each["root"], each["directory"]) == (str(world.root), str(world.session(session)))
        assert each["attach"].startswith("tmux ")
        assert each["escalation"] is None


def test_a_hook_is_told_the_name_that_people_gave_last(world: World) -> None:
    """As ls and show call it."""
    world.run("init", code=0)
    hook(world, "done")
    session = world.sh("while [ ! -e go ]; do sleep 0.02; done", "--name", "web")
    world.until_started(session)
    world.run("rename", session, "net", code=0)
    (world.project / "go").touch()
    until(lambda: told(world))
    assert told(world)[0]["name"] == "net"


def test_each_end_has_a_hook_of_its_own_and_those_of_home_run_as_well(quick: World) -> None:
    """Done, failed, aborted: of the project and of home, each once."""
    home = quick.home / ".scope"
    for event in ("done", "failed", "aborted"):
        hook(quick, event)
        hook(quick, event, "cat >> ../at-home\n" if quick.project == quick.root else "cat >> at-home\n", home)
    done, failed = quick.sh("true"), quick.sh("exit 3")
    aborted = quick.sh("sleep 300")
    quick.wait(done, failed, code=1)
    quick.until_started(aborted)
    quick.run("abort", aborted, code=0)
    quick.wait(aborted, code=1)
    until(lambda: len(told(quick)) == 3 and len(told(quick, "at-home")) == 3)
    for name in ("told", "at-home"):
        assert {(each["event"], each["session"]) for each in told(quick, name)} == {
            ("done", done),
            ("failed", failed),
            ("aborted", aborted),
        }


def test_a_hook_knows_little_and_can_call_scope(world: World) -> None:
    """Its environment holds no secret of the caller's, and `scope` finds the root."""
    world.run("init", code=0)
    hook(
        world,
        "done",
        'env > env.new; scope poll "$(sed \'s/.*"session": "\\([^"]*\\)".*/\\1/\')" > polled; mv env.new env',
    )
    world.wait(world.spawn("--", "true", env={"MY_API_KEY": "sk-hush", "MY_WORD": "hush"}))
    until((world.project / "env").exists)
    environment = (world.project / "env").read_text()
    assert "hush" not in environment
    assert f"SCOPE_ROOT={world.root}\n" in environment
    assert "SCOPE_EVENT=done\n" in environment
    assert (world.project / "polled").read_text().startswith("1 done")


def test_what_a_person_is_asked_and_what_they_answer_is_told(town: World) -> None:
    """A failure without remedy, and a question: new, needing input, then answered; each once, with the case."""
    for event in ("needs-input", "escalation", "answered"):
        hook(town, event)
    failing = town.sh("exit 3", "--playbook", "escalate", "--retries", "1")
    town.run("wait", failing, code=3)
    town.run("answer", "e1", "fail", code=0)
    town.wait(failing, code=1)
    asking = town.sh("scope ask 'Which way?' --option left --option right")
    town.run("wait", asking, code=3)
    town.run("answer", "e2", "left", code=0)
    town.wait(asking)
    until(lambda: len(told(town)) >= 6)
    seen = [
        (each["event"], each["session"], each["escalation"]["id"], each["escalation"]["change"]) for each in told(town)
    ]
    assert sorted(seen) == sorted(
        (event, session, identity, change)
        for session, identity in ((failing, "e1"), (asking, "e2"))
        for event, change in (("escalation", "new"), ("needs-input", "new"), ("answered", "answered"))
    )
    for each in told(town):
        assert tuple(each["escalation"]) == ASKED
        assert Path(each["escalation"]["file"]).is_file()
    [question] = [
        each["escalation"] for each in told(town) if (each["event"], each["session"]) == ("needs-input", asking)
    ]
    assert (question["question"], question["options"], question["kind"]) == (
        "Which way?",
        ["left", "right"],
        "question",
    )
    answers = {each["session"]: each["escalation"]["answer"] for each in told(town) if each["event"] == "answered"}
    assert answers == {failing: "fail", asking: "left"}


def test_a_task_that_cannot_be_read_needs_input_too(town: World) -> None:
    """Nobody asks, but it cannot go on without a person."""
    hook(town, "needs-input")
    town.run("watch", code=0)
    place = town.session("1")
    place.mkdir()
    (place / "task.md").write_text("---\nretries: many\ncommand: [echo, ok]\n---\n")
    until(lambda: told(town))
    [each] = told(town)
    assert (each["session"], each["to"], each["escalation"]) == ("1", "waiting", None)
    assert "'retries' takes a whole number" in each["why"]


def test_an_escalation_that_grows_or_becomes_more_severe_is_told_again(town: World) -> None:
    """Silence makes it severer, and another member makes it more; neither asks anew."""
    text = (town.root / "config.yaml").read_text()
    (town.root / "config.yaml").write_text(text.replace("repeat_interval: 1h", "repeat_interval: 700ms"))
    for event in ("escalation", "needs-input"):
        hook(town, event)
    words = ("--playbook", "escalate", "--retries", "1")
    town.run("wait", town.sh("exit 3", *words), code=3)
    until(lambda: [each for each in told(town) if (each["escalation"] or {}).get("change") == "severer"])
    # Before it is severest: from then on only its members change.
    town.run("wait", town.sh("sleep 0; exit 3", *words), code=3)
    until(lambda: [each for each in told(town) if each["escalation"]["members"] == 2])
    assert len([each for each in told(town) if each["event"] == "needs-input"]) == 1


def test_a_hook_that_hangs_is_killed_with_all_it_started_and_nobody_waited(world: World) -> None:
    """Sessions go on meanwhile; the log says it once."""
    settings(world, timeout="2s")
    hook(world, "done", "echo $$ >> began; sleep 300 & echo $! >> began; wait\n")
    world.wait(world.sh("true"), world.sh("true"))
    until(lambda: len(pids(world)) == 4)
    until(lambda: not any(map(is_alive, pids(world))))
    until(lambda: "took longer than 2 s and was killed" in world.log())
    assert world.log().count("was killed") == 1


def test_a_hook_that_leaves_its_group_is_killed_all_the_same(world: World) -> None:
    """Nor does the watcher, when it is told to stop, wait for it."""
    settings(world, timeout="2s")
    leave = "import os, time; os.setpgid(0, os.getpgid(os.getppid())); print(os.getpid(), flush=True); time.sleep(300)"
    hook(world, "done", f"exec {sys.executable} -c '{leave}' >> began\n")
    world.wait(world.sh("true"))
    until(lambda: pids(world))
    until(lambda: not any(map(is_alive, pids(world))))
    settings(world, timeout="1h")
    world.wait(world.sh("true"))
    until(lambda: len(pids(world)) == 2)
    world.run("watch", "stop", code=0)
    until(lambda: not any(map(is_alive, pids(world))))


def test_nobody_waits_for_a_hook_and_only_a_few_run_at_once(world: World) -> None:
    """With two that hang, the others wait their turn, and a session goes from spawn to result."""
    settings(world, timeout="1h", at_most="2")
    hook(world, "done", "echo $$ >> began; while [ ! -e go ]; do sleep 0.02; done\n")
    world.wait(*(world.sh("true") for _ in range(5)))
    until(lambda: len(pids(world)) == 2)
    assert world.wait(world.sh("echo through")) == "through\n"
    assert len(pids(world)) == 2
    (world.project / "go").touch()
    until(lambda: len(pids(world)) == 6)


def test_what_a_hook_leaves_behind_is_ended_with_it(world: World) -> None:
    """Also where it went well."""
    world.run("init", code=0)
    hook(world, "done", "sleep 300 & echo $! >> began\n")
    world.wait(world.sh("true"))
    until(lambda: pids(world) and not any(map(is_alive, pids(world))))
    assert "failed" not in world.log()


def test_a_failure_is_said_once_for_each_cause_until_it_works_again(world: World) -> None:
    """In the log and by doctor; another cause is said anew."""
    world.run("init", code=0)
    path = hook(world, "done", "echo first >&2; echo 'no route to nowhere' >&2; echo $$ >> began; exit 3\n")
    for _ in range(3):
        world.wait(world.sh("true"))
    # All three, or the last of them could end after the next one that fails.
    until(lambda: len(pids(world)) == 3 and not any(map(is_alive, pids(world))))
    until(lambda: "exit 3: no route to nowhere" in world.log())
    until(lambda: f"hooks: {path}: it failed at" in world.run("doctor").stdout)  # it is kept after the log has it
    hook(world, "done", "exit 4\n")
    world.wait(world.sh("true"))
    until(lambda: "exit 4" in world.log())
    assert world.log().count("exit 3") == 1
    hook(world, "done")
    world.wait(world.sh("true"))
    until(lambda: "works again" in world.log())
    until(lambda: f"ok    hooks: {path}" in world.run("doctor").stdout)


@pytest.mark.parametrize("mode", [0o644, 0o757])
def test_a_hook_that_cannot_be_run_or_trusted_is_refused(world: World, mode: int) -> None:
    """Not executable, or everybody may write it: it is not run, and doctor names the repair."""
    world.run("init", code=0)
    path = hook(world, "done")
    path.chmod(mode)
    world.wait(world.sh("true"))
    until(lambda: "it is refused" in world.log())
    said = world.run("doctor").stdout
    repair = said[said.index(f"hooks: {path}") :].split("→ ")[1].splitlines()[0]
    assert told(world) == []
    assert os.system(repair) == 0  # noqa: S605 - the very words
    world.wait(world.sh("true"))
    until(lambda: told(world))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_hook_of_another_user_is_refused(world: World) -> None:
    """As is one in a directory of theirs."""
    world.run("init", code=0)
    path = hook(world, "done")
    os.chown(path, 12345, 12345)
    world.wait(world.sh("true"))
    until(lambda: "it belongs to user 12345" in world.log())
    os.chown(path, 0, 0)
    os.chown(path.parent, 12345, 12345)
    world.wait(world.sh("true"))
    until(lambda: "its directory belongs to user 12345" in world.log())
    assert told(world) == []


def test_a_file_that_no_program_is_and_a_name_that_no_event_has_are_told_by_doctor(world: World) -> None:
    """What cannot be started harms nothing; a misspelt name is never run."""
    world.run("init", code=0)
    path = hook(world, "failed")
    path.write_bytes(b"\x7fnothing that runs\n")
    hook(world, "finished")
    hook(world, "README")
    world.wait(world.sh("exit 1"), code=1)
    until(lambda: "it cannot be started: Exec format error" in world.log())
    said = world.run("doctor").stdout
    assert "finished: it is never run: no event has that name" in said
    assert "README" not in said


def test_a_hook_that_talks_without_end_is_not_listened_to(world: World) -> None:
    """It ends by the broken pipe, and the watcher is well."""
    world.run("init", code=0)
    hook(world, "done", "exec yes\n")
    world.wait(world.sh("true"))
    until(lambda: "it was ended by signal 13" in world.log())
    assert world.wait(world.sh("echo well")) == "well\n"


def test_a_watcher_that_leaves_lets_hooks_end_and_one_for_cron_waits_for_them(world: World) -> None:
    """`watch --once` runs the hooks of what it did; `watch stop` kills what hangs."""
    world.run("init", code=0)
    hook(world, "state", "sleep 0.3; cat >> told\n")
    world.spawn("--", "true", env={"SCOPE_SANDBOX": "1"})
    world.run("watch", "--once", code=0)
    assert "running" in [each["to"] for each in told(world)]  # several run at once: in any order
    hook(world, "done", HANGS)
    world.wait(world.sh("true"))
    until(lambda: pids(world))
    world.run("watch", "stop", code=0)
    until(lambda: not any(map(is_alive, pids(world))))
    assert "the watcher was told to leave, so it was killed" in world.log()


def test_a_killed_watcher_doubles_no_event_and_the_next_goes_on(world: World) -> None:
    """What was running goes its way; events.jsonl has what may have been missed."""
    settings(world, timeout="1h")
    hook(world, "state")
    hook(world, "done", HANGS)
    world.wait(world.sh("true"))
    until(lambda: pids(world) and len(told(world)) == 2)
    world.kill_watcher()
    world.wait(world.sh("true"))
    until(lambda: len(told(world)) == 4 and len(pids(world)) == 2)
    numbers = [each["seq"] for each in told(world)]
    assert sorted(numbers) == sorted(set(numbers))
    for pid in pids(world):
        os.killpg(pid, signal.SIGKILL)


def test_a_root_that_nobody_trusts_runs_no_hook(world: World) -> None:
    """A cloned repository may bring some along."""
    world.run("init", code=0)
    hook(world, "state")
    world.spawn("--", "true", env={"SCOPE_SANDBOX": "1"})
    (world.home / ".scope" / "roots").unlink()
    world.run("watch", "--once", code=5)
    assert told(world) == []


def test_only_so_many_wait() -> None:
    """What comes above that is refused: the memory of a watcher is bounded."""
    errands = Errands(None, lambda *_: None)  # type: ignore[arg-type] - nothing is started, so nothing can wake
    errand = Errand("/bin/true", b"{}", {}, "/")
    assert all(errands.add(errand) for _ in range(WAITING_AT_MOST))
    assert not errands.add(errand)
    errands.at_most = 0
    assert not errands.is_busy


def test_the_topic_names_every_event_and_every_key(world: World) -> None:
    """`scope help hooks` is made from what the watcher uses."""
    said = world.run("help", "hooks", code=0).stdout.splitlines()
    assert [*EVENTS, *KEYS] == [line for line in said if line in EVENTS or line in KEYS]
