"""What an advisor is asked, and the digest of what failed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scope.laws.consultation import Consultation, question
from scope.laws.setback import TOKENS, Setback, digest
from scope.laws.task import Task

setbacks = st.lists(
    st.builds(
        Setback,
        attempt=st.integers(1, 9),
        of_class=st.sampled_from(["", "unknown", "wrong_approach"]),
        headline=st.text(max_size=600),
        failing=st.lists(st.text(max_size=500), max_size=20).map(tuple),
        lines=st.lists(st.text(max_size=900), max_size=60).map(tuple),
        advice_from=st.sampled_from(["", "rules", "2"]),
    ),
    max_size=12,
)
WORK = Task(
    command=("pytest", "{{ where }}"), check="pytest -q", vars=(("where", "tests"),), job_type="run-tests",
    signals=("python",), retries=3,
)  # fmt: skip
FAILED = Setback(1, "missing_context", "ModuleNotFoundError: no module named 'a'", lines=("Traceback", "E  no module"))


@given(setbacks, st.integers(50, 2000))
def test_a_digest_is_never_longer_than_it_may_be(failed: list[Setback], tokens: int) -> None:
    """At three characters to a token, whatever was printed."""
    assert len(digest(failed, tokens)) <= 3 * tokens


@given(setbacks)
def test_a_digest_begins_with_the_newest(failed: list[Setback]) -> None:
    """What it printed; of those before one line each."""
    said = digest(failed)
    if failed:
        assert said.startswith(f"attempt {failed[-1].attempt} failed")
    else:
        assert said == ""


def test_the_newest_failure_is_told_by_its_last_lines() -> None:
    """Where not all lines fit, the end is what names the error."""
    many = Setback(2, "unknown", "boom", lines=tuple(f"line {number} {'x' * 90}" for number in range(100)))
    said = digest([FAILED, many], TOKENS)
    assert "line 99" in said
    assert "line 0 " not in said


def test_an_advisor_is_told_everything_that_the_case_holds() -> None:
    """The work, what may be set, what failed, what was advised in vain here and elsewhere."""
    case = Consultation(
        level="3",
        sessions=("4", "5"),
        error=FAILED.headline,
        task=WORK,
        setbacks=(FAILED,),
        advice=({"from_level": "2", "instructions": "Look twice.", "variables": {"where": "t"}, "outcome": "failed"},),
        in_vain=("advice from rules; set where = 'x'",),
        skills=("tests-in-src",),
    )
    said = question(case)
    for words in (
        "2 sessions failed: ModuleNotFoundError", "pytest {{ where }}", "where = 'tests'", "attempt 1 failed",
        "Look twice.", "From 2: failed", "set where = 'x'", "tests-in-src", "`insufficient`", "4, 5",
    ):  # fmt: skip
        assert words in said


def test_without_advice_before_nothing_is_asked_about_it() -> None:
    """The first advisor has nobody below it."""
    said = question(Consultation("2", ("4",), "boom", Task(command=("x",)), (FAILED,)))
    assert "insufficient" not in said
    assert "`variables` must be empty" in said


@given(setbacks, st.text(max_size=3000), st.text(max_size=300))
def test_there_is_a_question_about_every_case(failed: list[Setback], body: str, error: str) -> None:
    """Total, and bounded."""
    said = question(Consultation("2", ("1",), error, Task(body=body), tuple(failed)))
    assert said.startswith("# Session 1 failed")
    assert len(said) < 30_000
