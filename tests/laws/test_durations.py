"""Durations as people write them."""

from __future__ import annotations

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.durations import seconds, words
from tests.laws.cases import thorough


@pytest.mark.parametrize(
    ("text", "length_s"),
    [
        ("90", 90),
        ("0", 0),
        ("1.5", 1.5),
        ("500ms", 0.5),
        ("10m", 600),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("2d", 172800),
        ("1w", 604800),
        (" 5s ", 5),
    ],
)
def test_a_duration_is_what_people_write(text: str, length_s: float) -> None:
    """A bare number is seconds, units add up."""
    assert seconds(text) == length_s


@pytest.mark.parametrize(
    "text",
    ["", " ", "-1", "s", "5x", "5 m", "5M", "1h30", "h1", "1..5s", ".s", "nan", "inf", "infinity", "1_000",
     "\u0661\u0662", "5\0s", "1e400", "9" * 400 + "d", "9" * 400, "1²s"],
)  # fmt: skip
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Signs, strange digits, and lengths that no clock can count are not guessed at."""
    assert seconds(text) is None


@thorough
@given(st.text(max_size=12) | st.text("0123456789.smhdw e-", max_size=12))
def test_no_text_is_a_surprise(text: str) -> None:
    """Whatever was written, it is a finite length or none."""
    length_s = seconds(text)
    assert length_s is None or (length_s >= 0 and isfinite(length_s))


@thorough
@given(st.integers(1, 86399 + 86400 * 9))
def test_words_are_read_back_to_within_their_smaller_unit(length_s: int) -> None:
    """What is said can be written into a task again."""
    said = seconds(words(length_s))
    assert said is not None
    assert 0 <= length_s - said < (1 if length_s < 3600 else 60 if length_s < 86400 else 3600)


@pytest.mark.parametrize(
    ("length_s", "said"),
    [(0, "0s"), (-1, "0s"), (0.5, "500ms"), (4, "4s"), (200, "3m20s"), (7200, "2h"), (7205, "2h"), (443000, "5d3h")],
)
def test_a_length_is_said_in_at_most_two_units(length_s: float, said: str) -> None:
    """Nobody wants to know the seconds of a week."""
    assert words(length_s) == said
