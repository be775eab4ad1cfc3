"""What a session says of itself: where it stands, and why it fails."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scope.errors import BadInput, NotFound
from scope.laws import failure
from scope.sessions.records import reports


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A root with the attempt 2 of session 3.1."""
    (tmp_path / "sessions" / "3.1" / "attempts" / "2").mkdir(parents=True)
    return str(tmp_path)


def inside(monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    """Let this process run inside an attempt."""
    monkeypatch.setenv("SCOPE_ATTEMPT", mark)


def test_an_attempt_knows_itself(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the mark that all its processes carry."""
    inside(monkeypatch, f"{root}/3.1/2")
    assert reports.own_attempt(root) == ("3.1", 2, f"{root}/sessions/3.1/attempts/2")


@pytest.mark.parametrize(
    "mark", ["", "{}/3.1/3", "{}/4/1", "{}/3.1/x", "{}/../2", "/elsewhere/3.1/2", "{}3.1/2", "{}/2"]
)
def test_a_mark_of_no_attempt_of_this_root_is_none(mark: str, root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of another root, one that was removed, and nonsense."""
    inside(monkeypatch, mark.format(root))
    assert reports.own_attempt(root) is None
    with pytest.raises(BadInput):
        reports.require_own_attempt(root, "ask")


@pytest.mark.parametrize("sign", ["closed", "exit"])
def test_what_is_left_of_an_attempt_that_is_over_does_not_speak(
    sign: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a stray process would prove progress for an attempt that hangs."""
    inside(monkeypatch, f"{root}/3.1/2")
    reports.require_own_attempt(root, "report progress")
    Path(f"{root}/sessions/3.1/attempts/2/{sign}").touch()
    with pytest.raises(BadInput, match="its attempt 2 is over"):
        reports.require_own_attempt(root, "report progress")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("12 of 40", "12 of 40"),
        (" a\n\tb\r\nc ", "a b c"),
        ("\x1b[31mred\x1b[0m \x07alert\x00", "red alert"),
        ("x" * 500, "x" * 200),
        ("Grüße 東京", "Grüße 東京"),
        ("caf\udce9", "caf"),
        ("", ""),
    ],
)
def test_progress_is_one_printable_line(words: str, line: str, root: str) -> None:
    """Whatever was said."""
    reports.progress(root, "3.1", words)
    assert Path(f"{root}/sessions/3.1/activity").read_text() == line + "\n"


def test_the_same_progress_again_is_progress(root: str) -> None:
    """The file's time is what proves it."""
    reports.progress(root, "3.1", "same")
    path = f"{root}/sessions/3.1/activity"
    os.utime(path, (1, 1))
    reports.progress(root, "3.1", "same")
    assert os.stat(path).st_mtime > time.time() - 60


def test_every_class_has_a_need_and_they_are_the_laws_classes() -> None:
    """Two lists, since importing the other costs `progress` too much; one content."""
    assert reports.CLASSES == failure.CLASSES
    assert set(reports.NEED_OF_CLASS.values()) <= set(reports.NEEDS)


@pytest.mark.parametrize(
    ("of_class", "need"),
    [("task_too_big", "decomposition"), ("missing_context", "information"), ("wrong_approach", "reframing"),
     ("policy", "policy"), ("unknown", "diagnosis"), ("transient", "nothing"), ("budget", "nothing")],
)  # fmt: skip
def test_a_need_follows_from_the_class_unless_it_is_said(of_class: str, need: str, tmp_path: Path) -> None:
    """And the second report takes the first one's place."""
    reports.report(str(tmp_path), of_class)
    said = json.loads((tmp_path / "report.json").read_text())
    assert said["needs"] == need
    assert list(said) == ["class", "needs", "message", "until", "fingerprint", "tried", "time"]
    reports.report(str(tmp_path), of_class, needs="reassignment", tried=("a", "b"))
    said = json.loads((tmp_path / "report.json").read_text())
    assert (said["needs"], said["tried"]) == ("reassignment", ["a", "b"])


def test_a_long_message_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    """A log of gigabytes fits into no report."""
    reports.report(str(tmp_path), "unknown", message="begin " + "x" * 200_000 + " end")
    message = json.loads((tmp_path / "report.json").read_text())["message"]
    assert len(message) < reports.LONGEST_MESSAGE + 100
    assert message.startswith("begin ")
    assert message.endswith(" end")
    assert "characters left out" in message


@pytest.mark.parametrize(
    ("text", "at_s"),
    [("90", 1090), ("10m", 1600), ("1970-01-01T00:20:00Z", 1200), ("1970-01-01t01:20:00+01:00", 1200),
     ("1970-01-01T00:20:00.250Z", 1200.25), ("0", 1000), ("1970-01-01T00:00:00+23:00", 0)],
)  # fmt: skip
def test_a_moment_is_a_duration_from_now_or_a_time(text: str, at_s: float) -> None:
    """Here now is 1000 seconds after 1970 began."""
    assert reports.moment(text, 1000) == at_s


@pytest.mark.parametrize("text", ["", "soon", "-5", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "15:04", "\ud800"])
def test_what_is_no_moment_is_none(text: str) -> None:
    """Nor is a time without an offset: nobody knows whose clock it is."""
    assert reports.moment(text, 1000) is None


@settings(deadline=None, database=None)
@given(st.integers(0, 4_000_000_000))
def test_a_stamp_is_read_back_as_the_moment_that_it_says(at_s: int) -> None:
    """And a fraction never makes it earlier."""
    assert reports.instant(reports.stamp(at_s)) == at_s
    assert reports.stamp(at_s - 0.25) == reports.stamp(at_s)


def test_a_condition_is_a_time_in_utc_or_a_session(root: str) -> None:
    """As it is written down, so that whoever reads it needs no clock of the writer's."""
    (Path(root) / "sessions" / "5").mkdir()
    (Path(root) / "sessions" / "5" / "task.md").touch()
    assert reports.condition(root, "3.1", "done:5") == "done:5"
    assert reports.condition(root, "3.1", "2030-01-01T02:00:00+02:00") == "2030-01-01T00:00:00Z"
    before = time.time()
    at_s = reports.instant(reports.condition(root, "3.1", "10m"))
    assert at_s is not None
    assert before + 598 < at_s <= time.time() + 601
    with pytest.raises(NotFound):
        reports.condition(root, "3.1", "done:9")
    with pytest.raises(BadInput, match="not 'later'"):
        reports.condition(root, "3.1", "later")


@pytest.mark.parametrize("above", ["3", "3.1"])
def test_nobody_waits_for_the_end_of_itself(above: str, root: str) -> None:
    """Nor for that of a session which it is part of."""
    place = Path(root) / "sessions" / above
    place.mkdir(exist_ok=True)
    (place / "task.md").touch()
    with pytest.raises(BadInput, match="is part of it"):
        reports.condition(root, "3.1", f"done:{above}")
