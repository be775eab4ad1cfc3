"""Locks that die with their holder, also under kill -9 (flock)."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time

from scope.errors import StoreFault, from_os


class Lock:
    """An exclusive lock on a file, held while this object is open."""

    __slots__ = ("descriptor", "path")

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor

    def close(self) -> None:
        """Let go of it."""
        os.close(self.descriptor)

    def is_in_place(self) -> bool:
        """Tell whether the file is still the one that is locked: one that was removed keeps nobody out."""
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self.descriptor))
        except FileNotFoundError:
            return False

    def __enter__(self) -> Lock:  # noqa: PYI034 - typing.Self would be imported at run time
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def hold(path: str) -> Lock:
    """Take the lock, waiting for as long as another holds it."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        os.close(descriptor)
        raise from_os(error, "cannot lock", path) from error
    return Lock(path, descriptor)


def take(path: str, within_s: float = 0.0) -> Lock | None:
    """Take the lock; None where another holds it.

    `within_s` is for those who only look (`is_held`) and are in the way for an instant; one that
    really holds it is not waited for.
    """
    descriptor = _open(path)
    deadline = time.monotonic() + within_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno != errno.EWOULDBLOCK:
                os.close(descriptor)
                raise from_os(error, "cannot lock", path) from error
            if time.monotonic() >= deadline or is_held(path):
                os.close(descriptor)
                return None
            time.sleep(0.002)
        else:
            return Lock(path, descriptor)


def is_held(path: str) -> bool:
    """Tell whether somebody holds the lock; one that does not exist, or is no plain file, is held by nobody."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            return False
        raise from_os(error, "cannot look at the lock", path) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        # Shared, so that two that look at once do not take each other for the holder.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno == errno.EWOULDBLOCK:
            return True
        raise from_os(error, "cannot look at the lock", path) from error
    else:
        return False
    finally:
        os.close(descriptor)


def _open(path: str) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise from_os(error, "cannot lock", path) from error
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise StoreFault("cannot lock", path, "it is no plain file", f"look at it: ls -ld {path}")
