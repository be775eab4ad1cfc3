"""What an attempt has taken so far: calls, tokens, dollars, seconds (`usage.json`)."""

from __future__ import annotations

import json

from scope.store import atomic, attemptdir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

_THOUSAND: Final = 1000


class Figures:
    """Sums over the replies of one attempt; `seconds` are those that models took."""

    __slots__ = ("calls", "completion_tokens", "cost_usd", "prompt_tokens", "seconds", "steps", "unpriced")

    def __init__(self) -> None:
        self.calls = self.prompt_tokens = self.completion_tokens = self.unpriced = self.steps = 0
        self.cost_usd = self.seconds = 0.0

    def add(self, body: dict[str, Any]) -> None:
        """Count one reply of the router's."""
        usage, scope = _mapping(body.get("usage")), _mapping(body.get("scope"))
        self.calls += 1
        self.prompt_tokens += int(_number(usage.get("prompt_tokens")))
        self.completion_tokens += int(_number(usage.get("completion_tokens")))
        self.seconds += _number(scope.get("ms")) / 1000
        if isinstance(scope.get("cost"), int | float):
            self.cost_usd += scope["cost"]
        else:
            self.unpriced += 1

    def write(self, attempt_directory: str) -> None:
        """Write `usage.json`; raises StoreFault."""
        said = {
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost": round(self.cost_usd, 9) if self.unpriced < self.calls or not self.calls else None,
            "unpriced": self.unpriced,
            "seconds": round(self.seconds, 3),
            "steps": self.steps,
        }
        atomic.replace(attemptdir.usage(attempt_directory), json.dumps(said) + "\n", is_durable=False)

    def words(self) -> str:
        """Say tokens and cost in a few words: `12.3k tokens, $0.0123`."""
        total = self.prompt_tokens + self.completion_tokens
        counted = f"{total / _THOUSAND:.1f}k" if total >= _THOUSAND else str(total)
        return f"{counted} tokens, {self._cost()}"

    def _cost(self) -> str:
        if self.calls and self.unpriced == self.calls:
            return "price unknown"
        cost = f"${self.cost_usd:.2f}" if self.cost_usd >= 1 or not self.cost_usd else f"${self.cost_usd:.4f}"
        return f"{cost} and what has no price" if self.unpriced else cost


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else 0.0
