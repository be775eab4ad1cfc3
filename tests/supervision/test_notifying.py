"""Telling people: the file first, then a notice of what is worth it, once; who carries it may die."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.driver import is_alive, until
from tests.supervision.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.driver import World

SECRET = "s3cret-token"  # noqa: S105 - one that must be seen nowhere
QUESTION = "scope ask 'May I drop the table?' --option yes --option no"
COMMAND = 'cat > told.json; echo "$SCOPE_MESSAGE" > words'


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody on loopback."""
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def reached(town: World, listener: Listener) -> World:
    """A town whose person is reached at the listener, by an address with a secret in it."""
    path = town.home / ".scope" / "notify.urls"
    path.write_text(f"# how to reach me\n\njson://me:{SECRET}@{listener.address}/\n")
    path.chmod(0o600)
    return town


def lines(world: World, name: str) -> list[dict[str, Any]]:
    """The lines of a journal beside the escalations."""
    path = world.root / "escalations" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def until_done(world: World, count: int = 1) -> list[dict[str, Any]]:
    """Wait until so many notices came to their end; return what was written of it."""
    until(lambda: sum(line["move"] == "done" for line in lines(world, "deliveries")) >= count, what=world.log())
    return lines(world, "deliveries")


def fail_alike(world: World, count: int, error: str = "disk 17 is gone") -> list[str]:
    """Spawn sessions that fail in one way, and are escalated at once."""
    script = f"test -e well || {{ echo error: {error}; exit 1; }}"
    return [world.sh(script, "--playbook", "escalate") for _ in range(count)]


def test_a_question_of_policy_is_heard_by_whoever_is_to_decide(reached: World, listener: Listener) -> None:
    """Once, with what is asked and how to answer; what is written of it holds no secret."""
    session = reached.sh(QUESTION)
    said = until_done(reached)
    (heard,) = listener.heard
    assert heard["title"] == "scope: a question of policy"
    assert "e1: May I drop the table?" in heard["message"]
    assert [line["move"] for line in said if line.get("by") == "url 1 (json)"] == ["begin", "sent"]
    (told,) = json.loads(reached.run("inbox", "--json", code=0).stdout)
    assert told["notified"] == lines(reached, "notified")[0]["time"]
    for path in reached.root.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # written aside, and renamed since
            assert not path.is_file() or SECRET.encode() not in path.read_bytes()
    reached.run("answer", "e1", "no", code=0)
    reached.wait(session)


def test_one_failure_makes_no_sound_and_several_alike_do(reached: World, listener: Listener) -> None:
    """The single one lies in the inbox; three with one fingerprint are one notice."""
    reached.run("wait", reached.sh("echo error: alone; exit 1", "--playbook", "escalate"), code=3)
    reached.run("wait", *fail_alike(reached, 4), code=3)
    until_done(reached)
    assert [line["reasons"] for line in lines(reached, "notified")] == [["systemic"]]
    assert list(lines(reached, "notified")[0]["cases"]) == ["e2"]
    assert len(listener.heard) == 1
    assert reached.run("inbox", code=0).stdout.count("\n") == 2


def test_what_is_silenced_or_acknowledged_lies_there_without_a_sound(reached: World, listener: Listener) -> None:
    """And says so; whatever else there is, is heard."""
    reached.run("silence", "job_type=nightly", "--for", "1h", "--why", "known", code=0)
    silenced = reached.sh(QUESTION, "--job-type", "nightly")
    reached.run("wait", silenced, code=3)
    assert "\tsilenced\t" in reached.run("inbox", code=0).stdout
    other = reached.sh("scope ask 'Which branch?'")
    reached.run("wait", other, code=3)
    until_done(reached)
    assert list(lines(reached, "notified")[0]["cases"]) == ["e2"]
    reached.run("ack", "e1", code=0)
    reached.run("silence", "--expire", "s1", code=0)
    assert "\tacked\t" in reached.run("inbox", code=0).stdout
    reached.run("answer", "e1", "yes", code=0)
    reached.run("answer", "e2", "main", code=0)
    reached.wait(silenced, other)
    assert len(listener.heard) == 1


def test_a_refused_delivery_is_tried_again_and_all_of_it_is_recorded(reached: World, listener: Listener) -> None:
    """With a pause in between, and each way by itself."""
    listener.refusals = [503]
    path = reached.root / "config.yaml"
    path.write_text(path.read_text() + f"notify: {{command: '{COMMAND}'}}\n")
    reached.sh(QUESTION)
    said = until_done(reached)
    moves = [line["move"] for line in said if line.get("by") == "url 1 (json)"]
    assert moves == ["begin", "failed", "begin", "sent"]
    assert [line["move"] for line in said if line.get("by") == "command"] == ["begin", "sent"]
    facts = json.loads((reached.project / "told.json").read_text())
    assert facts["cases"][0]["question"] == "May I drop the table?"
    assert facts["cases"][0]["assignee"] == "human"
    assert "scope answer e1" in (reached.project / "words").read_text()


