"""Who resolved a session: the worker alone, its supervisor, the coordinator, or a person; told by its decisions.

The level is the highest that had a hand in it. A supervisor restarts, varies, hands on, follows a
runbook or a person's policy; the coordinator asks a model, or tells one what worked for its like.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from scope.laws.group import HUMAN, RULES, TREE
from scope.laws.plays import PLAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Level: TypeAlias = Literal["worker", "supervisor", "coordinator", "human"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)

_NO_FAILURES: Final = frozenset(("redirected", "unstarted", "sibling", "supervisor", "dependency", "escalated"))
_STOPPED: Final = frozenset(("recovering", "escalated"))
_BY_POLICY: Final = "policy"


@dataclass(frozen=True, slots=True)
class Setback:
    """One attempt that failed; `fingerprint` where a supervisor looked at why."""

    time: str
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """How one session ended; `level` None where what was decided about it is gone."""

    session: str
    state: str  # done, failed or aborted
    ended: str  # as journals write a time
    level: Level | None = "worker"
    is_escalated: bool = False
    setbacks: tuple[Setback, ...] = ()

    @property
    def is_counted(self) -> bool:
        """Whether it tells of the tree's health: what was called off before anybody was asked tells nothing."""
        return self.state != "aborted" or self.is_escalated

    @property
    def took_s(self) -> float | None:
        """The seconds from its first failure until it was done; None where it never failed, or for good."""
        if self.state != "done" or not self.setbacks:
            return None
        began, ended = instant(self.setbacks[0].time), instant(self.ended)
        return None if began is None or ended is None else max(0.0, ended - began)


def of(
    session: str,
    state: str,
    ended: str,
    decisions: Iterable[Mapping[str, object]],
    settled: frozenset[str] = frozenset(),
) -> Resolution:
    """Return how a session ended, by its decisions; `settled` are the groups that a person ended with a word."""
    reached, is_escalated, group, is_told = 0, False, "", False
    setbacks: dict[object, Setback] = {}
    for line in decisions:
        move, is_told = str(line.get("move", "")), True
        is_escalated |= move in ("escalate", "ask")
        reached = max(reached, LEVELS.index(_level(move, line)))
        if move == "escalate":
            group = str(line.get("group", ""))
        if move in ("fail", "succeed") and group in settled and _from(line) == "escalated":
            reached = LEVELS.index("human")
        _fold(setbacks, move, line)
    if state == "aborted" and is_escalated:
        reached = LEVELS.index("human")  # somebody's word, and no move of the tree's, was its end
    level = LEVELS[max(reached, int(is_escalated))] if is_told else None
    return Resolution(session, state, ended, level, is_escalated, tuple(setbacks.values()))


def _level(move: str, line: Mapping[str, object]) -> Level:
    """Return who makes this move."""
    match move:
        case "again" if isinstance(advice := line.get("advice"), dict):
            return _adviser(str(advice.get("from_level", "")))
        case "again" | "defer" | "escalate" if line.get("play") in PLAYS:
            return "supervisor"
        case "answer" | "reply" if line.get("answer") is not None:
            return "supervisor" if str(line.get("by", "")).startswith(_BY_POLICY) else "human"
        case "fail" | "succeed" if _from(line) in _STOPPED:
            return "supervisor"  # of its own accord, or by a policy
        case "reopen":
            return "human"
        case _:
            return "worker"


def _adviser(level: str) -> Level:
    if level == HUMAN:
        return "human"
    return "coordinator" if level == TREE or level.isdecimal() else "supervisor" if level == RULES else "worker"


def _from(line: Mapping[str, object]) -> str:
    """Return the state that a decision found."""
    saw = line.get("saw")
    return str(saw.get("state", "")) if isinstance(saw, dict) else ""


def _fold(setbacks: dict[object, Setback], move: str, line: Mapping[str, object]) -> None:
    """Take a failed attempt down; why it failed is often known by a later line only."""
    attempt = line.get("attempt")
    if not isinstance(attempt, int):
        return
    if move in ("recover", "fail") and attempt not in setbacks and str(line.get("kind", "")) not in _NO_FAILURES:
        setbacks[attempt] = Setback(str(line.get("time", "")))
    known, fingerprint = setbacks.get(attempt), line.get("fingerprint")
    if known is not None and not known.fingerprint and isinstance(fingerprint, str):
        setbacks[attempt] = Setback(known.time, fingerprint)


def recurrences(resolutions: Sequence[Resolution]) -> dict[str, int]:
    """Return, by session, how many of its failures had been resolved before, here or elsewhere, and came again."""
    solved: dict[str, str] = {}  # when the first session that had failed so was done
    for each in resolutions:
        if each.state == "done":
            for setback in each.setbacks:
                if setback.fingerprint:
                    solved[setback.fingerprint] = min(each.ended, solved.get(setback.fingerprint, each.ended))
    found = {
        each.session: sum(solved.get(setback.fingerprint, setback.time) < setback.time for setback in each.setbacks)
        for each in resolutions
    }
    return {session: count for session, count in found.items() if count}


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that this share of all do not exceed; None of none."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered), ceil(share * len(ordered))) - 1)] if ordered else None


def instant(text: str) -> float | None:
    """Return the seconds that a journal's time says; None for what is none."""
    try:
        at = datetime.fromisoformat(text)
        return at.timestamp() if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
