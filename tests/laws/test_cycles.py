"""Who waits for whom in a circle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scope.laws.cycles import cycles, victim
from scope.laws.ids import order
from tests.ending import comes_to_an_end
from tests.laws.cases import thorough

few = st.sampled_from(["1", "2", "2.1", "2.2", "2.10", "3", "10"])
graphs = st.dictionaries(few, st.frozensets(few, max_size=4), max_size=7)


def _reachable(start: str, edges: dict[str, frozenset[str]]) -> set[str]:
    found: set[str] = set()
    onward = [*edges.get(start, ())]
    while onward:
        here = onward.pop()
        if here not in found:
            found.add(here)
            onward += edges.get(here, ())
    return found


@thorough
@given(graphs)
def test_cycles_are_the_sets_of_those_that_reach_themselves_and_each_other(edges: dict[str, frozenset[str]]) -> None:
    """Against the definition, which takes cubic time."""
    reach = {here: _reachable(here, edges) for here in edges}
    expected = {
        tuple(sorted((there for there in reach[here] if here in reach.get(there, ())), key=order))
        for here in edges
        if here in reach[here]
    }
    assert cycles(edges) == sorted(expected, key=lambda cycle: order(cycle[0]))


@thorough
@given(graphs, st.randoms(use_true_random=False))
def test_the_order_in_which_the_edges_came_does_not_matter(edges: dict[str, frozenset[str]], chance: object) -> None:
    """Two watchers, one verdict."""
    items = list(edges.items())
    chance.shuffle(items)  # type: ignore[attr-defined]
    assert cycles(dict(items)) == cycles(edges)


def test_an_edge_to_itself_is_a_cycle_of_one() -> None:
    """It would wait for ever."""
    assert cycles({"1": ["1"], "2": ["1"]}) == [("1",)]
    assert cycles({}) == cycles({"1": []}) == cycles({"1": ["7"]}) == []


def test_the_youngest_gives_way() -> None:
    """It has the least to lose; 2.10 is younger than 2.9."""
    (cycle,) = cycles({"2.10": ["2.9"], "2.9": ["2.10", "4"]})
    assert cycle == ("2.9", "2.10")
    assert victim(cycle) == "2.10"


@thorough
@given(graphs)
def test_without_their_victims_fewer_wait_in_a_circle_and_after_some_rounds_none(
    edges: dict[str, frozenset[str]],
) -> None:
    """Asking one to give way, again and again, ends every circle."""
    rounds = 0
    while found := cycles(edges):
        gone = {victim(cycle) for cycle in found}
        edges = {here: there for here, there in edges.items() if here not in gone}
        rounds += 1
    assert rounds <= 7


@thorough
@given(st.dictionaries(st.text(max_size=3), st.lists(st.text(max_size=3), max_size=3), max_size=5))
def test_no_word_is_a_surprise(edges: dict[str, list[str]]) -> None:
    """A worker may write anything into what it waits for."""
    for cycle in cycles(edges):
        assert victim(cycle) in edges


def test_fifty_thousand_that_wait_for_each_other_are_found_at_once() -> None:
    """Neither the interpreter's stack nor the square of their number."""
    count = 50_000
    ring = {str(number): [str(number % count + 1)] for number in range(1, count + 1)}
    with comes_to_an_end():
        (cycle,) = cycles(ring)
        assert (cycle[0], cycle[-1], len(cycle)) == ("1", str(count), count)
        del ring[str(count)]
        assert cycles(ring) == []
        assert cycles({"1": [str(number) for number in range(2, count)]} | ring) == []
