"""A terminal of a known size, to run `scope` on."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

from tests.driver import SCOPE

if TYPE_CHECKING:
    from tests.driver import World


def on_terminal(
    world: World, *words: str, columns: int = 80, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `scope WORDS` with standard input and output on a terminal, standard error in a pipe."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [SCOPE, *words],
        cwd=world.project,
        env={**world.env, **(env or {})},
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    os.close(theirs)
    shown = _all_of(ours)
    os.close(ours)
    said = process.communicate(timeout=60)[1].decode()
    assert "Traceback" not in said, said
    return subprocess.CompletedProcess(words, process.returncode, shown.decode().replace("\r\n", "\n"), said)


def _all_of(descriptor: int) -> bytes:
    """Read until nobody has the terminal open any more, which Linux says with EIO."""
    pieces = []
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:
            return b"".join(pieces)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
