"""A mailbox without locks: written in `tmp/`, renamed into `new/`, moved to `cur/` by its reader."""

from __future__ import annotations

import os
import time

from scope.errors import from_os
from scope.store import atomic

_PARTS = ("tmp", "new", "cur")
_counter = 0


def deliver(box: str, text: str) -> str:
    """Put a message into the box and return its name; names sort by time. Raises StoreFault.

    The box is made where there is none, but not what it lies in: whose mailbox it is may just be leaving.
    """
    global _counter  # noqa: PLW0603 - two messages in one nanosecond, two names
    _counter += 1
    name = f"{time.time_ns():020d}.{os.getpid()}.{_counter}"
    aside = f"{box}/{_PARTS[0]}/{name}"
    try:
        for place in (box, *(f"{box}/{part}" for part in _PARTS)):
            if not os.path.isdir(place):
                _make(place)
        atomic.create(aside, text)
        os.rename(aside, f"{box}/new/{name}")
    except OSError as error:
        raise from_os(error, "cannot deliver to", box) from error
    finally:
        atomic.remove(aside)
    return name


def _make(place: str) -> None:
    try:
        os.mkdir(place, 0o700)
    except FileExistsError:
        return


def waiting(box: str) -> list[str]:
    """Return the names of the messages that nobody has taken, the oldest first."""
    try:
        return sorted(name for name in os.listdir(f"{box}/new") if not name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise from_os(error, "cannot read", box) from error


def find(box: str, name: str) -> tuple[str, str] | None:
    """Return a message's path and flags, whether it waits (no flags) or was taken; None where it is gone."""
    fresh = f"{box}/new/{name}"
    if os.path.exists(fresh):
        return fresh, ""
    try:
        taken = [entry for entry in os.listdir(f"{box}/cur") if entry.split(":", 1)[0] == name]
    except OSError:
        return None
    if not taken:
        return (fresh, "") if os.path.exists(fresh) else None
    return f"{box}/cur/{taken[0]}", taken[0].rpartition(":2,")[2]


def take(box: str, name: str, flags: str = "S") -> None:
    """Move a message to `cur/`, with flags (S: seen, F: could not be delivered). Doing it again is harmless."""
    try:
        atomic.directory(f"{box}/cur")
        os.rename(f"{box}/new/{name}", f"{box}/cur/{name}:2,{flags}")
    except FileNotFoundError:
        return
    except OSError as error:
        raise from_os(error, "cannot take a message from", box) from error


def flag(box: str, name: str, flags: str) -> None:
    """Say what became of a message that was taken."""
    found = find(box, name)
    if found is None:
        return
    try:
        os.rename(found[0], f"{box}/cur/{name}:2,{flags}")
    except OSError as error:
        raise from_os(error, "cannot flag a message in", box) from error


def unfinished(box: str) -> list[str]:
    """Return the names of the messages that were taken and of which nobody said what became of them."""
    try:
        return sorted(entry[: -len(":2,")] for entry in os.listdir(f"{box}/cur") if entry.endswith(":2,"))
    except OSError:
        return []
