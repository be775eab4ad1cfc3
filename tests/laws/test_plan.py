"""How the next attempt differs from the task as it was written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.group import Advice
from scope.laws.identity import Identity
from scope.laws.plan import NO_VARIATION, Plan, carried_out
from scope.laws.task import Task
from tests.laws.cases import thorough

TASK = Task(
    command=("make", "{{ target }}"),
    env=(("CI", "1"),),
    vars=(("target", "all"), ("flags", "")),
    timeout=60.0,
    variations=("env:CI=2", "args:-B", "command:ninja", "timeout:20m"),
)


def test_without_a_plan_the_task_is_as_it_was_written() -> None:
    """The first attempt, and each that is simply made again."""
    assert carried_out(TASK, Plan(), None) == TASK


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, replace(TASK, env=(("CI", "2"),))),
        (1, replace(TASK, command=("make", "{{ target }}", "-B"))),
        (2, replace(TASK, command=("ninja",))),
        (3, replace(TASK, timeout=1200.0)),
        (4, TASK),
        (NO_VARIATION, TASK),
    ],
)
def test_a_variation_is_of_the_task_as_it_was_written(number: int, expected: Task) -> None:
    """One at a time: those before it, and one that there is no more, change nothing."""
    assert carried_out(TASK, Plan(variation=number), None) == expected


@pytest.mark.parametrize("written", ["sh:rm", "args:{{gone}}", "", "timeout:0"])
def test_a_variation_that_makes_no_sense_any_more_is_left_out(written: str) -> None:
    """Somebody changed the task since; that must not keep it from running."""
    task = replace(TASK, variations=(written,))
    assert carried_out(task, Plan(variation=0), None) == task


def test_whoever_takes_over_brings_what_it_has_and_says_who_it_is() -> None:
    """Its command, its directory, its variables over the task's; what it does not say stays."""
    ann = Identity("ann", command=("solve", "{{ target }}"), env=(("CI", "0"), ("WORD", "a")), cwd="there")
    task = carried_out(TASK, Plan(assignee="ann"), ann)
    assert (task.command, task.cwd, task.executor) == (("solve", "{{ target }}"), "there", "command")
    assert dict(task.env) == {"CI": "0", "WORD": "a", "SCOPE_AGENT": "ann"}
    plain = carried_out(TASK, Plan(assignee="bob"), Identity("bob"))
    assert (plain.command, plain.cwd) == (TASK.command, TASK.cwd)


@thorough
@given(
    st.lists(
        st.tuples(st.sampled_from(["target", "flags", "evil", "command", "PATH"]), st.text(max_size=6)), max_size=4
    )
)
def test_advice_sets_declared_variables_and_nothing_else(told: list[tuple[str, str]]) -> None:
    """It never becomes a command, a variable of the environment, or one argument more."""
    task = carried_out(TASK, Plan(advice=Advice("human", "words", tuple(told))), None)
    assert replace(task, vars=TASK.vars) == TASK
    assert [name for name, _ in task.vars] == ["target", "flags"]
    assert all(value == dict(told).get(name, dict(TASK.vars)[name]) for name, value in task.vars)
    assert len(task.argv()) == len(TASK.command)


def test_a_variation_an_assignee_and_advice_go_together() -> None:
    """Each changes what is its own."""
    plan = Plan(3, "ann", Advice("rules", variables=(("target", "docs"),)))
    task = carried_out(TASK, plan, Identity("ann", env=(("A", "b"),)))
    assert (task.timeout, task.argv()) == (1200.0, ("make", "docs"))
    assert dict(task.env) == {"CI": "1", "A": "b", "SCOPE_AGENT": "ann"}
