"""An attempt at work: what it reports and asks, how long it may take, and when it is not its own fault."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scope.laws.case import (
    Abort,
    Ask,
    AttemptView,
    Case,
    Fail,
    Hold,
    Limits,
    Question,
    Recover,
    Reply,
    Stop,
    StopReason,
    Succeed,
)
from scope.laws.failure import CLASSES, POINTLESS_TO_REPEAT
from scope.laws.reconcile import decide
from tests.laws.cases import GONE, RUNNING, attempts, broad, cases, costs_retry, running, undisturbed

if TYPE_CHECKING:
    from scope.laws.failure import Class

CLOSED: Final = replace(GONE, is_closed=True)
ASKED: Final = Question(1, "Which?", is_waiting=True)
TWICE: Final = Limits(retries=2)
FREE: Final = ("sibling", "supervisor", "redirect")
"""Whoever is stopped for these has done nothing wrong."""


@broad
@given(cases, attempts, st.sampled_from(CLASSES))
def test_whoever_reports_that_it_cannot_go_on_is_stopped(case: Case, attempt: AttemptView, reported: Class) -> None:
    """Whatever else is true of it, unless it has ended or is being ended already; and it never succeeds."""
    attempt = replace(attempt, reported=reported)
    verdict = decide(replace(case, state="running", attempt=attempt))
    assert not isinstance(verdict, Succeed)
    if attempt.exit is None and attempt.stopping is None and not attempt.is_closed and not case.wish:
        assert isinstance(verdict, Stop)
        assert verdict.reason == ("abort" if case.abort_wish else "report")


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize("of_class", CLASSES)
def test_a_report_counts_more_than_the_exit_code_that_follows_it(of_class: Class, code: int) -> None:
    """Its class says whether the same again makes sense, and a quota costs nothing."""
    ended = running(replace(GONE, exit=code, reported=of_class), limits=TWICE)
    verdict = decide(ended)
    if of_class in POINTLESS_TO_REPEAT:
        assert isinstance(verdict, Fail)
    else:
        assert isinstance(verdict, Recover)
        assert verdict.costs_retry == (of_class != "quota")
        assert verdict.kind == "report"
    supervised = decide(replace(ended, is_supervised=True, tries=9))
    assert isinstance(supervised, Recover)
    assert supervised.costs_retry == (of_class != "quota")


def test_a_quota_is_no_failure_even_of_work_without_retries() -> None:
    """It will be waited for; nobody has to have asked for that."""
    verdict = decide(running(replace(CLOSED, stopping="report", reported="quota")))
    assert verdict == Recover("report", "it reported that it cannot go on", costs_retry=False)


@broad
@given(undisturbed(has_started=True), attempts, st.sampled_from(["alive", "unknown"]))
def test_who_waits_for_an_answer_is_not_timed(case: Case, attempt: AttemptView, pane: Any) -> None:
    """Neither for its length nor its silence nor its budget: the time is the person's."""
    assert case.attempt is not None
    waiting = replace(case, state="waiting", question=ASKED, attempt=replace(case.attempt, pane=pane))
    assert isinstance(decide(waiting), Hold)


def test_an_abort_ends_who_waits_for_an_answer_by_stopping_it_first() -> None:
    """Its processes are gone before anybody reads `aborted`."""
    asking = Case("waiting", attempt=RUNNING, question=ASKED, abort_wish="a person")
    assert decide(asking) == Stop("abort", "a person")
    closed = replace(CLOSED, stopping="abort")
    assert decide(replace(asking, attempt=closed)) == Abort("a person")


def test_a_question_is_put_and_its_answer_given_back() -> None:
    """Running, waiting, running; a policy that knows the answer keeps nobody waiting."""
    assert decide(running(question=ASKED)) == Ask("Which?", 1)
    answered = replace(ASKED, answer="this", by="a person")
    reply = Reply("answered by a person", 1, "this", "a person")
    assert decide(Case("waiting", attempt=RUNNING, question=answered)) == reply
    assert decide(running(question=answered)) == reply
    assert decide(Case("waiting", attempt=RUNNING, question=replace(ASKED, due_s=3.0))) == Hold("Which?", 3.0)


@pytest.mark.parametrize("question", [None, replace(ASKED, is_waiting=False)])
def test_a_question_that_nobody_waits_for_any_more_is_over(question: Question | None) -> None:
    """Whoever asked was killed, or gave up at its deadline; the attempt goes on."""
    verdict = decide(Case("waiting", attempt=RUNNING, question=question))
    assert isinstance(verdict, Reply)
    assert verdict.answer is None
    assert isinstance(decide(running(question=question)), Hold)


def test_who_dies_while_it_waits_is_recovered_like_any_other() -> None:
    """The question goes with it."""
    verdict = decide(Case("waiting", attempt=GONE, question=ASKED, limits=TWICE))
    assert isinstance(verdict, Recover)
    assert isinstance(decide(Case("waiting", attempt=replace(GONE, exit=0))), Succeed)


