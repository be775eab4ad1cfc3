"""How many restarts within a period."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.intensity import is_allowed, recent
from tests.laws.cases import thorough

times = st.lists(st.integers(0, 60).map(float) | st.floats(0, 60), max_size=40)


def _granted(asked: list[float], intensity: int, period_s: float) -> list[float]:
    granted: list[float] = []
    for now in asked:
        if is_allowed(granted, now, intensity, period_s):
            granted.append(now)
    return granted


@pytest.mark.parametrize(
    ("history", "now", "allowed"),
    [
        ([], 0.0, True),
        ([1.0], 5.0, True),
        ([1.0, 2.0], 5.0, False),
        ([1.0, 2.0], 11.0, False),
        ([1.0, 2.0], 11.5, True),
        ([1.0, 2.0, 3.0, 4.0], 13.9, True),
    ],
)
def test_one_more_restart_is_allowed_while_there_are_fewer_than_that_within_the_period(
    history: list[float], now: float, *, allowed: bool
) -> None:
    """Two in ten seconds: what lies exactly a period back still counts, as in OTP."""
    assert is_allowed(history, now, 2, 10.0) is allowed


@given(times, st.floats(0, 60))
def test_an_intensity_of_none_allows_none(history: list[float], now: float) -> None:
    """A supervisor may be told never to restart."""
    assert not is_allowed(history, now, 0, 10.0)


@thorough
@given(times, st.integers(1, 4), st.floats(0.1, 20))
def test_no_window_of_a_period_ever_holds_more_than_the_intensity(
    asked: list[float], intensity: int, period_s: float
) -> None:
    """Whatever the clock says and in whatever order, backwards too."""
    granted = _granted(asked, intensity, period_s)
    for start in granted:
        assert sum(start <= time and time - start <= period_s for time in granted) <= intensity


@thorough
@given(times, st.integers(1, 4), st.floats(0.1, 20))
def test_a_period_after_everything_a_restart_is_allowed_again(
    asked: list[float], intensity: int, period_s: float
) -> None:
    """Nothing is refused for ever."""
    assert is_allowed(_granted(asked, intensity, period_s), 61.0 + period_s, intensity, period_s)


@thorough
@given(times, st.integers(1, 4), st.floats(0.1, 20))
def test_a_clock_that_went_back_far_does_not_stop_restarts_until_then(
    asked: list[float], intensity: int, period_s: float
) -> None:
    """What was granted in a future that was none is no reason."""
    ahead = [1e6 + time for time in _granted(asked, intensity, period_s)]
    assert recent(ahead, 0.0, period_s) == ()
    assert is_allowed(ahead, 0.0, intensity, period_s)


def test_recent_keeps_the_order_and_leaves_out_what_no_clock_says() -> None:
    """The caller may write back what counts, and nothing else."""
    assert recent([3.0, 1.0, 50.0, float("nan"), float("inf"), 2.0], 4.0, 2.5) == (3.0, 2.0)
