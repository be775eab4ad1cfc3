"""The address: where the router listens, and the one file that says so."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import tempfile
from typing import TYPE_CHECKING, Final

from scope.errors import ScopeError
from scope.store import atomic, rundir

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_PATH: Final = 100
_ROOM: Final = 40  # for what a private directory and the socket are called
_PRIVATE: Final = 0o700


def said(root: str) -> dict[str, object]:
    """Return what the last router said of where it is; nothing where none did."""
    try:
        found = json.loads(atomic.read(rundir.router_address(root)) or "{}")
    except (ValueError, ScopeError):
        return {}
    return found if isinstance(found, dict) else {}


def place(root: str, before: str) -> str:
    """Return the socket's path: within the root, or, where that is too long, in a private directory."""
    path = rundir.router_socket(root)
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        return path
    if before and len(os.fsencode(before)) <= _LONGEST_PATH and _is_private(os.path.dirname(before)):
        return before
    temporary = tempfile.gettempdir()
    if len(os.fsencode(temporary)) > _LONGEST_PATH - _ROOM:
        temporary = "/tmp"  # noqa: S108 - mkdtemp makes a private directory in it
    return f"{tempfile.mkdtemp(prefix='scope-', dir=temporary)}/router.socket"


def _is_private(directory: str) -> bool:
    try:
        status = os.lstat(directory)
    except OSError:
        return False
    return status.st_uid == os.getuid() and stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == _PRIVATE


def listen(path: str, backlog: int) -> socket.socket:
    """Open the socket for its owner; one that is there already belongs to nobody, for the lock is the caller's."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, 0o600)
    listener.listen(backlog)
    listener.setblocking(False)
    return listener


def say(root: str, path: str, port: int, keys: Mapping[str, str]) -> None:
    """Write down where the router is, and which keys it was given, by name and mark; a port of 0 is none."""
    here = {"pid": os.getpid(), "socket": path, "port": port or None, "keys": dict(keys)}
    atomic.replace(rundir.router_address(root), f"{json.dumps(here)}\n", is_durable=False)
