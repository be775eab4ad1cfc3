"""Diaries: lines with their time, which never fail and never grow without bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.store.diary import Diary

if TYPE_CHECKING:
    from pathlib import Path


def test_a_line_has_its_time_and_what_repeats_is_said_once(tmp_path: Path) -> None:
    """Until it is forgotten, or something else was said about it."""
    diary = Diary(str(tmp_path / "log"), lambda: "now")
    diary.say("begins")
    for words in ("full", "full", "free", "full"):
        diary.once("disk", words)
    diary.forget("disk")
    diary.once("disk", "full")
    said = (tmp_path / "log").read_text().splitlines()
    assert said == ["now begins", "now full", "now free", "now full", "now full"]


def test_one_that_has_grown_large_is_kept_beside(tmp_path: Path) -> None:
    """There are at most two of them."""
    (tmp_path / "log").write_text("x" * (1 << 20) + "\n")
    diary = Diary(str(tmp_path / "log"), lambda: "now")
    diary.say("one")
    diary.say("more")
    assert (tmp_path / "log").read_text() == "now one\nnow more\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1"]


def test_what_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    """A directory in its place, or none to be in."""
    (tmp_path / "log").mkdir()
    Diary(str(tmp_path / "log"), lambda: "now").say("words")
    Diary(str(tmp_path / "gone" / "log"), lambda: "now").say("words")
    assert not list((tmp_path / "log").iterdir())
