"""Waiting for sessions: watch first, then look, then block, with a slow look beside the notices."""

from __future__ import annotations

import os
import select
import time

from scope.errors import Environment
from scope.laws.states import NEEDS_PERSON, TERMINAL
from scope.sessions import prospects
from scope.sessions.processes import daemon
from scope.sessions.records import record
from scope.store import atomic, attemptdir, layout, locks, notices, roots, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    from scope.laws.states import State

LOOK_AGAIN_S: Final = 1.0
POLL_S: Final = 0.02
_POLLED: Final = 20  # sessions that can be looked at so often without being felt
GIVE_UP_S: Final = 15.0
PARKED_S: Final = 0.6
UNTIL: Final = {
    "done": frozenset(("done",)),
    "failed": frozenset(("failed",)),
    "aborted": frozenset(("aborted",)),
    "ended": TERMINAL,
    "needs-input": NEEDS_PERSON,
    "running": frozenset(("running",)),
}


class Goal:
    """When a wait is over: `needed` sessions in one of the states of `until`, or nothing left to hope for."""

    __slots__ = ("needed", "sessions", "until")

    def __init__(self, sessions: Sequence[str], needed: int, until: frozenset[str]) -> None:
        self.sessions = tuple(sessions)
        self.needed = min(needed, len(self.sessions))
        self.until = until

    def is_met(self, states: dict[str, State]) -> bool:
        """Tell whether enough sessions are where they should be."""
        return sum(1 for state in states.values() if state in self.until) >= self.needed

    def left(self, states: dict[str, State]) -> list[str]:
        """Return the sessions that may still get there by themselves, or with others' help."""
        # What waits for a person, or has ended in another way, will not move by itself.
        settled = self.until | TERMINAL | NEEDS_PERSON
        return [session for session, state in states.items() if state not in settled]

    def is_reached(self, states: dict[str, State]) -> bool:
        """Tell whether enough sessions are where they should be, or no further one can get there."""
        return self.is_met(states) or not self.left(states)


