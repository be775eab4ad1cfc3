"""How long to wait before the next try."""

from __future__ import annotations

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.backoff import delay_s
from tests.laws.cases import thorough

numbers = st.integers(1, 40) | st.integers(-5, 10**6)
bases = st.floats(0.001, 3600)
seeds = st.text(max_size=8)


@thorough
@given(numbers, seeds, bases, bases)
def test_a_delay_is_between_half_and_all_of_the_doubled_base_and_never_above_the_cap(
    number: int, seed: str, base_s: float, cap_s: float
) -> None:
    """Base, twice that, four times that, …, the cap."""
    longest_s = min(cap_s, base_s * 2.0 ** min(max(number - 1, 0), 100))
    assert longest_s / 2 <= delay_s(number, seed, base_s=base_s, cap_s=cap_s) <= longest_s


@thorough
@given(st.integers(1, 40), seeds, bases, bases)
def test_the_least_delay_never_shrinks_with_the_number(number: int, seed: str, base_s: float, cap_s: float) -> None:
    """A later try waits at least half of what the one before could wait, and until the cap at least as long."""
    now_s = delay_s(number, seed, base_s=base_s, cap_s=cap_s)
    next_s = delay_s(number + 1, seed, base_s=base_s, cap_s=cap_s)
    assert next_s >= now_s / 2
    if base_s * 2.0**number <= cap_s:
        assert next_s >= now_s


@given(numbers, seeds)
def test_the_same_try_always_waits_as_long(number: int, seed: str) -> None:
    """Who asks again after a crash waits for the same moment."""
    assert len({delay_s(number, seed, base_s=1.0, cap_s=60.0) for _ in range(3)}) == 1


def test_a_thousand_that_failed_together_do_not_come_back_together() -> None:
    """In each tenth of the time there is about a tenth of them."""
    delays = [delay_s(4, f"2.{number}", base_s=10.0, cap_s=1e6) for number in range(1000)]
    assert len(set(delays)) == 1000
    tenths = [sum(40 + 4 * tenth <= delay < 44 + 4 * tenth for delay in delays) for tenth in range(10)]
    assert sum(tenths) == 1000
    assert min(tenths) > 60
    assert len({delay_s(number, "2.1", base_s=10.0, cap_s=10.0) for number in range(1, 100)}) == 99


@pytest.mark.parametrize("number", [-(10**6), 0, 1, 1024, 10**6, 10**400])
@pytest.mark.parametrize("base_s", [0.0, 5e-324, 1.0, 1e300])
@pytest.mark.parametrize("cap_s", [0.0, 60.0, 1e308])
def test_no_delay_is_none_or_endless(number: int, base_s: float, cap_s: float) -> None:
    """A retry at once, for ever, is what a backoff is there to prevent."""
    length_s = delay_s(number, "\udc80", base_s=base_s, cap_s=cap_s)
    assert length_s > 0
    assert isfinite(length_s)
