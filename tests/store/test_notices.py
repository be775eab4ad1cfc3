"""Notices of change: they come at once where the system gives them, and nobody depends on it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scope.store import atomic
from scope.store.notices import CREATE, DELETE, MODIFY, Notices


@pytest.fixture
def notices() -> Iterator[Notices]:
    """Notices of a system that gives them."""
    made = Notices("/")
    assert made.descriptor is not None
    yield made
    made.close()


def _told(notices: Notices) -> list[tuple[str, str]]:
    """Wait until something happened, and return what."""
    assert notices.descriptor is not None
    assert select.select([notices.descriptor], [], [], 10)[0]
    return notices.read() or []


def test_a_file_that_is_replaced_or_created_is_told_by_its_name(tmp_path: Path, notices: Notices) -> None:
    """A rename into the directory counts, and so does a new directory."""
    place = str(tmp_path)
    assert notices.watch(place)
    atomic.replace(f"{place}/state", "done\n")
    assert (place, "state") in _told(notices)
    os.mkdir(f"{place}/attempts")
    assert (place, "attempts") in _told(notices)
    assert notices.read() == []


def test_only_what_was_asked_for_is_told(tmp_path: Path, notices: Notices) -> None:
    """Another mask, other news."""
    path = tmp_path / "log"
    path.write_text("")
    assert notices.watch(str(path), MODIFY)
    (tmp_path / "other").write_text("")
    assert notices.read() == []
    path.write_text("more")
    assert (str(path), "") in _told(notices)


def test_names_that_are_no_text_are_told(tmp_path: Path, notices: Notices) -> None:
    """A file's name may be any bytes."""
    notices.watch(str(tmp_path))
    name = os.fsdecode(b"caf\xe9")
    atomic.create(f"{tmp_path}/{name}")
    assert {told for _, told in _told(notices)} == {name}


def test_a_watched_directory_that_is_deleted_is_harmless(tmp_path: Path, notices: Notices) -> None:
    """What else is watched goes on, and the place can be watched anew."""
    gone, stays = tmp_path / "gone", tmp_path / "stays"
    gone.mkdir()
    stays.mkdir()
    assert notices.watch(str(gone))
    assert notices.watch(str(stays), DELETE | CREATE)
    gone.rmdir()
    notices.read()
    notices.forget(str(gone))
    gone.mkdir()
    assert notices.watch(str(gone))
    (gone / "a").write_text("")
    (stays / "b").write_text("")
    told = _told(notices)
    assert (str(gone), "a") in told
    assert (str(stays), "b") in told


def test_what_is_not_there_is_not_watched(tmp_path: Path, notices: Notices) -> None:
    """It says so, and the caller looks now and then."""
    assert not notices.watch(str(tmp_path / "missing"))
    notices.forget(str(tmp_path / "missing"))


def test_what_was_forgotten_is_silent(tmp_path: Path, notices: Notices) -> None:
    """Also what happened just before and was not read yet."""
    notices.watch(str(tmp_path))
    (tmp_path / "a").write_text("")
    notices.forget(str(tmp_path))
    (tmp_path / "b").write_text("")
    assert notices.read() == []


def test_too_much_news_is_told_as_such(tmp_path: Path, notices: Notices) -> None:
    """None means: look everywhere; then it goes on."""
    notices.watch(str(tmp_path))
    queue = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    here, there = f"{tmp_path}/a", f"{tmp_path}/b"
    Path(here).write_text("")
    for _ in range(queue // 2 + 1):
        os.rename(here, there)
        os.rename(there, here)
    assert notices.read() is None
    Path(f"{tmp_path}/c").write_text("")
    assert (str(tmp_path), "c") in _told(notices)


def test_without_inotify_the_caller_polls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is watched, everything may have changed, and nothing raises."""
    monkeypatch.setenv("SCOPE_NO_INOTIFY", "1")
    blind = Notices(str(tmp_path))
    assert blind.descriptor is None
    assert not blind.watch(str(tmp_path))
    assert blind.read() is None
    blind.forget(str(tmp_path))
    blind.close()


def test_where_the_system_has_no_more_to_give_the_caller_polls() -> None:
    """A user has 128 inotify instances and a process so many files; neither may end a wait."""
    script = """
import ctypes, os, resource
from scope.store.notices import Notices
resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
kept = []
try:
    while True:
        kept.append(os.dup(0))
except OSError:
    pass
print(Notices("/").descriptor)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "None\n"
