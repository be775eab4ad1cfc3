"""The healthy tree, and what helps one that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scope.laws import health
from scope.laws.health import Load, Shape

HEALTHY = Shape(worker=90, supervisor=8, coordinator=1, human=1, escalated=9, failures=20)
COUNTS = st.integers(0, 400)
SHAPES = st.builds(
    lambda worker, supervisor, coordinator, human, share, recurred: Shape(
        worker=worker,
        supervisor=supervisor,
        coordinator=coordinator,
        human=human,
        escalated=round(share * (supervisor + coordinator + human)),
        failures=recurred + supervisor,
        recurred=recurred,
    ),
    COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0, 1), COUNTS,
)  # fmt: skip


def advice(shape: Shape) -> str:
    """All that is advised, in one piece."""
    return " / ".join(f"{each.figure}: {each.advice}" for each in health.judge(shape).findings)


def test_ninety_eight_two_is_healthy() -> None:
    """As the twelve factors have it."""
    assert health.judge(HEALTHY) == health.Verdict("healthy")


def test_few_sessions_condemn_nobody() -> None:
    """Nor does anything good follow from them."""
    assert health.judge(Shape(human=19, escalated=19)).word == "too few to judge"
    assert health.judge(Shape(worker=19)).word == "too few to judge"
    assert health.judge(Shape(worker=20)).word == "healthy"


def test_one_unlucky_session_of_twenty_is_chance() -> None:
    """Five percent above, of two at most, and yet it tells nothing; two of twenty do."""
    assert health.judge(Shape(worker=19, human=1, escalated=1)).word == "healthy"
    assert health.judge(Shape(worker=18, human=2, escalated=2)).word == "unhealthy"


@pytest.mark.parametrize(
    ("shape", "figure", "helps"),
    [
        (replace(HEALTHY, worker=50, escalated=50), "83 % of sessions were escalated, of 10 % at most", "autonomy"),
        (replace(HEALTHY, supervisor=40), "30 % were resolved by supervisors, of 8 % at most", "retries"),
        (replace(HEALTHY, human=30), "24 % went above the supervisors, 23 % to a person, of 2 % at most", "playbooks"),
        (replace(HEALTHY, human=30), "supervisors passed 79 % of their cases on, of 50 % at most", "another level"),
        (replace(HEALTHY, recurred=10), "10 of 20 failures had been resolved before and came again", "job type"),
    ],
)
def test_each_advice_stands_with_the_figure_that_triggered_it(shape: Shape, figure: str, helps: str) -> None:
    """The mechanical advice of Factor XI."""
    assert figure in advice(shape)
    assert helps in advice(shape)
    assert helps not in advice(HEALTHY)


def test_an_overloaded_supervisor_is_found_however_few_have_ended() -> None:
    """By its name; one that has as many as it may is not."""
    loads = [Load("web", 9, 8), Load("db", 8, 8)]
    found = health.judge(Shape(), loads)
    assert found.word == "too few to judge"
    assert [each.figure for each in found.findings] == ["supervisor 'web' has 9 sessions, its span is 8"]
    assert health.judge(HEALTHY, loads).word == "unhealthy"


@given(SHAPES)
def test_the_verdict_follows_from_the_findings(shape: Shape) -> None:
    """Unhealthy means that something can be done; each finding has its figure and its advice."""
    found = health.judge(shape)
    assert (found.word == "too few to judge") is (shape.sessions < health.ENOUGH)
    if shape.sessions >= health.ENOUGH:
        assert (found.word == "unhealthy") is bool(found.findings)
    assert all(each.figure and each.advice for each in found.findings)


@given(SHAPES, st.integers(1, 200))
def test_more_cases_for_a_person_never_make_a_tree_healthy(shape: Shape, more: int) -> None:
    """Nor do more escalations, or more failures that come again, of as many sessions."""
    assume(health.judge(shape).word == "unhealthy")
    moved = min(more, shape.worker)
    worse = replace(shape, worker=shape.worker - moved, human=shape.human + moved, escalated=shape.escalated + moved)
    assert health.judge(worse).word == "unhealthy"
    again = replace(shape, recurred=min(shape.failures, shape.recurred + more))
    assert health.judge(again).word == "unhealthy"


@pytest.mark.parametrize(
    ("count", "of", "said"), [(0, 0, "-"), (0, 9, "0 %"), (1, 400, "0.2 %"), (399, 400, "99.8 %"), (1, 3, "33 %")]
)
def test_a_share_that_is_not_nothing_does_not_look_like_it(count: int, of: int, said: str) -> None:
    """And what is not all does not look like all."""
    assert health.share(count, of) == said
