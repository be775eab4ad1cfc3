"""The quick judgement of a task never contradicts the full one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.plainness import is_plain
from scope.laws.schema import Problem
from scope.laws.task import KEYS, parse
from tests.laws.cases import thorough

words = st.text(max_size=9) | st.sampled_from([
    "", "a", "web", "2.1", "2", "true", "10m", "-1", "007", "9" * 5000, "-" + "9" * 5000, "1e9", "command", "{{ x }}",
    "a\nb", "\0", "\udc80", "٣", "5\0s", "1_0", "+1",
])  # fmt: skip
keys = st.dictionaries(
    st.sampled_from([key.name for key in KEYS]) | words,
    words | st.lists(words, max_size=3) | st.dictionaries(words, words, max_size=2),
    max_size=3,
)
# Most words are no value of most keys, so the right ones are drawn on purpose as well.
likely = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("web") | words,
        "labels": st.dictionaries(st.sampled_from(["team", "A", ""]), words, max_size=2),
        "after": st.lists(st.sampled_from(["1", "2.10", "x", "01"]), max_size=2),
        "signals": st.lists(words, max_size=2),
        "retries": st.integers(0).map(str) | words,
        "priority": st.integers().map(str) | words,
        "timeout": st.sampled_from(["1h30m", "0.5", "1e99"]) | words,
        "check": words,
        "cwd": words,
        "after_any": st.sampled_from(["true", "false", "yes"]),
        "executor": st.sampled_from(["command", "model"]),
    },
)


@thorough
@given(keys | likely, st.lists(words, max_size=3), st.text(max_size=9))
def test_what_is_plainly_right_is_right(keys: dict[str, Any], command: list[str], body: str) -> None:
    """`spawn` writes what passes here without asking the full judgement, so that must agree."""
    task = {**keys, "command": command or ["true"]}
    if is_plain(task):
        parsed = parse(task, body)
        assert not isinstance(parsed, Problem)
        assert parsed.argv() == tuple(task["command"])


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"name": "web", "labels": {"team": "web"}, "cwd": "/a b", "check": "a && b", "job_type": "run-tests"},
        {
            "timeout": "10m",
            "idle_timeout": "90",
            "retries": "2",
            "priority": "-1",
            "after": ["2.10"],
            "after_any": "true",
        },
        {"signals": ["ü"], "executor": "command"},
    ],
)
def test_what_most_people_write_is_plainly_right(keys: dict[str, Any]) -> None:
    """Or the quick way would never be taken."""
    assert is_plain({"command": ["echo", "hello"], **keys})


@pytest.mark.parametrize(
    "keys",
    [
        {"command": []},
        {"command": ["{{ x }}"]},
        {"command": "echo"},
        {"command": ["\udc80"]},
        {"nme": "a"},
        {"after": ["x"]},
        {"env": {"A": "b"}},
        {"labels": {"A": "b"}},
        {"retries": "9" * 5000},
        {"timeout": "soon"},
    ],
)
def test_what_is_not_plain_is_left_to_the_full_judgement(keys: dict[str, Any]) -> None:
    """Which may find it right, or has words for what is wrong."""
    assert not is_plain({"command": ["echo"], **keys})
