"""Inside a session: `progress`, `ask` and `fail`, with the test in the watcher's place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from scope.sessions.records import reports
from scope.store import atomic, locks
from tests.cli import golden
from tests.cli.test_commands import blocks
from tests.cli.test_imports import COMMON, HEAVY, LIBRARY, imported, ours
from tests.driver import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.stillness import Stillness
    from tests.driver import World

Words = tuple[str, ...]


@pytest.fixture
def inside(still: Stillness) -> World:
    """A world in which `scope` runs inside attempt 1 of the running session 1; 2 runs beside it."""
    still.add("1", "running")
    still.add("2", "running", keys="name: other\n")
    still.world.env |= {"SCOPE_SESSION": "1", "SCOPE_ATTEMPT": f"{still.world.root}/1/1"}
    return still.world


def reported(world: World) -> dict[str, Any]:
    """The report of the attempt, once it is there."""
    path = world.attempt("1") / "report.json"
    until(path.exists)
    found = json.loads(path.read_text())
    assert isinstance(found, dict)
    return found


def fail(world: World, *words: str) -> dict[str, Any]:
    """Fail, be ended as the watcher ends an attempt, and return the report."""
    process = world.start("fail", *words)
    said = reported(world)
    process.terminate()
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == -signal.SIGTERM
    return said


def reply(world: World, number: int, text: str) -> None:
    """Answer question `number` as the watcher does."""
    said = {"answer": text, "by": "person", "time": "2026-01-02T03:04:05Z"}
    atomic.replace(str(world.attempt("1") / f"answer-{number}.json"), json.dumps(said) + "\n")


def question(world: World, number: int = 1) -> Path:
    """The file of a question, once it is there."""
    path = world.attempt("1") / f"question-{number}.json"
    until(path.exists)
    return path


def test_progress_is_what_poll_shows(inside: World) -> None:
    """The last words, in one line; nothing is printed."""
    for words in (("first",), ("17", "of 40\nfiles"), ("--", "-5 degrees")):
        done = inside.run("progress", *words, code=0)
        assert (done.stdout, done.stderr) == ("", "")
    assert inside.run("poll", "1", code=0).stdout == "1 running -5 degrees\n"


def test_progress_loads_next_to_nothing(inside: World) -> None:
    """Said often, so it is as cheap as `poll`: no JSON, no locks, no YAML, no typer."""
    modules = imported(inside, "progress", "12 of 40")
    assert ours(modules) == COMMON | {
        "scope.cli.commands.progress",
        "scope.sessions.records.record",
        "scope.sessions.records.reports",
        "scope.store.attemptdir",
    }
    assert modules - ours(modules) <= LIBRARY["poll"]


@pytest.mark.parametrize("words", [("ask", "Go?", "--option", "yes"), ("fail", "--class", "unknown", "words")])
def test_what_waits_loads_nothing_heavy(words: Words, inside: World) -> None:
    """It stays in memory for as long as it waits."""
    argv = [sys.executable, "-X", "importtime", "-m", "scope", *words]
    process = subprocess.Popen(argv, cwd=inside.project, env=inside.env, stderr=subprocess.PIPE, text=True)
    (question if words[0] == "ask" else reported)(inside)
    process.terminate()
    modules = {line.rpartition("|")[2].strip() for line in process.communicate(timeout=30)[1].splitlines()}
    assert "scope.sessions.processes.daemon" in modules
    assert not modules & (HEAVY & {"typer", "rich", "click", "yaml", "dataclasses", "subprocess", "inspect", "asyncio"})


def test_a_failure_is_reported_and_the_watcher_ends_it(inside: World) -> None:
    """All that was said is in one object; until the end the command does not return."""
    said = fail(
        inside, "--class", "task_too_big", "--fingerprint", "mine", "--tried", "a", "--tried", "b c", "too", "big"
    )
    assert list(said) == ["class", "needs", "message", "until", "fingerprint", "tried", "time"]
    assert said.pop("time") <= reports.stamp(time.time())
    assert said == {
        "class": "task_too_big",
        "needs": "decomposition",
        "message": "too big",
        "until": "",
        "fingerprint": "mine",
        "tried": ["a", "b c"],
    }


def test_a_failures_words_may_be_any_bytes_from_standard_input(inside: World) -> None:
    """A log as it is, of however many lines."""
    script = "printf 'one\\ncaf\\351 \\000two\\n' | scope fail -c unknown --needs reassignment -"
    process = subprocess.Popen(["sh", "-c", script], cwd=inside.project, env=inside.env, start_new_session=True)
    said = reported(inside)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()
    assert (said["message"], said["needs"]) == ("one\ncaf\ufffd \ufffdtwo", "reassignment")


def test_a_second_report_takes_the_place_of_the_first(inside: World) -> None:
    """What is said last counts."""
    assert fail(inside, "--class", "quota", "--until", "2030-01-01T02:00:00+02:00")["until"] == "2030-01-01T00:00:00Z"
    (inside.attempt("1") / "report.json").unlink()
    assert fail(inside, "--class", "transient", "--until", "done:other")["until"] == "done:2"


def test_a_failure_that_nobody_ends_says_so(inside: World) -> None:
    """In one line, after half a minute; here that is shorter."""
    script = "from scope.cli.commands import fail; fail._WITHIN_S = 0.1; from scope.cli.main import main; main()"
    argv = [sys.executable, "-c", script, "fail", "--class", "lost"]
    done = subprocess.run(argv, cwd=inside.project, env=inside.env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "the failure is reported, but nobody ended session 1 within 0s: scope watch status\n"
    assert reported(inside)["class"] == "lost"


def test_an_answer_is_printed(inside: World) -> None:
    """Alone, and as JSON with who said it; the question is locked for as long as it is asked."""
    asker = inside.start("ask", "May I", "deploy?", "--option", "yes", "--option", "no")
    path = question(inside)
    assert json.loads(path.read_text())["question"] == "May I deploy?"
    assert locks.is_held(str(path))
    reply(inside, 1, "yes")
    assert asker.communicate(timeout=30) == ("yes\n", "")
    assert asker.returncode == 0
    assert not locks.is_held(str(path))
    asker = inside.start("ask", "--json", "Which?")
    question(inside, 2)
    reply(inside, 2, "two\nlines")
    assert json.loads(asker.communicate(timeout=30)[0]) == {"answer": "two\nlines", "by": "person"}


def test_nobody_answers_and_the_default_is_taken(inside: World) -> None:
    """Two seconds after the deadline by the asker itself; without a default that is exit code 124."""
    willing = inside.start("ask", "Go?", "--option", "yes", "--option", "no", "--default", "no", "--deadline", "100ms")
    question(inside)
    lost = inside.start("ask", "Go where?", "--deadline", "100ms")
    assert willing.communicate(timeout=30) == ("no\n", "nobody answered within 100ms; the default is taken\n")
    out, err = lost.communicate(timeout=30)
    assert (willing.returncode, lost.returncode, out) == (0, 124, "")
    assert err == ("error: nobody answered within 100ms: 'Go where?'\nhint: scope ask takes a --default for that\n")


def test_ctrl_c_gives_a_question_up(inside: World) -> None:
    """Exit code 130, and nobody waits any more."""
    asker = inside.start("ask", "Go?", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    path = question(inside)
    until(lambda: blocks(asker.pid))
    asker.send_signal(signal.SIGINT)
    asker.communicate(timeout=30)
    assert asker.returncode == 130
    assert not locks.is_held(str(path))


def test_a_question_keeps_a_watcher_alive(world: World) -> None:
    """It starts one, and another when that is killed; a directory without a task is no session to it."""
    world.run("init", code=0)
    world.attempt("1").mkdir(parents=True)
    asker = world.start("ask", "Go?", env={"SCOPE_SESSION": "1", "SCOPE_ATTEMPT": f"{world.root}/1/1"})
    first = until(world.watcher_pid)
    world.kill_watcher()
    # Whoever takes a dead watcher's lock finds its pid in there, until it has written its own.
    until(lambda: world.watcher_pid() not in (None, first), what=f"another watcher than {first}: {world.log()}")
    reply(world, 1, "go")
    assert asker.communicate(timeout=30)[0] == "go\n"


def test_a_failure_keeps_a_watcher_alive(world: World) -> None:
    """For without one nobody would end it."""
    world.run("init", code=0)
    world.attempt("1").mkdir(parents=True)
    failing = world.start("fail", "--class", "lost", env={"SCOPE_SESSION": "1", "SCOPE_ATTEMPT": f"{world.root}/1/1"})
    until(world.watcher_pid)
    failing.terminate()
    failing.communicate(timeout=30)


ERRORS: dict[str, tuple[Words, ...]] = {
    "progress": ((), ("--bad", "x")),
    "fail": (
        (),
        ("words", "alone"),
        ("--class",),
        ("--class", "transiant"),
        ("--class", "xyzzy"),
        ("--class", "lost", "--needs", "reasignment"),
        ("--class", "lost", "--needs", ""),
        ("--class", "lost", "--until", "soon"),
        ("--class", "lost", "--until", "2026-01-02T03:04:05"),
        ("--class", "lost", "--until", "done:9"),
        ("--class", "lost", "--until", "done:othr"),
        ("--class", "lost", "--until", "done:1"),
        ("--bad",),
    ),
    "ask": (
        (),
        ("",),
        ("Go?", "--option", ""),
        ("Go?", "--option", "two\nlines"),
        ("Go?", "--option", "yes", "--default", "no"),
        ("Go?", "--deadline", "soon"),
        ("Go?", "--deadline"),
        ("--bad", "Go?"),
    ),
}
PLAIN: dict[str, Words] = {"progress": ("words",), "fail": ("--class", "lost"), "ask": ("Go?",)}


@pytest.mark.parametrize("name", ERRORS)
def test_the_errors_inside_are_as_they_were_agreed_to(name: str, inside: World) -> None:
    """Wrong words first; then outside of any session, in another root's, and after the attempt's end."""

    def transcript(words: Words, **env: str) -> str:
        return golden.transcript((name, *words), inside.run(name, *words, env=env), inside)

    said = "".join(map(transcript, ERRORS[name]))
    said += transcript(PLAIN[name], SCOPE_SESSION="", SCOPE_ATTEMPT="")
    said += transcript(PLAIN[name], SCOPE_ATTEMPT="/elsewhere/.scope/1/1")
    (inside.attempt("1") / "closed").touch()
    said += transcript(PLAIN[name])
    (inside.home / ".scope" / "roots").unlink()
    if name != "progress":
        said += transcript(PLAIN[name])
    golden.agrees(f"errors of {name}", said)
    assert sorted(os.listdir(inside.attempt("1"))) == ["closed", "output.log"]
    assert not (inside.session("1") / "activity").exists()


@pytest.mark.parametrize("name", ERRORS)
def test_outside_of_any_root_too_it_is_a_wrong_word(name: str, world: World) -> None:
    """Exit code 2, not 4: there is nothing to make or to look for."""
    assert "this is not inside a session" in world.run(name, *PLAIN[name], code=2).stderr
