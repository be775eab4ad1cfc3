"""Adding up the ledger: nothing is lost, nothing counts twice, whatever it is grouped by."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scope.laws.budget import Spent
from scope.models import costs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scope.models.costs import Costs

quickly = settings(deadline=None, max_examples=200, database=None)

KEYS = (
    "id", "time", "session", "tree", "agent", "job", "level", "skills", "model", "prompt_tokens", "completion_tokens",
    "cached_tokens", "cost", "ms", "outcome", "reserved",
)  # fmt: skip
words = st.sampled_from(["", "a", "b", None])
lines = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "time": st.sampled_from(["2026-01-02T03:04:05Z", "2026-01-03T00:00:00.123Z", "2026-02-01T00:00:00Z"]),
        "session": st.sampled_from(["1", "2", "2.1", "2.10", "10"]),
        "tree": st.sampled_from(["1", "2", "10"]),
        "agent": words,
        "job": words,
        "level": st.sampled_from([0, 1, 2, 10]),
        "skills": st.lists(st.sampled_from(["x", "y"]), unique=True),
        "model": words,
        "prompt_tokens": st.integers(0, 10**6),
        "completion_tokens": st.integers(0, 10**6),
        "cached_tokens": st.integers(0, 10**6),
        "cost": st.none() | st.integers(0, 1000).map(lambda cents: cents / 128),  # sums of which are exact
        "ms": st.integers(0, 10**5),
        "outcome": st.sampled_from(["ok", "error", "cut", "unknown"]),
    }
)
ledgers = st.lists(lines, max_size=30)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


def alike(one: Costs, other: Costs) -> bool:
    """Equal, but for what adding floats in another order makes."""
    return all(abs(getattr(one, name) - getattr(other, name)) < 1e-6 for name in costs.FIELDS)


@pytest.mark.parametrize("by", costs.GROUPINGS)
def test_every_grouping_has_the_same_sum(by: str) -> None:
    """Each call is in one group and no other."""

    @quickly
    @given(ledgers)
    def holds(ledger: list[dict[str, Any]]) -> None:
        groups = costs.grouped(ledger, by)
        assert alike(costs.sum_of(groups.values()), costs.total(ledger))
        assert costs.total(ledger).calls == len(ledger)

    holds()


@quickly
@given(ledgers)
def test_a_tree_costs_what_its_sessions_cost(ledger: list[dict[str, Any]]) -> None:
    """To name a session takes those below it along, once."""
    below = costs.total(costs.within(ledger, ["2"]))
    assert alike(below, costs.total(line for line in ledger if line["session"] in ("2", "2.1", "2.10")))
    assert alike(below, costs.total(costs.within(ledger, ["2", "2.1"])))


@quickly
@given(ledgers, st.sampled_from(["2026-01-03", "2026-01-03T00:00:01", "2027"]))
def test_what_came_before_and_after_a_time_is_all(ledger: list[dict[str, Any]], since: str) -> None:
    """A call is on one side of it."""
    after = costs.total(costs.within(ledger, [], since))
    before = costs.total(line for line in ledger if line["time"] < since)
    assert alike(after + before, costs.total(ledger))


@quickly
@given(st.dictionaries(st.sampled_from(KEYS), anything))
def test_a_line_by_hand_breaks_nothing(line: dict[str, Any]) -> None:
    """What is no number counts as none; a call is a call."""
    found = costs.of(line)
    assert found.calls == 1
    assert all(getattr(found, name) >= 0 for name in costs.FIELDS)
    assert costs.spent(line).usd >= 0
    for by in costs.GROUPINGS:
        (group,) = costs.grouped([line], by)
        assert group
        assert group.isprintable()


def test_a_call_that_was_made_again_counts_as_it_ended() -> None:
    """Its first line says that nobody knows; the last line of an id counts."""
    unknown = {"id": "1/1/1.1", "outcome": "unknown", "cost": None, "reserved": {"usd": 0.5, "tokens": 900}}
    again = {"id": "1/1/1.1", "outcome": "ok", "cost": 0.25, "prompt_tokens": 7, "completion_tokens": 3, "ms": 1500}
    assert list(costs.settled([unknown, again])) == [again]
    assert list(costs.settled([unknown, unknown])) == [unknown]
    assert costs.spent(again) == Spent(0.25, 10, 1, 1.5)
    assert costs.spent(unknown) == Spent(0.5, 900, 1, 0.0)
    assert costs.of(unknown).unpriced == 1


def test_calls_without_an_id_are_all_counted() -> None:
    """Nothing tells that they are one."""
    assert len(list(costs.settled([{"outcome": "unknown"}, {"outcome": "unknown"}, {"outcome": "ok"}]))) == 3


def test_groups_are_in_order_or_the_dearest_first() -> None:
    """Sessions and levels by number, days by date, models by cost."""
    ledger = [
        {"session": session, "level": level, "time": f"{day}T00:00:00Z", "model": model, "cost": cost}
        for session, level, day, model, cost in (
            ("10", 10, "2026-01-10", "cheap", 0.1),
            ("2.10", 2, "2026-01-02", "dear", 2.0),
            ("2.9", 0, "2025-12-31", "dear", 3.0),
            ("2", None, "2026-01-02", "middling", 1.0),
        )
    ]
    assert list(costs.grouped(ledger, "session")) == ["2", "2.9", "2.10", "10"]
    assert list(costs.grouped(ledger, "level")) == ["0", "2", "10", "-"]
    assert list(costs.grouped(ledger, "day")) == ["2025-12-31", "2026-01-02", "2026-01-10"]
    assert list(costs.grouped(ledger, "model")) == ["dear", "middling", "cheap"]


def test_a_long_ledger_is_not_held_in_memory() -> None:
    """Only what nobody knows the end of is."""

    def many() -> Iterator[dict[str, Any]]:
        for number in range(100_000):
            yield {"id": f"1/1/{number}.1", "session": "1", "outcome": "ok", "cost": 0.001, "ms": 10}

    tracemalloc.start()
    try:
        assert costs.grouped(costs.settled(many()), "session")["1"].calls == 100_000
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