def wait(
    root: str,
    goal: Goal,
    timeout_s: float | None,
    say: Callable[[str], None],
    revive: Callable[[str], None] = lambda _: None,
    news: Callable[[dict[str, State]], None] | None = None,
) -> dict[str, State] | None:
    """Block until the goal is reached and return the states, or None when the time is over first.

    A watcher that died is started again, where the root may run things; `revive` may bring back the router
    that work waits for, and `news` is told the states at each look. Raises NotFound when a
    session is removed, RootRefused when nothing would ever run here, Environment when no watcher
    can be had.
    """
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    states = prospects.states_of(root, goal.sessions)
    if news is not None:
        news(states)
    if goal.is_reached(states):
        return states
    roots.refuse_untrusted(root)
    waker = notices.Notices(root)
    try:
        watched = [waker.watch(layout.session(root, session), notices.MOVED_TO) for session in goal.sessions]
        look_again_s = LOOK_AGAIN_S if all(watched) else min(LOOK_AGAIN_S, POLL_S * (1 + len(watched) // _POLLED))
        with _OwnWait(root, goal):
            return _wait(root, goal, deadline, waker, look_again_s, say, revive, news)
    finally:
        waker.close()


def _say_paused(root: str, states: dict[str, State], say: Callable[[str], None]) -> bool:
    """Say that people have paused the root, if some of these sessions have still to begin; tell whether they have."""
    if "pending" not in states.values() or not os.path.lexists(layout.pause(root)):
        return False
    from scope.sessions.records import pausing  # noqa: PLC0415 - most are not paused

    say(f"{pausing.words(root)}; scope resume lets it go on")
    return True


def _wait(
    root: str,
    goal: Goal,
    deadline: float | None,
    waker: notices.Notices,
    look_again_s: float,
    say: Callable[[str], None],
    revive: Callable[[str], None],
    news: Callable[[dict[str, State]], None] | None,
) -> dict[str, State] | None:
    has_seen_one = is_news_told = False
    dead_since: float | None = None
    parked_since: float | None = None
    standing_since = time.monotonic()
    is_told = False
    while True:
        states = prospects.states_of(root, goal.sessions)
        if news is not None:
            news(states)
        if goal.is_reached(states):
            return states
        is_told = is_told or _say_paused(root, states, say)
        if os.path.exists(rundir.router_wanted(root)):
            revive(root)
            parked_since = _refuse_parked(root, goal, states, parked_since)
            look_again_s = min(look_again_s, PARKED_S / 2)
        if time.monotonic() - standing_since > LOOK_AGAIN_S or any(state in NEEDS_PERSON for state in states.values()):
            standing_since = time.monotonic()
            if _is_at_a_standstill(root, goal, states):
                return states
        has_started = daemon.ensure(root)
        dead_since = None if not has_started else dead_since or time.monotonic()
        if dead_since is not None and time.monotonic() - dead_since > GIVE_UP_S:
            raise Environment(
                "no watcher stays alive for", root, hint=f"its last words: tail {rundir.watcher_log(root)}"
            )
        has_seen_one = has_seen_one or not has_started
        if has_started and has_seen_one and not is_news_told:
            is_news_told = True
            say(f"the watcher died and was started again; see {rundir.watcher_log(root)}")
        left_s = look_again_s
        if deadline is not None:
            left_s = min(left_s, deadline - time.monotonic())
            if left_s <= 0:
                return None
        _block(waker, left_s)
        _have_looked_at(root, states)


def _refuse_parked(root: str, goal: Goal, states: dict[str, State], since: float | None) -> float | None:
    """Raise Environment where all that is left waits for a router that only a person can bring.

    Returns since when it has been so: what was revived a moment ago, the watcher has still to see.
    """
    left = goal.left(states)
    whys = [record.parked(layout.session(root, session)) for session in left]
    if not left or not all(whys):
        return None
    since = time.monotonic() if since is None else since
    if time.monotonic() - since >= PARKED_S:
        hint = "scope doctor tells what is there and what to write"
        if "not set" in whys[0]:
            hint = f"set it, then run any command of scope: scope wait {left[0]}"
        raise Environment("nothing serves session", left[0], whys[0], hint)
    for session in left:
        atomic.poke(layout.session(root, session))
    return since


def _is_at_a_standstill(root: str, goal: Goal, states: dict[str, State]) -> bool:
    """Tell whether all that is left comes after sessions that wait for a person."""
    left = goal.left(states)
    if not all(states[session] in prospects.COMES_AFTER for session in left):
        return False
    from scope.sessions import standstill  # noqa: PLC0415 - imports yaml, where nothing moves

    return len(standstill.held_up(root, left)) == len(left)


def _have_looked_at(root: str, states: dict[str, State]) -> None:
    """Have the watcher look at sessions that have a result and no state: somebody removed that file."""
    for session, state in states.items():
        directory = layout.session(root, session)
        if state == "pending" and os.path.exists(layout.result(directory)):
            atomic.poke(directory)


def _block(waker: notices.Notices, longest_s: float) -> None:
    if waker.descriptor is None:
        time.sleep(longest_s)
    elif select.select([waker.descriptor], [], [], longest_s)[0]:
        waker.read()


class _OwnWait:
    """Inside a session: `waiting_on` says what it waits for, and the lock on it that this is still so.

    The watcher lends the slot of a session that waits to others, so that those it waits for can run.
    """

    __slots__ = ("lock", "path", "text")

    def __init__(self, root: str, goal: Goal) -> None:
        mark = os.environ.get("SCOPE_ATTEMPT", "")
        self.lock: locks.Lock | None = None
        self.path = ""
        if mark.startswith(f"{root}/"):
            session, _, number = mark[len(root) + 1 :].rpartition("/")
            if session and number.isdigit():
                directory = layout.attempt(layout.session(root, session), int(number))
                self.path = attemptdir.waiting_on(directory) if os.path.isdir(directory) else ""
        self.text = "".join(f"{session}\n" for session in goal.sessions)
        if goal.needed < len(goal.sessions):
            self.text += f"# any {goal.needed}\n"

    def __enter__(self) -> None:
        if not self.path:
            return
        # Locked before it says anything. A wait that finds another's file there has one of its own beside it.
        directory, name = os.path.split(self.path)
        own = f"{name}.{os.getpid()}-{time.monotonic_ns()}"
        aside = f"{directory}/.{own}"
        self.lock = locks.take(aside)
        if self.lock is None:
            return
        os.write(self.lock.descriptor, atomic.encode(self.text))
        if not atomic.create(self.path, is_durable=False):
            self.path = f"{directory}/{own}"
        os.rename(aside, self.path)

    def __exit__(self, *_: object) -> None:
        if self.lock is not None:
            atomic.remove(self.path)
            self.lock.close()
