"""The roster: what a level means, and in which order its deployments are tried."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.budget import Budget
from scope.laws.roster import KEYS, Deployment, Price, Quota, Roster, candidates, level_of, parse, parse_roles
from scope.laws.schema import Problem
from scope.store import document


def _levels(written: dict[str, Any]) -> dict[int, tuple[Deployment, ...]]:
    found = parse(written)
    assert not isinstance(found, Problem), found
    return found


def test_an_entry_says_how_a_model_is_reached() -> None:
    """The design's example, with all that an entry may say."""
    text = """
    0: [{model: openai/small, base_url: "http://127.0.0.1:8080/v1", api_key_env: OPENAI_API_KEY, max_tokens: 512,
         price: {input: 0.1, output: 0.4}, quota: {calls: 900, per: day}, timeout: 30s, retries: 0, when_low: true}]
    2: {model: anthropic/strong}
    """
    found = _levels(document.mapping(text)[0])
    assert found[0][0] == Deployment(
        0, 0, "openai/small", "http://127.0.0.1:8080/v1", "OPENAI_API_KEY", price=Price(0.1, 0.4), max_tokens=512,
        timeout=30.0, retries=0, quota=Quota(Budget(calls=900), 86400.0), when_low=True,
    )  # fmt: skip
    assert found[2] == (Deployment(2, 0, "anthropic/strong"),)
    assert found[2][0].name == "2/0"


def test_every_keys_example_is_right() -> None:
    """It is what the documentation shows."""
    for key in KEYS:
        said = key.example.replace('"', '\\"') if key.shape == "text" else key.example
        entry = f"{{model: openai/x, {key.name}: {said}}}" if key.name != "model" else f"{{model: {said}}}"
        keys, _ = document.mapping(f"0: [{entry}]")
        assert not isinstance(parse(keys), Problem), (key.name, parse(keys))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("[{modle: x}]", "did you mean 'model'?"),
        ("[{base_url: x}]", "has no 'model'"),
        ("[]", "takes a list"),
        ("word", "takes a list"),
        ("[word]", "takes keys"),
        ("[{model: x/a, price: {input: 1}}]", "dollars per million"),
        ("[{model: x/a, price: {input: 1, output: much}}]", "dollars per million"),
        ("[{model: x/a, quota: {calls: 3, per: month}}]", "per minute, hour, day, week"),
        ("[{model: x/a, quota: {children: 3}}]", "takes calls, tokens or usd"),
        ("[{model: x/a, api_key_env: A, api_key_file: b}]", "comes from one place"),
        ("[{model: x/a, max_tokens: 0}]", "more than 0"),
        ("[{model: qwen3}]", "openai/qwen3"),
        ("[{model: x/a, api_key_env: sk-proj-1234}]", "never the key itself"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_level_and_entry(entry: str, said: str) -> None:
    """A person finds the place by it."""
    found = parse(document.mapping(f"3: {entry}")[0])
    assert isinstance(found, Problem)
    assert "level 3" in found.says
    assert said in found.says
    assert "sk-" not in found.says


def test_levels_are_numbers_and_roles_name_them() -> None:
    """Built-in roles stay unless they are given another level."""
    assert isinstance(parse({"small": [{"model": "x/a"}]}), Problem)
    assert isinstance(parse_roles((("executor", "low"),)), Problem)
    roles = parse_roles((("executor", "1"), ("poet", "3")))
    assert not isinstance(roles, Problem)
    assert (roles["executor"], roles["poet"], roles["advisor"]) == (1, 3, 2)


def test_a_session_has_the_level_it_names_else_its_roles_else_its_agents() -> None:
    """Never a model; and a role that nobody knows has none."""
    roster = Roster()
    assert level_of(roster, 3, "") == 3
    assert level_of(roster, None, "advisor") == 2
    assert level_of(roster, None, "", of_agent=1) == 1
    assert level_of(roster, None, "") == 0
    assert level_of(roster, None, "poet") is None


deployments = st.builds(
    lambda quota, low: {"quota": Quota(Budget(calls=1), 60.0) if quota else None, "when_low": low},
    st.booleans(), st.booleans(),
)  # fmt: skip


@given(
    made=st.lists(deployments, min_size=1, max_size=6),
    has=st.lists(st.booleans(), min_size=6, max_size=6),
    low=st.booleans(),
)
def test_the_order_of_candidates(made: list[dict[str, Any]], has: list[bool], low: bool) -> None:
    """Quota that is left is spent first, cheaper ones are for low budgets, and nobody is tried twice."""
    ones = tuple(Deployment(0, number, f"m{number}", **keys) for number, keys in enumerate(made))
    left = {one.name: has[one.index] for one in ones}
    found = candidates(Roster({0: ones}), 0, left, is_low=low)
    assert found
    assert len(set(found)) == len(found)
    usual = [one for one in found if not one.when_low]
    first = [one for one in usual if one.quota and left[one.name]]
    assert usual == [*first, *(one for one in usual if one not in first)]
    if low:
        assert set(found) == set(ones)
        assert list(found) == sorted(found, key=lambda one: not one.when_low)
    elif any(not one.when_low for one in ones):
        assert usual == list(found)


def test_a_level_without_deployments_has_no_candidates() -> None:
    """Which is an answer, not an error."""
    assert candidates(Roster(), 5, {}, is_low=True) == ()
    assert Roster().is_empty


def test_only_keys_from_a_persons_environment_need_that_person() -> None:
    """A file or a password manager can be asked by anybody."""
    levels = _levels(
        document.mapping("0: [{model: x/a, api_key_env: B}, {model: x/c, api_key_file: d}, {model: x/e}]")[0]
    )
    assert Roster(levels).keys_from_environment() == ("B",)
