"""The states of a session and the one table of how they follow each other.

States and moves are the words that stand in the files: `grep -l failed .scope/sessions/*/state`
is a supported interface, so there is no second spelling in code.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

    State = Literal["pending", "running", "waiting", "recovering", "deferred", "escalated", "done", "failed", "aborted"]
    Move = Literal[
        "start", "succeed", "fail", "recover", "again", "defer", "escalate", "ask", "answer", "await", "abort", "reopen"
    ]

STATES: Final[tuple[State, ...]] = (
    "pending",
    "running",
    "waiting",
    "recovering",
    "deferred",
    "escalated",
    "done",
    "failed",
    "aborted",
)
TERMINAL: Final[frozenset[str]] = frozenset({"done", "failed", "aborted"})
NEEDS_PERSON: Final[frozenset[str]] = frozenset({"waiting", "escalated"})

MOVES: Final[tuple[Move, ...]] = (
    "start",  # an attempt begins
    "succeed",  # the attempt ended well, and so does the session
    "fail",  # nothing more is tried
    "recover",  # the attempt ended badly and is being cleared away before the next
    "again",  # cleared away: back into the queue
    "defer",  # later, not now
    "escalate",  # one level up, with the whole case
    "ask",  # a person's word is needed
    "answer",  # the person's word is here
    "await",  # the attempt ended well, and a signal is to tell whether it was good
    "abort",  # wished by somebody
    "reopen",  # a person wants an ended session tried again
)

# Every pair that is not here is refused; `tests/laws/test_states.py` holds all 108.
_TABLE: Final[dict[State, dict[Move, State]]] = {
    "pending": {
        "start": "running",
        "fail": "failed",
        "defer": "deferred",
        "escalate": "escalated",
        "ask": "waiting",
        "abort": "aborted",
    },
    "running": {
        "succeed": "done",
        "fail": "failed",
        "recover": "recovering",
        "ask": "waiting",
        "await": "waiting",
        "abort": "aborted",
    },
    "waiting": {
        "answer": "running",
        "await": "waiting",
        "succeed": "done",
        "fail": "failed",
        "recover": "recovering",
        "again": "pending",
        "abort": "aborted",
    },
    "recovering": {
        "succeed": "done",
        "again": "pending",
        "defer": "deferred",
        "escalate": "escalated",
        "fail": "failed",
        "abort": "aborted",
    },
    "deferred": {"again": "pending", "fail": "failed", "escalate": "escalated", "abort": "aborted"},
    "escalated": {
        "succeed": "done",
        "again": "pending",
        "defer": "deferred",
        "escalate": "escalated",
        "fail": "failed",
        "abort": "aborted",
    },
    "done": {"reopen": "recovering"},
    "failed": {"reopen": "recovering"},
    "aborted": {"reopen": "recovering"},
}


def following(state: State, move: Move) -> State | None:
    """Return the state after `move`, or None where the table refuses it."""
    return _TABLE[state].get(move)


def is_state(word: str) -> bool:
    """Tell whether `word` is one of the nine states."""
    return word in STATES
