"""The two ways to change a file: replace it whole, or append a line. Nothing else is used."""

from __future__ import annotations

import os
import stat

from scope.errors import StoreFault, from_os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Final

LARGEST: Final = 1 << 26
SMALL: Final = 1 << 20
"""What a file of a few lines, which somebody else writes, can never exceed."""

_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
_NOT_PLAIN: Final = "it is no plain file"
_counter = 0


def encode(text: str) -> bytes:
    """Return the bytes of `text`; file names that are no UTF-8 come out as the bytes they were."""
    return text.encode("utf-8", "surrogateescape")


def writable(text: str, at_most: int) -> str:
    """Return a text that any file can take: no half characters (lone surrogates), and cut where it is too long."""
    if len(text) > at_most:
        text = f"{text[: at_most - 1]}…"
    return text.encode("utf-8", "replace").decode()


def replace(path: str, text: str, *, mode: int = 0o600, is_durable: bool = True) -> None:
    """Replace a whole file: write aside, fsync, rename. A reader sees the old or the new, never a part.

    What can be made again after a power cut need not be durable. Raises StoreFault, with the old
    file untouched.
    """
    global _counter  # noqa: PLW0603 - two threads, two temporary names
    _counter += 1
    aside = f"{path}.new-{os.getpid()}-{_counter}"
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            _write_all(descriptor, encode(text))
            if is_durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(aside, path)
    except OSError as error:
        remove(aside)
        raise from_os(error, "cannot write", path) from error


def append(path: str, line: str, *, is_durable: bool = True) -> None:
    """Append one line and fsync it: when this returns, the line is there for good.

    A torn line that an earlier writer left is ended first. Raises StoreFault; then a part of the
    line may be there, which readers skip.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        try:
            status = os.fstat(descriptor)
            _refuse_strange(status, "cannot write", path)
            size = status.st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            _write_all(descriptor, (b"\n" if torn else b"") + encode(line) + b"\n")
            if is_durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise from_os(error, "cannot write", path) from error


def read(path: str, at_most: int = LARGEST) -> str | None:
    """Return a file's text, or None where there is no such file.

    Never waits: a pipe or a device in its place is no file. Raises StoreFault for that, for one of
    more than `at_most` bytes, and for any other reason.
    """
    try:
        descriptor = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise from_os(error, "cannot read", path) from error
    try:
        _refuse_strange(os.fstat(descriptor), "cannot read", path)
        return _drained(descriptor, path, at_most)
    except OSError as error:
        raise from_os(error, "cannot read", path) from error
    finally:
        os.close(descriptor)


def stream(path: str) -> BinaryIO | None:
    """Open a plain file for reading, or return None where there is no such file; raises StoreFault as `read` does."""
    try:
        descriptor = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise from_os(error, "cannot read", path) from error
    try:
        _refuse_strange(os.fstat(descriptor), "cannot read", path)
    except BaseException:
        os.close(descriptor)
        raise
    return open(descriptor, "rb")


def read_named(path: str) -> str | None:
    """Return the text of what a person names, as `read` does; a pipe of theirs is waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise from_os(error, "cannot read", path) from error
    try:
        return _drained(descriptor, path, LARGEST)
    except OSError as error:
        raise from_os(error, "cannot read", path) from error
    finally:
        os.close(descriptor)


def tail(path: str, size: int) -> bytes:
    """Return at most the last `size` bytes of a file; none where it cannot be read, or is no plain file."""
    try:
        descriptor = os.open(path, _READ)
    except OSError:
        return b""
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return b""
        return os.pread(descriptor, size, max(0, status.st_size - size))
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def create(path: str, text: str = "", *, is_durable: bool = True) -> bool:
    """Create a file that must not exist yet; tell whether it was this call that made it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise from_os(error, "cannot write", path) from error
    try:
        _write_all(descriptor, encode(text))
        if is_durable:
            os.fsync(descriptor)
    except OSError as error:
        raise from_os(error, "cannot write", path) from error
    finally:
        os.close(descriptor)
    return True


def create_whole(path: str, text: str) -> bool:
    """Create a file that must not exist yet, complete from its first instant; tell whether it was this call.

    Raises StoreFault.
    """
    place, _, name = path.rpartition("/")
    aside = f"{place}/.{name}.new-{os.getpid()}-{os.urandom(4).hex()}"
    replace(aside, text)
    try:
        os.link(aside, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise from_os(error, "cannot write", path) from error
    finally:
        remove(aside)
    return True


def directory(path: str) -> None:
    """Make a directory of ours (0700), and those above it; it may exist."""
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
    except OSError as error:
        raise from_os(error, "cannot make the directory", path) from error


def sync(path: str) -> None:
    """Make a file that was written without fsync durable, or the names in a directory."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise from_os(error, "cannot write", path) from error


def remove(path: str) -> None:
    """Remove a file that may be gone already; what cannot be removed stays."""
    try:
        os.unlink(path)
    except OSError:
        return


def poke(path: str) -> None:
    """Touch a directory, so that whoever watches the one above looks at it; a hint, so it may fail."""
    try:
        os.utime(path)
    except OSError:
        return


def _drained(descriptor: int, path: str, at_most: int) -> str:
    parts, left = [], at_most
    while part := os.read(descriptor, min(1 << 20, left + 1)):
        parts.append(part)
        left -= len(part)
        if left < 0:
            raise StoreFault("cannot read", path, f"it has more than {at_most} bytes", f"look at it: ls -l {path}")
    return b"".join(parts).decode("utf-8", "surrogateescape")


def _refuse_strange(status: os.stat_result, what: str, path: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise StoreFault(what, path, _NOT_PLAIN, f"look at it: ls -ld {path}")


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
