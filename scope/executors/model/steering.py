"""Steering: what people write to the work while it goes on, by `scope send` or at its terminal, and Ctrl-C."""

from __future__ import annotations

import os
import select
import signal
import sys
import time

from scope.errors import StoreFault
from scope.executors.model import observation
from scope.executors.model.ending import Terminated
from scope.sessions.records import wishes
from scope.store import atomic, layout, maildir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.executors.model.trajectory import Trajectory
    from scope.executors.model.transcript import Transcript

_LINE = 1 << 16


class Steering:
    """The place where the worker waits, so that it is never deaf."""

    def __init__(self, session_directory: str, trajectory: Trajectory, transcript: Transcript) -> None:
        self.is_interrupted = False
        self._box = layout.inbox(session_directory)
        self._trajectory = trajectory
        self._transcript = transcript
        self._typed = b""
        self._poll = select.poll()
        self._woken, waker = os.pipe()
        for end in (self._woken, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, self._interrupt)
        self._poll.register(self._woken, select.POLLIN)
        # Only where it is in front: a read in the background would stop it.
        self._is_listening = _is_in_front()
        if self._is_listening:
            self._poll.register(0, select.POLLIN)

    def wait(self, longest_s: float, descriptor: int | None = None) -> None:
        """Return when the time is over, the descriptor can be read, or somebody types or presses Ctrl-C."""
        if descriptor is not None:
            self._poll.register(descriptor, select.POLLIN)
        try:
            ready = dict(self._poll.poll(max(0.0, longest_s) * 1000))
        finally:
            if descriptor is not None:
                self._poll.unregister(descriptor)
        if self._woken in ready:
            _drain(self._woken)
        if 0 in ready and self._is_listening:
            self._listen(ready[0])

    def rest(self, longest_s: float) -> None:
        """Wait for as long as is said, and take what is typed; Ctrl-C ends it."""
        until = time.monotonic() + longest_s
        self.is_interrupted = False
        while not self.is_interrupted and (left_s := until - time.monotonic()) > 0:
            self.wait(left_s)

    def take(self) -> None:
        """Let what was sent into the trajectory, the oldest first. Raises StoreFault."""
        self.wait(0.0)
        known = {str(line.get("name")) for line in self._trajectory.of_kind("message")}
        for name in maildir.waiting(self._box):
            path = f"{self._box}/new/{name}"
            if wishes.kind_of(path) != "send":
                continue  # the watcher's
            if name not in known:
                text = self._read(path)
                if text is None:
                    continue
                self._enter(name, observation.shortened(text, f"{self._box}/cur/{name}:2,S"), "a message")
            maildir.take(self._box, name, "S")

    @staticmethod
    def _read(path: str) -> str | None:
        try:
            text = atomic.read(path, 2 * wishes.MAX_MESSAGE)
        except StoreFault:
            return None
        return None if text is None else atomic.writable(wishes.text_of(text).strip(), 2 * wishes.MAX_MESSAGE)

    def _listen(self, events: int) -> None:
        try:
            data = os.read(0, _LINE)
        except BlockingIOError:
            return
        except OSError:
            data, events = b"", select.POLLERR
        if not data:
            if events & ~select.POLLIN:  # the terminal is gone; a Ctrl-D alone is nothing
                self._is_listening = False
                self._poll.unregister(0)
            return
        *lines, self._typed = (self._typed + data).split(b"\n")
        for line in lines:
            text = "".join(c for c in line.decode("utf-8", "replace") if c.isprintable()).strip()
            if text:
                self._enter(f"typed-{time.time_ns()}", text, "you")

    def _enter(self, name: str, text: str, who: str) -> None:
        self._trajectory.add("message", name=name, text=text)
        self._transcript.said(who, text)

    def _interrupt(self, *_: object) -> None:
        self.is_interrupted = True


def end_by_signal() -> None:
    """Let TERM, and a terminal that goes, end the worker at once, with the command that it runs."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until there is somebody to take it
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whoever started us may have ignored it


def _end(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise Terminated(number)


def _is_in_front() -> bool:
    try:
        return sys.stdin is not None and os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def _drain(descriptor: int) -> None:
    try:
        os.read(descriptor, _LINE)
    except BlockingIOError:
        return
