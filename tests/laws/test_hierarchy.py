"""The tree above the sessions: nobody is without a supervisor, nobody has two, and spans are kept where implied."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.hierarchy import COORDINATOR, Post, hierarchy, supervisor_of
from scope.laws.identity import HUMAN

if TYPE_CHECKING:
    from scope.laws.hierarchy import Supervisor

NAMES = st.sampled_from(["web", "api", "db", "coordinator", "spawn-1", "spawn-1.0", HUMAN, "nobody"])
IDS = st.lists(st.integers(1, 40), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
POSTS = st.lists(st.builds(Post, NAMES, NAMES, st.integers(1, 9)), max_size=6)
SESSIONS = st.dictionaries(IDS, st.one_of(st.just(""), NAMES), max_size=60)
SPANS = st.integers(0, 9)


def way_up(tree: dict[str, Supervisor], name: str) -> list[str]:
    """Everybody above one."""
    way = []
    while name:
        assert name not in way
        way.append(name)
        name = tree[name].above
    return way


@given(POSTS, SESSIONS, SPANS)
def test_every_session_has_exactly_one_supervisor_and_the_human_is_above_all(
    posts: list[Post], sessions: dict[str, str], span: int
) -> None:
    """No circle, nobody forgotten, nobody twice: whatever identities and tasks say."""
    tree = hierarchy(posts, sessions, span)
    assert Counter(session for one in tree.values() for session in one.sessions) == Counter(list(sessions))
    below = Counter(name for one in tree.values() for name in one.supervisors)
    assert below == Counter(name for name in tree if name != HUMAN)
    for name in tree:
        assert way_up(tree, name)[-1] == HUMAN
        assert all(tree[child].above == name for child in tree[name].supervisors)
    assert {post.name for post in posts} - {HUMAN} <= set(tree)


@given(POSTS, SESSIONS, st.integers(2, 9))
def test_implied_supervisors_keep_their_span_and_declared_ones_are_as_declared(
    posts: list[Post], sessions: dict[str, str], span: int
) -> None:
    """Overload makes intermediate ones, or is said."""
    tree = hierarchy(posts, sessions, span)
    for one in tree.values():
        if one.kind in ("coordinator", "implied", "intermediate"):
            assert 0 < one.load <= span
        if one.kind == "declared":
            assert one.is_overloaded == (one.load > one.span)
            assert not any(tree[child].kind == "intermediate" for child in one.supervisors)


@given(SESSIONS, st.integers(2, 9))
def test_a_sessions_supervisor_follows_from_its_id_alone(sessions: dict[str, str], span: int) -> None:
    """So that the history of restarts is found again, whoever else comes and goes."""
    alone = dict.fromkeys(sessions, "")
    tree = hierarchy([], alone, span)
    for one in tree.values():
        for session in one.sessions:
            assert one.name == supervisor_of(session, "", span)


@pytest.mark.parametrize(
    ("session", "name"),
    [("2", "spawn-2"), ("2.1", "spawn-2.0"), ("2.8", "spawn-2.0"), ("2.9", "spawn-2.1"), ("2.1.9", "spawn-2.1.1")],
)
def test_so_many_children_of_one_session_share_a_supervisor(session: str, name: str) -> None:
    """As the span says; a declared one takes its own."""
    assert supervisor_of(session, "", 8) == name
    assert supervisor_of(session, "web", 8) == "web"


def test_without_a_declaration_there_is_a_coordinator_above_each_spawn() -> None:
    """Human, coordinator, one supervisor for each spawn, its sessions."""
    tree = hierarchy([], {"1": "", "2": "", "2.1": ""}, 8)
    assert tree[HUMAN].supervisors == (COORDINATOR,)
    assert tree[COORDINATOR].supervisors == ("spawn-1", "spawn-2")
    assert tree["spawn-2"].sessions == ("2",)
    assert tree["spawn-2"].supervisors == ("spawn-2.0",)
    assert tree["spawn-2.0"].sessions == ("2.1",)


def test_nothing_is_implied_where_nothing_is() -> None:
    """An empty root has a human."""
    assert list(hierarchy([], {}, 8)) == [HUMAN]
