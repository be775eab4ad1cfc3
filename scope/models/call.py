"""A call on its way through the router: whose it is, what happened to it, and the line that remains of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from scope.models import accounts, bounds, costs, ledger, prices
from scope.models.prices import Tokens

if TYPE_CHECKING:
    from scope.laws.configuration import Configuration
    from scope.laws.roster import Deployment, Price
    from scope.models.accounts import Amount, Bound
    from scope.models.requests import Request
    from scope.models.standing import Standing
    from scope.store.journal import Line

_LONGEST_ERROR: Final = 500
ESTIMATED: Final = "estimated: the provider's own count did not arrive"


@dataclass(slots=True)
class Call:
    """One request of an attempt; `is_low` once a budget is short, `notes` are for the ledger."""

    identity: str
    attempt: int
    request: Request
    standing: Standing
    settings: Configuration
    skills: tuple[str, ...]
    level: int
    is_low: bool = False
    why_cheaper: str = ""
    notes: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.monotonic)
    charge: bounds.Charge = field(init=False)
    bounds: tuple[Bound, ...] = field(init=False)

    @property
    def session(self) -> str:
        """Whose call it is."""
        return self.standing.session

    def __post_init__(self) -> None:
        """Settle under which budgets it comes: those of the day that it begins in."""
        self.charge = bounds.Charge(self.session, self.standing.agent, self.level, self.began)
        of_day = bounds.daily(self.charge, self.standing.agents_budget, self.settings.budgets)
        self.bounds = self.standing.bounds + of_day


@dataclass(frozen=True, slots=True)
class Held:
    """What is set aside for a call at one deployment, under the number of its reservation."""

    number: int
    deployment: Deployment
    price: Price | None
    most: Tokens

    @property
    def usd(self) -> float:
        """What it may cost."""
        return prices.cost(self.price, self.most) if self.price else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended, and what it took."""

    word: str
    tokens: Tokens = field(default_factory=Tokens)
    cost: float | None = 0.0
    error: str = ""
    usage: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def line(call: Call, held: Held, outcome: Outcome) -> Line:
    """Return the ledger's line of a call; its time is when it began, for that is the day that it counts for."""
    unknown = {"reserved": {"usd": held.usd, "tokens": held.most.total}} if outcome.word == ledger.UNKNOWN else {}
    return {
        "time": _stamp(call.began),
        "id": call.identity,
        "session": call.session,
        "attempt": call.attempt,
        "tree": call.session.partition(".")[0],
        "agent": call.standing.agent,
        "job": call.standing.job,
        "level": call.level,
        "role": call.standing.role,
        "skills": list(call.skills),
        "model": held.deployment.model,
        "deployment": held.deployment.name,
        "prompt_tokens": outcome.tokens.prompt,
        "completion_tokens": outcome.tokens.completion,
        "cached_tokens": outcome.tokens.cached,
        "cost": outcome.cost,
        "ms": round((time.monotonic() - call.clock) * 1000),
        "outcome": outcome.word,
        "error": outcome.error[:_LONGEST_ERROR],
        "usage": outcome.usage,
        "note": "; ".join(filter(None, [*call.notes, outcome.note])),
        **unknown,
    }


def charged(line: Line) -> tuple[bounds.Charge, Amount] | None:
    """Return whom a line of the ledger charges, and with what; None for a line that is none of ours.

    What a line takes of a budget is said in one place, for those who enforce it and those who show it.
    """
    at = _unix(line.get("time"))
    session, level = line.get("session"), line.get("level")
    if at is None or not isinstance(session, str) or not isinstance(level, int):
        return None
    spent = costs.spent(line)
    taken = accounts.amount(spent.usd, spent.tokens, round(spent.seconds * 1000))
    return bounds.Charge(session, str(line.get("agent") or ""), level, at), taken


def _stamp(at: float) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at))}.{int(at % 1 * 1000):03d}Z"


def _unix(stamp: object) -> float | None:
    from datetime import datetime  # noqa: PLC0415 - only while the ledger is read

    try:
        return datetime.fromisoformat(str(stamp)).timestamp()
    except ValueError:
        return None
