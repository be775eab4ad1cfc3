"""What `config.yaml` may say."""

from __future__ import annotations

from dataclasses import fields

import pytest

from scope.laws.configuration import KEYS, Configuration, parse, slots
from scope.laws.schema import Problem, read


def test_the_keys_cover_exactly_the_fields() -> None:
    """Nothing can be set that is not used, and nothing used that cannot be set."""
    assert [key.name for key in KEYS] == [field.name for field in fields(Configuration)]


def test_every_keys_example_is_right() -> None:
    """It is what the documentation shows."""
    for key in KEYS:
        assert key.meaning
        read(key, key.example)


def test_keys_go_over_those_below_and_leave_the_others() -> None:
    """Project over home over built-in."""
    home = parse({"grace": "500ms", "max_running": "7"}, Configuration())
    assert home == Configuration(max_running=7, grace=0.5)
    assert isinstance(home, Configuration)
    assert parse({"grace": "2s"}, home) == Configuration(max_running=7, grace=2.0)
    assert parse({}, home) == home


def test_an_unknown_key_is_refused_and_the_nearest_is_proposed() -> None:
    """A misspelt limit must not be a limit that is not there."""
    assert parse({"max_runing": "2"}, Configuration()) == Problem(
        "max_runing", "unknown key 'max_runing', did you mean 'max_running'?"
    )
    assert parse({"xyzzy": "2"}, Configuration()) == Problem("xyzzy", "unknown key 'xyzzy'")


def test_a_wrong_value_is_refused_with_its_key() -> None:
    """The message can say file and line."""
    problem = parse({"grace": "long"}, Configuration())
    assert isinstance(problem, Problem)
    assert problem.key == "grace"


@pytest.mark.parametrize(
    ("cores", "memory_mib", "expected"), [(1, 128, 4), (2, 4096, 64), (64, 1 << 20, 200), (64, 1024, 16)]
)
def test_slots_follow_the_machine_between_4_and_200(cores: int, memory_mib: int, expected: int) -> None:
    """The scarcer of cores and memory decides."""
    assert slots(cores, memory_mib) == expected
