"""Bounds: which accounts a call is charged to, and which budgets it comes under."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scope.models.accounts import Bound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scope.laws.budget import Budget
    from scope.laws.configuration import Budgets
    from scope.laws.roster import Deployment, Quota
    from scope.models.accounts import Key


@dataclass(frozen=True, slots=True)
class Charge:
    """Whom a call is charged to, when it began (unix seconds), and the day in UTC that it belongs to."""

    session: str
    agent: str
    level: int
    at: float
    day: str = field(init=False)

    def __post_init__(self) -> None:
        """Find the day."""
        object.__setattr__(self, "day", time.strftime("%Y-%m-%d", time.gmtime(self.at)))


def lineage(session: str) -> Iterator[str]:
    """Yield a session, its parent, and so on up to the top."""
    while session:
        yield session
        session = session.rpartition(".")[0]


def of_session(session: str) -> Key:
    """The account of what a session spends by itself."""
    return ("session", session)


def of_tree(session: str) -> Key:
    """The account of what a session spends with all below it."""
    return ("tree", session)


def keys(charge: Charge) -> tuple[Key, ...]:
    """Return the accounts that a call is charged to, but for a deployment's quota."""
    day = charge.day
    found = [of_session(charge.session), *map(of_tree, lineage(charge.session))]
    found += [("level", str(charge.level), day), ("day", day)]
    if charge.agent:
        found.append(("agent", charge.agent, day))
    return tuple(found)


def quota(deployment: Deployment, paid: Quota, at: float) -> Bound:
    """Return the bound of what is paid for; its account is the model's, too, for another may get that place."""
    period = f"{paid.period_s:g}:{int(at // paid.period_s)}"
    return Bound(("quota", deployment.name, deployment.model, period), paid.budget, f"quota of {deployment.model}")


def daily(charge: Charge, of_agent: Budget, budgets: Budgets) -> tuple[Bound, ...]:
    """Return the bounds that hold for a day."""
    day = charge.day
    found = [Bound(("day", day), budgets.day, "day")]
    level = budgets.level.get(charge.level)
    if level is not None:
        found.append(Bound(("level", str(charge.level), day), level, f"level {charge.level}"))
    if charge.agent:
        found.append(Bound(("agent", charge.agent, day), of_agent, f"agent {charge.agent}"))
    return tuple(bound for bound in found if not bound.budget.is_empty)
