"""A lasting line to the tmux server (control mode): a command costs no process of its own.

Only what must be quick goes over it: starting attempts. Whatever goes wrong on it is Lost, and the
same is done again by ordinary calls, which find out what had happened already.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Final

from scope.sessions.environment import quote
from scope.store import rundir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.tmux.server import Server

KEEPER: Final = "watcher"
"""A control client must be attached to some session: this one, in which nothing runs but a `cat`."""
_ANSWERS_WITHIN_S: Final = 2.0


class Lost(Exception):
    """The line is gone, or it is not known what became of what was said on it."""


class Control:
    """One control client, started when it is first needed, and again when it was lost."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: subprocess.Popen[bytes] | None = None
        self._said = 0

    def run(self, commands: Sequence[Sequence[str]]) -> str:
        """Run sequences of commands (words, with `;` between commands) and return all that they print.

        A sequence that fails ends at its failing command; the others run. Raises Lost.
        """
        if any("\n" in word for words in commands for word in words):
            raise Lost
        client = self._connected()
        self._said += 1
        end = f"scope-said-{self._said}"
        lines = [" ".join(";" if word == ";" else quote(word) for word in words) for words in commands]
        text = "".join(f"{line}\n" for line in [*lines, f"display-message -p {end}"])
        try:
            assert client.stdin is not None
            unsent = os.fsencode(text)
            while unsent:
                unsent = unsent[os.write(client.stdin.fileno(), unsent) :]
            return self._until(client, end)
        except (OSError, Lost) as error:
            self.close()
            raise Lost from error

    def close(self) -> None:
        """Hang up."""
        client, self._client = self._client, None
        if client is not None:
            for stream in (client.stdin, client.stdout):
                if stream is not None:
                    stream.close()
            client.kill()
            client.wait()

    def drain(self) -> None:
        """Read and drop the news that tmux sends unasked, lest it piles up in the server."""
        if self._client is None or self._client.stdout is None:
            return
        while select.select([self._client.stdout], [], [], 0)[0]:
            if not os.read(self._client.stdout.fileno(), 1 << 16):
                self.close()
                return

    def _connected(self) -> subprocess.Popen[bytes]:
        if self._client is not None and self._client.poll() is None:
            return self._client
        self.close()
        about = f"This session is the watcher's own; its log is {rundir.watcher_log(self._server.root)}"
        shows = f"printf '%s\\n' {quote(about)}; exec cat >/dev/null"
        argv = [*_dying_with_us(), "tmux", "-u", "-N", *self._server.address(), "-C", "new-session", "-A", "-s", KEEPER]
        argv += ["-x", "200", "-y", "50", "-c", "/", "--", "/bin/sh", "-c", shows]
        try:
            self._client = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
            )
        except OSError as error:
            raise Lost from error
        return self._client

    @staticmethod
    def _until(client: subprocess.Popen[bytes], end: str) -> str:
        assert client.stdout is not None
        heard = b""
        deadline = time.monotonic() + _ANSWERS_WITHIN_S
        wanted = f"\n{end}\n".encode()
        while wanted not in heard:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not select.select([client.stdout], [], [], left_s)[0]:
                raise Lost
            piece = os.read(client.stdout.fileno(), 1 << 16)
            if not piece:
                raise Lost
            heard += piece
        # What begins with % is the protocol's, or news of windows; what commands print is the rest.
        lines = heard[: heard.index(wanted)].decode("utf-8", "replace").split("\n")
        return "".join(f"{line}\n" for line in lines if not line.startswith("%"))


def _dying_with_us() -> tuple[str, ...]:
    """Return the words that end a program together with its parent, where util-linux has them.

    A control client that was left with news to write never goes, and a server does not end before
    its clients (tmux 3.3a): `kill-server` would return and leave both behind.
    """
    return ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
