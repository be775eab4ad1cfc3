"""Asking a person from inside a session: the question is a file, locked for as long as somebody waits."""

from __future__ import annotations

import json
import os
import select
import time

from scope.errors import Environment, NotFound, from_os
from scope.laws.ids import is_count
from scope.sessions.processes import daemon
from scope.sessions.records import reports
from scope.store import atomic, attemptdir, locks, notices, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.store.locks import Lock

LOOK_AGAIN_S: Final = 1.0
POLL_S: Final = 0.02
GIVE_UP_S: Final = 15.0
GRACE_S: Final = 2.0  # at the deadline the watcher answers with the default; only then does the asker itself
DEFAULT: Final = "default"
"""Who answered, where nobody did."""


class Question:
    """What is asked: its words, the answers to choose from, and what holds when nobody answers in time."""

    __slots__ = ("deadline_s", "default", "options", "text")

    def __init__(
        self, text: str, options: tuple[str, ...] = (), default: str | None = None, deadline_s: float | None = None
    ) -> None:
        self.text = text
        self.options = options
        self.default = default
        self.deadline_s = deadline_s  # unix seconds

    def as_json(self) -> dict[str, object]:
        """Return the keys of `question-<k>.json`."""
        return {
            "question": self.text,
            "options": list(self.options),
            "default": self.default,
            "deadline": self.deadline_s,
            "asked": reports.stamp(time.time()),
        }


class Answer:
    """What was answered, and by whom."""

    __slots__ = ("by", "text")

    def __init__(self, text: str, by: str) -> None:
        self.text = text
        self.by = by


def ask(root: str, attempt_directory: str, question: Question) -> Answer | None:
    """Ask, and block until there is an answer; None where the deadline passes without one and without a default.

    A watcher that died is started again. Raises StoreFault, NotFound when the session is removed,
    Environment when no watcher can be had.
    """
    waker = notices.Notices(root)
    try:
        is_watched = waker.watch(attempt_directory)
        lock, number = _put(attempt_directory, question)
        with lock:
            return _wait(root, attempt_directory, number, question, waker, LOOK_AGAIN_S if is_watched else POLL_S)
    finally:
        waker.close()


def _put(attempt_directory: str, question: Question) -> tuple[Lock, int]:
    """Write the question under the next free number, complete and locked from its first instant."""
    aside = f"{attempt_directory}/question.{os.getpid()}-{time.time_ns()}"
    lock = locks.hold(aside)
    try:
        with open(lock.descriptor, "wb", closefd=False) as stream:
            stream.write(atomic.encode(json.dumps(question.as_json()) + "\n"))
        os.fsync(lock.descriptor)
        number = _highest(attempt_directory) + 1
        while not _linked(aside, attemptdir.asked(attempt_directory, number)):
            number += 1
    except OSError as error:
        lock.close()
        raise from_os(error, "cannot write the question into", attempt_directory) from error
    finally:
        atomic.remove(aside)
    return lock, number


def _linked(aside: str, path: str) -> bool:
    # A link, for a rename would take the place of a question that was asked at the same time.
    try:
        os.link(aside, path)
    except FileExistsError:
        return False
    return True


def _highest(attempt_directory: str) -> int:
    numbers = [
        name[len("question-") : -len(".json")]
        for name in os.listdir(attempt_directory)
        if name.startswith("question-") and name.endswith(".json")
    ]
    return max((int(number) for number in numbers if is_count(number)), default=0)


def _wait(
    root: str, attempt_directory: str, number: int, question: Question, waker: notices.Notices, look_again_s: float
) -> Answer | None:
    # On our own clock, so that setting the machine's neither cuts the time short nor draws it out.
    deadline = None
    if question.deadline_s is not None:
        deadline = time.monotonic() + max(0.0, question.deadline_s - time.time()) + GRACE_S
    dead_since: float | None = None
    while True:
        answer = answer_to(attempt_directory, number)
        if answer is not None:
            return answer
        if not os.path.isdir(attempt_directory):
            raise NotFound("the attempt was removed", attempt_directory, hint="list what is there: scope ls")
        now = time.monotonic()
        if deadline is not None and now >= deadline:
            return None if question.default is None else Answer(question.default, DEFAULT)
        dead_since = (dead_since or now) if daemon.ensure(root) else None
        if dead_since is not None and now - dead_since > GIVE_UP_S:
            raise Environment(
                "no watcher stays alive for", root, hint=f"its last words: tail {rundir.watcher_log(root)}"
            )
        _block(waker, look_again_s if deadline is None else min(look_again_s, deadline - now))


def answer_to(attempt_directory: str, number: int) -> Answer | None:
    """Return the answer to a question; None while there is none, or one that is no answer."""
    text = atomic.read(attemptdir.answered(attempt_directory, number))
    if text is None:
        return None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("answer"), str):
        return None
    return Answer(said["answer"], str(said.get("by") or ""))


def _block(waker: notices.Notices, longest_s: float) -> None:
    if waker.descriptor is None:
        time.sleep(max(0.0, longest_s))
    elif select.select([waker.descriptor], [], [], max(0.0, longest_s))[0]:
        waker.read()
