"""Errands: programs of people's that run beside the watcher, a few at once, none for long.

Nothing here waits, but at the watcher's own end for a moment. Each has a process group of its own,
which is killed when its time is over, and after its end for whatever it left behind.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scope.supervision.observation.senses import Senses

WAITING_AT_MOST: Final = 4000
_LISTENS_TO: Final = 1 << 20  # bytes of output, behind which nobody reads on
_READS: Final = 1 << 16
_KEPT: Final = 500
_LOOKS_S: Final = 0.05  # where nothing tells of an end


@dataclass(frozen=True, slots=True)
class Errand:
    """A program, and what it is told on its standard input."""

    program: str
    told: bytes
    environment: Mapping[str, str]
    directory: str


@dataclass(slots=True)
class _Run:
    errand: Errand
    process: subprocess.Popen[bytes]
    until: float
    pidfd: int | None
    output: int | None
    heard: int = 0
    said: bytes = b""
    killed: str = ""  # why


class Errands:
    """Runs what it is given, in that order; `ended` is told of each how it ended, nothing where it went well."""

    def __init__(self, senses: Senses, ended: Callable[[Errand, str, str], None]) -> None:
        self.timeout_s = 10.0
        self.at_most = 4
        self._senses = senses
        self._ended = ended
        self._waiting: deque[Errand] = deque()
        self._running: list[_Run] = []

    @property
    def is_busy(self) -> bool:
        """Whether something runs, or will."""
        return bool(self._running or (self._waiting and self.at_most))

    def add(self, errand: Errand) -> bool:
        """Have a program run when there is room; tell whether it will be: not where too many wait."""
        if not self.at_most or len(self._waiting) >= WAITING_AT_MOST:
            return False
        self._waiting.append(errand)
        return True

    def next_visit(self, now: float) -> float | None:
        """Return when something is due; ends wake the watcher by themselves where the system can tell."""
        # One that was killed and cannot be (it became another user, say) is no reason to look all the time.
        due = [run.until for run in self._running if not run.killed]
        due += [now + _LOOKS_S for run in self._running if run.pidfd is None]
        if self._waiting and len(self._running) < self.at_most:
            return now
        return min(due, default=None)

    def step(self, now: float) -> None:
        """See who has ended, end who is late, start who has waited."""
        for run in list(self._running):
            self._listen(run)
            if _has_ended(run.process):
                self._part(run)
            elif now >= run.until and not run.killed:
                _kill(run, f"it took longer than {self.timeout_s:g} s and was killed")
        while self._waiting and len(self._running) < self.at_most:
            self._start(self._waiting.popleft(), now)

    def close(self, within_s: float) -> None:
        """Let what is under way end within a moment, and kill what does not: nobody would look at its time."""
        self._see_out(within_s)
        self._waiting.clear()
        for run in self._running:
            _kill(run, "the watcher was told to leave, so it was killed")
        self._see_out(within_s)  # one that cannot be killed is left behind

    def _see_out(self, within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while self.is_busy and time.monotonic() < deadline:
            self.step(clock.since_boot())
            time.sleep(0.005)

    def _start(self, errand: Errand, now: float) -> None:
        reading = writing = -1
        try:
            reading, writing = os.pipe()
            # A file without a name: a pipe would have to be filled by somebody who waits for its reader.
            with tempfile.TemporaryFile() as told:
                told.write(errand.told)
                told.seek(0)
                process = subprocess.Popen(
                    [errand.program], stdin=told, stdout=writing, stderr=writing, cwd=errand.directory,
                    env=dict(errand.environment), process_group=0,
                )  # fmt: skip
        except OSError as error:
            if reading >= 0:
                os.close(reading)
            self._ended(errand, "it cannot be started", error.strerror or str(error))
            return
        finally:
            if writing >= 0:
                os.close(writing)
        os.set_blocking(reading, False)
        pidfd = _pidfd(process.pid)
        for descriptor in filter(None, (reading, pidfd)):
            self._senses.listen(descriptor)
        self._running.append(_Run(errand, process, now + self.timeout_s, pidfd, reading))

    def _listen(self, run: _Run) -> None:
        """Keep the last words; who talks without end is not listened to any more."""
        if run.output is None:
            return
        try:
            said = os.read(run.output, _READS)
        except BlockingIOError:
            return
        run.said = (run.said + said)[-_KEPT:]
        run.heard += len(said)
        if not said or run.heard >= _LISTENS_TO:
            self._hang_up(run.output)
            run.output = None

    def _part(self, run: _Run) -> None:
        self._running.remove(run)
        _kill_group(run.process.pid)  # first: while it is a zombie the number is its own
        code = run.process.wait()
        self._listen(run)
        for descriptor in filter(None, (run.output, run.pidfd)):
            self._hang_up(descriptor)
        said = run.said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        self._ended(run.errand, run.killed or _cause(code), said)

    def _hang_up(self, descriptor: int) -> None:
        self._senses.listen_no_more(descriptor)
        os.close(descriptor)


def _cause(code: int) -> str:
    return f"it was ended by signal {-code}" if code < 0 else f"exit {code}" if code else ""


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a child has ended, and leave it a zombie where that can be: its number is not given again then."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill(run: _Run, why: str) -> None:
    run.killed = run.killed or why
    _kill_group(run.process.pid)
    with contextlib.suppress(OSError):  # it may have left its group; not reaped yet, so the number is its own
        os.kill(run.process.pid, signal.SIGKILL)


def _kill_group(leader: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(leader, signal.SIGKILL)


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):
        return None  # it is looked at now and then
