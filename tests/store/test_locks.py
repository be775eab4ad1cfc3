"""Locks are held by the living, and looking at one does not disturb it."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from pathlib import Path

import pytest

from scope.errors import StoreFault
from scope.store import locks
from tests.store.others import hear, process, strange, tell

HOLDER = """
import subprocess, sys
from scope.store import locks
with locks.hold(sys.argv[1]):
    child = subprocess.Popen(["sleep", "60"])
    print(child.pid, flush=True)
    sys.stdin.readline()
print("let go", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where a lock is to be."""
    return str(tmp_path / "lock")


def _freed(path: str) -> bool:
    """Take the lock within a moment: the kernel lets go while the killed process is torn down."""
    lock = locks.take(path, within_s=5.0)
    if lock is not None:
        lock.close()
    return lock is not None


def test_a_lock_dies_with_its_holder(path: str) -> None:
    """Also under kill -9, and also where a child of the holder lives on."""
    with process(HOLDER, path) as holder:
        child = int(hear(holder))
        try:
            assert locks.is_held(path)
            assert locks.take(path) is None
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            assert _freed(path)
            assert not locks.is_held(path)
            os.kill(child, 0)
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_lock_is_free_when_its_holder_lets_go(path: str) -> None:
    """The end of the block is the end of the lock."""
    with process(HOLDER, path) as holder:
        child = int(hear(holder))
        os.kill(child, signal.SIGKILL)
        tell(holder)
        assert hear(holder) == "let go"
        assert not locks.is_held(path)


def test_two_that_look_do_not_take_each_other_for_the_holder(path: str) -> None:
    """Looking holds the lock for an instant, but shared."""
    locks.hold(path).close()
    looker = os.open(path, os.O_RDONLY)
    fcntl.flock(looker, fcntl.LOCK_SH)
    try:
        assert not locks.is_held(path)
    finally:
        os.close(looker)


def test_who_takes_a_lock_is_not_beaten_by_those_who_only_look(path: str) -> None:
    """With a moment's patience it is taken, however many look at it all the time."""
    script = """
import sys
from scope.store import locks
print("ready", flush=True)
while True:
    locks.is_held(sys.argv[1])
"""
    locks.hold(path).close()
    with process(script, path) as looker:
        hear(looker)
        for _ in range(50):
            assert _freed(path)


def test_a_lock_file_that_does_not_exist_is_held_by_nobody(path: str) -> None:
    """And looking does not make it."""
    assert not locks.is_held(path)
    assert not os.path.exists(path)


def test_one_that_really_holds_the_lock_is_not_waited_for(path: str) -> None:
    """Patience is for those who only look; a second watcher goes at once."""
    with locks.hold(path):
        assert locks.take(path, within_s=86400) is None


def test_one_that_only_looks_is_waited_for_no_longer_than_was_asked(path: str) -> None:
    """It is None, not an error, however long somebody looks."""
    locks.hold(path).close()
    looker = os.open(path, os.O_RDONLY)
    fcntl.flock(looker, fcntl.LOCK_SH)
    try:
        before = time.monotonic()
        assert locks.take(path, within_s=0.05) is None
        assert time.monotonic() - before >= 0.05
    finally:
        os.close(looker)


def test_whoever_waits_gets_the_lock_when_it_is_free(path: str) -> None:
    """One after the other, without missing the moment."""
    script = """
import sys
from scope.store import locks
print("ready", flush=True)
with locks.hold(sys.argv[1]):
    print("mine", flush=True)
"""
    lock = locks.hold(path)
    with process(script, path) as other:
        assert hear(other) == "ready"
        assert locks.is_held(path)
        lock.close()
        assert hear(other) == "mine"


def test_a_lock_that_cannot_be_looked_at_is_an_error(tmp_path: Path) -> None:
    """Unknown is not free."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(StoreFault):
        locks.is_held(str(tmp_path / "loop"))
    with pytest.raises(StoreFault):
        locks.hold(str(tmp_path / "missing" / "lock"))


@pytest.mark.parametrize("how", ["fifo", "directory", "device", "socket"])
def test_what_is_no_plain_file_is_no_lock(tmp_path: Path, how: str) -> None:
    """Nobody holds it, nobody can take it, and nobody waits for it."""
    path = strange(tmp_path, how)
    assert not locks.is_held(path)
    for attempt in (locks.take, locks.hold):
        with pytest.raises(StoreFault):
            attempt(path)
