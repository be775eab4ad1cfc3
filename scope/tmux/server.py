"""The door to tmux: every call has a time limit and a checked return.

libtmux is not used here: its lists are empty both when there is nothing and when the server cannot
be reached, and its calls have no time limit. The watcher must tell the two apart to kill nothing.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import TmuxMissing, TmuxUnreachable
from scope.sessions.processes import logout
from scope.store import atomic, rundir
from scope.tmux import ps
from scope.tmux.address import server_name

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG: Final = """\
# The private server of one .scope root; a person's own tmux configuration is not read.
set -s exit-empty off
set -s escape-time 10
set -g default-terminal screen-256color
set -g remain-on-exit on
set -g update-environment ""
set -g status-left "[scope #S] "
set -g status-left-length 40
set -g status-right "detach: Ctrl-b d"
set -g mouse off
"""
_CALL_S: Final = 5.0
_ANSWERS: Final = 2
_SERVER_GONE: Final = ("no server running", "error connecting", "lost server", "server exited")


class Refused(Exception):
    """Tmux answered, and the answer was no."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which server process is ours."""

    name: str
    socket: str
    pid: int
    started: int  # as `started_at` tells it


def recorded(root: str) -> Identity | None:
    """Return what `run/tmux` says, or None."""
    try:
        said = json.loads(atomic.read(rundir.tmux(root)) or "")
        return Identity(str(said["name"]), str(said["socket"]), int(said["pid"]), int(said["started"]))
    except (ValueError, KeyError, TypeError):
        return None


class Server:
    """The private tmux server of one root."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.name = server_name(root)
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._files = "unlimited" if files == resource.RLIM_INFINITY else str(files)
        self.identity: Identity | None = recorded(root)

    def run(self, *words: str, text: str | None = None) -> str:
        """Run one tmux command (or several, between `;`) and return what it prints.

        Raises TmuxUnreachable when the server gives no answer in time or is not there, Refused when
        it answers with an error, TmuxMissing without tmux.
        """
        # -u: for a client of another locale tmux prints what it takes for unprintable, tabs too, as `_`.
        argv = ["tmux", "-u", "-N", *self.address(), *words]
        try:
            done = subprocess.run(
                argv, input=text, capture_output=True, text=True, timeout=_CALL_S, check=False, errors="replace"
            )
        except FileNotFoundError as error:
            raise TmuxMissing("cannot find tmux", hint="apt-get install tmux") from error
        except subprocess.TimeoutExpired as error:
            raise TmuxUnreachable("tmux does not answer on", self.name, "5 seconds passed") from error
        except OSError as error:
            raise TmuxUnreachable("cannot run tmux on", self.name, error.strerror or "") from error
        if done.returncode:
            said = done.stderr.strip()
            if any(sign in said for sign in _SERVER_GONE) or not said:
                raise TmuxUnreachable("cannot reach tmux on", self.name, said)
            raise Refused(said)
        return done.stdout

    def address(self) -> tuple[str, str]:
        """Return the words that lead tmux to this server, wherever its socket was made."""
        # Not by name alone: whoever starts the next watcher may have another TMUX_TMPDIR.
        return ("-L", self.name) if self.identity is None else ("-S", self.identity.socket)

    def is_running(self) -> bool | None:
        """Tell whether the server's process lives; None when it was never started by us."""
        if self.identity is None:
            return None
        started = started_at(self.identity.pid)
        # `ps` computes it each time anew, and rounds.
        return started is not None and abs(started - self.identity.started) <= 1

    def ensure(self) -> Identity:
        """Return the running server, started if it must be, its socket brought back if that is gone."""
        if self.is_running():
            assert self.identity is not None
            try:
                self.run("display-message", "-p", "")
            except TmuxUnreachable:
                self.bring_back(self.identity)
            return self.identity
        return self._start()

    def bring_back(self, identity: Identity) -> None:
        """Have a server that lives without a socket make it again (SIGUSR1); raises TmuxUnreachable where it does not.

        The caller has made sure that the process is that server.
        """
        atomic.directory(os.path.dirname(identity.socket))
        os.kill(identity.pid, signal.SIGUSR1)
        self._answer_within(2.0)

    def _start(self) -> Identity:
        self.identity = None  # the one before is gone, and its socket may lie elsewhere
        atomic.replace(rundir.tmux_config(self.root), CONFIG)
        # Started alone: the command line that starts a server stays readable in `ps` for its whole life.
        argv = ["tmux", "-L", self.name, "-f", rundir.tmux_config(self.root), "start-server"]
        try:
            # With the limits that its caller had: the work must not see what the watcher raised for itself.
            limited = f'ulimit -S -n {self._files} 2>/dev/null; exec "$@"'
            argv = ["/bin/sh", "-c", limited, "sh", *logout.proof(argv, os.environ)]
            subprocess.run(argv, capture_output=True, timeout=_CALL_S, check=False)
        except FileNotFoundError as error:
            raise TmuxMissing("cannot find tmux", hint="apt-get install tmux") from error
        except (subprocess.TimeoutExpired, OSError) as error:
            raise TmuxUnreachable("cannot start tmux on", self.name, str(error)) from error
        said = self._answer_within(2.0).split("\t")
        if len(said) < _ANSWERS or not said[0].isdigit():
            raise TmuxUnreachable("cannot understand tmux on", self.name, repr(said))
        pid = int(said[0])
        self.identity = Identity(self.name, said[1], pid, started_at(pid) or 0)
        atomic.replace(rundir.tmux(self.root), json.dumps(asdict(self.identity)) + "\n")
        return self.identity

    def _answer_within(self, limit_s: float) -> str:
        deadline = time.monotonic() + limit_s
        while True:
            try:
                return self.run("display-message", "-p", "#{pid}\t#{socket_path}").rstrip("\n")
            except TmuxUnreachable:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.005)


def started_at(pid: int) -> int | None:
    """Return when a process started, in ticks since boot, or in seconds without /proc; None for one that is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read().rpartition(b") ")[2].split()
    except OSError:
        line = None if os.path.isdir("/proc/self") else ps.one(pid)
        return None if line is None else line[3]
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def escaped(words: Sequence[str]) -> list[str]:
    """Return words for tmux's own argv, where one that ends in `;`, other than a lone one, would end the command."""
    return [word[:-1] + "\\;" if word.endswith(";") and word != ";" else word for word in words]
