"""Who waits for whom: the comings-after of tasks and the waits of running attempts, and circles among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scope.laws.cycles import cycles, victim
from scope.laws.states import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.states import State

SETTLES_S: Final = 0.3
"""A circle counts once it has stood for so long: a wait that has just ended is still being taken back."""


class Waits:
    """The graph of waiting; disposable, like everything in memory."""

    def __init__(self) -> None:
        self._edges: dict[str, tuple[str, ...]] = {}
        self._waiting: dict[str, set[str]] = {}  # the same, the other way round
        self._is_changed = False
        self._circles: dict[str, tuple[str, ...]] = {}  # by the one that is to give way
        self._since: dict[tuple[str, ...], float] = {}

    def set(self, session: str, others: tuple[str, ...]) -> None:
        """Take note of all that a session waits for."""
        before = self._edges.get(session, ())
        if before == others:
            return
        for other in before:
            self._waiting.get(other, set()).discard(session)
        for other in others:
            self._waiting.setdefault(other, set()).add(session)
        # A circle goes through somebody who is waited for.
        self._is_changed = self._is_changed or bool(self._waiting.get(session)) or session in others
        if others:
            self._edges[session] = others
        else:
            self._edges.pop(session, None)
            self._is_changed = self._is_changed or session in self._circles

    def circle(self, session: str, world: Mapping[str, State], now: float) -> tuple[tuple[str, ...], float]:
        """Return the circle in which this session is to give way, and in how many seconds it counts."""
        if self._is_changed:
            self._look(world, now)
        circle = self._circles.get(session, ())
        return circle, max(0.0, self._since.get(circle, now) + SETTLES_S - now) if circle else 0.0

    def downstream(self, session: str) -> int:
        """Count the sessions that wait for this one, directly or through others."""
        found: set[str] = set()
        ahead = [session]
        while ahead:
            fresh = [one for one in self._waiting.get(ahead.pop(), ()) if one not in found]
            found.update(fresh)
            ahead += fresh
        return len(found - {session})

    def _look(self, world: Mapping[str, State], now: float) -> None:
        self._is_changed = False
        live = {one: [o for o in others if world.get(o) not in TERMINAL] for one, others in self._edges.items()}
        found = cycles(live)
        self._since = {circle: self._since.get(circle, now) for circle in found}
        self._circles = {victim(circle): circle for circle in found}
