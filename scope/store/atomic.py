"""The two ways to change a file: replace it whole, or append a line. Nothing else is used."""

from __future__ import annotations

import os

from scope.errors import from_os

_counter = 0


def encode(text: str) -> bytes:
    """Return the bytes of `text`; file names that are no UTF-8 come out as the bytes they were."""
    return text.encode("utf-8", "surrogateescape")


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
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            _write_all(descriptor, (b"\n" if torn else b"") + encode(line) + b"\n")
            if is_durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise from_os(error, "cannot write", path) from error


def read(path: str) -> str | None:
    """Return a file's text, or None where there is no such file. Raises StoreFault for any other reason."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise from_os(error, "cannot read", path) from error
    try:
        parts = []
        while part := os.read(descriptor, 1 << 20):
            parts.append(part)
    except OSError as error:
        raise from_os(error, "cannot read", path) from error
    finally:
        os.close(descriptor)
    return b"".join(parts).decode("utf-8", "surrogateescape")


def tail(path: str, size: int) -> bytes:
    """Return at most the last `size` bytes of a file; none where it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        length = os.fstat(descriptor).st_size
        return os.pread(descriptor, size, max(0, length - size))
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


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
