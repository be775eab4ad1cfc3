"""Laws of `decide` that hold for every case whatsoever."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Any, get_args

from hypothesis import assume, given
from hypothesis import strategies as st

from scope.laws.case import (
    Abort,
    Adopt,
    Again,
    Ask,
    AttemptView,
    Case,
    Defer,
    Dependencies,
    Escalate,
    Fail,
    Hold,
    Limits,
    Recover,
    Reopen,
    Reply,
    Start,
    Stop,
    Succeed,
    Verdict,
)
from scope.laws.reconcile import decide
from scope.laws.states import TERMINAL, following
from tests.laws.cases import attempts, broad, cases, costs_retry, move_of, undisturbed


@broad
@given(cases)
def test_deciding_is_total_and_pure(case: Case) -> None:
    """Every case has a verdict, and the same case has the same one."""
    verdict = decide(case)
    assert isinstance(verdict, get_args(Verdict))
    assert decide(replace(case)) == verdict


@broad
@given(cases)
def test_every_verdict_is_a_move_that_the_table_of_states_accepts(case: Case) -> None:
    """What is decided can be committed."""
    move = move_of(case.state, decide(case))
    assert move is None or following(case.state, move) is not None


@broad
@given(cases)
def test_a_hold_looks_again_later_or_waits_for_news(case: Case) -> None:
    """Looking again at once, or never because of a strange number, would burn or hang the watcher."""
    verdict = decide(case)
    if isinstance(verdict, Hold):
        assert verdict.why
        assert verdict.look_again_s is None or (verdict.look_again_s > 0 and isfinite(verdict.look_again_s))


@broad
@given(undisturbed(pane="unknown"))
def test_when_tmux_does_not_answer_nothing_happens_to_what_runs(case: Case) -> None:
    """Unknown is not gone: no stop, no recovery, no failure, unless somebody wants its end for another reason."""
    assert isinstance(decide(case), Hold)


@broad
@given(cases)
def test_nothing_starts_unless_everything_allows_it(case: Case) -> None:
    """A start needs a pending session, the attempt before closed, a slot, tmux, and nothing to wait for."""
    verdict = decide(case)
    if isinstance(verdict, Start):
        assert case.state == "pending"
        assert case.attempt is None or case.attempt.is_closed
        assert verdict.attempt == (case.attempt.number + 1 if case.attempt else 1)
        assert case.has_slot
        assert case.is_server_known
        assert (case.abort_wish, case.wish, case.problem) == ("", "", "")
        assert case.dependencies == Dependencies()
        assert (case.held, case.paused, case.inhibited_by, case.given_up_by, case.cycle) == ("", "", "", "", ())


@broad
@given(cases)
def test_a_pause_holds_what_would_begin_and_nothing_else(case: Case) -> None:
    """Whatever would be decided otherwise about what runs, has ended or cannot begin, is decided all the same."""
    free, paused = decide(replace(case, paused="")), decide(replace(case, paused="starting is paused"))
    assert paused == (Hold("starting is paused") if isinstance(free, Start) else free) or isinstance(free, Hold)


@broad
@given(cases, attempts)
def test_an_attempt_is_fenced_off_before_anything_follows_it(case: Case, attempt: AttemptView) -> None:
    """While the attempt before is not closed, it is being ended and nothing else."""
    for state in ("pending", "recovering"):
        verdict = decide(replace(case, state=state, attempt=replace(attempt, is_closed=False)))
        assert isinstance(verdict, Hold if attempt.stopping else Stop)


@broad
@given(cases)
def test_an_attempt_is_stopped_once(case: Case) -> None:
    """Whoever is being ended is not ended again."""
    if case.attempt is not None and case.attempt.stopping is not None:
        assert not isinstance(decide(case), Stop)


@broad
@given(undisturbed(is_lock_held=True, is_wrapper_alive=True, has_started=True), st.sampled_from(["dead", "absent"]))
def test_a_dead_pane_alone_ends_nothing_while_the_wrapper_lives(case: Case, pane: Any) -> None:
    """The lock is held and its holder lives: the session goes on, whatever tmux shows."""
    assert case.attempt is not None
    attempt = replace(case.attempt, pane=pane, spinning="")
    limits = Limits()
    assert isinstance(decide(replace(case, attempt=attempt, limits=limits)), Hold)


@broad
@given(undisturbed())
def test_to_be_lost_takes_both_signs(case: Case) -> None:
    """A session is ended without an exit code only when its pane is gone and its lock is free."""
    verdict = decide(case)
    if isinstance(verdict, Recover | Fail | Succeed | Abort):
        assert case.attempt is not None
        assert case.attempt.pane in {"dead", "absent"}
        assert not case.attempt.is_lock_held
        assert not case.attempt.is_wrapper_alive


@broad
@given(cases)
def test_retries_that_are_used_up_stay_used_up(case: Case) -> None:
    """There are never more costly recoveries than the task allows; a supervisor sees one more, to decide about it."""
    if case.tries >= case.limits.retries and not case.is_supervised:
        assert not costs_retry(decide(case))


@broad
@given(cases, attempts, st.sampled_from([None, "leftover", "retry", "unstarted", "redirect", "abort"]))
def test_an_attempt_that_never_began_costs_no_retry(case: Case, attempt: AttemptView, stopping: Any) -> None:
    """It is tried again for nothing, until it has failed to begin too often in a row."""
    attempt = replace(attempt, has_started=False, exit=None, stopping=stopping)
    verdict = decide(replace(case, state="running", attempt=attempt))
    assert not costs_retry(verdict)
    if isinstance(verdict, Fail):
        assert case.unstarted + 1 >= case.limits.unstarted_at_most


@broad
@given(cases)
def test_only_what_has_begun_is_stopped_for_its_length(case: Case) -> None:
    """Time spent waiting to begin counts against neither timeout."""
    verdict = decide(case)
    if isinstance(verdict, Stop) and verdict.reason in {"timeout", "idle"}:
        assert case.attempt is not None
        assert case.attempt.has_started


@broad
@given(cases, attempts, st.sampled_from([None, "leftover", "retry"]))
def test_a_restart_of_the_machine_costs_no_retry(case: Case, attempt: AttemptView, stopping: Any) -> None:
    """What another boot took away is begun again for nothing."""
    attempt = replace(
        attempt, is_other_boot=True, has_started=True, exit=None, pane_status=None, stopping=stopping
    )  # fmt: skip
    verdict = decide(replace(case, state="running", attempt=attempt))
    assert not costs_retry(verdict)
    assert not isinstance(verdict, Fail)


@broad
@given(cases, attempts, attempts)
def test_with_an_exit_code_every_other_sign_is_irrelevant(case: Case, one: AttemptView, other: AttemptView) -> None:
    """Neither pane nor lock nor clock changes what a published exit code means."""
    assume(one.exit is not None)
    one = replace(one, stopping=None)
    other = replace(
        other, exit=one.exit, stopping=None, has_check=one.has_check, is_captured=one.is_captured,
        reported=one.reported,
    )  # fmt: skip
    assert decide(replace(case, state="running", attempt=one)) == decide(replace(case, state="running", attempt=other))


@broad
@given(cases)
def test_success_takes_exit_0_and_no_report_that_it_failed(case: Case) -> None:
    """Only an exit code of 0, published or seen by tmux, is a success; verified only if a check ran.

    Where the check comes late, `test_awaiting` tells.
    """
    verdict = decide(case)
    if isinstance(verdict, Succeed) and case.state not in {"recovering", "escalated"} and not case.is_awaiting:
        assert case.attempt is not None
        assert 0 in {case.attempt.exit, case.attempt.pane_status}
        assert case.attempt.exit in {0, None}
        assert not case.attempt.reported
        assert verdict.verified == case.attempt.has_check


@broad
@given(cases)
def test_what_failed_passes_only_by_a_persons_word(case: Case) -> None:
    """By a policy it passes unverified; by an answer about this very case a person has verified it."""
    verdict = decide(case)
    if isinstance(verdict, Succeed) and case.state in {"recovering", "escalated"}:
        is_answered = case.word is not None and case.word.call == "pass" and case.state == "escalated"
        is_policy = case.standing is not None and case.standing.policy is not None
        assert verdict.verified == is_answered
        assert is_answered or is_policy


@broad
@given(cases, st.sampled_from(sorted(TERMINAL)))
def test_done_stays_done_until_a_person_wishes_otherwise(case: Case, state: Any) -> None:
    """Nothing that is observed of an ended session changes it, and a standing abort keeps it ended."""
    verdict = decide(replace(case, state=state))
    wished = Adopt if case.abort_wish else Reopen
    assert isinstance(verdict, wished if case.wish else Hold)


@broad
@given(cases)
def test_an_abort_that_is_wished_comes_before_everything_but_an_end(case: Case) -> None:
    """Nothing is started, recovered, adopted or asked for a session that somebody wants aborted, until it has ended."""
    verdict = decide(replace(case, abort_wish="a person"))
    assert not isinstance(verdict, Start | Reopen | Again | Defer | Escalate | Ask | Reply)
    assert not isinstance(verdict, Adopt) or case.state in TERMINAL
    assert not costs_retry(verdict)


@broad
@given(cases)
def test_a_person_is_asked_only_by_who_goes_on_waiting_for_the_answer(case: Case) -> None:
    """No question of an attempt that has ended, or whose asker has gone."""
    verdict = decide(case)
    if isinstance(verdict, Ask) and verdict.question:
        assert case.state == "running"
        assert case.question is not None
        assert case.question.is_waiting
        assert case.question.answer is None


@broad
@given(cases)
def test_whoever_escalates_or_is_deferred_has_nothing_at_work(case: Case) -> None:
    """Its last attempt is closed, or there was none; so nobody waits above for what still runs below."""
    verdict = decide(case)
    if isinstance(verdict, Escalate | Defer) and case.state in {"pending", "recovering"}:
        assert case.attempt is None or case.attempt.is_closed
