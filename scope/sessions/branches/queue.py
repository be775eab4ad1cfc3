"""The merge queue of a refinery: which sessions wait to be landed, in which order, and which may still come.

There is no second truth: a session is in the queue because its own files say that it is done and verified, has a work
tree of the repository, and has neither landed nor been given back.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, NotFound
from scope.laws.ids import is_count, is_within, order
from scope.sessions.branches import landing, worktrees
from scope.sessions.branches.worktrees import Git
from scope.sessions.records import index, record
from scope.sessions.records.reading import Unreadable, read_task
from scope.sessions.records.selection import select
from scope.store import atomic, layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws.task import Task

JOB_TYPE: Final = "refine"
"""What a refinery's own session is; it is in no queue."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Whose work is taken: all of the repository, or what each of these narrows it to."""

    words: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    agent: str = ""
    below: str = ""  # a session: only what is below it
    allows_unverified: bool = False
    keeps: bool = False  # work trees stay when their work has landed


def repository_of(place: str) -> str:
    """Return the repository that a directory is in, as its work trees name it; nothing where it is in none."""
    common = Git(("-C", place)).ask("rev-parse", "--path-format=absolute", "--git-common-dir")
    return os.path.realpath(common) if common else ""


class Queue:
    """The queue of one repository, for a process that lives long: what never changes is looked up once."""

    def __init__(self, root: str, repository: str, selection: Selection) -> None:
        self._root = root
        self._repository = repository
        self._selection = selection
        self._tasks: dict[str, Task | None] = {}
        self._homes: dict[str, str] = {}
        self._settled: dict[str, int] = {}

    @property
    def keeps(self) -> bool:
        """Whether work trees stay when their work has landed."""
        return self._selection.keeps

    def waiting(self) -> list[str]:
        """Return the sessions that can be landed now: the higher priority first, then who was done first."""
        ready = [session for session in self.members() if self._is_ready(session)]
        return sorted(ready, key=self._place)

    def coming(self) -> list[str]:
        """Return the sessions that have not ended, and may be landed when they have."""
        return [session for session in self.members() if not self._has_ended(session)]

    def settle(self, session: str) -> None:
        """Look no more at what a session did so far: nothing of it is to be landed."""
        self._settled[session] = record.latest_attempt(layout.session(self._root, session))

    def members(self) -> list[str]:
        """Return the sessions with a work tree of the repository that the selection names, parents first."""
        return [session for session in self._selected() if self._is_of_here(session)]

    def task(self, session: str) -> Task | None:
        """Return a session's task; None while it cannot be read."""
        if self._tasks.get(session) is None:
            task = read_task(layout.session(self._root, session))
            self._tasks[session] = None if isinstance(task, Unreadable) else task
        return self._tasks[session]

    def _selected(self) -> list[str]:
        wanted, entries = self._selection, index.entries(self._root)
        found = list(entries)
        if wanted.labels:
            found = _named(self._root, (), wanted.labels)
        if wanted.words:
            tops = _named(self._root, wanted.words, ())
            found = [session for session in found if any(is_within(session, top) for top in tops)]
        if wanted.below:
            found = [session for session in found if session != wanted.below and is_within(session, wanted.below)]
        return sorted(found, key=order)

    def _is_of_here(self, session: str) -> bool:
        task = self.task(session)
        if task is None or not task.worktree or task.job_type == JOB_TYPE:
            return False
        if self._selection.agent and task.agent != self._selection.agent:
            return False
        place = os.path.join(os.path.dirname(self._root), task.cwd)
        if place not in self._homes:
            self._homes[place] = repository_of(place)
        return self._homes[place] == self._repository

    def _is_ready(self, session: str) -> bool:
        directory = layout.session(self._root, session)
        if record.state(directory) != "done" or landing.is_live(directory):
            return False
        if self._settled.get(session) == record.latest_attempt(directory):
            return False
        if not self._selection.allows_unverified and record.header(directory).get("verified") != "true":
            return False
        tree = worktrees.find(self._root, session)
        if tree is None or tree.repository != self._repository:
            return False
        has_landed = self._selection.keeps and landing.already(self._root, session) is not None
        has_come_back = came_back(self._root, session) == record.latest_attempt(directory)
        if has_landed or has_come_back or not tree.tip():
            self.settle(session)
            return False
        return True

    def _has_ended(self, session: str) -> bool:
        directory = layout.session(self._root, session)
        return not landing.is_live(directory) or self._settled.get(session) == record.latest_attempt(directory)

    def _place(self, session: str) -> tuple[int, int, tuple[int, ...]]:
        task = self.task(session)
        try:
            ended_ns = os.stat(layout.result(layout.session(self._root, session))).st_mtime_ns
        except OSError:
            ended_ns = 0
        return (-task.priority if task is not None else 0, ended_ns, order(session))


def came_back(root: str, session: str) -> int:
    """Return the attempt of a session whose work was given back last; 0 where none was."""
    said = (atomic.read(layout.onto(root, session), atomic.SMALL) or "").splitlines()
    return int(said[2]) if len(said) == len(("base", "repository", "attempt")) and is_count(said[2]) else 0


def _named(root: str, words: Sequence[str], labels: Sequence[str]) -> list[str]:
    try:
        return select(root, words, labels)
    except (NotFound, BadInput):
        return []  # what is named may come later, or was removed
