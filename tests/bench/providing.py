"""`python -m tests.bench.providing DELAY_S STEPS`: a provider in a process of its own, for the figures.

Every conversation runs `true` until it has had STEPS replies, and is then done. Prints its port, then
serves until its standard input closes.
"""

from __future__ import annotations

import sys
from typing import Any

from tests.models.provider import Provider, Turn, bash, done


class Endless(list[Any]):
    """A script that never runs out."""

    def __init__(self, steps: int) -> None:
        super().__init__([None])
        self.steps = steps

    def pop(self, at: Any = -1) -> Any:  # noqa: ARG002 - a list's own signature
        """Return the turn that looks at how far the conversation has come."""
        return self._turn

    def _turn(self, body: dict[str, Any]) -> Turn:
        replies = sum(message["role"] == "assistant" for message in body["messages"])
        return done("done") if replies >= self.steps - 1 else bash("true")


def main() -> None:
    """Serve."""
    provider = Provider(delay_s=float(sys.argv[1]))
    provider.scripts[""] = Endless(int(sys.argv[2]))
    print(provider.port, flush=True)  # noqa: T201 - whoever started it reads this
    sys.stdin.read()


if __name__ == "__main__":
    main()
