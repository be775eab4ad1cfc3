"""Whether a tree is healthy: 90 % resolved by workers, 8 % by supervisors, 2 % above; and what helps where it is not.

The bounds and the advice are those of Factor XI of the 12-Factor AgentOps. A share counts as too
high only where chance does not explain it: one unlucky session of twenty condemns no tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scope.laws.posterior import posterior

if TYPE_CHECKING:
    from collections.abc import Iterable

Word: TypeAlias = Literal["healthy", "unhealthy", "too few to judge"]

BY_WORKERS: Final = 0.90
BY_SUPERVISORS: Final = 0.08
ABOVE: Final = 0.02
"""The healthy tree: who resolves which share of all sessions. Above are the coordinator and people."""

ESCALATED_AT_MOST: Final = 0.10
RECURRED_AT_MOST: Final = 0.10
PASSED_ON_AT_MOST: Final = 0.50
ENOUGH: Final = 20
"""Below so many sessions nothing is said of shares."""

_SURE: Final = 0.90
_EQUIP: Final = (
    "workers need more autonomy: better tools, skills, clearer tasks; scope stats --by supervisor says where"
)
_LEAVE: Final = (
    "supervisors do what workers could do alone: give the work retries, a check, and the skills that helped before"
)
_DECIDE: Final = (
    "supervisors need longer playbooks, runbooks, and policies, which decide the next such case without a person"
)
_NEARER: Final = (
    "it is too far from the worker to the root: put another level of supervisors, who know the work, between them"
)
_LEARN: Final = "nothing is learned from them: give the work a job type, so that advice that helped becomes a skill"
_SPLIT: Final = "divide what it supervises between two supervisors, or let fewer sessions run at once"


@dataclass(frozen=True, slots=True)
class Shape:
    """How many sessions were resolved by whom, were escalated, and failed as others had before them."""

    worker: int = 0
    supervisor: int = 0
    coordinator: int = 0
    human: int = 0
    untold: int = 0  # by whom is not known any more
    escalated: int = 0
    failures: int = 0  # attempts
    recurred: int = 0  # of these, after the same had been resolved

    @property
    def sessions(self) -> int:
        """All of them."""
        return self.told + self.untold

    @property
    def told(self) -> int:
        """Those of which it is known who resolved them."""
        return self.worker + self.supervisor + self.coordinator + self.human


@dataclass(frozen=True, slots=True)
class Load:
    """How many live sessions a supervisor has, and how many it may have."""

    supervisor: str
    load: int
    span: int

    @property
    def is_over(self) -> bool:
        """Whether it has more than it can look after."""
        return self.load > self.span


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: the figure that shows it, and what helps."""

    figure: str
    advice: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a tree."""

    word: Word
    findings: tuple[Finding, ...] = ()


def judge(shape: Shape, loads: Iterable[Load] = ()) -> Verdict:
    """Return whether the tree is healthy; a supervisor that has too many is found however few sessions ended."""
    overloaded = tuple(_overload(load) for load in loads if load.is_over)
    if shape.sessions < ENOUGH:
        return Verdict("too few to judge", overloaded)
    findings = (*_of_shares(shape), *overloaded)
    return Verdict("unhealthy" if findings else "healthy", findings)


def _of_shares(shape: Shape) -> list[Finding]:
    above = shape.coordinator + shape.human
    cases = shape.supervisor + above
    found = []
    if _is_more(shape.escalated, shape.sessions, ESCALATED_AT_MOST):
        rate = share(shape.escalated, shape.sessions)
        found.append(Finding(f"{rate} of sessions were escalated, {_at_most(ESCALATED_AT_MOST)}", _EQUIP))
    if _is_more(shape.supervisor, shape.told, BY_SUPERVISORS):
        rate = share(shape.supervisor, shape.told)
        found.append(Finding(f"{rate} were resolved by supervisors, {_at_most(BY_SUPERVISORS)}", _LEAVE))
    if _is_more(above, shape.told, ABOVE):
        rates = f"{share(above, shape.told)} went above the supervisors, {share(shape.human, shape.told)} to a person"
        found.append(Finding(f"{rates}, {_at_most(ABOVE)}", _DECIDE))
        if _is_more(above, cases, PASSED_ON_AT_MOST):
            rate = f"supervisors passed {share(above, cases)} of their cases on"
            found.append(Finding(f"{rate}, {_at_most(PASSED_ON_AT_MOST)}", _NEARER))
    if _is_more(shape.recurred, shape.failures, RECURRED_AT_MOST):
        count = f"{shape.recurred} of {shape.failures} failures had been resolved before and came again"
        found.append(Finding(f"{count}, {_at_most(RECURRED_AT_MOST)}", _LEARN))
    return found


def _overload(load: Load) -> Finding:
    return Finding(
        f"supervisor '{load.supervisor}' has {load.load} sessions, its span is {load.span}",
        _SPLIT,
    )


def _is_more(count: int, of: int, bound: float) -> bool:
    """Tell whether a share exceeds its bound, and not by chance."""
    return of > 0 and count > bound * of and posterior(count, of - count, bound).above(bound) >= _SURE


def share(count: int, of: int) -> str:
    """Say a share in percent; of nothing, nothing."""
    if not of:
        return "-"
    percent = 100 * count / of
    return f"{percent:.1f} %" if 0 < percent < 1 or 99 < percent < 100 else f"{percent:.0f} %"  # noqa: PLR2004


def _at_most(bound: float) -> str:
    return f"of {100 * bound:.0f} % at most"
