"""OTP's restart strategies over the children of one supervisor, in the order in which they were started.

`one_for_one`: only who failed begins again; `rest_for_one`: also who was started after it;
`one_for_all`: all. Level-triggered: nobody remembers a restart that is under way, it follows from
when each child last began and when each last failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from scope.laws.ids import order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Strategy: TypeAlias = Literal["one_for_one", "rest_for_one", "one_for_all"]
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)


@dataclass(frozen=True, slots=True)
class Child:
    """One child of a supervisor; times in seconds since the machine started."""

    session: str
    begun: float = 0.0  # when its running attempt began; 0 without one
    is_live: bool = False  # an attempt of it runs
    failed_at: float = 0.0  # when its supervisor last ordered a restart after a failure; 0: never


def must_go_along(strategy: Strategy, child: Child, siblings: Sequence[Child]) -> Child | None:
    """Return the first sibling because of whose restart this live child must be ended and begun again."""
    if strategy == "one_for_one" or not child.is_live:
        return None
    return min(_causes(strategy, child, siblings), key=_started, default=None)


def must_wait_for(strategy: Strategy, child: Child, siblings: Sequence[Child]) -> Child | None:
    """Return the first live sibling that must still be ended before this child may start.

    As in OTP, all that are concerned have ended before any of them starts.
    """
    if strategy == "one_for_one":
        return None
    failed = [other for other in (child, *siblings) if other.failed_at > 0]
    concerned = (
        other
        for other in siblings
        if other.session != child.session and must_go_along(strategy, other, failed) is not None
    )
    return min(concerned, key=_started, default=None)


def _causes(strategy: Strategy, child: Child, siblings: Iterable[Child]) -> Iterable[Child]:
    for other in siblings:
        if other.session == child.session or other.failed_at <= max(child.begun, 0.0):
            continue
        if strategy == "one_for_all" or _started(other) < _started(child):
            yield other


def _started(child: Child) -> tuple[int, ...]:
    return order(child.session)
