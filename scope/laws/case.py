"""What the watcher sees of one session, and what it can decide: nouns only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from scope.laws.failure import Failure
    from scope.laws.group import Word
    from scope.laws.late import Appointment
    from scope.laws.playbook import Choice, Standing
    from scope.laws.plays import Played
    from scope.laws.states import State

Pane = Literal["alive", "dead", "absent", "unknown"]
"""A pane of a server that answered is alive, dead or absent; of one that did not, unknown."""

StopReason = Literal[
    "abort", "timeout", "idle", "redirect", "retry", "leftover", "unstarted",
    "report", "stuck", "memory", "cpu", "cycle", "budget", "sibling", "supervisor",
]  # fmt: skip
STOP_REASONS: Final[tuple[StopReason, ...]] = get_args(StopReason)


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
    reported: str = ""  # the class that `scope fail` reported
    progress_s: float = 0.0  # since it last printed or said that it progressed
    spinning: Literal["", "memory", "cpu"] = ""  # it takes more than its supervisor lets it


@dataclass(frozen=True, slots=True)
class Question:
    """What an attempt asks (`scope ask`), and what came back."""

    number: int
    text: str
    is_waiting: bool  # the asker still holds its question
    answer: str | None = None
    by: str = ""
    due_s: float | None = None  # until its deadline


@dataclass(frozen=True, slots=True)
class LateView:
    """The check of an attempt that comes late, and what has come of it so far."""

    appointment: Appointment
    waits: str  # what for and until when, in words
    is_awaited: bool = False  # the attempt has ended well; nothing but the signal is missing
    verdict: Literal["", "good", "bad"] = ""
    says: str = ""  # what the signal brought; without a verdict, what came and decides nothing
    by: str = ""  # who says so
    lines: tuple[str, ...] = ()  # what it tells of a failure
    left_s: float | None = None  # until it is overdue; None: it may take for ever
    is_read: bool = True  # everything that came was looked at


@dataclass(frozen=True, slots=True)
class Deferral:
    """What a deferred session waits for."""

    left_s: float = 0.0
    unmet: str = ""  # a session that has to be done first
    why: str = "deferred"  # as it was decided


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
    expected_s: float | None = None  # soft: from here on, no progress means stuck
    no_progress_s: float | None = None
    budget_s: float | None = None  # of all attempts together
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
    wish: Literal["", "redirect", "retry", "return"] = ""
    has_slot: bool = True
    is_server_known: bool = True  # tmux answered
    is_supervised: bool = False  # a supervisor with a playbook decides what follows a failure
    failure: Failure | None = None  # of the attempt that is being recovered from
    played: tuple[Played, ...] = ()
    standing: Standing | None = None
    word: Word | None = None  # of its group, while it is escalated
    deferral: Deferral | None = None
    question: Question | None = None
    spent_s: float = 0.0  # by all attempts
    cycle: tuple[str, ...] = ()  # the sessions that wait for each other, if this one is to give way
    too_many: str = ""  # the budget of children that it would exceed
    held: str = ""  # why its supervisor does not let it start now
    paused: str = ""  # ... and why people let nothing start
    inhibited_by: str = ""  # the group of like failures that a person is asked about
    goes_along_with: str = ""  # the sibling with which it is begun again
    given_up_by: str = ""  # its supervisor, which restarted too often
    late: LateView | None = None  # its check, where that comes late

    @property
    def is_awaiting(self) -> bool:
        """Whether its work has ended well, and only the signal that tells about it is missing."""
        return self.state == "waiting" and self.late is not None and self.late.is_awaited


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
    """Cleared away: back into the queue, as a move of the supervisor or a group's word says."""

    why: str
    choice: Choice | None = None
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Defer:
    """Later: after a pause, or when a named condition has come."""

    why: str
    choice: Choice
    pause_s: float | None
    until_done: str = ""


@dataclass(frozen=True, slots=True)
class Escalate:
    """One level up, into the group of its like; `for_person` where no other level may answer."""

    why: str
    choice: Choice | None
    for_person: bool = False
    group: str = ""  # of an inhibited session: the group that holds it
    gives_up: str = ""  # the declared supervisor that gives up over it


@dataclass(frozen=True, slots=True)
class Reply:
    """A question is answered; `answer` None: nobody waits for it any more."""

    why: str
    question: int
    answer: str | None
    by: str


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
    """Only a person can go on from here; `question` is the number of what the attempt asks, if it does."""

    why: str
    question: int = 0


@dataclass(frozen=True, slots=True)
class Await:
    """The work has ended well; whether it was good, a signal from outside will tell."""

    why: str
    appointment: Appointment


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: what it waits for, and when to look again at the latest."""

    why: str
    look_again_s: float | None = None


Verdict: TypeAlias = (
    Start
    | Stop
    | Succeed
    | Fail
    | Recover
    | Again
    | Defer
    | Escalate
    | Reply
    | Abort
    | Reopen
    | Adopt
    | Ask
    | Await
    | Hold
)
