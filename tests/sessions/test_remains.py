"""What still runs of an attempt that has ended."""

from __future__ import annotations

import fcntl
import os
import threading
from typing import TYPE_CHECKING

import pytest

from scope.sessions.records import remains
from scope.store import attemptdir, locks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scope.store.locks import Lock


@pytest.fixture
def attempt(tmp_path: Path) -> str:
    """The directory of an attempt that has ended just now."""
    (tmp_path / os.path.basename(attemptdir.exit_code("a"))).write_text("0   \n")
    return str(tmp_path)


@pytest.fixture
def held(attempt: str) -> Iterator[Lock]:
    """Its lock, held as by its wrapper."""
    lock = locks.take(attemptdir.lock(attempt))
    assert lock is not None
    yield lock
    lock.close()


def test_of_what_has_gone_nothing_runs(attempt: str) -> None:
    """Nobody holds its lock."""
    assert not remains.runs(attempt)


def test_the_wrapper_of_an_attempt_that_has_just_ended_is_waited_for(attempt: str, held: Lock) -> None:
    """It stays until its last words are in the log."""
    thread = threading.Timer(0.1, fcntl.flock, (held.descriptor, fcntl.LOCK_UN))
    thread.start()
    assert not remains.runs(attempt)
    thread.join()


def test_what_runs_on_after_the_end_runs(attempt: str, held: Lock) -> None:
    """As a process in the background does: the wrapper is gone long since."""
    past = os.stat(attemptdir.exit_code(attempt)).st_mtime - 60
    os.utime(attemptdir.exit_code(attempt), (past, past))
    assert remains.runs(attempt)


def test_what_has_not_ended_runs(attempt: str, held: Lock) -> None:
    """There is no exit to wait after."""
    os.unlink(attemptdir.exit_code(attempt))
    assert remains.runs(attempt)
