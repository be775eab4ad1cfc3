"""Who may be asked: always somebody above, and at last a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.route import HUMAN, above, assignee
from tests.laws.cases import thorough

names = st.sampled_from(["a", "b", "c", "d", HUMAN])


@pytest.mark.parametrize(
    ("chains", "originators", "known"),
    [
        ([], set(), (HUMAN,)),
        ([["web", "lead"]], set(), ("web", "lead", HUMAN)),
        ([["web", "lead"]], {"web"}, ("lead", HUMAN)),
        ([["web", "lead"], ["docs", "lead"]], set(), ("lead", HUMAN)),
        ([["web", "lead"], []], set(), (HUMAN,)),
        ([["web", "lead"]], {"lead"}, (HUMAN,)),
    ],
)
def test_the_way_is_up_from_all_who_ask(chains: list[list[str]], originators: set[str], known: tuple[str, ...]) -> None:
    """Who is above only some of them is beside the others."""
    assert above(chains, originators) == known


@thorough
@given(st.lists(st.lists(names, max_size=4), max_size=3), st.sets(names, max_size=3), names)
def test_nobody_who_asks_is_asked_and_there_is_always_a_person(
    chains: list[list[str]], originators: set[str], wanted: str
) -> None:
    """Whatever anybody wrote into the file."""
    known = above(chains, originators)
    assert known[-1] == HUMAN
    assert not set(known[:-1]) & originators
    assert all(name in chain for name in known[:-1] for chain in chains)
    assert assignee(wanted, known) in known
