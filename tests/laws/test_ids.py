"""Ids, names and labels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.ids import (
    SessionId,
    is_count,
    is_id,
    is_label_value,
    is_name,
    is_session_name,
    is_within,
    order,
    parent,
    tmux_name,
)
from tests.laws.cases import thorough

session_ids = st.lists(st.integers(1, 999), min_size=1, max_size=5).map(lambda parts: ".".join(map(str, parts)))


@pytest.mark.parametrize("word", ["1", "10", "2.10", "2.1.3"])
def test_an_id_is_positive_numbers_joined_by_dots(word: str) -> None:
    """The string as written."""
    assert is_id(word)


@pytest.mark.parametrize(
    "word", ["", "0", "01", "1.", ".1", "1..2", "1.0", "a", "1a", "-1", "1\n", "\u0661", "²", "1" * 121]
)
def test_what_is_no_id_is_none(word: str) -> None:
    """Neither other alphabets' digits nor leading zeros, nor what is no directory's name."""
    assert not is_id(word)


@pytest.mark.parametrize("word", ["a", "web-tests", "0a", "a.b_c", "v1.2", "a" * 64])
def test_a_name_may_name_a_session(word: str) -> None:
    """`[a-z0-9][a-z0-9._-]{0,63}`, and not a number."""
    assert is_name(word)
    assert is_session_name(word)


@pytest.mark.parametrize("word", ["", "A", "-a", ".a", "a b", "a/b", "ä", "a\n", "a" * 65])
def test_what_is_no_name_is_none(word: str) -> None:
    """Nothing that a shell, tmux or a file system could misread."""
    assert not is_name(word)


@pytest.mark.parametrize("word", ["1", "2.1", "007", "1.0", "1.", "0"])
def test_a_number_is_never_a_sessions_name(word: str) -> None:
    """Or `wait 2.1` would mean two things."""
    assert not is_session_name(word)


@thorough
@given(st.text(max_size=20) | session_ids | st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True))
def test_no_word_is_both_an_id_and_a_sessions_name(word: str) -> None:
    """Wherever an id is taken, a name is too."""
    assert not (is_id(word) and is_session_name(word))


@pytest.mark.parametrize("word", ["a,b", "a\nb", "\x1b[31m", "x" * 257, "\udc80"])
def test_a_labels_value_is_one_short_printable_line_without_commas(word: str) -> None:
    """It stands in tables and in selectors."""
    assert not is_label_value(word)
    assert is_label_value("any value: 1=2 ü 😀")
    assert is_label_value("")


def test_a_count_has_at_most_nine_digits() -> None:
    """Thousands of digits make Python raise, and mean nothing."""
    assert is_count("0")
    assert is_count("999999999")
    assert not any(map(is_count, ("", "-1", "1.0", "٣", "1000000000", "9" * 5000)))


@thorough
@given(session_ids, st.integers(1, 999))
def test_a_child_carries_its_parents_id(session: str, number: int) -> None:
    """It is within it, sorts after it, and leads back to it."""
    child = SessionId(f"{session}.{number}")
    assert parent(child) == session
    assert is_within(child, session)
    assert is_within(session, session)
    assert not is_within(session, child)
    assert order(session) < order(child)


def test_siblings_whose_ids_begin_alike_are_not_within_each_other() -> None:
    """2.1 is not above 2.10."""
    assert not is_within("2.10", "2.1")
    assert not is_within("21", "2")
    assert parent(SessionId("2")) is None


def test_listings_put_2_before_10_and_parents_before_children() -> None:
    """As people count."""
    assert sorted(["10", "2.10", "2.2", "2", "1", "2.2.1"], key=order) == ["1", "2", "2.2", "2.2.1", "2.10", "10"]


@thorough
@given(session_ids, session_ids)
def test_tmux_names_have_no_target_separators_and_stay_apart(one: str, other: str) -> None:
    """`.` and `:` mean window and pane to tmux."""
    assert not set(".:") & set(tmux_name(one))
    assert (tmux_name(one) == tmux_name(other)) == (one == other)
