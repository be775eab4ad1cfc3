"""What `decide` says in the situations that people will ask about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scope.laws.case import (
    Abort,
    Adopt,
    Again,
    Ask,
    Case,
    Dependencies,
    Fail,
    Hold,
    Limits,
    Recover,
    Reopen,
    Start,
    Stop,
    Succeed,
)
from scope.laws.reconcile import decide
from tests.laws.cases import GONE, RUNNING, running

CLOSED = replace(GONE, is_closed=True)
TWICE = Limits(retries=2)


def test_a_new_session_starts_its_first_attempt() -> None:
    """Nothing before it, nothing in its way."""
    assert decide(Case(state="pending")) == Start(1)


def test_a_session_waits_for_those_that_it_comes_after() -> None:
    """The reason names them."""
    assert decide(Case(state="pending", dependencies=Dependencies(unmet=("3", "4")))) == Hold("after 3, 4")


@pytest.mark.parametrize("dependencies", [Dependencies(failed=("3",)), Dependencies(missing=("3",), unmet=("4",))])
def test_a_session_whose_dependency_failed_or_is_missing_fails(dependencies: Dependencies) -> None:
    """It could never start."""
    verdict = decide(Case(state="pending", dependencies=dependencies))
    assert isinstance(verdict, Fail)
    assert verdict.kind == "dependency"
    assert "'3'" in verdict.why


def test_a_task_that_cannot_be_read_asks_a_person_and_goes_on_when_it_can() -> None:
    """A typo in task.md is a question, not a failure."""
    assert decide(Case(state="pending", problem="task.md:2: no")) == Ask("task.md:2: no")
    assert decide(Case(state="waiting", problem="task.md:2: no")) == Hold("task.md:2: no")
    assert isinstance(decide(Case(state="waiting")), Again)


def test_a_running_session_is_left_alone_until_its_nearer_limit() -> None:
    """It is looked at again when the first of its timeouts can be over."""
    limits = Limits(timeout_s=100.0, idle_timeout_s=31.0)
    assert decide(running(limits=limits)) == Hold("it runs", look_again_s=30.0)
    assert decide(running()) == Hold("it runs")


@pytest.mark.parametrize(
    ("limits", "reason"), [(Limits(timeout_s=10.0), "timeout"), (Limits(idle_timeout_s=1.0), "idle")]
)
def test_a_limit_that_is_over_stops_the_attempt_and_uses_a_retry(limits: Limits, reason: Any) -> None:
    """First it is ended, then it is judged."""
    verdict = decide(running(limits=limits))
    assert isinstance(verdict, Stop)
    assert verdict.reason == reason
    ended = replace(CLOSED, stopping=reason)
    assert isinstance(decide(running(ended, limits=limits)), Fail)
    again = decide(running(ended, limits=replace(limits, retries=1)))
    assert isinstance(again, Recover)
    assert (again.kind, again.costs_retry) == ("timeout", True)


def test_a_success_that_comes_while_the_timeout_ends_it_still_counts() -> None:
    """The work was done; taking it away would help nobody."""
    ended = replace(CLOSED, stopping="timeout", exit=0, has_check=True)
    assert decide(running(ended)) == Succeed(verified=True, why="it ended well while it was being ended")


@pytest.mark.parametrize(("has_check", "kind"), [(False, "exit"), (True, "check")])
def test_an_exit_code_that_is_not_0_says_which_of_command_and_check_failed(has_check: bool, kind: str) -> None:
    """The check runs only when the command was fine."""
    ended = replace(GONE, exit=3, has_check=has_check)
    failed = decide(running(ended))
    assert isinstance(failed, Fail)
    assert failed.kind == kind
    assert "exit 3" in failed.why


def test_a_result_waits_for_the_end_of_its_output() -> None:
    """The exit code can be there before the last bytes of the log."""
    assert isinstance(decide(running(replace(RUNNING, exit=0))), Hold)
    assert decide(running(replace(RUNNING, exit=0, is_captured=True))) == Succeed(verified=False, why="exit 0")


def test_a_killed_attempt_is_lost_and_uses_a_retry() -> None:
    """No pane, no lock, no exit code."""
    verdict = decide(running(GONE, limits=TWICE, tries=1))
    assert isinstance(verdict, Recover)
    assert (verdict.kind, verdict.costs_retry) == ("lost", True)
    assert isinstance(decide(running(GONE, limits=TWICE, tries=2)), Fail)


def test_an_exit_code_that_only_tmux_saw_counts() -> None:
    """The wrapper exits with the code that it publishes, so a full disk loses nothing."""
    assert isinstance(decide(running(replace(GONE, pane_status=0))), Succeed)
    assert isinstance(decide(running(replace(GONE, pane_status=4))), Fail)


def test_what_holds_the_lock_behind_a_dead_wrapper_is_ended_after_a_moment() -> None:
    """A daemon that was left behind does not keep a session running for ever."""
    left = replace(GONE, is_lock_held=True, ended_s=0.5)
    assert decide(running(left)) == Hold("its pane is gone, but its lock is still held", look_again_s=1.5)
    verdict = decide(running(replace(left, ended_s=2.0)))
    assert isinstance(verdict, Stop)
    assert verdict.reason == "leftover"


def test_an_attempt_that_never_began_is_tried_five_times_with_longer_and_longer_pauses() -> None:
    """It costs no retry, but it does not go on for ever."""
    stillborn = replace(GONE, has_started=False, age_s=0.0)
    assert isinstance(decide(running(stillborn, unstarted=3)), Recover)
    assert isinstance(decide(running(stillborn, unstarted=4)), Fail)
    closed = replace(stillborn, is_closed=True)
    pauses = [decide(Case(state="pending", attempt=closed, unstarted=n)) for n in (1, 2, 3)]
    assert [pause.look_again_s for pause in pauses if isinstance(pause, Hold)] == pytest.approx([0.8, 3.2, 12.8])
    assert decide(Case(state="pending", attempt=replace(closed, age_s=1.0), unstarted=1)) == Start(2)


def test_the_pause_after_an_attempt_that_never_began_does_not_outlive_the_boot() -> None:
    """The age of another boot's attempt is unknown and stands still; waiting for it would be for ever."""
    closed = replace(CLOSED, has_started=False, age_s=0.0, is_other_boot=True)
    assert decide(Case(state="pending", attempt=closed, unstarted=1)) == Start(2)


