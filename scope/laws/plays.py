"""The six recovery moves of a supervisor, and which of them can help against what.

Restart, vary, reassign, reframe, defer, escalate: OTP knows the first; the others are for workers
that can be told something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from scope.laws.failure import Class

Play: TypeAlias = Literal["restart", "vary", "reassign", "reframe", "defer", "escalate"]
PLAYS: Final[tuple[Play, ...]] = get_args(Play)

# A class that somebody diagnosed leaves only the moves that can help; what nobody knows leaves all.
HELPING: Final[dict[Class, frozenset[Play]]] = {
    "transient": frozenset(PLAYS),
    "timeout": frozenset(PLAYS),
    "resource": frozenset(PLAYS),
    "lost": frozenset(PLAYS),
    "unknown": frozenset(PLAYS),
    "budget": frozenset({"escalate"}),
    "quota": frozenset({"reassign", "defer", "escalate"}),
    "missing_context": frozenset({"reframe", "escalate"}),
    "wrong_approach": frozenset({"vary", "reassign", "reframe", "escalate"}),
    "task_too_big": frozenset({"reframe", "escalate"}),
    "dependency_cycle": frozenset({"defer", "escalate"}),
    "policy": frozenset({"escalate"}),
}

# The playbook that nobody gave does not hope: it runs the same again only where time or a fresh pane
# may help, and brings what nobody knows to somebody at once.
BY_DEFAULT: Final[dict[Play, frozenset[str]]] = {
    "restart": frozenset({"transient", "resource", "lost"}),
    "defer": frozenset({"transient", "resource", "quota", "dependency_cycle"}),
}


@dataclass(frozen=True, slots=True)
class Played:
    """One move that was made, on which failure; `argument` tells one variation or assignee from another."""

    play: Play
    argument: str
    fingerprint: str


def ordered(words: tuple[str, ...]) -> tuple[Play, ...] | str:
    """Return a playbook as given, or what is wrong with it."""
    for number, word in enumerate(words):
        if word not in PLAYS:
            return f"a playbook is made of {', '.join(PLAYS)}, not of '{word}'"
        if word in words[:number]:
            return f"a playbook has each move once, and this one has '{word}' twice"
    return tuple(play for word in words for play in PLAYS if play == word)
