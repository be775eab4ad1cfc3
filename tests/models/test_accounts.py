"""Accounts, by property: what is reserved and settled is exactly what the ledger says, and no bound is crossed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from scope.laws.budget import Budget
from scope.laws.roster import Deployment, Price, Quota
from scope.models import bounds, prices
from scope.models.accounts import NOTHING, Accounts, Amount, Bound, Refusal, amount
from scope.models.bounds import Charge
from scope.models.prices import Tokens

if TYPE_CHECKING:
    from scope.models.accounts import Key

SESSIONS = st.sampled_from(["1", "1.1", "1.1.2", "1.2", "2", "2.1"])
AMOUNTS = st.builds(
    amount, st.floats(0, 10) | st.none(), st.integers(0, 100_000), st.integers(0, 100_000)
)  # fmt: skip
STEPS = st.lists(st.tuples(SESSIONS, AMOUNTS, AMOUNTS, st.booleans()), max_size=30)
AT = 1_800_000_000.0


def _keys(session: str) -> tuple[Key, ...]:
    return bounds.keys(Charge(session, "ann", 0, AT))


@given(STEPS)
def test_what_is_settled_is_what_was_spent_and_nothing_stays_reserved(
    steps: list[tuple[str, Amount, Amount, bool]],
) -> None:
    """In any order of calls, each account ends at the sum of what its calls took."""
    accounts, pending = Accounts(), []
    wanted: dict[Key, Amount] = {}
    for session, asked, taken, is_soon in steps:
        number = accounts.reserve(_keys(session), (), asked)
        assert isinstance(number, int)
        pending.append((number, session, taken))
        if is_soon:
            accounts.settle(*_settled(pending.pop(), wanted))
    for one in pending:
        accounts.settle(*_settled(one, wanted))
    for key, total in wanted.items():
        assert accounts.spent(key) == total
        assert accounts.total(key) == total.spent()


def _settled(one: tuple[int, str, Amount], wanted: dict[Key, Amount]) -> tuple[int, Amount]:
    number, session, taken = one
    for key in _keys(session):
        wanted[key] = wanted.get(key, NOTHING) + taken
    return number, taken


@given(STEPS)
def test_counting_the_ledger_again_gives_the_same_accounts(steps: list[tuple[str, Amount, Amount, bool]]) -> None:
    """A router that starts knows what the one before it knew; a call that is taken back leaves no trace."""
    lived, replayed = Accounts(), Accounts()
    for session, asked, taken, is_unknown in steps:
        number = lived.reserve(_keys(session), (), asked)
        assert isinstance(number, int)
        lived.settle(number, taken)
        if is_unknown:
            replayed.count(_keys(session), asked)
            replayed.discount(_keys(session), asked)
        replayed.count(_keys(session), taken)
    for session in ("1", "1.1", "1.1.2", "1.2", "2", "2.1"):
        for key in _keys(session):
            assert lived.total(key) == replayed.total(key)


@given(STEPS, st.integers(0, 5), st.integers(0, 200_000), st.floats(0, 20))
def test_no_bound_is_crossed_by_calls_that_keep_within_what_they_asked_for(
    steps: list[tuple[str, Amount, Amount, bool]], calls: int, tokens: int, usd: float
) -> None:
    """Whatever is under way at once: a session and all below it never spend more than its budget."""
    accounts = Accounts()
    budget = Budget(usd=usd, tokens=tokens, calls=calls)
    bound = Bound(bounds.of_tree("1"), budget, "session 1")
    for session, asked, _, is_soon in steps:
        inside = (bound,) if session.startswith("1") else ()
        number = accounts.reserve(_keys(session), inside, asked)
        total = accounts.total(bound.key)
        assert total.calls <= calls
        assert total.tokens <= tokens
        assert total.usd <= usd + 1e-9
        if is_soon and isinstance(number, int):
            accounts.settle(number, asked)


@given(AMOUNTS)
def test_a_refusal_names_the_budget_and_its_limit_and_reserves_nothing(asked: Amount) -> None:
    """Who is refused hears whose budget it is, and nothing is held."""
    accounts = Accounts()
    first = Bound(("day", "x"), Budget(calls=5), "day")
    second = Bound(bounds.of_tree("3"), Budget(calls=0), "session 3")
    refusal = accounts.reserve(_keys("3"), (first, second), asked)
    assert isinstance(refusal, Refusal)
    assert (refusal.name, refusal.limit) == ("session 3", "calls")
    assert refusal.says == "the budget of session 3: 0 of 0 calls are made"
    assert accounts.total(bounds.of_tree("3")) == NOTHING.spent()


@given(SESSIONS)
def test_a_call_is_charged_to_its_session_and_to_all_above_it(session: str) -> None:
    """And to its agent, its level and its day."""
    keys = _keys(session)
    assert ("session", session) in keys
    assert {key[1] for key in keys if key[0] == "tree"} == set(bounds.lineage(session))
    assert {key[0] for key in keys} == {"session", "tree", "agent", "level", "day"}
    assert len(set(keys)) == len(keys)


def test_the_accounts_of_days_that_are_over_are_dropped() -> None:
    """A router that lives for months does not remember every day; sessions it does."""
    accounts = Accounts()
    accounts.count(_keys("1"), amount(1.0, 10))
    day = Charge("1", "", 0, AT).day
    accounts.forget_before(day)
    assert accounts.spent(("day", day)) == amount(1.0, 10)
    accounts.forget_before("2999-01-01")
    assert accounts.spent(("day", day)) == NOTHING
    assert accounts.spent(bounds.of_tree("1")) == amount(1.0, 10)


def test_a_quota_whose_period_is_over_is_dropped() -> None:
    """The account of a minute is not kept for months."""
    deployment = Deployment(0, 0, "openai/x")
    key = bounds.quota(deployment, Quota(Budget(calls=1), 60.0), AT).key
    accounts = Accounts()
    accounts.count([key], amount(0.0, 1))
    accounts.forget_quotas(AT)
    assert accounts.spent(key) != NOTHING
    accounts.forget_quotas(AT + 60)
    assert accounts.spent(key) == NOTHING


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 100), st.floats(0, 100))
def test_cached_tokens_cost_their_own_price(
    prompt: int, completion: int, cached: int, dear: float, cheap: float
) -> None:
    """And those without one cost as much as the others; no more are cached than the prompt has."""
    tokens = Tokens(prompt, completion, cached)
    assert prices.cost(Price(dear, dear), tokens) == prices.cost(Price(dear, dear, dear), tokens)
    low, high = sorted((dear, cheap))
    assert prices.cost(Price(high, high, low), tokens) <= prices.cost(Price(high, high), tokens) + 1e-9
