"""Budgets: how much may be spent, and whether a call that may cost so much still fits."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from scope.laws import durations
from scope.laws.ids import is_count

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMITS: Final = ("usd", "tokens", "calls", "children", "seconds")
"""What a budget may bound: US dollars, tokens in and out, model calls, child sessions, seconds."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper bounds; None: no bound."""

    usd: float | None = None
    tokens: int | None = None
    calls: int | None = None
    children: int | None = None
    seconds: float | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether it bounds nothing."""
        return all(getattr(self, field.name) is None for field in fields(self))

    def over(self, below: Budget) -> Budget:
        """Return this budget, with the bounds of the one below where it has none."""
        mine = ((name, getattr(self, name)) for name in LIMITS)
        return Budget(**{name: getattr(below, name) if value is None else value for name, value in mine})


UNBOUNDED: Final = Budget()


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent, or is about to be; dollars whose price nobody knows count as none."""

    usd: float = 0.0
    tokens: int = 0
    calls: int = 0
    seconds: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.usd + other.usd, self.tokens + other.tokens, self.calls + other.calls, self.seconds + other.seconds
        )

    def __sub__(self, other: Spent) -> Spent:
        return Spent(
            self.usd - other.usd, self.tokens - other.tokens, self.calls - other.calls, self.seconds - other.seconds
        )


def parse(pairs: Iterable[tuple[str, str]]) -> Budget | str:
    """Return the budget that was written, or what is wrong with it."""
    found: dict[str, float | int] = {}
    for name, text in pairs:
        amount = _amount(name, text)
        if isinstance(amount, str):
            return amount
        found[name] = amount
    return Budget(**found)  # type: ignore[arg-type]


def _amount(name: str, text: str) -> float | int | str:
    match name:
        case "usd":
            try:
                dollars = float(text.removeprefix("$"))
            except ValueError:
                dollars = math.nan
            fits = math.isfinite(dollars) and dollars >= 0
            return dollars if fits else f"'usd' takes dollars such as 0.50, not '{text[:80]}'"
        case "seconds":
            length_s = durations.seconds(text)
            return length_s or f"'seconds' takes a time such as 90 or 1h, not '{text[:80]}'"
        case "tokens" | "calls" | "children":
            return int(text) if is_count(text) else f"'{name}' takes a whole number, not '{text[:80]}'"
        case _:
            return f"a budget is made of {', '.join(LIMITS)}, not of '{name[:80]}'"


def exceeded(budget: Budget, spent: Spent, asked: Spent) -> str:
    """Say what a call that may take `asked` would exceed, in words; nothing where it fits.

    `spent` includes what is reserved for calls that are under way.
    """
    if budget.calls is not None and spent.calls + asked.calls > budget.calls:
        return f"{spent.calls} of {budget.calls} calls are made"
    if budget.tokens is not None and spent.tokens + asked.tokens > budget.tokens:
        return f"{spent.tokens} of {budget.tokens} tokens are spent, and this call may take {asked.tokens}"
    if budget.usd is not None and (spent.usd + asked.usd > budget.usd or spent.usd >= budget.usd):
        return f"{dollars(spent.usd)} of {dollars(budget.usd)} is spent, and this call may cost {dollars(asked.usd)}"
    if budget.seconds is not None and spent.seconds >= budget.seconds:
        return f"{durations.words(spent.seconds)} of {durations.words(budget.seconds)} of model time is spent"
    return ""


def left(budget: Budget, spent: Spent) -> float:
    """Return which part of the scarcest bound is left, from 1.0 (all) to 0.0 (nothing)."""
    parts = [1.0]
    for name in ("usd", "tokens", "calls", "seconds"):
        bound = getattr(budget, name)
        if bound is not None:
            parts.append(1.0 - getattr(spent, name) / bound if bound > 0 else 0.0)
    return max(0.0, min(parts))


def dollars(amount: float) -> str:
    """Say an amount of dollars: cents where it has them, more places where it is less."""
    return f"${amount:.2f}" if amount >= 1 or amount == 0 else f"${amount:.4f}"
