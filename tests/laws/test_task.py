"""What a task may say."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.budget import Budget
from scope.laws.schema import Problem, Refused, read
from scope.laws.task import KEYS, Task, names, parse
from tests.laws.cases import thorough

NAMES = [key.name for key in KEYS]
nodes: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.text(max_size=8) | st.sampled_from(["2.10", "true", "10m", "9" * 5000, "{{ x }}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def _task(keys: dict[str, Any], body: str = "") -> Task:
    task = parse(keys, body)
    assert isinstance(task, Task), task
    return task


def _problem(keys: dict[str, Any], body: str = "") -> Problem:
    problem = parse(keys, body)
    assert isinstance(problem, Problem), problem
    return problem


def test_the_keys_cover_exactly_the_fields() -> None:
    """Nothing can be written that is not kept, and nothing kept that cannot be written."""
    assert sorted(NAMES) == sorted(names())
    assert len(set(NAMES)) == len(NAMES)
    assert {field.name for field in fields(Task)} == {*NAMES, "body", "late"}


@pytest.mark.parametrize("key", KEYS, ids=NAMES)
def test_every_key_says_what_it_means_and_its_example_is_right(key: Any) -> None:
    """Errors, the commented configuration and the documentation come from this list."""
    assert key.meaning
    if not key.example.startswith(("[", "{")):
        read(key, key.example)


@thorough
@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), nodes, max_size=4), st.text(max_size=9))
def test_no_document_is_a_surprise(keys: dict[str, Any], body: str) -> None:
    """Whatever somebody wrote, it is a task or says what is wrong with which key."""
    task = parse(keys, body)
    assert isinstance(task, Task) or (task.key in {*keys, "command"} and task.says)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("retrys", "unknown key 'retrys', did you mean 'retries'?"),
        ("idle-timeout", "unknown key 'idle-timeout', did you mean 'idle_timeout'?"),
        ("xyzzy", "unknown key 'xyzzy'"),
    ],
)
def test_an_unknown_key_is_refused_and_the_nearest_is_proposed(written: str, says: str) -> None:
    """A misspelt limit must not be a limit that is not there."""
    assert _problem({"command": ["a"], written: "1"}) == Problem(written, says)


def test_scalars_stay_as_written() -> None:
    """`2.10` is not 2.1, and `true` is a program."""
    task = _task(
        {
            "command": ["true", "2.10", "null", "0x10"],
            "labels": {"version": "2.10", "no": "no"},
            "env": {"FLAG": "true", "N": "1.0"},
            "after": ["2.10", "2.1"],
            "signals": ["yes"],
        }
    )
    assert task.command == ("true", "2.10", "null", "0x10")
    assert task.labels == (("version", "2.10"), ("no", "no"))
    assert task.env == (("FLAG", "true"), ("N", "1.0"))
    assert task.after == ("2.10", "2.1")
    assert task.signals == ("yes",)


def test_without_a_command_words_are_for_a_model_and_nothing_is_a_problem_for_a_command() -> None:
    """The default executor follows from what is there."""
    assert _task({}, "Fix the tests.").executor == "model"
    assert _task({"command": ["a"]}).executor == "command"
    assert _problem({"executor": "command"}, " \n").key == "command"


def test_variables_fill_arguments_and_nothing_else() -> None:
    """A value is one argument however it looks, and is not looked into again."""
    task = _task({"command": ["{{ a }}", "x{{b}}y", "{ { a }}"], "vars": {"a": "1 2; rm", "b": "{{ a }}"}})
    assert task.argv() == ("1 2; rm", "x{{ a }}y", "{ { a }}")


def test_a_variable_that_is_not_declared_is_a_problem() -> None:
    """At spawn, not when it runs."""
    assert "'flags' is not declared" in _problem({"command": ["a", "{{ flags }}"]}).says
    with pytest.raises(Refused):
        Task(command=("{{ flags }}",)).argv()


def test_how_a_supervisor_is_to_recover_is_written_in_the_task() -> None:
    """The moves, what they may try, and what they may spend."""
    task = _task(
        {
            "command": ["make"],
            "playbook": ["vary", "reassign", "escalate"],
            "variations": ["env:CI=1", "args:-k x", "command:make -B", "timeout:20m"],
            "assignable": ["ann", "bob"],
            "expected": "10m",
            "budget": {"seconds": "1h"},
            "supervisor": "web",
        }
    )
    assert task.playbook == ("vary", "reassign", "escalate")
    assert task.variations == ("env:CI=1", "args:-k x", "command:make -B", "timeout:20m")
    assert (task.assignable, task.supervisor) == (("ann", "bob"), "web")
    assert (task.expected, task.allowance().seconds) == (600.0, 3600.0)
    assert _task({"command": ["make"]}).allowance() == Budget()


@pytest.mark.parametrize(
    "keys",
    [
        {"playbook": ["restart"]},
        {"playbook": "default"},
        {"variations": "env:A=1"},
        {"assignable": ["ann"]},
        {"supervisor": "web"},
    ],
)
def test_whoever_names_moves_gets_three_retries_and_whoever_counts_them_gets_those(keys: dict[str, Any]) -> None:
    """A playbook without an attempt to spend would be a playbook for nothing."""
    assert _task({"command": ["make"], **keys}).retries == 3
    assert _task({"command": ["make"], "retries": "0", **keys}).retries == 0
    assert _task({"command": ["make"]}).retries == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("playbook", ["restart", "restart"]),
        ("playbook", ["pray"]),
        ("playbook", ["default", "restart"]),
        ("variations", ["sh:rm"]),
        ("variations", ["timeout:0"]),
        ("variations", ["env:1=2"]),
        ("expected", "0"),
        ("expected", "soon"),
        ("budget", {"usd": "much"}),
        ("budget", {"usd": "nan"}),
        ("budget", {"wishes": "3"}),
        ("budget", {"seconds": "0"}),
        ("budget", {"seconds": "much"}),
        ("budget", "1h"),
        ("supervisor", "Not A Name"),
    ],
)
def test_a_recovery_that_could_not_be_carried_out_is_refused_with_its_key(key: str, value: Any) -> None:
    """At spawn, not at the first failure."""
    assert _problem({"command": ["make"], key: value}).key == key


def test_a_variables_name_must_be_one_that_a_shell_can_carry() -> None:
    """Anything else would be lost or executed."""
    assert _problem({"command": ["a"], "env": {"A=B": "c"}}).key == "env"
    assert _problem({"command": ["a"], "env": {"ä": "c"}}).key == "env"


@pytest.mark.parametrize(
    ("body", "title"),
    [("# Fix it\n\nmore", "Fix it"), ("\n\n  do this  \n", "do this"), ("", "make all"), ("#\n", "make all")],
)
def test_a_title_is_the_first_words_or_else_the_command(body: str, title: str) -> None:
    """One line for listings."""
    assert _task({"command": ["make", "all"]}, body).title() == title
