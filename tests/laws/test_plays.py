"""The six moves, and a playbook as people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.failure import CLASSES, NOT_THE_WORKS, OF_KIND, POINTLESS_TO_REPEAT, of_class
from scope.laws.plays import BY_DEFAULT, HELPING, PLAYS, ordered
from tests.laws.cases import thorough


def test_there_are_six_moves() -> None:
    """As the words that stand in files and options."""
    assert PLAYS == ("restart", "vary", "reassign", "reframe", "defer", "escalate")


def test_something_helps_against_every_class_and_the_way_up_always() -> None:
    """No diagnosis is a dead end."""
    assert set(HELPING) == set(CLASSES)
    assert all("escalate" in moves for moves in HELPING.values())


def test_what_is_pointless_to_repeat_is_never_restarted() -> None:
    """The two lists say the same, for work with a supervisor and for work without."""
    assert all("restart" not in HELPING[known] for known in CLASSES if known in POINTLESS_TO_REPEAT | NOT_THE_WORKS)


def test_by_default_a_move_is_hoped_for_only_where_it_can_help() -> None:
    """The default playbook is a subset of what helps."""
    for play, hoped in BY_DEFAULT.items():
        assert all(play in HELPING[known] for known in CLASSES if known in hoped)


def test_how_an_attempt_ended_is_a_class_that_there_is() -> None:
    """And a class is its word, nothing like it."""
    assert set(OF_KIND.values()) <= set(CLASSES)
    assert all(of_class(known) == known for known in CLASSES)
    assert [of_class(word) for word in ("Transient", "", None, 7, "transient\n")] == [None] * 5


@thorough
@given(st.lists(st.sampled_from([*PLAYS, "pray", ""]) | st.text(max_size=8), max_size=7))
def test_a_playbook_is_taken_as_written_or_refused_with_what_is_wrong(words: list[str]) -> None:
    """In its order, each move at most once, none that there is not."""
    said = ordered(tuple(words))
    if set(words) <= set(PLAYS) and len(set(words)) == len(words):
        assert said == tuple(words)
    else:
        assert isinstance(said, str)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("restart", "pray"), f"a playbook is made of {', '.join(PLAYS)}, not of 'pray'"),
        (("vary", "vary"), "a playbook has each move once, and this one has 'vary' twice"),
    ],
)
def test_a_playbook_that_is_refused_names_the_word(words: tuple[str, ...], says: str) -> None:
    """Nobody has to look for it."""
    assert ordered(words) == says
