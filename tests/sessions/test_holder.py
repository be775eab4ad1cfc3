"""Which process holds the lock of a daemon."""

from __future__ import annotations

import fcntl
import os
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from scope.errors import Environment
from scope.sessions.processes import holder
from scope.store import locks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scope.store.locks import Lock


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[Lock]:
    """A lock that says the pid of a dead holder, and is held by another who has said nothing yet."""
    dead = subprocess.Popen(["true"])
    dead.wait()
    (tmp_path / "lock").write_text(f"{dead.pid}\n")
    taken = locks.take(str(tmp_path / "lock"))
    assert taken is not None
    yield taken
    taken.close()


def test_a_dead_holder_is_never_told_for_the_next(lock: Lock) -> None:
    """It is told once it has said who it is."""
    thread = threading.Timer(0.05, os.pwrite, (lock.descriptor, f"{os.getpid()}\n".encode().ljust(12), 0))
    thread.start()
    assert holder.pid(lock.path) == os.getpid()
    thread.join()


def test_who_never_says_is_nobody(lock: Lock) -> None:
    """Nobody is ended for him, and it is no success."""
    assert holder.pid(lock.path) is None
    with pytest.raises(Environment, match="cannot find the watcher of"):
        holder.end(lock.path, "the watcher", "log")


def test_of_a_lock_that_nobody_holds_there_is_no_holder(lock: Lock) -> None:
    """Whatever stands in its file."""
    os.pwrite(lock.descriptor, f"{os.getpid()}\n".encode(), 0)
    fcntl.flock(lock.descriptor, fcntl.LOCK_UN)
    assert holder.pid(lock.path) is None
    assert not holder.end(lock.path, "the watcher", "log")
