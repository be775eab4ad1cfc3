"""Running one command of a model's: in a group and a session of its own, its output in a file, its time bounded."""

from __future__ import annotations

import os
import signal
import time

from scope.errors import StoreFault, from_os
from scope.store import atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Final, Protocol

    class Waiting(Protocol):
        """Waits, and takes what is typed meanwhile."""

        is_interrupted: bool

        def wait(self, longest_s: float, descriptor: int | None = None) -> None:
            """Return when the time is over, the descriptor can be read, or somebody presses Ctrl-C."""


GRACE_S: Final = 2.0
LAST_GRACE_S: Final = 0.3  # the worker itself is being ended
LARGEST_OUTPUT: Final = 1 << 28
_SHORTEST_LOOK_S: Final = 0.05
_LONGEST_LOOK_S: Final = 0.5
_DEATH_S: Final = 5.0  # what belongs to another user, or hangs in the kernel, does not die of our KILL
_GROUP_LOOK_S: Final = 0.02
_KILLED: Final = 128 + signal.SIGKILL
_INTERRUPTED: Final = 128 + signal.SIGINT
# Python ignores these, and a child would go on ignoring them.
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_DEFAULT: Final = [signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ]


class Outcome:
    """How a command ended: its exit code (128+n for signal n), how long it took, and who ended it, if anybody."""

    __slots__ = ("code", "ended_by", "seconds")

    def __init__(self, code: int, seconds: float, ended_by: str = "") -> None:
        self.code = code
        self.seconds = seconds
        self.ended_by = ended_by  # "", timeout, person, size


class Unstartable(Exception):
    """The command cannot even be begun; says why."""


def run(command: str, output: str, timeout_s: float, desk: Waiting, show: Callable[[], bool]) -> Outcome:
    """Run a command to its end, or to the end of its time; `show` prints what is new and tells if anything was.

    What it leaves in the background goes on. Raises Unstartable, StoreFault.
    """
    atomic.directory(os.path.dirname(output))
    began = time.monotonic()
    # A signal that ends the worker between the command's start and the `try` would leave the command behind.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        process = _Process(command, output, before)
    except BaseException:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        ended_by = process.await_end(began + timeout_s, desk, show)
        if ended_by:
            process.end(signal.SIGINT if ended_by == "person" else signal.SIGTERM, GRACE_S)
    except BaseException:
        process.end(signal.SIGTERM, LAST_GRACE_S)
        raise
    finally:
        process.close()
    show()
    return Outcome(_KILLED if process.code is None else process.code, time.monotonic() - began, ended_by)


class _Process:
    """A bash that was started, until it has ended."""

    __slots__ = ("_handle", "_output", "_pid", "code")

    def __init__(self, command: str, output: str, mask: Iterable[int]) -> None:
        self._output = output
        self.code: int | None = None
        self._pid = _start(command, output, mask)
        opener = getattr(os, "pidfd_open", None)  # Linux; elsewhere it is looked at now and then
        self._handle: int | None = opener(self._pid) if opener else None

    def await_end(self, deadline: float, desk: Waiting, show: Callable[[], bool]) -> str:
        """Wait for its end and return nothing, or why it has to be ended."""
        look_s = _SHORTEST_LOOK_S
        while not self._has_ended():
            if desk.is_interrupted:
                return "person"
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return "timeout"
            if _size(self._output) > LARGEST_OUTPUT:
                return "size"
            desk.wait(min(look_s, left_s), self._handle)
            # Often while something happens, seldom while nothing does: this wakes for each second of a long build.
            look_s = _SHORTEST_LOOK_S if show() else min(look_s * 1.5, _LONGEST_LOOK_S)
        # One that was just being started may have been hit by the very Ctrl-C.
        return "person" if desk.is_interrupted and self.code == _INTERRUPTED else ""

    def end(self, first: signal.Signals, grace_s: float) -> None:
        """End the whole group: a signal, a grace, KILL. One that is stopped is let go on, so that it can."""
        deadline = time.monotonic() + grace_s
        self._signal(first)
        self._signal(signal.SIGCONT)
        while self._is_group_there() and time.monotonic() < deadline:
            time.sleep(_GROUP_LOOK_S)
        self._signal(signal.SIGKILL)
        deadline = time.monotonic() + _DEATH_S
        while not self._has_ended() and time.monotonic() < deadline:
            time.sleep(_GROUP_LOOK_S)

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)

    def _has_ended(self) -> bool:
        if self.code is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.code = code if code >= 0 else 128 - code
        return self.code is not None

    def _is_group_there(self) -> bool:
        self._has_ended()  # a zombie would be taken for one that lives
        return self._signal(0)

    def _signal(self, number: int) -> bool:
        try:
            os.killpg(self._pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def _start(command: str, output: str, mask: Iterable[int]) -> int:
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    try:
        atomic.create(output, is_durable=False)  # or a full disk would look like a missing bash
        for program in ("bash", "sh"):
            argv = [program, "-c", command]
            try:
                # A session of its own, so that nothing in it can type, read or draw on the pane's terminal.
                return os.posix_spawnp(
                    program, argv, os.environ, file_actions=files, setsid=True, setsigdef=_DEFAULT, setsigmask=mask
                )
            except FileNotFoundError:
                continue
    except StoreFault:
        raise
    except OSError as error:
        raise Unstartable(str(error.strerror)) from error
    raise from_os(FileNotFoundError(2, "it is not on the path"), "cannot run", "bash")


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
