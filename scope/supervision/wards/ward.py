"""A ward: one session in the watcher's care, and what it remembers of it between two looks.

Everything here can be lost: a new watcher finds it again in the files.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scope.laws.ids import order
from scope.laws.task import Task
from scope.sessions.records import record
from scope.sessions.records.reading import Unreadable, read_task
from scope.store import journal, layout
from scope.supervision.wards import chronicle, clock

if TYPE_CHECKING:
    from scope.laws.case import LateView
    from scope.laws.failure import Failure
    from scope.laws.group import Advice
    from scope.laws.ids import SessionId
    from scope.sessions.processes.runner import PaneView
    from scope.supervision.wards.chronicle import Chronicle

SETTLED_S = 0.5
_EMPTY_S = 5.0


@dataclass(slots=True)
class Heard:
    """What was read of the signal that one attempt awaits: how far, and what it said so far."""

    attempt: int
    behind: int
    view: LateView


@dataclass(slots=True)
class Ward:
    """One session that has not ended, or is wished back."""

    session: SessionId
    directory: str
    task: Task | Unreadable
    chronicle: Chronicle
    is_incomplete: bool = True  # the effects of its last decision may not all be there
    is_resumed: bool = True  # ... and another watcher, or a failed try, may have done some of them
    is_lending: bool = False  # it waits for others, and its slot is theirs
    pidfd: int | None = None
    pane: PaneView | None = None  # as last seen
    pane_gone_at: float | None = None
    exit_seen_at: float | None = None
    output_size: int = -1
    output_changed_at: float = 0.0
    activity_mtime: int = -1  # in nanoseconds
    activity_changed_at: float = 0.0
    is_watched_for_progress: bool = False  # a trigger of its supervisor's depends on it
    urgency: int = 0  # how many sessions wait for one that is in trouble
    parked: str | None = None  # why no router serves it, as the file `parked` says; None: not looked at yet
    is_question_shown: bool | None = None  # the file `question` is there; None: not looked at yet
    diagnosis: tuple[int, Failure, Advice | None] | None = None  # of the attempt of that number
    heard: Heard | None = None  # what came of the signal that it awaits
    signature: tuple[int, int] = (0, 0)
    inode: int = 0
    missed_at: float | None = None  # its directory was not there

    @property
    def attempt_directory(self) -> str:
        """The directory of its latest attempt."""
        return layout.attempt(self.directory, self.chronicle.attempt)

    @property
    def takes_messages(self) -> bool:
        """Tell whether its worker takes what is sent to it by itself, as a model's does."""
        return isinstance(self.task, Task) and self.task.is_thinking

    @property
    def is_help(self) -> bool:
        """Tell whether it helps failing work, and so never waits for a slot of what waits for it."""
        return self.chronicle.is_canary or (isinstance(self.task, Task) and self.task.is_help)

    @property
    def precedence(self) -> tuple[int, tuple[int, ...]]:
        """Who starts first: the higher priority, raised by the sessions that wait for it, then the older id."""
        priority = self.task.priority if isinstance(self.task, Task) else 0
        return (-priority - self.urgency, order(self.session))

    def is_there(self) -> bool:
        """Tell whether its directory is still there, and no other in its place."""
        return _inode(self.directory) == self.inode

    def note(self, why: str) -> None:
        """Write something for people between the decisions; it commits to nothing. Raises StoreFault."""
        story = self.chronicle
        line = {"seq": story.sequence + 1, "time": clock.stamp(), "session": self.session, "attempt": story.attempt}
        journal.append(layout.decisions(self.directory), {**line, "move": "note", "why": why})
        story.sequence += 1

    def forget_attempt(self) -> None:
        """Forget what was seen of an attempt, because another begins."""
        self.pane = self.pane_gone_at = self.exit_seen_at = None
        self.output_size = self.activity_mtime = -1


@dataclass(slots=True)
class Newcomer:
    """A directory that is no session yet: its task is missing, or still being written."""

    signature: tuple[int, int] = (0, 0)
    since: float = field(default=0.0)
    says: str = "it has no task.md"


def admit(root: str, session: SessionId, newcomer: Newcomer, now: float) -> Ward | Newcomer:
    """Return a ward once the task can be taken, else what is known of the newcomer.

    What `spawn` wrote is whole from the start. What a person writes is taken when its frontmatter
    closes and it was left alone for half a second.
    """
    directory = layout.session(root, session)
    signature = task_signature(directory)
    if signature is None:
        return Newcomer(since=now)
    if signature != newcomer.signature:
        newcomer = Newcomer(signature, now)
    story = chronicle.read(directory)
    if not story.attempt and (latest := record.latest_attempt(directory)):
        # The decisions are gone, what they led to is not: it is taken up as it lies.
        story.attempt, story.state = latest, "running"
    task = read_task(directory, story.redirects)
    if isinstance(task, Unreadable) and not story.attempt and (task.unfinished or _is_about_to_be_written(directory)):
        return Newcomer(signature, newcomer.since, task.says)
    by_hand = isinstance(task, Unreadable) or not task.by
    if by_hand and not story.sequence and now - newcomer.since < SETTLED_S and not _rests(directory):
        return Newcomer(signature, newcomer.since, "it has just been written")
    return Ward(session, directory, task, story, signature=signature, inode=_inode(directory))


def _inode(directory: str) -> int:
    try:
        return os.stat(directory).st_ino
    except FileNotFoundError:
        return 0


def _rests(directory: str, since_s: float = SETTLED_S) -> bool:
    """Tell whether the file's own time says that it was left alone; one from the future says nothing."""
    try:
        return time.time() - os.stat(layout.task(directory)).st_mtime >= since_s
    except OSError:
        return False


def _is_about_to_be_written(directory: str) -> bool:
    """Tell whether the file is empty, and has not been for long: an editor makes it before it writes."""
    try:
        is_empty = not os.stat(layout.task(directory)).st_size
    except OSError:
        return False
    return is_empty and not _rests(directory, _EMPTY_S)


def task_signature(directory: str) -> tuple[int, int] | None:
    """Return what changes when `task.md` does; None where there is none, or it is no plain file."""
    try:
        status = os.lstat(layout.task(directory))
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size) if os.path.isfile(layout.task(directory)) else None
