"""Who an agent is."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.identity import KEYS, Identity, parse
from scope.laws.schema import Problem, read
from tests.laws.cases import thorough
from tests.laws.test_task import nodes

NAMES = [key.name for key in KEYS]
ONLY_FOR_PEOPLE = {"created", "preferences", "strengths", "weaknesses"}


def test_the_keys_cover_the_fields_and_what_only_people_read() -> None:
    """Nothing is kept that cannot be written."""
    assert {field.name for field in fields(Identity)} - {"name", "body"} == set(NAMES) - ONLY_FOR_PEOPLE
    assert len(set(NAMES)) == len(NAMES)


def test_every_keys_example_is_right() -> None:
    """It is what the documentation shows."""
    for key in KEYS:
        assert key.meaning
        if not key.example.startswith(("[", "{")):
            read(key, key.example)


def test_an_agent_of_whom_nothing_is_said_is_a_worker_below_the_human() -> None:
    """With OTP's strategy, five restarts in ten minutes, and a span of eight."""
    assert parse("web", {}, "") == Identity(
        "web", role="worker", supervisor="human", strategy="one_for_one", intensity=5, period=600.0, span=8
    )


def test_an_identity_is_read_as_a_person_wrote_it() -> None:
    """Holes in the command stay: the task's variables fill them."""
    keys: dict[str, Any] = {
        "role": "supervisor",
        "supervisor": "lead",
        "strategy": "rest_for_one",
        "intensity": "0",
        "period": "1h",
        "playbook": ["vary", "restart", "escalate"],
        "span": "20",
        "level": "2",
        "budget": {"usd": "5"},
        "triggers": {"attempts": "3"},
        "executor": "command",
        "command": ["solve", "{{ flags }}"],
        "env": {"CI": "true"},
        "cwd": "/src",
        "created": "2026-01-31T12:00:00Z",
        "preferences": ["small steps"],
        "strengths": "python",
        "weaknesses": [],
    }
    assert parse("web", keys, "Be brief.\n") == Identity(
        "web",
        "supervisor",
        "lead",
        "rest_for_one",
        0,
        3600.0,
        ("vary", "restart", "escalate"),
        20,
        2,
        (("usd", "5"),),
        "command",
        ("solve", "{{ flags }}"),
        (("CI", "true"),),
        "/src",
        "Be brief.\n",
        (("attempts", "3"),),
    )


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"role": "boss"}, "'role' takes one of supervisor, worker, not 'boss'"),
        ({"strategy": "all_for_one"}, "'strategy' takes one of one_for_one, rest_for_one, one_for_all"),
        ({"supervisor": "The Lead"}, "'supervisor' takes a name"),
        ({"period": "0"}, "'period' takes a time above 0"),
        ({"span": "0"}, "'span' takes a number above 0"),
        ({"triggers": {"attempts": "x"}}, "in 'triggers': 'attempts' takes a whole number"),
        ({"triggers": {"memory": "1G"}}, "'triggers' takes attempts, wall_time, no_progress, not 'memory'"),
        ({"intensity": "-1"}, "'intensity' takes a whole number"),
        ({"playbook": []}, "'playbook' takes at least one of restart, vary, "),
        ({"playbook": ["restart", "pray"]}, "'pray'"),
        ({"playbook": ["restart", "vary", "restart"]}, "'restart' twice"),
        ({"command": "solve it"}, "never a shell string"),
        ({"env": {"A-B": "c"}}, "'A-B' cannot be a variable's name"),
        ({"supervisr": "lead"}, "did you mean 'supervisor'?"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_key(keys: dict[str, Any], says: str) -> None:
    """An agent that is not as its file says would be somebody else."""
    problem = parse("web", keys, "")
    assert isinstance(problem, Problem)
    assert problem.key in keys
    assert says in problem.says


@pytest.mark.parametrize("name", ["human", "", "Web", "../web", "a/b"])
def test_no_agent_is_called_the_human_or_by_what_is_no_name(name: str) -> None:
    """The human stands at the top, and has no file."""
    problem = parse(name, {}, "")
    assert isinstance(problem, Problem)
    assert problem.key == "name"


@thorough
@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), nodes, max_size=4), st.text(max_size=9))
def test_no_document_is_a_surprise(keys: dict[str, Any], body: str) -> None:
    """Whatever somebody wrote, it is an identity or says what is wrong with which key."""
    found = parse("web", keys, body)
    assert isinstance(found, Identity) or (found.key in keys and found.says)
