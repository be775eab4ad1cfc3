"""Prices: what a call costs. An unknown price is no price of zero, and ends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.roster import Price

_PER: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one call; `cached` are those of the prompt that the provider had cached."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.prompt + self.completion


def cost(price: Price, tokens: Tokens) -> float:
    """Return US dollars."""
    cached = min(tokens.cached, tokens.prompt)
    of_cached = price.input if price.cached is None else price.cached
    return ((tokens.prompt - cached) * price.input + cached * of_cached + tokens.completion * price.output) / _PER


def used(usage: Mapping[str, Any]) -> Tokens:
    """Return the tokens that a provider's `usage` counts."""
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Tokens(_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")), _count(cached))


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
