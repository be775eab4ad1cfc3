"""How sure one can be that something helps: a Beta posterior around the base rate without it.

The prior is worth `WEIGHT` observations and is centred on the base rate p0, so that nothing is
believed for one lucky success; the thresholds are those of the design (promoting a useless skill
12 % of the time and a harmful one never, measured by others).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

Verdict: TypeAlias = Literal["probation", "active", "quarantined"]

WEIGHT: Final = 2.0
UNKNOWN_RATE: Final = 0.5
ACTIVE_AFTER: Final = 5
ACTIVE_AT: Final = 0.95
QUARANTINE_AFTER: Final = 3
QUARANTINE_AT: Final = 0.90
_LEAST_RATE: Final = 0.01
_LOWER: Final = 0.05
_HALVINGS: Final = 40
_TERMS: Final = 400
_TINY: Final = 1e-300
_CLOSE: Final = 1e-14


@dataclass(frozen=True, slots=True)
class Posterior:
    """What is believed of a success rate after so many successes and failures."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """The expected rate."""
        return self.alpha / (self.alpha + self.beta)

    def above(self, rate: float) -> float:
        """Return the probability that the rate is higher than this."""
        return 1.0 - _incomplete(self.alpha, self.beta, min(1.0, max(0.0, rate)))

    @property
    def lower(self) -> float:
        """The rate that it exceeds with 95 % probability."""
        return _lower(self)


def posterior(successes: int, failures: int, base_rate: float) -> Posterior:
    """Return what to believe of a rate, starting from the rate without it."""
    rate = _bounded(base_rate)
    return Posterior(WEIGHT * rate + successes, WEIGHT * (1 - rate) + failures)


def verdict(successes: int, failures: int, base_rate: float) -> Verdict:
    """Return how a skill stands by its outcomes."""
    count, believed, rate = successes + failures, posterior(successes, failures, base_rate), _bounded(base_rate)
    if count >= QUARANTINE_AFTER and 1.0 - believed.above(rate) >= QUARANTINE_AT:
        return "quarantined"
    if count >= ACTIVE_AFTER and believed.above(rate) >= ACTIVE_AT:
        return "active"
    return "probation"


@lru_cache(maxsize=4096)
def _lower(believed: Posterior) -> float:
    # Many skills have the same few outcomes, and all that fit are ranked by this.
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if believed.above(middle) > 1.0 - _LOWER:
            low = middle
        else:
            high = middle
    return low


def _bounded(rate: float) -> float:
    return min(1.0 - _LEAST_RATE, max(_LEAST_RATE, rate))


def _incomplete(a: float, b: float, x: float) -> float:
    """Return the regularized incomplete beta function (Lentz's continued fraction, as in Numerical Recipes)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _kept(1.0 - (a + b) * x / (a + 1.0))
    total = d
    for m in range(1, _TERMS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _kept(1.0 + step * d)
            c = _kept(1.0 + step / c)
            total *= d * c
        if abs(d * c - 1.0) < _CLOSE:
            break
    return total


def _kept(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
