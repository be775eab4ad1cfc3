"""The declared tree: every mistake is told, and what is taken has one supervisor each and the human above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.declaration import parse
from scope.laws.identity import HUMAN, Identity

if TYPE_CHECKING:
    from scope.laws.schema import Node

WEB: dict[str, Node] = {"strategy": "rest_for_one", "span": "6", "triggers": {"attempts": "3"}, "budget": {"usd": "5"}}


def told(**keys: Node) -> list[tuple[str, str]]:
    """The faults, each with its place."""
    others = {"old": Identity("old", role="supervisor"), "ann": Identity("ann")}
    return [(".".join(fault.way), fault.says) for fault in parse(keys, others).faults]


def test_supervisors_and_agents_are_taken_with_their_keys_the_higher_ones_first() -> None:
    """Below one another, by name, or below the human."""
    tree = parse(
        {
            "supervisors": {
                "api": {"supervisor": "web"},
                "web": {**WEB, "children": {"db": {"agents": ["bob"]}}, "agents": {"eve": {"level": "2"}}},
            },
            "agents": ["sue"],
        },
        {},
    )
    assert tree.faults == ()
    found = {one.name: (one.role, one.supervisor) for one in tree.agents}
    assert found == {
        "web": ("supervisor", HUMAN),
        "sue": ("worker", HUMAN),
        "api": ("supervisor", "web"),
        "db": ("supervisor", "web"),
        "eve": ("worker", "web"),
        "bob": ("worker", "db"),
    }
    places = [one.name for one in tree.agents]
    assert all(one.supervisor == HUMAN or places.index(one.supervisor) < places.index(one.name) for one in tree.agents)
    (web,) = (one for one in tree.agents if one.name == "web")
    assert web.keys == {"role": "supervisor", "supervisor": HUMAN, **WEB}


@pytest.mark.parametrize(
    ("keys", "place", "says"),
    [
        ({"superviser": {}}, "superviser", "unknown key 'superviser', did you mean 'supervisors'?"),
        ({"supervisors": {"web": {"spam": "6"}}}, "supervisors.web.spam", "unknown key 'spam', did you mean 'span'?"),
        ({"supervisors": {"web": {"span": "six"}}}, "supervisors.web.span", "'span' takes a whole number, not 'six'"),
        ({"supervisors": {"web": {"role": "worker"}}}, "supervisors.web.role", "unknown key 'role'"),
        ({"supervisors": {"Web": {}}}, "supervisors.Web", "no agent can be called 'Web'"),
        ({"supervisors": {HUMAN: {}}}, "supervisors.human", "no agent can be called 'human'"),
        ({"supervisors": ["web"]}, "supervisors", "'supervisors' takes names, each with keys of its own"),
        ({"supervisors": {"web": "6"}}, "supervisors.web", "'web' takes keys such as {span: 6}"),
        (
            {"supervisors": {"web": {"playbook": ["restrt"]}}},
            "supervisors.web.playbook",
            "a playbook is made of restart",
        ),
        (
            {"supervisors": {"web": {"triggers": {"attemps": "3"}}}},
            "supervisors.web.triggers",
            "'triggers' takes attempts, wall_time, no_progress, not 'attemps': did you mean 'attempts'?",
        ),
        (
            {"supervisors": {"web": {"supervisor": "od"}}},
            "supervisors.web.supervisor",
            "there is no supervisor 'od', did you mean 'old'?",
        ),
        (
            {"supervisors": {"web": {"supervisor": "ann"}}},
            "supervisors.web.supervisor",
            "'ann' is a worker, a peer of 'web': only a supervisor supervises",
        ),
        (
            {"supervisors": {"web": {"agents": ["bob"]}, "api": {"agents": ["bob"]}}},
            "supervisors.api.agents.bob",
            "'bob' has a second supervisor: 'api' beside 'web'",
        ),
        (
            {"supervisors": {"web": {"children": {"api": {"supervisor": "old"}}}}},
            "supervisors.web.children.api.supervisor",
            "'api' has a second supervisor: it stands below 'web', and names 'old'",
        ),
        (
            {"supervisors": {"web": {"supervisor": "web"}}},
            "supervisors.web.supervisor",
            "the supervisors lead back: web → web",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_with_what_was_meant(keys: dict[str, Node], place: str, says: str) -> None:
    """In words that a person can act on."""
    ((where, words),) = told(**keys)
    assert where == place
    assert words.startswith(says)


def test_all_mistakes_are_told_at_once() -> None:
    """Not one a run."""
    assert len(told(supervisors={"web": {"spam": "1", "span": "x"}, "api": {"strategy": "all"}}, agnts=[])) == 4


def test_a_circle_is_told_of_each_in_it() -> None:
    """And of nobody who only leads into it."""
    ring: dict[str, Node] = {"a": {"supervisor": "b"}, "b": {"supervisor": "a"}, "c": {"supervisor": "a"}}
    assert [place for place, _ in told(supervisors=ring)] == ["supervisors.a.supervisor", "supervisors.b.supervisor"]


def test_a_circle_with_identities_that_are_there_is_one_too() -> None:
    """What was written before counts."""
    others = {"old": Identity("old", role="supervisor", supervisor="web")}
    (fault,) = parse({"supervisors": {"web": {"supervisor": "old"}}}, others).faults
    assert fault.says == "the supervisors lead back: web → old → web"


NODES: st.SearchStrategy[Node] = st.recursive(
    st.one_of(st.none(), st.sampled_from(["", "web", "human", "3", "x", "old"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["supervisors", "agents", "children", "web", "api", "span", "supervisor", "triggers", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["supervisors", "agents", "x"]), NODES, max_size=3))
def test_whatever_is_written_is_taken_whole_or_told(keys: dict[str, Node]) -> None:
    """Never half, never with an exception; what is taken leads up to the human."""
    tree = parse(keys, {})
    assert not (tree.agents and tree.faults)
    above = {one.name: one.supervisor for one in tree.agents}
    assert len(above) == len(tree.agents)
    for one in tree.agents:
        step, steps = one.supervisor, 0
        while step != HUMAN:
            step, steps = above[step], steps + 1
            assert steps <= len(above)
