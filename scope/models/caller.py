"""The caller: which attempt a process that opened the unix socket belongs to."""

from __future__ import annotations

import os
import socket
import struct
from typing import Final

_VARIABLE: Final = b"SCOPE_ATTEMPT="
_CREDENTIALS: Final = struct.Struct("3i")
_DEEPEST: Final = 64


def pid_of(connection: socket.socket) -> int:
    """Return the process that opened a connection; 0 where the system does not say."""
    if connection.family != socket.AF_UNIX or not hasattr(socket, "SO_PEERCRED"):
        return 0
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except OSError:
        return 0
    return int(_CREDENTIALS.unpack(raw)[0])


def session_of(root: str, pid: int) -> str | None:
    """Return the session of this root that a process runs inside, by its environment or an ancestor's.

    None for a process of none, and for one of which nothing can be read.
    """
    prefix = os.fsencode(f"{root}/")
    for _ in range(_DEEPEST):
        if pid <= 1:
            return None
        mark = _mark(pid)
        if mark is not None:
            inside = mark.startswith(prefix)
            return os.fsdecode(mark[len(prefix) :]).partition("/")[0] if inside else None
        pid = _parent(pid)
    return None


def _mark(pid: int) -> bytes | None:
    try:
        with open(f"/proc/{pid}/environ", "rb") as stream:
            variables = stream.read().split(b"\0")
    except OSError:
        return None
    return next((one[len(_VARIABLE) :] for one in variables if one.startswith(_VARIABLE)), None)


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            return int(stream.read().rpartition(b") ")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0
