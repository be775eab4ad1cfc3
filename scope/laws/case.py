"""What the watcher sees of one session, and what it can decide: nouns only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from scope.laws.states import State

Pane = Literal["alive", "dead", "absent", "unknown"]
"""A pane of a server that answered is alive, dead or absent; of one that did not, unknown."""

StopReason = Literal["abort", "timeout", "idle", "redirect", "retry", "leftover", "unstarted"]


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt as observed: in this order pane, lock, exit, so that a late exit is never missed."""

    number: int
    pane: Pane
    pane_status: int | None  # how the pane's process exited, where tmux says so
    is_lock_held: bool
    has_started: bool
    is_closed: bool
    exit: int | None
    has_check: bool  # the check ran
    is_captured: bool  # every byte that it printed is in the log, or never will be
    is_other_boot: bool  # begun before the machine last started
    age_s: float  # since it was submitted
    silent_s: float  # since it last printed
    ended_s: float  # since its pane was first seen dead or gone
    stopping: StopReason | None  # the watcher has committed to end it
    is_wrapper_alive: bool  # looked for only when the pane is gone and the lock is held


@dataclass(frozen=True, slots=True)
class Dependencies:
    """How the sessions of `after` stand."""

    unmet: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What the task and the watcher allow one session."""

    retries: int = 0
    timeout_s: float | None = None
    idle_timeout_s: float | None = None
    start_within_s: float = 30.0
    unstarted_at_most: int = 5
    leftover_after_s: float = 2.0
    capture_within_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that one decision rests on."""

    state: State
    problem: str = ""  # what is wrong with its task.md
    attempt: AttemptView | None = None
    tries: int = 0  # attempts that count against `retries`
    unstarted: int = 0  # attempts in a row that never began
    limits: Limits = Limits()
    dependencies: Dependencies = Dependencies()
    abort_wish: str = ""  # who wants it aborted
    wish: Literal["", "redirect", "retry"] = ""
    has_slot: bool = True
    is_server_known: bool = True  # tmux answered


@dataclass(frozen=True, slots=True)
class Start:
    """Begin attempt `attempt`."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Stop:
    """End the attempt's processes: TERM, a grace, KILL."""

    reason: StopReason
    why: str


@dataclass(frozen=True, slots=True)
class Succeed:
    """The session is done."""

    verified: bool
    why: str


@dataclass(frozen=True, slots=True)
class Fail:
    """The session has failed, in this class."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Recover:
    """The attempt is over and another may follow: clear it away first."""

    kind: str
    why: str
    costs_retry: bool


@dataclass(frozen=True, slots=True)
class Again:
    """Cleared away: back into the queue."""

    why: str


@dataclass(frozen=True, slots=True)
class Abort:
    """The session ends because somebody wished it."""

    why: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """An ended session is tried again because a person wished it."""

    why: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take the oldest wish (a redirect's new task, say) out of the mailbox; the state stays."""

    why: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Only a person can go on from here."""

    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: what it waits for, and when to look again at the latest."""

    why: str
    look_again_s: float | None = None


Verdict: TypeAlias = Start | Stop | Succeed | Fail | Recover | Again | Abort | Reopen | Adopt | Ask | Hold
