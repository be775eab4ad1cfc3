"""How many restarts a supervisor may order within a period: OTP's `supervisor:add_restart`.

A supervisor that restarts more often than that helps nobody, and lets somebody above it decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def recent(history: Sequence[float], now: float, period_s: float) -> tuple[float, ...]:
    """Return the restarts that count: those within a period of now."""
    # On both sides of now: after a clock went back, what it granted a moment ago lies ahead. What
    # lies further ahead than a period would count for as long as the clock was wrong.
    return tuple(time for time in history if abs(now - time) <= period_s)


def is_allowed(history: Sequence[float], now: float, intensity: int, period_s: float) -> bool:
    """Tell whether one more restart now makes it no more than `intensity` within the period."""
    return len(recent(history, now, period_s)) < intensity
