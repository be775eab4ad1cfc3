"""Budgets: what is written, what still fits, what is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.budget import LIMITS, UNBOUNDED, Budget, Spent, dollars, exceeded, left, parse

amounts = st.integers(0, 1000)
spendings = st.builds(
    Spent, usd=amounts.map(lambda n: n / 64), tokens=amounts, calls=amounts, seconds=amounts.map(float)
)
bounds = st.none() | amounts
budgets = st.builds(
    Budget, usd=bounds.map(lambda n: None if n is None else n / 64), tokens=bounds, calls=bounds, children=bounds,
    seconds=bounds.map(lambda n: None if n is None else float(n)),
)  # fmt: skip


def test_a_budget_is_read_with_its_units() -> None:
    """Dollars with or without their sign, times as everywhere."""
    pairs = [("usd", "$0.50"), ("tokens", "1000"), ("calls", "20"), ("children", "3"), ("seconds", "1h")]
    assert parse(pairs) == Budget(0.5, 1000, 20, 3, 3600.0)
    assert parse([]) == UNBOUNDED
    assert UNBOUNDED.is_empty
    assert not Budget(calls=0).is_empty


@pytest.mark.parametrize(
    ("name", "text"),
    [("usd", "much"), ("usd", "nan"), ("usd", "-1"), ("usd", "inf"), ("tokens", "1.5"), ("seconds", "0"), ("eur", "1")],
)
def test_what_is_no_amount_is_refused_in_words(name: str, text: str) -> None:
    """Each answer quotes what was written, or names what there is."""
    said = parse([(name, text)])
    assert isinstance(said, str)
    assert text in said or all(limit in said for limit in LIMITS)


@given(mine=budgets, below=budgets)
def test_the_nearer_budget_goes_over_the_other_bound_by_bound(mine: Budget, below: Budget) -> None:
    """Nothing is added to it, and nothing lost."""
    both = mine.over(below)
    for name in LIMITS:
        own = getattr(mine, name)
        assert getattr(both, name) == (getattr(below, name) if own is None else own)


@given(budget=budgets, calls=st.lists(spendings, max_size=12))
def test_what_is_let_through_never_adds_up_to_more_than_the_bound(budget: Budget, calls: list[Spent]) -> None:
    """Reserved before each call, and a call spends at most what was reserved for it."""
    spent = Spent()
    for asked in calls:
        if not exceeded(budget, spent, asked):
            spent += asked
    for name in ("usd", "tokens", "calls"):
        bound = getattr(budget, name)
        assert bound is None or getattr(spent, name) <= bound


@given(spent=spendings, asked=spendings)
def test_nothing_exceeds_no_budget(spent: Spent, asked: Spent) -> None:
    """What is not bounded is not refused."""
    assert exceeded(UNBOUNDED, spent, asked) == ""
    assert left(UNBOUNDED, spent) == 1.0


@given(budget=budgets, spent=spendings, more=spendings)
def test_less_is_left_the_more_is_spent(budget: Budget, spent: Spent, more: Spent) -> None:
    """Between everything and nothing."""
    assert 0.0 <= left(budget, spent + more) <= left(budget, spent) <= 1.0


@given(one=spendings, other=spendings)
def test_settling_gives_back_exactly_what_was_reserved(one: Spent, other: Spent) -> None:
    """Sums of whole parts are exact."""
    assert one + other - other == one


def test_a_call_of_unknown_price_is_not_refused_for_dollars_that_are_left() -> None:
    """It counts as none; but nothing is called when all dollars are spent."""
    assert exceeded(Budget(usd=1.0), Spent(usd=0.5), Spent(tokens=10)) == ""
    assert "$1.00 of $1.00" in exceeded(Budget(usd=1.0), Spent(usd=1.0), Spent(tokens=10))


def test_a_refusal_says_how_much_of_what() -> None:
    """A person has to decide by it."""
    assert exceeded(Budget(usd=1.0), Spent(usd=0.98), Spent(usd=0.05)) == (
        "$0.9800 of $1.00 is spent, and this call may cost $0.0500"
    )
    assert exceeded(Budget(calls=3), Spent(calls=3), Spent(calls=1)) == "3 of 3 calls are made"
    assert "of model time" in exceeded(Budget(seconds=5.0), Spent(seconds=6.0), Spent())
    assert dollars(0) == "$0.00"
