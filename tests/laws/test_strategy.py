"""Whose attempt goes along when a sibling begins again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.ids import order
from scope.laws.strategy import STRATEGIES, Child, Strategy, must_go_along, must_wait_for
from tests.laws.cases import thorough

moments = st.integers(0, 9).map(float)
families = st.lists(
    st.builds(
        Child,
        session=st.sampled_from(["1", "2", "2.2", "2.10", "3", "10"]),
        begun=moments,
        is_live=st.booleans(),
        failed_at=moments,
    ),
    min_size=1,
    unique_by=lambda child: child.session,
)

EARLY = Child("2.2", begun=10.0, is_live=True)
FAILED = Child("2.9", failed_at=50.0)
LATE = Child("2.10", begun=20.0, is_live=True)
FAMILY = (EARLY, FAILED, LATE)


@pytest.mark.parametrize(
    ("strategy", "going"),
    [("one_for_one", []), ("rest_for_one", [LATE]), ("one_for_all", [EARLY, LATE])],
)
def test_who_goes_along_with_a_failed_child_is_the_strategys(strategy: Strategy, going: list[Child]) -> None:
    """Itself, the rest, all; 2.10 was started after 2.9."""
    assert [child for child in FAMILY if must_go_along(strategy, child, FAMILY)] == going
    assert all(must_go_along(strategy, child, FAMILY) == FAILED for child in going)


@pytest.mark.parametrize(
    ("strategy", "waits_for"), [("one_for_one", None), ("rest_for_one", LATE), ("one_for_all", EARLY)]
)
def test_a_child_starts_when_all_that_go_along_have_ended(strategy: Strategy, waits_for: Child | None) -> None:
    """OTP ends all that are concerned before it starts any."""
    assert must_wait_for(strategy, FAILED, FAMILY) == waits_for
    ended = (replace(EARLY, is_live=False), FAILED, replace(LATE, is_live=False))
    assert [must_wait_for(strategy, child, ended) for child in ended] == [None, None, None]


def test_who_began_after_the_failure_stays() -> None:
    """It has begun again already, or is new."""
    fresh = replace(LATE, begun=51.0)
    for strategy in STRATEGIES:
        assert must_go_along(strategy, fresh, (FAILED, fresh)) is None
        assert must_wait_for(strategy, FAILED, (FAILED, fresh)) is None


@thorough
@given(families)
def test_one_for_one_concerns_nobody_else(family: list[Child]) -> None:
    """The rule where nobody gave one."""
    for child in family:
        assert must_go_along("one_for_one", child, family) is None
        assert must_wait_for("one_for_one", child, family) is None


@thorough
@given(st.sampled_from(STRATEGIES), families)
def test_only_the_live_go_along_and_only_with_another_that_failed_after_they_began(
    strategy: Strategy, family: list[Child]
) -> None:
    """Nobody is ended for its own failure here, nor for one that it has outlived."""
    for child in family:
        cause = must_go_along(strategy, child, family)
        if cause:
            assert child.is_live
            assert cause.session != child.session
            assert cause.failed_at > child.begun
        assert cause == must_go_along(strategy, child, [other for other in family if other != child])


@thorough
@given(families)
def test_under_rest_for_one_nobody_goes_along_with_a_later_child(family: list[Child]) -> None:
    """What was started earlier does not depend on it."""
    for child in family:
        cause = must_go_along("rest_for_one", child, family)
        assert cause is None or order(cause.session) < order(child.session)


@thorough
@given(st.sampled_from(STRATEGIES), families)
def test_a_child_waits_exactly_while_another_must_go_along(strategy: Strategy, family: list[Child]) -> None:
    """Which does not wait for it, so that nobody waits for ever."""
    for child in family:
        concerned = [other for other in family if other != child and must_go_along(strategy, other, family)]
        assert must_wait_for(strategy, child, family) == min(
            concerned, key=lambda other: order(other.session), default=None
        )
        others = [other for other in family if other != child]
        assert must_wait_for(strategy, child, family) == must_wait_for(strategy, child, others)


@thorough
@given(st.sampled_from(STRATEGIES), families, st.randoms(use_true_random=False))
def test_once_all_have_ended_and_begun_again_nothing_goes_along_any_more(
    strategy: Strategy, family: list[Child], chance: object
) -> None:
    """One failure, one round: whatever may happen next happens, in any order, and it ends."""
    now, steps = 10.0, 0
    while True:
        ending = [child for child in family if must_go_along(strategy, child, family)]
        starting = [child for child in family if not child.is_live and not must_wait_for(strategy, child, family)]
        if not ending and not starting:
            break
        child = chance.choice(ending + starting)  # type: ignore[attr-defined]
        now, steps = now + 1, steps + 1
        after = replace(child, is_live=False, begun=0.0) if child in ending else replace(child, is_live=True, begun=now)
        family = [after if other == child else other for other in family]
    assert all(child.is_live for child in family)
    assert steps <= 2 * len(family)
