"""Whether a person is to hear of something now: seldom, once, and of many things at once.

The inbox makes no sound. A person is notified of a systemic failure (several workers, one
fingerprint), of a policy question, and of a rate of escalations over its threshold, as one. Who
went unheard is told again when the case has grown more severe, which it does twice at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scope.laws.configuration import Notify

Reason: TypeAlias = Literal["systemic", "policy", "rate"]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
HOUR_S: Final = 3600.0
_SHOWN: Final = 10
_QUESTION: Final = 160


@dataclass(frozen=True, slots=True)
class Open:
    """One case that waits for a person; times in unix seconds.

    `round` counts a person's answers that did not help: each time it is asked anew is news.
    """

    id: str
    opened: float
    seen: float  # since when whoever decides here has known of it as it is
    round: int = 0
    severity: int = 0
    workers: int = 1
    is_policy: bool = False
    is_quiet: bool = False  # acknowledged, answered or silenced
    question: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One case as it was when a person heard of it."""

    id: str
    round: int = 0
    severity: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person is told at one time: the cases, and why they may be disturbed for them."""

    reasons: tuple[Reason, ...]
    cases: tuple[Said, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing is to be said now; perhaps in so many seconds, else when something happens."""

    look_again_s: float | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How long cases gather before the first word, and how long at least it is between two; in seconds."""

    wait: float = 30.0
    interval: float = 300.0


def due(
    cases: Sequence[Open], told: Sequence[Notice], now: float, settings: Notify, pace: Pace = Pace()
) -> Notice | Silent:
    """Return the one notice that is due now, or for how long there is none."""
    known = _known(told)
    loud = [case for case in cases if not case.is_quiet]
    fresh = [case for case in loud if known.get((case.id, case.round), -1) < case.severity]
    recent = [case for case in loud if now - case.opened < HOUR_S]
    unheard = [case for case in recent if (case.id, case.round) not in known]
    is_storm = len(recent) > settings.rate and bool(unheard)
    worthy = [case for case in fresh if case.is_policy or case.workers >= settings.systemic]
    subject = sorted({*worthy, *(unheard if is_storm else ())}, key=_urgency)
    if not subject:
        return Silent()
    left_s = max(
        _left_s((notice.at for notice in told if "rate" in notice.reasons), HOUR_S, now),
        _left_s((notice.at for notice in told), pace.interval, now),
        # A clock that was set back makes nobody wait for longer than there is to wait.
        min(pace.wait, min(case.seen for case in subject) + pace.wait - now),
    )
    if left_s > 0:
        return Silent(left_s)
    said = tuple(Said(case.id, case.round, case.severity) for case in subject)
    return Notice(("rate",) if is_storm else _reasons(worthy, settings), said, now)


def _known(told: Sequence[Notice]) -> dict[tuple[str, int], int]:
    """Return how severe each case was when a person last heard of it."""
    known: dict[tuple[str, int], int] = {}
    for notice in told:
        for said in notice.cases:
            key = (said.id, said.round)
            known[key] = max(known.get(key, -1), said.severity)
    return known


def _left_s(times: Iterable[float], length_s: float, now: float) -> float:
    # What was said in the future was said before the clock was set back: it holds nobody up.
    ages = (now - at for at in times)
    return max((length_s - age for age in ages if 0 <= age < length_s), default=0.0)


def _reasons(cases: Sequence[Open], settings: Notify) -> tuple[Reason, ...]:
    found: list[Reason] = []
    if any(case.workers >= settings.systemic for case in cases):
        found.append("systemic")
    if any(case.is_policy for case in cases):
        found.append("policy")
    return tuple(found)


def _urgency(case: Open) -> tuple[int, float, int, str]:
    return -case.severity, case.opened, len(case.id), case.id  # e2 before e11


def title(notice: Notice) -> str:
    """Say in one line why a person is disturbed."""
    count = len(notice.cases)
    if "rate" in notice.reasons:
        return f"scope: {count} case{'s wait' if count != 1 else ' waits'} for you, more than usual within an hour"
    kinds = {"systemic": "a failure of several workers", "policy": "a question of policy"}
    named = " and ".join(kinds[reason] for reason in notice.reasons if reason in kinds)
    return f"scope: {named or 'a case'}" + (f" ({count} cases wait for you)" if count > 1 else "")


def body(notice: Notice, questions: Sequence[tuple[str, str]]) -> str:
    """Say what waits, the most urgent first, and what to do; `questions` are the cases' words by their ids."""
    words = dict(questions)
    lines = [f"{said.id}: {_short(words.get(said.id, ''))}" for said in notice.cases[:_SHOWN]]
    if len(notice.cases) > _SHOWN:
        lines.append(f"… and {len(notice.cases) - _SHOWN} more")
    first = notice.cases[0].id if notice.cases else "ID"
    return "\n".join([*lines, "", f"scope inbox · scope inbox show {first} · scope answer {first} …"])


def _short(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _QUESTION else f"{line[: _QUESTION - 1]}…"
