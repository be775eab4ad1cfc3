"""What was heard of a stream so far: enough to say what it took, also where it is cut."""

from __future__ import annotations

from typing import Any

from scope.models import prices, requests
from scope.models.prices import Tokens

Chunk = dict[str, Any]


class Heard:
    """Listens to the chunks of one stream; `is_settled` once it was put down as cut."""

    def __init__(self) -> None:
        self.usage: dict[str, Any] = {}
        self.is_settled = False
        self._characters = 0
        self._head: Chunk = {}

    def take(self, chunk: Chunk) -> bool:
        """Note a chunk; tell whether it goes on to the client now: the one with the usage comes last."""
        if not self._head:
            self._head = {name: chunk[name] for name in ("id", "created", "model", "object") if name in chunk}
        usage = chunk.pop("usage", None)
        if isinstance(usage, dict):
            self.usage = usage
        deltas = [choice.get("delta") or {} for choice in chunk.get("choices", ())]
        self._characters += sum(len(str(value)) for delta in deltas for value in delta.values())
        is_empty = not any(deltas) and not any(choice.get("finish_reason") for choice in chunk.get("choices", ()))
        return not (is_empty and usage is not None)

    def estimated(self, prompt_tokens: int) -> Tokens:
        """Return what it took if nobody else says."""
        counted = prices.used(self.usage)
        return counted if counted.total else Tokens(prompt_tokens, requests.tokens(self._characters))

    def last(self) -> Chunk:
        """Return the chunk that ends the stream."""
        return {**self._head, "choices": [], "usage": self.usage}
