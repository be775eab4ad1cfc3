"""A group of like failures, who belongs to it, what is decided about it, and what it says: nouns only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Phase: TypeAlias = Literal["gathering", "consulting", "trying", "released", "asking", "settled", "closed"]
Outcome: TypeAlias = Literal["", "running", "done", "failed", "gone"]
SEVEREST: Final = 2
RULES: Final = "rules"
HUMAN: Final = "human"
TREE: Final = "tree"
GRANTING: Final = (HUMAN,)
"""Whose word lets a session try again that has no attempt left: all others' is bound by its retries."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What a level above says: words for the executor, and values for variables that the task declares."""

    level: str  # rules, 2, 3, human
    instructions: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    reasoning: str = ""
    insufficient: str = ""  # why the advice below it did not suffice
    session: str = ""  # the advisor, where it is a session
    cost_usd: float | None = 0.0  # what the advisor took; None where nobody knows


@dataclass(frozen=True, slots=True)
class Counsel:
    """How an advisor fares: at work, or what it advises, or why it has no advice, or what it lacks to begin."""

    advice: Advice | None = None
    why_none: str = ""
    lacks: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be expected of it."""
        return self.advice is not None or bool(self.why_none)


@dataclass(frozen=True, slots=True)
class Member:
    """A session that waits in a group; `tried` are the numbers of the advices that it has run with."""

    session: str
    tried: frozenset[int] = frozenset()
    precedence: tuple[int, tuple[int, ...]] = (0, ())
    is_spent: bool = False  # it has no attempt left
    is_held: bool = False  # it has not failed: it is of their kind, and was kept from beginning
    is_bound: bool = False  # its playbook lets it ask the rules, and nobody above


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said."""

    text: str
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """How a group stands; times in seconds on one clock that never jumps."""

    id: str
    fingerprint: str
    opened: float
    phase: Phase = "gathering"
    rung: int = -1  # the last level of the ladder that was asked
    serial: int = 0  # the number of the newest advice
    advice: Advice | None = None
    canary: str = ""
    advisor: str = ""  # the session that is asked for advice
    told: float = 0.0  # when a person was last told
    told_members: int = 0
    severity: int = 0
    changed: float = 0.0
    is_for_person: bool = False  # a policy question, a supervisor that gave up: no other level may answer
    supervisor: str = ""  # the declared supervisor that gave up; its children begin again together or not at all
    verdict: Literal["", "fail", "pass"] = ""


@dataclass(frozen=True, slots=True)
class View:
    """A group with what is true of it now."""

    group: Group
    members: tuple[Member, ...] = ()
    outcome: Outcome = ""  # of the canary
    remedy: Advice | None = None  # what the rules advise, if they know the failure
    answer: Answer | None = None
    is_cleared: bool = False  # the very same work, begun since, went well
    is_acked: bool = False  # the person has seen it: no timer makes it more severe
    folds_into: str = ""  # the supervisor above that gave up as well
    is_served: bool = False  # there is a model for the next level of the ladder
    obstacle: str = ""  # ... and why there is none
    counsel: Counsel | None = None  # of the advisor


@dataclass(frozen=True, slots=True)
class Climb:
    """The level `rung` has nothing to say: on to the next."""

    rung: int
    why: str


@dataclass(frozen=True, slots=True)
class Consult:
    """An advisor of the level `rung` is asked: a session, which the watcher makes."""

    rung: int


@dataclass(frozen=True, slots=True)
class Advise:
    """The level `rung` advises."""

    rung: int
    advice: Advice
    why: str


@dataclass(frozen=True, slots=True)
class Send:
    """One member goes first with the advice."""

    canary: str


@dataclass(frozen=True, slots=True)
class Release:
    """The advice worked: all the others go with it."""

    why: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A person is asked."""

    rung: int


@dataclass(frozen=True, slots=True)
class Tell:
    """What a person was told has changed: more members, or nobody answered for long."""

    severity: int


@dataclass(frozen=True, slots=True)
class Settle:
    """A person ended it for all members."""

    verdict: Literal["fail", "pass"]


@dataclass(frozen=True, slots=True)
class Close:
    """Nobody is left in it."""

    why: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do until something happens, or for this long."""

    look_again_s: float | None = None


GroupVerdict: TypeAlias = Climb | Consult | Advise | Send | Release | Ask | Tell | Settle | Close | Wait

Call: TypeAlias = Literal["hold", "go", "fail", "pass", "nothing"]


@dataclass(frozen=True, slots=True)
class Word:
    """What a group says to one of its members."""

    call: Call = "hold"
    why: str = ""
    group: str = ""
    serial: int = 0
    advice: Advice | None = None
    is_canary: bool = False
    is_granted: bool = False
