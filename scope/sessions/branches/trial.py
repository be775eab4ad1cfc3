"""A trial: one shell line run over merged work, printed as it comes, and ended when it takes too long."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.sessions.branches import worktrees
from scope.sessions.records import terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT: Final = 1 << 16
_PIPE: Final = 1 << 16  # what it can hold
_LINES: Final = 200
_GRACE_S: Final = 2.0
_LOOK_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Tried:
    """How it ended, and the last lines that it printed."""

    code: int
    lines: tuple[str, ...]
    is_late: bool = False


def run(check: str, place: str, more: Mapping[str, str], timeout_s: float) -> Tried:
    """Run a check in a place, with variables on top of ours, and return how it ended."""
    kept = {name: value for name, value in os.environ.items() if name not in worktrees.LEADING}
    with subprocess.Popen(
        ["/bin/sh", "-c", check],
        cwd=place,
        env={**kept, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        printed: deque[bytes] = deque()
        is_late = _follow(process, printed, time.monotonic() + timeout_s)
        _end(process)
    said = terminal.plain(b"".join(printed)).decode("utf-8", "replace").splitlines()
    return Tried(process.wait(), tuple(said[-_LINES:]), is_late)


def _follow(process: subprocess.Popen[bytes], printed: deque[bytes], deadline: float) -> bool:
    """Print what it prints until it has ended; tell whether that takes too long."""
    assert process.stdout is not None
    descriptor, size, left = process.stdout.fileno(), 0, _PIPE
    while left > 0:
        has_ended = process.poll() is not None
        if select.select([descriptor], [], [], 0 if has_ended else _LOOK_S)[0]:
            piece = os.read(descriptor, 1 << 14)
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            printed.append(piece)
            size += len(piece)
            while size > _KEPT and len(printed) > 1:
                size -= len(printed.popleft())
            left -= len(piece) * has_ended  # who goes on printing then is not the check
            if not piece:
                return _outlasts(process, deadline)  # it closed its output, and may still be at work
        elif has_ended or process.poll() is not None:
            return False
        if time.monotonic() >= deadline:
            return True  # also one that never ceases to print
    return False


def _outlasts(process: subprocess.Popen[bytes], deadline: float) -> bool:
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of it: the next trial has the place for itself."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
