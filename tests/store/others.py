"""Other processes: what the store promises, it promises across these."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def process(script: str, *words: object) -> Iterator[subprocess.Popen[str]]:
    """Run a Python script beside the test, talk to it by its pipes, and end it afterwards."""
    argv = [sys.executable, "-c", script, *map(str, words)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as other:
        try:
            yield other
        finally:
            other.kill()


def hear(other: subprocess.Popen[str]) -> str:
    """Wait for the process's next line and return it; empty when it has ended."""
    assert other.stdout is not None
    return other.stdout.readline().strip()


def tell(other: subprocess.Popen[str], word: str = "") -> None:
    """Write the process a line."""
    assert other.stdin is not None
    other.stdin.write(f"{word}\n")


def strange(place: Path, how: str) -> str:
    """Make a thing that is no plain file, and return its path."""
    path = place / how
    if how == "fifo":
        os.mkfifo(path)
    elif how == "directory":
        path.mkdir()
    elif how == "device":
        path.symlink_to("/dev/zero")
    else:
        os.mknod(path, stat.S_IFSOCK | 0o600)
    return str(path)
