"""What to believe after so many outcomes, and when a skill is active or quarantined."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scope.laws.posterior import ACTIVE_AFTER, QUARANTINE_AFTER, Posterior, posterior, verdict

COUNTS = st.integers(0, 300)
RATES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("alpha", "beta", "rate", "above"),
    [
        (1, 1, 0.3, 0.7),  # the uniform distribution
        (2, 1, 0.5, 0.75),  # 1 - x²
        (1, 3, 0.5, 0.125),  # (1 - x)³
        (6, 1, 0.5, 1 - 0.5**6),
        (2, 2, 0.25, 1 - (3 * 0.25**2 - 2 * 0.25**3)),
        (0.5, 0.5, 0.5, 0.5),  # the arcsine distribution
        (5000, 5000, 0.5, 0.5),
    ],
)
def test_the_tail_is_that_of_the_books(alpha: float, beta: float, rate: float, above: float) -> None:
    """Where a closed form tells it."""
    assert Posterior(alpha, beta).above(rate) == pytest.approx(above, abs=1e-9)


@given(COUNTS, COUNTS, RATES, RATES)
def test_the_tail_is_a_tail(successes: int, failures: int, base_rate: float, rate: float) -> None:
    """Between none and all, falling with the rate, and the mirror image of failing."""
    believed = posterior(successes, failures, base_rate)
    assert 0 <= believed.above(rate) <= 1
    assert believed.above(rate) >= believed.above(min(1.0, rate + 0.1)) - 1e-9
    assert (believed.above(-1), believed.above(2)) == (1, 0)
    mirrored = Posterior(believed.beta, believed.alpha)
    assume(rate == 0 or rate > 1e-6)  # below that, one less it is one: the mirror is blind there
    assert believed.above(rate) == pytest.approx(1 - mirrored.above(1 - rate), abs=1e-9)


@given(COUNTS, COUNTS, RATES)
def test_the_lower_bound_is_exceeded_with_95_percent(successes: int, failures: int, base_rate: float) -> None:
    """And is what skills are ranked by: one more success raises it, one more failure lowers it."""
    believed = posterior(successes, failures, base_rate)
    assert believed.above(believed.lower) == pytest.approx(0.95, abs=1e-5) or believed.lower < 1e-6
    assert posterior(successes + 1, failures, base_rate).lower >= believed.lower - 1e-9
    assert posterior(successes, failures + 1, base_rate).lower <= believed.lower + 1e-9


def test_without_outcomes_the_base_rate_is_believed() -> None:
    """And nothing of it is sure."""
    assert posterior(0, 0, 0.3).mean == pytest.approx(0.3)
    assert posterior(0, 0, 0.3).lower < 0.05
    assert 0 < posterior(0, 0, 0.0).mean < posterior(0, 0, 1.0).mean < 1


@given(COUNTS, COUNTS, RATES)
def test_nothing_is_decided_by_few_outcomes(successes: int, failures: int, base_rate: float) -> None:
    """Active from five on, quarantined from three on, and then only on the right side of the base rate."""
    assume(0.01 <= base_rate <= 0.99)  # no rate is believed to be lower or higher
    found = verdict(successes, failures, base_rate)
    count = successes + failures
    if found == "active":
        assert count >= ACTIVE_AFTER
        assert successes / count > base_rate
    if found == "quarantined":
        assert count >= QUARANTINE_AFTER
        assert successes / count < base_rate


@pytest.mark.parametrize(
    ("successes", "failures", "base_rate", "expected"),
    [
        (0, 0, 0.5, "probation"),
        (4, 0, 0.5, "probation"),
        (5, 0, 0.5, "active"),
        (5, 0, 0.9, "probation"),
        (5, 1, 0.5, "probation"),
        (6, 0, 0.0, "active"),
        (0, 2, 0.5, "probation"),
        (0, 3, 0.5, "quarantined"),
        (0, 3, 0.1, "probation"),
        (1, 4, 0.5, "probation"),
        (1, 5, 0.5, "quarantined"),
        (10, 10, 0.5, "probation"),
    ],
)
def test_verdicts_as_they_were_agreed_to(successes: int, failures: int, base_rate: float, expected: str) -> None:
    """The thresholds of the design, in numbers that a person can check."""
    assert verdict(successes, failures, base_rate) == expected


def promoted(rate: float, base_rate: float) -> float:
    """The share of skills with this rate that are ever active within forty outcomes, and not quarantined before."""
    draw = random.Random(7)
    found = 0
    for _ in range(400):
        successes = 0
        for count in range(1, 41):
            successes += draw.random() < rate
            decided = verdict(successes, count - successes, base_rate)
            if decided != "probation":
                found += decided == "active"
                break
    return found / 400


def test_the_harmful_are_not_promoted_and_the_good_are() -> None:
    """What counting three successes does not achieve."""
    assert promoted(0.3, 0.6) <= 0.01
    assert promoted(0.6, 0.6) <= 0.3
    assert promoted(0.9, 0.5) >= 0.8
