"""Accounts: what was spent and what is reserved, by everything that a budget can bound.

Amounts are whole numbers (dollars in millionths of millionths), so that what is added and taken away
a million times is exactly what the ledger says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from scope.laws import budget
from scope.laws.budget import Budget, Spent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Key: TypeAlias = tuple[str, ...]
"""What an account is of: ("tree", "3.1"), ("session", "3"), ("level", "2", "2026-01-31") and so on."""

_PICO: Final = 1_000_000_000_000
_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Amount:
    """What one call, or all of an account, took."""

    pico_usd: int = 0
    tokens: int = 0
    calls: int = 0
    ms: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.pico_usd + other.pico_usd, self.tokens + other.tokens, self.calls + other.calls, self.ms + other.ms
        )

    def __sub__(self, other: Amount) -> Amount:
        return Amount(
            self.pico_usd - other.pico_usd, self.tokens - other.tokens, self.calls - other.calls, self.ms - other.ms
        )

    def spent(self) -> Spent:
        """Return it as the laws count."""
        return Spent(self.pico_usd / _PICO, self.tokens, self.calls, self.ms / _MS)


NOTHING: Final = Amount()


def amount(usd: float | None, tokens: int, ms: int = 0) -> Amount:
    """Return what one call takes; dollars that nobody knows count as none."""
    return Amount(round((usd or 0.0) * _PICO), tokens, 1, ms)


@dataclass(frozen=True, slots=True)
class Bound:
    """A budget, the account that it bounds, and what people call it: `session 3`."""

    key: Key
    budget: Budget
    name: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call does not fit: whose budget, which of its limits, and words."""

    name: str
    limit: str
    says: str


class Accounts:
    """All accounts of a root. What is asked and what is reserved happen in one step: two calls cannot both fit."""

    def __init__(self) -> None:
        self._spent: dict[Key, Amount] = {}
        self._held: dict[Key, Amount] = {}
        self._open: dict[int, tuple[tuple[Key, ...], Amount]] = {}
        self._number = 0

    def reserve(self, keys: Iterable[Key], bounds: Sequence[Bound], asked: Amount) -> int | Refusal:
        """Set aside what a call may take and return a number for it, unless a bound does not allow it."""
        for bound in bounds:
            says = budget.exceeded(bound.budget, self.total(bound.key), asked.spent())
            if says:
                limit = self._limit(bound, asked)
                return Refusal(bound.name, limit, f"the budget of {spoken(bound.name)}: {says}")
        self._number += 1
        held = tuple(keys)
        self._open[self._number] = (held, asked)
        for key in held:
            self._held[key] = self._held.get(key, NOTHING) + asked
        return self._number

    def settle(self, number: int, actual: Amount) -> None:
        """Put what a call took in place of what was set aside for it."""
        keys, asked = self._open.pop(number)
        for key in keys:
            left = self._held[key] - asked
            if left == NOTHING:
                del self._held[key]
            else:
                self._held[key] = left
        self.count(keys, actual)

    def count(self, keys: Iterable[Key], actual: Amount) -> None:
        """Add what a call of the past took."""
        if actual != NOTHING:
            for key in keys:
                self._spent[key] = self._spent.get(key, NOTHING) + actual

    def discount(self, keys: Iterable[Key], actual: Amount) -> None:
        """Take away what was counted for a call of which more is known now."""
        for key in keys:
            self._spent[key] = self._spent.get(key, NOTHING) - actual

    def spent(self, key: Key) -> Amount:
        """Return what was spent, without what is under way."""
        return self._spent.get(key, NOTHING)

    def total(self, key: Key) -> Spent:
        """Return what was spent and what is reserved."""
        return (self._spent.get(key, NOTHING) + self._held.get(key, NOTHING)).spent()

    def scarcest(self, bounds: Iterable[Bound]) -> tuple[float, str]:
        """Return which part is left of the budget of which the least is left, and its name."""
        found = [(budget.left(bound.budget, self.total(bound.key)), bound.name) for bound in bounds]
        return min(found, default=(1.0, ""))

    def forget_before(self, day: str) -> None:
        """Drop the accounts of days that are over."""
        for key in [key for key in self._spent if key[0] in DAILY and key[-1] < day and key not in self._held]:
            del self._spent[key]

    def forget_quotas(self, now: float) -> None:
        """Drop the accounts of quotas whose period is over (`now` in unix seconds)."""
        for key in [key for key in self._spent if key[0] == "quota" and key not in self._held]:
            period_s, _, number = key[-1].partition(":")
            if (int(number) + 1) * float(period_s) <= now:
                del self._spent[key]

    def _limit(self, bound: Bound, asked: Amount) -> str:
        total = self.total(bound.key)
        for name in ("calls", "tokens", "usd", "seconds"):  # as `exceeded` looks at them
            one = Budget(**{name: getattr(bound.budget, name)})
            if budget.exceeded(one, total, asked.spent()):
                return name
        return ""


DAILY: Final = frozenset(("agent", "level", "day"))


def spoken(name: str) -> str:
    """Return how a budget's name goes on after `the budget of`."""
    return "the day" if name == "day" else name
