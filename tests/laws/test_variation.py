"""Variations of a task."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.plan import varied
from scope.laws.schema import Refused
from scope.laws.task import Task, wrong
from scope.laws.variation import Variation, parse
from tests.laws.cases import thorough

TASK = Task(
    command=("pytest", "-q"), env=(("CI", "1"), ("LANG", "C")), vars=(("flags", "-x"),), timeout=60.0, retries=3
)

texts = st.text(max_size=12) | st.builds(
    "{}{}{}".format,
    st.sampled_from(["env", "args", "command", "timeout", "ENV", " args", ""]),
    st.sampled_from([":", "", "::"]),
    st.sampled_from(["A=b", "A=", "=", "10m", "0", "-x 'a b'", "'", "\\", "{{ flags }}", "{{ y }}", "''"])
    | st.text(max_size=12)
    | st.text("ab =:'\"\\{}\0\n", max_size=12),
)


def _applied(text: str, task: Task = TASK) -> Task:
    return varied(task, parse(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("args:-x --lf", ("pytest", "-q", "-x", "--lf")),
        ("args:-k 'a b' \"\"", ("pytest", "-q", "-k", "a b", "")),
        ("args:$HOME; rm -rf *", ("pytest", "-q", "$HOME;", "rm", "-rf", "*")),
        ("args:{{flags}}", ("pytest", "-q", "{{flags}}")),
        ("command:make test", ("make", "test")),
        ("command:a:b c=d", ("a:b", "c=d")),
    ],
)
def test_words_become_an_argv_and_no_shell_sees_them(text: str, words: tuple[str, ...]) -> None:
    """Quoting holds words together; nothing else of a shell has a meaning."""
    assert _applied(text).command == words


def test_a_variable_is_set_or_set_anew_and_the_others_stay() -> None:
    """In the order in which they were; the value is all that stands behind the first `=`."""
    assert _applied("env:CI=").env == (("CI", ""), ("LANG", "C"))
    assert _applied("env:A=b=c d").env == (("CI", "1"), ("LANG", "C"), ("A", "b=c d"))


def test_another_timeout_takes_the_place_of_the_tasks() -> None:
    """Longer or shorter."""
    assert _applied("timeout:20m").timeout == 1200.0


def test_a_command_for_a_task_of_words_makes_it_a_commands() -> None:
    """A model would not look at it."""
    words = Task(body="Fix it.", executor="model")
    assert _applied("command:make fix", words) == Task(body="Fix it.", executor="command", command=("make", "fix"))
    assert _applied("command:other -v", Task(executor="codex", command=("a",))).executor == "codex"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'' cannot be tried: "),
        ("env", "'env' cannot be tried: "),
        ("Env:A=b", "'Env:A=b' cannot be tried: "),
        ("shell:ls | wc", "'shell:ls | wc' cannot be tried: "),
        ("env:A", "a variable's name and '='"),
        ("env:A-B=c", "a variable's name and '='"),
        ("env:ä=c", "a variable's name and '='"),
        ("env:A=\0", "the character NUL"),
        ("args:", "at least one word"),
        ("args:a\0", "the character NUL"),
        ("args:'a", "has no end"),
        ("args:\\", "has no end"),
        ("command: ", "at least one word"),
        ("command:'' a", "at least one word"),
        ("timeout:0", "a duration above 0"),
        ("timeout:soon", "a duration above 0"),
        ("x\n" * 999, "'x?x?"),
    ],
)
def test_what_is_no_variation_is_refused_in_one_line_that_names_the_four_forms(text: str, says: str) -> None:
    """At spawn, not when the first attempt has failed."""
    with pytest.raises(Refused) as refusal:
        parse(text)
    said = str(refusal.value)
    assert says in said
    assert said.endswith(": a variation is env:NAME=VALUE, args:WORDS, command:WORDS or timeout:DURATION")
    assert said.isprintable()
    assert len(said) < 300


@pytest.mark.parametrize(
    ("text", "task", "says"),
    [
        ("args:-x", Task(body="Fix it.", executor="model"), "the task has no command that takes arguments"),
        ("args:{{y}}", TASK, "the variable 'y' is not declared"),
        ("command:'{{ y }}'", TASK, "the variable 'y' is not declared"),
    ],
)
def test_what_makes_no_task_of_this_one_is_refused(text: str, task: Task, says: str) -> None:
    """A form can be right and still mean nothing here."""
    with pytest.raises(Refused, match=says):
        varied(task, parse(text))


@thorough
@given(texts, st.sampled_from([TASK, Task(body="words", executor="model"), Task(command=("a",))]))
def test_no_text_is_a_surprise(text: str, task: Task) -> None:
    """It is refused, or it makes a task that can be carried out and differs in one thing only."""
    try:
        variation = parse(text)
        changed = varied(task, variation)
    except Refused:
        return
    assert wrong(changed) is None
    names = {"env": {"env"}, "args": {"command"}, "command": {"command", "executor"}, "timeout": {"timeout"}}
    differing = {name for name in Task.__slots__ if getattr(task, name) != getattr(changed, name)}
    assert differing <= names[variation.kind]


@thorough
@given(texts)
def test_what_was_parsed_says_the_same_again(text: str) -> None:
    """It stands in files as it was written."""
    try:
        variation = parse(text)
    except Refused:
        return
    assert f"{variation.kind}:{variation.text}" == text
    assert parse(text) == variation == Variation(variation.kind, variation.text)
