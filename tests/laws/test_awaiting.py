"""Work that has ended well, and waits for the signal that tells whether it was good."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.case import (
    Abort,
    Adopt,
    Await,
    Case,
    Fail,
    Hold,
    LateView,
    Limits,
    Question,
    Recover,
    Stop,
    Succeed,
)
from scope.laws.late import Appointment, Late
from scope.laws.reconcile import decide
from tests.laws.cases import GONE, RUNNING, attempts, broad, cases, lates, running

VIEW: Final = LateView(Appointment(Late("ci", 60.0), ended=100.0), "it waits for the signal 'ci'")
OPEN: Final = replace(VIEW, is_awaited=True, left_s=50.0)
ENDED: Final = replace(GONE, exit=0)
WAITING: Final = Case("waiting", attempt=ENDED, late=OPEN)
BAD: Final = replace(OPEN, verdict="bad", says="the signal 'ci' brought 80%")
OVERDUE: Final = replace(OPEN, left_s=-0.1)


def test_work_that_ended_well_awaits_its_signal() -> None:
    """Not done, and nobody is asked; work that ended badly waits for nothing."""
    assert decide(running(ENDED, late=VIEW)) == Await(VIEW.waits, VIEW.appointment)
    assert isinstance(decide(running(replace(GONE, exit=1), late=VIEW)), Fail)
    assert isinstance(decide(running(replace(GONE, exit=0, reported="unknown"), late=VIEW)), Fail)
    assert isinstance(decide(running(RUNNING, late=VIEW)), Hold)


def test_what_ended_well_while_it_was_being_ended_or_asked_awaits_it_too() -> None:
    """The signal decides, not how it came to its end."""
    closed = replace(ENDED, is_closed=True, stopping="timeout")
    assert isinstance(decide(running(closed, late=VIEW)), Await)
    asked = Question(1, "Which?", is_waiting=False)
    assert isinstance(decide(Case("waiting", attempt=ENDED, question=asked, late=VIEW)), Await)


@broad
@given(cases, attempts)
def test_nothing_with_a_late_check_is_done_by_its_exit_code(case: Case, attempt: Any) -> None:
    """Whatever else is true: it takes the signal, or a person's word."""
    attempt = replace(attempt, exit=0)
    for state in ("running", "waiting"):
        verdict = decide(replace(case, state=state, attempt=attempt, late=VIEW))
        assert not isinstance(verdict, Succeed)


@broad
@given(cases, attempts, lates)
def test_only_a_good_signal_makes_it_done_and_it_is_verified(case: Case, attempt: Any, late: LateView) -> None:
    """A late check verifies as one that runs does."""
    verdict = decide(replace(case, state="waiting", attempt=attempt, late=replace(late, is_awaited=True)))
    if isinstance(verdict, Succeed):
        assert verdict.verified
        assert late.verdict == "good"
        assert not case.abort_wish


@broad
@given(cases, lates, st.sampled_from(["alive", "dead", "absent", "unknown"]))
def test_no_limit_counts_while_a_signal_is_awaited(case: Case, late: LateView, pane: Any) -> None:
    """Nor does it matter what is left of the attempt, or whether tmux answers: nothing of it is to run."""
    late = replace(late, is_awaited=True, verdict="", left_s=None)
    attempt = replace(ENDED, pane=pane, age_s=1e9, silent_s=1e9, progress_s=1e9, is_other_boot=True)
    quiet = replace(case, state="waiting", attempt=attempt, late=late, abort_wish="", wish="")
    assert isinstance(decide(quiet), Hold)


@pytest.mark.parametrize("late", [BAD, OVERDUE])
def test_a_bad_signal_and_none_in_time_are_a_failed_check(late: LateView) -> None:
    """A plain session has failed, one with retries or a supervisor is recovered from it."""
    case = replace(WAITING, late=late)
    failed = decide(case)
    assert isinstance(failed, Fail)
    assert failed.kind == "check"
    for further in (replace(case, limits=Limits(retries=1)), replace(case, is_supervised=True)):
        assert decide(further) == Recover("check", failed.why, costs_retry=True)
    assert isinstance(decide(replace(case, limits=Limits(retries=1), tries=1)), Fail)


def test_the_words_tell_what_was_missing() -> None:
    """Also what came and decided nothing."""
    assert decide(replace(WAITING, late=OVERDUE)) == Fail("check", "the signal 'ci' did not come within 1m")
    odd = replace(OVERDUE, says="the signal 'ci' brought nothing that decides (value: 3)")
    verdict = decide(replace(WAITING, late=odd))
    assert isinstance(verdict, Fail)
    assert verdict.why.endswith("did not come within 1m; the signal 'ci' brought nothing that decides (value: 3)")


def test_nothing_is_overdue_before_all_that_came_was_read() -> None:
    """The signal may be in what was not read yet."""
    verdict = decide(replace(WAITING, late=replace(OVERDUE, is_read=False)))
    assert isinstance(verdict, Hold)
    assert verdict.look_again_s is not None


@pytest.mark.parametrize(("left_s", "again_s"), [(None, None), (1e6, None), (3.0, 3.0)])
def test_it_is_looked_at_again_when_it_is_nearly_due(left_s: float | None, again_s: float | None) -> None:
    """What is days away costs no deadline each time that it is looked at."""
    assert decide(replace(WAITING, late=replace(OPEN, left_s=left_s))) == Hold(OPEN.waits, again_s)


def test_people_are_told_of_what_came_and_decides_nothing() -> None:
    """The wait goes on."""
    verdict = decide(replace(WAITING, late=replace(OPEN, says="it brought nothing")))
    assert isinstance(verdict, Hold)
    assert verdict.why == f"{OPEN.waits}; it brought nothing"


def test_an_abort_ends_what_is_left_of_it_first() -> None:
    """A detached child is gone before anybody reads `aborted`."""
    wished = replace(WAITING, abort_wish="a person")
    assert decide(wished) == Stop("abort", "a person")
    being_ended = replace(wished, attempt=replace(ENDED, stopping="abort"))
    assert isinstance(decide(being_ended), Hold)
    closed = replace(ENDED, stopping="abort", is_closed=True)
    assert decide(replace(wished, attempt=closed)) == Abort("a person")
    assert isinstance(decide(replace(WAITING, attempt=closed)), Abort)
    assert decide(replace(wished, attempt=replace(ENDED, is_closed=True), late=BAD)) == Abort("a person")


def test_another_task_takes_its_place_for_nothing() -> None:
    """It costs no retry, and the signal is awaited no more; a retry is only taken note of."""
    verdict = decide(replace(WAITING, wish="redirect"))
    assert isinstance(verdict, Recover)
    assert (verdict.kind, verdict.costs_retry) == ("redirected", False)
    assert isinstance(decide(replace(WAITING, wish="retry")), Adopt)
