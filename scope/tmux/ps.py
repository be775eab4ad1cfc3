"""The processes of the machine as `ps` tells them, where there is no /proc (macOS, the BSDs).

It is asked in one language and one time zone: who compares may live in others.
"""

from __future__ import annotations

import calendar
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ANSWERS_WITHIN_S: Final = 10.0
_COLUMNS: Final = ("pid", "ppid", "pgid", "stat", "lstart", "command")
_WORDS: Final = 9  # before the command: when a process started takes five
_STARTED: Final = "%a %b %d %H:%M:%S %Y"

Line = tuple[int, int, int, int, str]
"""Pid, parent, group, when it started (seconds since 1970), command line."""


def everything() -> list[Line]:
    """Return all processes that are no zombies."""
    return list(_lines("-A"))


def one(pid: int) -> Line | None:
    """Return one process, or None where it is gone or a zombie."""
    return next(_lines("-p", str(pid)), None)


def environments(lines: Sequence[Line]) -> dict[int, str]:
    """Return what each of these processes was started with: its environment in one line, as far as it may be read."""
    # macOS spells it -E. Elsewhere it is BSD's `e`, without a dash; with one it means something else.
    words = ("-A", "-E", "-ww") if sys.platform == "darwin" else ("axeww",)
    commands = {pid: command for pid, _, _, _, command in lines}
    found = {}
    for line in _said(*words, "-o", "pid=", "-o", "command="):
        pid, _, whole = line.strip().partition(" ")
        command = commands.get(int(pid), "") if pid.isdigit() else ""
        # What stands behind the command line: its words are anybody's, and say nothing of where it belongs.
        if command and whole.lstrip().startswith(command):
            found[int(pid)] = whole.lstrip()[len(command) :]
    return found


def holders(path: str) -> list[int]:
    """Return the pids that have a file open, as lsof tells them; none where there is no lsof."""
    place = shutil.which("lsof", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
    if place is None:
        return []
    return [int(word) for line in _run([place, "-t", "--", path]) for word in line.split() if word.isdigit()]


def _lines(*which: str) -> Iterator[Line]:
    for line in _said("-ww", *which, *(word for name in _COLUMNS for word in ("-o", f"{name}="))):
        words = line.split(None, _WORDS)
        if len(words) < _WORDS or words[3].startswith(("Z", "X")):
            continue
        try:
            started = calendar.timegm(time.strptime(" ".join(words[4:9]), _STARTED))
            command = words[_WORDS] if len(words) > _WORDS else ""
            yield int(words[0]), int(words[1]), int(words[2]), started, command
        except ValueError:
            continue


def _said(*words: str) -> list[str]:
    return _run(["ps", *words])


def _run(argv: list[str]) -> list[str]:
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC0"}
    try:
        done = subprocess.run(
            argv, env=environment, capture_output=True, text=True, errors="surrogateescape", check=False,
            timeout=_ANSWERS_WITHIN_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines()
