"""What wakes the watcher: changes in a few directories, ends of processes, signals, deadlines.

All of it is hints. Where a hint is missing (no inotify, no pidfd) the watcher only looks later.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import resource
import selectors
import signal
import socket
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.laws.ids import SessionId, is_id
from scope.laws.task import Task
from scope.store import atomic, attemptdir, inboxdir, layout, notices

if TYPE_CHECKING:
    from scope.supervision.wards.ward import Ward

_SESSION_FILES: Final = frozenset(("task.md", "abort", "inbox", "name", "performance.json"))
_PAUSE: Final = os.path.basename(layout.pause(""))
_FILES_KEPT: Final = 64
_MANY_FILES: Final = 1 << 20
_HALF_MADE_S: Final = 0.02  # somebody is making a mailbox just now
_ATTEMPT_FILES: Final = frozenset(("exit", "output.log", "report.json"))
_MANY: Final = ("question-", "waiting_on")


def _raised_limit_of_files() -> int:
    """Take as many descriptors as the system allows: one process of each running attempt needs one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return soft
    return hard if hard != resource.RLIM_INFINITY else _MANY_FILES


class Senses:
    """One selector over everything that can wake the watcher."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.is_stopping = False
        self.sees_all_at_once = False  # too much happened to tell what
        self._processes = 0
        self._most_processes = _raised_limit_of_files() - _FILES_KEPT
        self._notices = notices.Notices(root)
        self._whose: dict[str, SessionId] = {}
        self._deadlines: list[tuple[float, SessionId]] = []
        self._selector = selectors.DefaultSelector()
        self._wakeup, self._signalled = socket.socketpair()
        for end in (self._wakeup, self._signalled):
            end.setblocking(False)
        self._selector.register(self._wakeup, selectors.EVENT_READ, None)
        if self._notices.descriptor is not None:
            self._selector.register(self._notices.descriptor, selectors.EVENT_READ, None)
        self._notices.watch(root, notices.APPEARED | notices.GONE)
        # `touch .scope/sessions/7` pokes a session that has ended and is no longer watched.
        self._notices.watch(layout.sessions(root), notices.APPEARED | notices.ATTRIB | notices.GONE)
        self._watches_inbox = False
        self._awaiting: dict[SessionId, str] = {}  # the signal that each session waits for
        self.edited: set[str] = set()  # escalations that a person may have answered

    @property
    def is_blind(self) -> bool:
        """Whether not every change is told, so that one must look often."""
        return self._notices.descriptor is None or self._notices.is_short

    def ask_again(self) -> None:
        """Forget that the system had no more to give: each look asks anew for what is not watched."""
        self._notices.is_short = False

    def listen_for_signals(self) -> None:
        """Let TERM, INT and HUP end the watcher between two rounds."""
        signal.set_wakeup_fd(self._signalled.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        # The kernel tells the holder of a lease with SIGIO, which would end this process.
        signal.signal(signal.SIGIO, signal.SIG_IGN)

    def _stop(self, *_: object) -> None:
        self.is_stopping = True

    def watch_escalations(self) -> None:
        """Watch the human's inbox, once there is one."""
        if not self._watches_inbox and os.path.isdir(inboxdir.escalations(self.root)):
            self._watches_inbox = self._notices.watch(inboxdir.escalations(self.root), notices.APPEARED | notices.GONE)

    def watch_session(self, ward: Ward, now: float) -> None:
        """Watch a session's directory, and what is in it: its mailbox where there is one, an attempt that is not over.

        Again at each look: the system may have had no more to give.
        """
        self._watch(ward.directory, ward.session)
        if ward.chronicle.is_at_work:
            self.watch_attempt(ward)
        box = layout.inbox(ward.directory)
        self._watch(f"{box}/new", ward.session)
        if f"{box}/new" not in self._whose and os.path.isdir(box):
            self.look_at(ward.session, now + _HALF_MADE_S)
        if ward.chronicle.is_awaiting or (isinstance(ward.task, Task) and ward.task.late is not None):
            self._watch_signals()
        if ward.chronicle.is_awaiting:
            self._awaiting[ward.session] = str(ward.chronicle.appointment.get("signal", ""))
        else:
            self._awaiting.pop(ward.session, None)

    def _watch_signals(self) -> None:
        """Watch what comes from outside; from now on there is a place for it, for people append by hand as well."""
        place = layout.signals(self.root)
        with contextlib.suppress(StoreFault):
            atomic.directory(place)
        # Each time anew, which costs nothing: somebody may have made another in its place.
        self._notices.watch(place, notices.APPEARED | notices.MODIFY)

    def watch_attempt(self, ward: Ward) -> None:
        """Watch the directory of a session's latest attempt."""
        self._watch(ward.attempt_directory, ward.session)

    def watch_log(self, ward: Ward) -> None:
        """Watch the log grow: only for the moment between an attempt's exit and its last bytes."""
        self._watch(attemptdir.output(ward.attempt_directory), ward.session, notices.MODIFY)

    def watch_newcomer(self, session: SessionId) -> bool:
        """Watch a directory that may become a session; tell whether it was not watched before."""
        return self._watch(layout.session(self.root, session), session)

    def _watch(self, path: str, session: SessionId, mask: int = notices.APPEARED) -> bool:
        if path in self._whose or not self._notices.watch(path, mask):
            return False
        self._whose[path] = session
        return True

    def forget_attempt(self, ward: Ward) -> None:
        """Stop watching an attempt that is over."""
        for path in (ward.attempt_directory, attemptdir.output(ward.attempt_directory)):
            self._forget(path)
        self.forget_process(ward)

    def forget_session(self, ward: Ward) -> None:
        """Stop watching a session; a wish for it pokes its directory."""
        self.forget_attempt(ward)
        self._awaiting.pop(ward.session, None)
        self._forget(f"{layout.inbox(ward.directory)}/new")
        self._forget(ward.directory)

    def _forget(self, path: str) -> None:
        if self._whose.pop(path, None) is not None:
            self._notices.forget(path)

    def watch_process(self, ward: Ward, pid: int) -> bool:
        """Wake when this process ends; tell whether it is alive."""
        if ward.pidfd is not None:
            return True
        if self._processes >= self._most_processes:
            return True  # the slow look tells; files must still be opened
        try:
            ward.pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        except (OSError, AttributeError):
            return True  # nothing will tell; the slow look does
        self._selector.register(ward.pidfd, selectors.EVENT_READ, ward)
        self._processes += 1
        return True

    def forget_process(self, ward: Ward) -> None:
        """Stop listening for a process."""
        if ward.pidfd is not None:
            self._selector.unregister(ward.pidfd)
            os.close(ward.pidfd)
            ward.pidfd = None
            self._processes -= 1

    def listen(self, descriptor: int) -> None:
        """Wake when something can be read; whose it is looks by itself."""
        self._selector.register(descriptor, selectors.EVENT_READ, None)

    def listen_no_more(self, descriptor: int) -> None:
        """Stop listening to a descriptor that is about to be closed."""
        self._selector.unregister(descriptor)

    def look_at(self, session: SessionId, when: float) -> None:
        """Have this session looked at no later than `when`."""
        heapq.heappush(self._deadlines, (when, session))

    def next_deadline(self) -> float | None:
        """Return when the next look is due."""
        return self._deadlines[0][0] if self._deadlines else None

    def due(self, now: float) -> set[SessionId]:
        """Return the sessions whose time to be looked at has come."""
        found = set()
        while self._deadlines and self._deadlines[0][0] <= now:
            found.add(heapq.heappop(self._deadlines)[1])
        return found

    def wait(self, longest_s: float) -> set[SessionId]:
        """Block until something happens, at most `longest_s`; return the sessions it concerns."""
        woken: set[SessionId] = set()
        for key, _ in self._selector.select(max(0.0, longest_s)):
            if key.fileobj is self._wakeup:
                with contextlib.suppress(BlockingIOError):
                    self._wakeup.recv(4096)
            elif key.fd == self._notices.descriptor:
                woken |= self._read_notices()
            elif key.data is not None:
                ward: Ward = key.data
                self.forget_process(ward)
                woken.add(ward.session)
        return woken

    def _read_notices(self) -> set[SessionId]:
        happened = self._notices.read()
        if happened is None:
            self.sees_all_at_once = True
            return set()
        woken: set[SessionId] = set()
        for path, name in happened:
            if path == layout.sessions(self.root):
                if is_id(name):
                    woken.add(SessionId(name))
            elif path == self.root:
                self.sees_all_at_once = self.sees_all_at_once or name == _PAUSE
            elif path == inboxdir.escalations(self.root):
                self.edited.add(name.removesuffix(".md"))
            elif path == layout.signals(self.root):
                woken |= {session for session, signal in self._awaiting.items() if name == f"{signal}.jsonl"}
            elif path in self._whose and self._matters(path, name):
                woken.add(self._whose[path])
        return woken

    @staticmethod
    def _matters(path: str, name: str) -> bool:
        if path.endswith("/inbox/new") or not name:
            return True
        return name in _SESSION_FILES or name in _ATTEMPT_FILES or name.startswith(_MANY)