def test_a_stillborn_attempt_whose_lock_was_left_held_costs_no_retry_either() -> None:
    """That something had to be ended first changes nothing."""
    verdict = decide(running(replace(CLOSED, has_started=False, stopping="leftover"), limits=TWICE))
    assert isinstance(verdict, Recover)
    assert not verdict.costs_retry


def test_a_restart_of_the_machine_begins_the_work_again() -> None:
    """Even where the task allows no retry."""
    assert decide(running(replace(GONE, is_other_boot=True))) == Recover(
        "lost", "the machine was restarted", costs_retry=False
    )


def test_an_abort_ends_the_attempt_first_and_then_the_session() -> None:
    """Its processes are gone before anybody reads `aborted`."""
    assert decide(running(abort_wish="aborted by a person")) == Stop("abort", "aborted by a person")
    stopping = replace(RUNNING, stopping="abort")
    assert isinstance(decide(running(stopping, abort_wish="x")), Hold)
    assert decide(running(replace(stopping, is_closed=True), abort_wish="x")) == Abort("x")


def test_an_abort_that_is_taken_back_too_late_still_ends_the_session() -> None:
    """What was committed holds."""
    assert isinstance(decide(running(replace(CLOSED, stopping="abort"))), Abort)


def test_a_redirect_ends_what_runs_and_takes_the_new_task_before_the_next_attempt() -> None:
    """The order: stop, recover for nothing, adopt, back into the queue."""
    assert isinstance(decide(running(wish="redirect")), Stop)
    stopped = replace(CLOSED, stopping="redirect")
    recover = decide(running(stopped, wish="redirect"))
    assert isinstance(recover, Recover)
    assert not recover.costs_retry
    assert decide(Case(state="recovering", attempt=CLOSED, wish="redirect")) == Adopt("redirect")
    assert isinstance(decide(Case(state="recovering", attempt=CLOSED)), Again)


def test_a_wish_for_an_ended_session_is_taken_and_reopens_nothing_while_an_abort_stands() -> None:
    """Reopened, it would be aborted and reopened for ever; left where it is, it would be waited for."""
    assert decide(Case(state="failed", wish="retry")) == Reopen("retry")
    assert decide(Case(state="aborted", wish="redirect", abort_wish="aborted with 2")) == Adopt("redirect")


def test_a_silent_tmux_starts_nothing_and_ends_nothing() -> None:
    """It is asked again in a second."""
    unknown = running(replace(RUNNING, pane="unknown"), is_server_known=False)
    for case in (unknown, Case(state="pending", is_server_known=False)):
        verdict = decide(case)
        assert isinstance(verdict, Hold)
        assert verdict.look_again_s == 1.0


@pytest.mark.parametrize(
    ("limits", "spent_s"), [(Limits(budget_s=50.0), 50.0), (Limits(budget_s=50.0, timeout_s=90.0), 60.0)]
)
def test_a_budget_counts_all_attempts_and_ends_the_session_with_them(limits: Limits, spent_s: float) -> None:
    """A further attempt would only spend more; a supervisor may still bring it to a person."""
    verdict = decide(running(limits=limits, spent_s=spent_s))
    assert isinstance(verdict, Stop)
    assert verdict.reason == "budget"
    ended = running(replace(CLOSED, stopping="budget"), limits=replace(limits, retries=5))
    failed = decide(ended)
    assert isinstance(failed, Fail)
    assert failed.kind == "budget"
    assert isinstance(decide(replace(ended, is_supervised=True)), Recover)
