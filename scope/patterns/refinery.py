"""The refinery at work: one session that lands what others did, as they get done, until nothing more is to come."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, Environment, Failed, NotFound
from scope.laws.states import TERMINAL
from scope.sessions import wait
from scope.sessions.branches import landing, worktrees
from scope.sessions.branches.queue import Queue
from scope.sessions.branches.refinery import Outcome, Refinery
from scope.sessions.records import reports
from scope.store import atomic, layout, locks, rundir

if TYPE_CHECKING:
    from scope.sessions.branches.landing import Landed
    from scope.sessions.branches.queue import Selection
    from scope.sessions.branches.refinery import Terms

_LOOK_S: Final = 1.0
_AT_MOST_S: Final = 2.0
_SOON_S: Final = 0.05


def work(root: str, session: str, selection: Selection, terms: Terms, *, stays: bool) -> None:
    """Land the selected work as it gets done; return when nothing more is to come, unless it stays.

    Raises Environment where this session has no work tree of its own to merge in.
    """
    own = worktrees.find(root, session)
    if own is None or not own.directory():
        raise Environment("cannot merge in", session, "it has no work tree of its own", "start one: scope refine")
    shift = Shift(root, session)
    atomic.directory(layout.run(root))
    path = rundir.refinery_lock(root, own.repository)
    lock = locks.take(path)
    if lock is None:
        shift.say("another refinery of this repository is at work: it waits for its turn")
        lock = locks.hold(path)
    with lock:
        queue = Queue(root, own.repository, selection)
        refinery = Refinery(root, own, terms, shift.tell)
        while shift.goes_on(queue, refinery, stays=stays):
            pass


class Shift:
    """One session's work as a refinery, told line by line in its pane."""

    def __init__(self, root: str, session: str) -> None:
        self._root = root
        self._session = session
        self._said = ""

    def goes_on(self, queue: Queue, refinery: Refinery, *, stays: bool) -> bool:
        """Land the next of the queue, or wait for one; tell whether there may be more."""
        turn = queue.waiting()
        if turn:
            self._give_turn(queue, refinery, turn)
            return True
        coming = queue.coming()
        if coming:
            self.say(f"it waits for {len(coming)} session{'' if len(coming) == 1 else 's'} that may be landed")
            self._await(tuple(coming))
        elif stays:
            self.say("nothing is to be landed")
            time.sleep(_LOOK_S)
        else:
            self.tell("nothing more is to be landed")
            return False
        return True

    def say(self, words: str) -> None:
        """Say what it does now, once."""
        if self._said != words:
            self._said = words
            reports.progress(self._root, self._session, words)
            self.tell(words)

    def tell(self, words: str) -> None:
        """Say what has come of something."""
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()

    def _give_turn(self, queue: Queue, refinery: Refinery, turn: list[str]) -> None:
        """Give the first of the queue its turn."""
        first, hindrance = turn[0], refinery.hindrance()
        task = queue.task(first)
        if hindrance or task is None:
            self.say(hindrance)
            time.sleep(_LOOK_S)
            return
        self.say(f"landing {first}" + (f", {len(turn) - 1} more after it" if turn[1:] else ""))
        try:
            outcome = refinery.take(first, task)
        except (BadInput, Failed) as error:
            outcome = Outcome("nothing", error.line())
        match outcome.kind:
            case "landed":
                self.tell(f"{first} landed {outcome.says}")
                self._clear_away(queue, outcome.landed)
            case "back":
                self.tell(f"{first} goes back: {outcome.says}")
            case "nothing":
                self.tell(f"{first} is left out: {outcome.says}")
                queue.settle(first)
            case "blocked":
                self.say(outcome.says)
                time.sleep(_LOOK_S)
            case "again":
                self.tell(f"{first} once more: {outcome.says}")

    def _clear_away(self, queue: Queue, landed: Landed | None) -> None:
        if landed is None:
            return
        queue.settle(landed.session)
        stays = "" if queue.keeps else landing.clear_away(self._root, landed.session, landed)
        if stays:
            self.tell(f"{landed.session}: its work tree stays: {stays}")

    def _await(self, coming: tuple[str, ...]) -> None:
        """Wait a while for one of them to end; meanwhile the slot is theirs."""
        began = time.monotonic()
        try:
            states = wait.wait(self._root, wait.Goal(coming, 1, TERMINAL), _AT_MOST_S, self.tell)
        except NotFound:
            return  # one of them was removed
        if states is not None:
            # Who has ended has still to let go of its tree; or they wait for a person, and so does this.
            least_s = _SOON_S if TERMINAL.intersection(states.values()) else _LOOK_S
            time.sleep(max(0.0, least_s - (time.monotonic() - began)))
