"""Questions from inside a session: complete, locked, numbered, and answered once."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from scope.errors import Environment, NotFound
from scope.sessions.asking import questions
from scope.sessions.asking.questions import Question
from scope.sessions.processes import daemon
from scope.store import atomic, attemptdir, locks
from tests.driver import until
from tests.store.others import hear, process

ASK = """
import sys
from scope.sessions.asking import questions
found = questions.ask(sys.argv[1], sys.argv[2], questions.Question("Which?", ("a", "b")))
print(found.text, found.by, flush=True)
"""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the test plays the watcher, so none is started; the processes beside inherit that."""
    monkeypatch.setenv("SCOPE_SANDBOX", "1")


def reply(attempt: Path, number: int, text: str) -> None:
    """Answer as the watcher does."""
    said = {"answer": text, "by": "person", "time": "2026-01-02T03:04:05Z"}
    atomic.replace(attemptdir.answered(str(attempt), number), json.dumps(said) + "\n")


def test_a_question_is_complete_and_locked_from_its_first_instant(tmp_path: Path) -> None:
    """Whoever sees the file can read it, and tell that somebody waits for the answer."""
    path = attemptdir.asked(str(tmp_path), 1)
    with process(ASK, tmp_path, tmp_path) as asker:
        until(lambda: os.path.exists(path))
        assert locks.is_held(path)
        said = json.loads(Path(path).read_text())
        assert list(said) == ["question", "options", "default", "deadline", "asked"]
        assert (said["question"], said["options"], said["default"], said["deadline"]) == (
            "Which?",
            ["a", "b"],
            None,
            None,
        )
        reply(tmp_path, 1, "b")
        assert hear(asker) == "b person"
    assert not locks.is_held(path)
    assert sorted(os.listdir(tmp_path)) == ["answer-1.json", "question-1.json"]


def test_the_lock_dies_with_the_asker(tmp_path: Path) -> None:
    """Nobody answers into the void: after kill -9 the question is there, and nobody waits."""
    path = attemptdir.asked(str(tmp_path), 1)
    with process(ASK, tmp_path, tmp_path) as asker:
        until(lambda: os.path.exists(path))
        asker.kill()
        asker.wait()
        until(lambda: not locks.is_held(path))
    assert os.path.exists(path)


def test_questions_at_once_have_numbers_of_their_own(tmp_path: Path) -> None:
    """And each gets its own answer."""
    found: dict[str, str] = {}

    def ask(name: str) -> None:
        answer = questions.ask(str(tmp_path), str(tmp_path), Question(name))
        assert answer is not None
        found[name] = answer.text

    names = [f"q{number}" for number in range(12)]
    threads = [threading.Thread(target=ask, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    paths = [attemptdir.asked(str(tmp_path), number) for number in range(1, 13)]
    until(lambda: all(map(os.path.exists, paths)))
    for number, path in enumerate(paths, start=1):
        reply(tmp_path, number, json.loads(Path(path).read_text())["question"])
    for thread in threads:
        thread.join(30)
    assert found == {name: name for name in names}


def test_a_later_question_has_the_next_number(tmp_path: Path) -> None:
    """Numbers are not used again, whatever else lies about."""
    for name in ("question-1.json", "question-7.json", "question-x.json", "question.99-1", "answer-9.json"):
        (tmp_path / name).write_text("{}")
    reply(tmp_path, 8, "at once")
    answer = questions.ask(str(tmp_path), str(tmp_path), Question("Now?"))
    assert answer is not None
    assert answer.text == "at once"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"answer": null}', '{"answer": 3}', '"yes"'])
def test_what_is_no_answer_is_not_taken_for_one(text: str, tmp_path: Path) -> None:
    """Half-written by hand, say; the wait goes on."""
    (tmp_path / "answer-1.json").write_text(text)
    assert questions.answer_to(str(tmp_path), 1) is None


def test_without_inotify_it_polls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slower, and just as sure."""
    monkeypatch.setenv("SCOPE_NO_INOTIFY", "1")
    with process(ASK, tmp_path, tmp_path) as asker:
        until(lambda: os.path.exists(attemptdir.asked(str(tmp_path), 1)))
        reply(tmp_path, 1, "a")
        assert hear(asker) == "a person"


def test_at_the_deadline_the_default_holds_after_a_grace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In which the watcher, whose word it is, may still answer; without a default there is nothing."""
    monkeypatch.setattr(questions, "GRACE_S", 0.2)
    started = time.monotonic()
    answer = questions.ask(str(tmp_path), str(tmp_path), Question("Go?", default="no", deadline_s=time.time() + 0.1))
    assert answer is not None
    assert (answer.text, answer.by) == ("no", questions.DEFAULT)
    assert time.monotonic() - started > 0.25
    assert questions.ask(str(tmp_path), str(tmp_path), Question("Go?", deadline_s=time.time() - 60)) is None


def test_a_clock_that_is_set_moves_no_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was a second away is a second away."""
    monkeypatch.setattr(questions, "GRACE_S", 0.0)
    real = time.time

    def set_clock(_: str) -> bool:
        monkeypatch.setattr(time, "time", lambda: real() + 86400)
        return False

    monkeypatch.setattr(daemon, "ensure", set_clock)  # it is called in each round of a wait that has begun
    started = time.monotonic()
    question = Question("Go?", deadline_s=real() + 0.5)
    assert questions.ask(str(tmp_path), str(tmp_path), question) is None
    assert time.time() > real() + 80000
    assert time.monotonic() - started > 0.4


def test_an_attempt_that_is_removed_ends_the_wait(tmp_path: Path) -> None:
    """Nobody could ever answer."""
    attempt = tmp_path / "1"
    attempt.mkdir()

    def remove() -> None:
        until(lambda: os.listdir(attempt) == ["question-1.json"])  # and what it was written in is gone
        (attempt / "question-1.json").unlink()
        attempt.rmdir()

    thread = threading.Thread(target=remove)
    thread.start()
    with pytest.raises(NotFound):
        questions.ask(str(tmp_path), str(attempt), Question("Still there?"))
    thread.join()


def test_without_any_watcher_the_wait_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started again and again, and never alive: its last words are named."""
    monkeypatch.setattr(questions, "GIVE_UP_S", 0.1)
    monkeypatch.setattr(questions, "LOOK_AGAIN_S", 0.05)
    monkeypatch.setattr(daemon, "ensure", lambda _: True)
    with pytest.raises(Environment, match="no watcher stays alive"):
        questions.ask(str(tmp_path), str(tmp_path), Question("Anybody?"))