@pytest.mark.parametrize(("age_s", "progress_s"), [(20.0, 4.9), (1e6, 0.0), (9.9, 9.9)])
def test_what_takes_longer_than_expected_goes_on_while_it_progresses(age_s: float, progress_s: float) -> None:
    """Stuck or complex? Progress tells."""
    attempt = replace(RUNNING, age_s=age_s, progress_s=progress_s)
    verdict = decide(running(attempt, limits=Limits(expected_s=10.0)))
    assert isinstance(verdict, Hold)
    assert ("complex, not stuck" in verdict.why) == (age_s >= 10.0)
    assert verdict.look_again_s == pytest.approx(max(10.0 - age_s, 5.0 - progress_s))


@pytest.mark.parametrize(
    "limits",
    [Limits(expected_s=10.0), Limits(expected_s=10.0, no_progress_s=8.0), Limits(no_progress_s=8.0)],
)
def test_what_shows_no_progress_after_its_expected_time_is_stuck(limits: Limits) -> None:
    """Half of that time without progress, or as much as the trigger says."""
    verdict = decide(running(replace(RUNNING, age_s=11.0, progress_s=8.0), limits=limits))
    assert isinstance(verdict, Stop)
    assert verdict.reason == "stuck"
    ended = running(replace(CLOSED, stopping="stuck"), limits=replace(limits, retries=1))
    again = decide(ended)
    assert isinstance(again, Recover)
    assert (again.kind, again.costs_retry) == ("stuck", True)


@broad
@given(undisturbed(has_started=True, pane="alive", spinning=""), st.floats(0.1, 1e6))
def test_progress_keeps_alive_what_has_only_a_soft_limit(case: Case, expected_s: float) -> None:
    """Whatever its age."""
    assert case.attempt is not None
    case = replace(case, attempt=replace(case.attempt, progress_s=0.0), limits=Limits(expected_s=expected_s))
    assert isinstance(decide(case), Hold)


@pytest.mark.parametrize("spinning", ["memory", "cpu"])
def test_what_takes_more_than_it_may_is_stopped_and_uses_a_retry(spinning: Any) -> None:
    """The kind of the failure is what it took."""
    verdict = decide(running(replace(RUNNING, spinning=spinning)))
    assert isinstance(verdict, Stop)
    assert verdict.reason == spinning
    again = decide(running(replace(CLOSED, stopping=spinning), limits=TWICE))
    assert isinstance(again, Recover)
    assert (again.kind, again.costs_retry) == (spinning, True)


@broad
@given(cases, attempts, st.sampled_from(FREE))
def test_whoever_is_stopped_for_anothers_sake_loses_no_retry(case: Case, attempt: AttemptView, reason: Any) -> None:
    """A sibling's restart, a supervisor's giving up, another task: not even where it has no retry left."""
    verdict = decide(replace(case, state="running", attempt=replace(attempt, stopping=reason)))
    assert not costs_retry(verdict)
    assert not isinstance(verdict, Fail)


@broad
@given(cases, attempts)
def test_a_quota_that_was_reported_costs_no_retry(case: Case, attempt: AttemptView) -> None:
    """However it ended, with a supervisor or without."""
    assume(not attempt.is_other_boot)
    verdict = decide(replace(case, state="running", attempt=replace(attempt, reported="quota")))
    assert not costs_retry(verdict)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (running(goes_along_with="3"), "sibling"),
        (running(given_up_by="web"), "supervisor"),
        (running(cycle=("1", "2")), "cycle"),
    ],
)
def test_what_the_tree_orders_ends_what_runs(case: Case, reason: StopReason) -> None:
    """The work of others says so; what came to its end meanwhile is taken as it is."""
    verdict = decide(case)
    assert isinstance(verdict, Stop)
    assert verdict.reason == reason
    assert isinstance(decide(replace(case, attempt=replace(GONE, exit=0))), Succeed)
    assert isinstance(decide(replace(case, attempt=replace(CLOSED, exit=0, stopping=reason))), Succeed)


def test_a_circle_of_running_waits_costs_who_gives_way_a_retry() -> None:
    """It is a failure of its own class."""
    verdict = decide(running(replace(CLOSED, stopping="cycle"), limits=TWICE))
    assert isinstance(verdict, Recover)
    assert (verdict.kind, verdict.costs_retry) == ("cycle", True)


@pytest.mark.parametrize("reason", get_args(StopReason))
def test_every_reason_to_stop_has_an_end(reason: StopReason) -> None:
    """Once it is closed, an attempt that was being ended is over, for whatever reason."""
    for supervised in (False, True):
        closed = running(replace(CLOSED, stopping=reason), is_supervised=supervised)
        assert isinstance(decide(closed), Recover | Fail | Abort)
        still = running(replace(RUNNING, stopping=reason), is_supervised=supervised)
        assert isinstance(decide(still), Hold)
