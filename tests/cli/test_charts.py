"""Charts of characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.cli import charts

SHARES = st.none() | st.floats(-1, 2)


@given(SHARES, st.integers(1, 60), st.booleans())
def test_a_bar_has_its_width_whatever_it_shows(share: float | None, width: int, is_plain: bool) -> None:
    """And what is more than nothing is not drawn as nothing."""
    drawn = charts.bar(share, width, is_plain=is_plain)
    assert len(drawn) == width
    full = drawn.count("#" if is_plain else "█")
    assert (full > 0) is ((share or 0.0) > 0)
    assert drawn.isascii() is is_plain


@given(st.lists(SHARES, max_size=80), st.integers(0, 40), st.booleans())
def test_a_curve_shows_the_newest_and_never_more_than_fit(
    shares: list[float | None], width: int, is_plain: bool
) -> None:
    """A character each; a gap where nothing is known."""
    drawn = charts.sparkline(shares, width, is_plain=is_plain)
    assert len(drawn) == min(width, len(shares))
    for sign, share in zip(reversed(drawn), reversed(shares), strict=False):
        assert (sign == " ") is (share is None)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_share_is_drawn_no_lower(one: float, other: float) -> None:
    """Whatever the scale of signs."""
    low, high = sorted((one, other))
    signs = "▁▂▃▄▅▆▇█"
    drawn = charts.sparkline([low, high], 2)
    assert signs.index(drawn[0]) <= signs.index(drawn[1])


@pytest.mark.parametrize(("encoding", "is_plain"), [("utf-8", False), ("ascii", True), ("latin-1", True), (None, True)])
def test_a_terminal_is_asked_for_what_it_knows(encoding: str | None, is_plain: bool) -> None:
    """By its encoding; of one that nobody knows, the least."""
    assert charts.is_plain(encoding) is is_plain
    assert charts.is_plain("no-such-encoding")