def test_a_courier_that_is_killed_before_it_has_written_tells_once_more_and_says_so(
    reached: World, listener: Listener
) -> None:
    """Nobody knows whether it was heard: twice at most, never not at all."""
    listener.may_answer.clear()
    reached.sh(QUESTION)
    until(lambda: listener.heard)
    pid = int((reached.root / "run" / "courier.lock").read_text())
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid))
    listener.may_answer.set()
    said = until_done(reached)
    assert [line["move"] for line in said if line.get("by") == "url 1 (json)"] == ["begin", "begin", "sent"]
    assert len(listener.heard) == 2
    assert "perhaps a second time" in listener.heard[1]["title"]


def test_a_watcher_that_is_killed_tells_nothing_twice_and_forgets_nothing(reached: World, listener: Listener) -> None:
    """What was told is on disk before anybody was told."""
    session = reached.sh(QUESTION)
    until_done(reached)
    reached.kill_watcher()
    reached.run("watch", code=0)
    other = reached.sh("scope ask 'Which branch?'")
    reached.run("answer", session, "no", code=0)
    reached.run("wait", other, code=3)
    until_done(reached, 2)
    assert [list(line["cases"]) for line in lines(reached, "notified")] == [["e1"], ["e2"]]
    assert len(listener.heard) == 2


def test_more_cases_than_usual_are_one_notice(reached: World, listener: Listener) -> None:
    """Each alone would make no sound."""
    text = (reached.root / "config.yaml").read_text().replace("group_interval: 300ms", "group_interval: 1h")
    (reached.root / "config.yaml").write_text(text + "notify: {rate: 2}\n")
    for number in ("one", "two", "three"):
        fail_alike(reached, 1, f"trouble {number} of its own")
    until_done(reached)
    (notice,) = lines(reached, "notified")
    assert notice["reasons"] == ["rate"]
    assert len(listener.heard) == 1


def test_a_file_of_addresses_that_others_can_read_is_refused_without_its_words(reached: World) -> None:
    """By name and reason, in the record and to whoever tries it."""
    (reached.home / ".scope" / "notify.urls").chmod(0o644)
    said = reached.run("inbox", "--test-notification", code=1)
    assert "notify.urls: failed, others can read it" in said.stdout
    reached.sh(QUESTION)
    record = until_done(reached)
    assert [line["move"] for line in record if line.get("by") == "notify.urls"] == ["begin", "failed", "gave up"]
    assert SECRET not in said.stdout + said.stderr + json.dumps(record)


def test_a_test_notification_tells_what_came_of_each_way(reached: World, listener: Listener) -> None:
    """Right there; a line that is no address, and one that nobody listens at, are told by their number."""
    path = reached.home / ".scope" / "notify.urls"
    assert reached.run("inbox", "--test-notification", code=0).stdout.startswith("url 1 (json): sent\n")
    assert listener.heard[0]["title"] == "scope: a test"
    path.write_text(f"json://127.0.0.1:1/{SECRET}\n{SECRET}\n")
    said = reached.run("inbox", "--test-notification", code=1)
    assert said.stdout.splitlines()[:2] == [
        "url 1 (json): failed, it was not taken, or nobody was reached",
        "url 2 (?): failed, apprise does not understand that line",
    ]
    assert SECRET not in said.stdout + said.stderr


def test_an_attached_terminal_shows_it(town: World) -> None:
    """As a line of the root's own server, whatever letters the question has."""
    session = town.sh("while [ ! -e go ]; do sleep 0.01; done; scope ask 'Is #{session_name} #(touch owned) 50%H?'")
    town.until_started(session)
    name = json.loads((town.root / "run" / "tmux").read_text())["name"]
    outer, inner = pty.openpty()
    client = subprocess.Popen(
        ["tmux", "-L", name, "attach", "-t", "=1"], env=town.env, stdin=inner, stdout=inner, stderr=inner
    )
    try:
        until(lambda: " 0" in town.tmux("list-clients", "-F", "x #{client_control_mode}"))
        (town.project / "go").touch()
        said = until_done(town)
        assert [line["move"] for line in said if line.get("by") == "tmux"] == ["begin", "sent"]
        shown = town.tmux("show-messages", "-t", town.tmux("list-clients", "-F", "#{client_name}").split()[-1])
        assert "Is #{session_name} #(touch owned) 50%H?" in shown
        assert not (town.project / "owned").exists()
    finally:
        client.kill()
        client.wait()
        os.close(outer)
        os.close(inner)
