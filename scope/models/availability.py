"""Availability: which deployments may be asked now, and for what the others are waited for."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.laws.roster import Deployment

_MINUTE_S = 60.0


class Availability:
    """What is known of each deployment: its provider's limit, a rest after a failure, its own pace."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], _Line] = {}
        self._freed = asyncio.Event()

    def order(self, deployments: Iterable[Deployment]) -> list[Deployment]:
        """Return those whose provider named no time to wait for, the ones that rest after a failure last."""
        open_ones = [one for one in deployments if self.limited_until(one) is None]
        return sorted(open_ones, key=lambda one: self._line(one).rests_until > time.monotonic())

    def limited_until(self, deployment: Deployment) -> float | None:
        """Return until when (unix seconds) its provider does not want to be asked."""
        until = self._line(deployment).limited_until
        return until if until > time.time() else None

    def limit(self, deployment: Deployment, until: float) -> None:
        """Note the time that a provider named (unix seconds)."""
        self._line(deployment).limited_until = until

    def rest(self, deployment: Deployment, for_s: float) -> None:
        """Let a deployment rest that failed: it is asked last, and alone it is asked all the same."""
        self._line(deployment).rests_until = time.monotonic() + for_s

    def enter(self, deployment: Deployment, tokens: int) -> float:
        """Take a place among the calls of a deployment and return 0; else the seconds until there may be one."""
        line = self._line(deployment)
        wait_s = line.wait_s(deployment, tokens, time.monotonic())
        if wait_s == 0:
            line.under_way += 1
            line.recent.append((time.monotonic(), tokens))
        return wait_s

    def leave(self, deployment: Deployment) -> None:
        """Give the place back."""
        self._line(deployment).under_way -= 1
        self._freed.set()
        self._freed = asyncio.Event()

    async def any_freed(self, within_s: float) -> bool:
        """Wait until some call ends; False where none does in time."""
        try:
            await asyncio.wait_for(self._freed.wait(), within_s)
        except TimeoutError:
            return False
        return True

    def _line(self, deployment: Deployment) -> _Line:
        # By its model, too: another may stand in that place once the settings are edited.
        return self._lines.setdefault((deployment.name, deployment.model), _Line())


class _Line:
    """One deployment: `recent` are the calls of the last minute, each with the tokens that it may take."""

    __slots__ = ("limited_until", "recent", "rests_until", "under_way")

    def __init__(self) -> None:
        self.limited_until = 0.0
        self.rests_until = 0.0
        self.under_way = 0
        self.recent: deque[tuple[float, int]] = deque()

    def wait_s(self, deployment: Deployment, tokens: int, now: float) -> float:
        while self.recent and self.recent[0][0] <= now - _MINUTE_S:
            self.recent.popleft()
        if deployment.parallel is not None and self.under_way >= deployment.parallel:
            return math.inf
        waits = [0.0]
        if deployment.rpm is not None and len(self.recent) >= deployment.rpm:
            waits.append(self.recent[len(self.recent) - deployment.rpm][0] + _MINUTE_S - now)
        if deployment.tpm is not None:
            waits.append(self._until_tokens(deployment.tpm - tokens, now))
        return max(waits)

    def _until_tokens(self, room: int, now: float) -> float:
        """Return when the calls of the last minute leave so much room; one call alone always has it."""
        taken = sum(tokens for _, tokens in self.recent)
        wait_s = 0.0
        for at, tokens in self.recent:
            if taken <= room:
                break
            taken -= tokens
            wait_s = at + _MINUTE_S - now
        return wait_s
