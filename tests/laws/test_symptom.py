"""What the end of an output says about the failure."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scope.laws.symptom import LONGEST_LINE, MOST_LINES, Symptom, read
from tests.ending import comes_to_an_end
from tests.laws.cases import thorough

pieces = st.sampled_from([
    "Traceback (most recent call last):\n", "E   ", "E       assert ", "FAILED ", "ERROR ", "a.py::test_a", " - ",
    "error: ", "fatal: ", "npm error ", "make: *** [", "] Error 1", "No rule to make target 'x'", "Killed", " ", "\n",
    "\r", "\t", ":", "x" * 500, "\0", "\udc80", "\u2028", "ValueError: x", "0 failed", "'", "`",
])  # fmt: skip
TRACEBACK = 'Traceback (most recent call last):\n  File "a", line 1\n'
outputs = st.lists(pieces | st.text(max_size=9), max_size=60).map("".join)


@thorough
@given(outputs)
@example("")
@example("\n" * 99)
def test_any_text_has_a_symptom_of_bounded_size(output: str) -> None:
    """What a program prints is nothing that one may choose."""
    seen = read(output)
    assert len(seen.lines) <= MOST_LINES
    assert all(line and line.isprintable() and len(line) <= LONGEST_LINE for line in (*seen.lines, *seen.failing))
    assert len(seen.headline) <= LONGEST_LINE
    assert len(seen.failing) <= MOST_LINES
    assert list(seen.failing) == sorted(set(seen.failing))
    assert bool(seen.headline) == bool(seen.lines)


@thorough
@given(outputs)
def test_lines_are_in_the_order_in_which_they_were_printed(output: str) -> None:
    """And none stands there twice."""
    lines = read(output).lines
    assert len(set(lines)) == len(lines)
    assert read("\n".join(lines)).lines == lines or len(lines) == MOST_LINES


def test_nothing_printed_says_nothing() -> None:
    """Which is not the same as an empty line."""
    assert read("") == read("\n \r\n\t\n") == Symptom((), "", ())


@pytest.mark.parametrize(
    ("output", "headline"),
    [
        (f"{TRACEBACK}KeyError: 1\n\n{TRACEBACK}OSError\n", "OSError"),
        (f"{TRACEBACK}mine.Stopped: no\nfailed\n", "mine.Stopped: no"),
        ("E   ValueError: x\nFAILED a.py::test_a - ValueError: x\n1 failed in 3s", "E   ValueError: x"),
        ("fatal: not a git repository\nAborting\n", "fatal: not a git repository"),
        ("gcc a.c\na.c:1:2: error: no ';'\na.c:9:9: error: more\nmake: *** [a.o] Error 1", "a.c:1:2: error: no ';'"),
        ("make: *** [Makefile:2: all] Error 1\n", "make: *** [Makefile:2: all] Error 1"),
        ("npm error code ENOENT\nnpm error errno -2\n", "npm error code ENOENT"),
        ("sh: 1: x: not found\nnpm error Lifecycle script `a` failed\n", "sh: 1: x: not found"),
        ("one\ntwo\n\n", "two"),
        ("it did not work: could not open it\nbye\n", "it did not work: could not open it"),
        ("10 %\r50 %\r99 %\rerror: broken pipe\r\n", "error: broken pipe"),
        ("12 passed, 0 failed\nno errors\nbye", "bye"),
    ],
)  # fmt: skip
def test_the_headline_names_the_error(output: str, headline: str) -> None:
    """The cause before its consequences, and a smell of failure only where nothing better was said."""
    assert read(output).headline == headline


@pytest.mark.parametrize(
    ("output", "failing"),
    [
        ("FAILED t/a.py::test_x[a b - c] - assert x[0]\nERROR t/b.py\n", ("t/a.py::test_x[a b - c]", "t/b.py")),
        ("a/test_a.py::test_y FAILED       [ 50%]\na/test_a.py::test_z PASSED [100%]", ("a/test_a.py::test_y",)),
        ("FAILED t.py::b\nFAILED t.py::a\nFAILED t.py::b\n", ("t.py::a", "t.py::b")),
        ("make[1]: *** [Makefile:2: one] Error 2\nmake: *** [all] Error 2\n", ("all", "one")),
        ("make: *** No rule to make target 'x', needed by 'all'.  Stop.", ("x",)),
        ('npm error Missing script: "lint"', ("lint",)),
        ("ERROR: file or directory not found: a\nFAILED to connect\n", ()),
    ],
)  # fmt: skip
def test_what_a_tool_names_is_named(output: str, failing: tuple[str, ...]) -> None:
    """Tests, targets and scripts, each once."""
    assert read(output).failing == failing


def test_of_very_many_errors_the_first_and_the_last_stay_and_so_do_the_last_words() -> None:
    """The first is often the cause, the last what the tool made of it."""
    output = "\n".join(f"error: {number}" for number in range(500)) + "\nbye\n"
    lines = read(output).lines
    assert len(lines) == MOST_LINES
    assert (lines[0], lines[-2], lines[-1]) == ("error: 0", "error: 499", "bye")


def test_without_an_error_the_last_lines_speak() -> None:
    """Somebody's own runbook may know them."""
    lines = read("\n".join(f"step {number}" for number in range(500))).lines
    assert (len(lines), lines[-1]) == (MOST_LINES, "step 499")


@pytest.mark.parametrize(
    "unit", ["x", "a ", "E   ", "1:", "error", ": ", "a\n", "\n", "FAILED a::b - \n", "x: *** [", "\r"]
)
def test_128_kilobytes_of_anything_are_read_at_once(unit: str) -> None:
    """No pattern of ours can be made to take for ever."""
    output = unit * (131072 // len(unit))
    with comes_to_an_end():
        read(output)
