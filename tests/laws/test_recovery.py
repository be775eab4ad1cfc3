"""What follows a failed attempt: the supervisor's move, its group's word, a pause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given

from scope.laws.case import (
    Abort,
    Adopt,
    Again,
    Case,
    Defer,
    Deferral,
    Escalate,
    Fail,
    Hold,
    Stop,
    Succeed,
)
from scope.laws.failure import Failure
from scope.laws.group import Advice, Word
from scope.laws.playbook import Choice, Standing
from scope.laws.plays import PLAYS, Played
from scope.laws.policy import Policy, Then
from scope.laws.reconcile import decide
from tests.laws.cases import GONE, broad, cases

CLOSED: Final = replace(GONE, is_closed=True)
FAILED: Final = Failure("exit", "unknown", "v1-a", headline="error: no")
WHOLE: Final = Standing(PLAYS, attempts_left=3, variations=1, assignees=("ann",), pause_s=7.0)
ADVICE: Final = Advice("human", "Try it at night.")


def _recovering(failure: Failure = FAILED, standing: Standing = WHOLE, **others: Any) -> Case:
    return Case("recovering", attempt=CLOSED, failure=failure, standing=standing, is_supervised=True, **others)


def _escalated(word: Word | None, **others: Any) -> Case:
    return replace(_recovering(**others), state="escalated", word=word)


@broad
@given(cases)
def test_a_move_follows_only_when_nothing_of_the_attempt_is_left_and_nobody_wants_otherwise(case: Case) -> None:
    """First the attempt is closed, then an abort, then a wish, and only then the supervisor decides."""
    verdict = decide(replace(case, state="recovering"))
    if isinstance(verdict, Again | Defer | Escalate | Succeed | Fail):
        assert case.attempt is None or case.attempt.is_closed
        assert (case.abort_wish, case.wish) == ("", "")


@broad
@given(cases)
def test_a_failure_that_nobody_judges_goes_back_into_the_queue(case: Case) -> None:
    """A plain task with retries is simply run again; a reboot, a sibling or a redirect is no failure."""
    plain = replace(case, state="recovering", attempt=CLOSED, abort_wish="", wish="", given_up_by="", failure=None)
    assert decide(plain) == Again("the attempt before is closed")


@broad
@given(cases)
def test_what_is_deferred_waits_for_its_condition_and_then_goes_on(case: Case) -> None:
    """Never longer than that, nor in a circle; an abort or a wish comes first."""
    verdict = decide(replace(case, state="deferred"))
    if case.abort_wish or case.wish:
        assert isinstance(verdict, Abort | Adopt)
    elif case.deferral is not None and not case.cycle and (case.deferral.unmet or case.deferral.left_s > 0):
        assert isinstance(verdict, Hold)
    else:
        assert isinstance(verdict, Again)
        assert verdict.choice is None


@pytest.mark.parametrize(
    ("played", "expected"),
    [
        ([], Again),
        ([Played("restart", "", "v1-a")], Again),
        ([Played("restart", "", "v1-a"), Played("vary", "0", "v1-a")], Again),
        ([Played("restart", "", "v1-a"), Played("vary", "0", "v1-a"), Played("reassign", "ann", "v1-a")], Escalate),
    ],
)
def test_each_move_is_a_verdict_that_names_it(played: list[Played], expected: type) -> None:
    """Restart, vary and reassign go back into the queue; reframe goes up, bound to the rules."""
    verdict = decide(_recovering(played=tuple(played)))
    assert isinstance(verdict, expected)
    assert isinstance(verdict, Again | Escalate)
    assert verdict.choice is not None
    assert verdict.choice.play == PLAYS[len(played)]


def test_a_deferral_takes_the_time_that_the_report_names_or_else_the_backoff() -> None:
    """A session that has to be done first takes no time at all."""
    later = replace(WHOLE, playbook=("defer",))
    for failure, pause_s, until_done, said in (
        (FAILED, 7.0, "", "; for 7s"),
        (replace(FAILED, until=60.0), 60.0, "", "; for 1m"),
        (replace(FAILED, until_done="4"), None, "4", "; until 4 is done"),
    ):
        verdict = decide(_recovering(failure, later))
        assert isinstance(verdict, Defer)
        assert (verdict.pause_s, verdict.until_done) == (pause_s, until_done)
        assert verdict.why.endswith(said)


def test_what_waits_for_a_session_names_it_and_what_waits_for_a_time_is_looked_at_then() -> None:
    """The first has no clock, the second no other news; both say why, as it was decided."""
    assert decide(Case("deferred", deferral=Deferral(unmet="4", why="until 4 is done"))) == Hold("until 4 is done")
    assert decide(Case("deferred", deferral=Deferral(left_s=2.0, why="for 5s"))) == Hold("for 5s", look_again_s=2.0)


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("pass", Succeed(verified=False, why="policy 'p' says so: let it pass")),
        ("fail", Fail("exit", "policy 'p' says so: it has failed")),
        ("escalate", Escalate("policy 'p' says so: to a person", None, for_person=True)),
        (
            "retry",
            Again(
                "policy 'p' says so: the same once more", Choice("restart", "policy p", "policy 'p' says so")
            ),
        ),
    ],
)  # fmt: skip
def test_a_policy_comes_before_the_playbook(then: Then, expected: Any) -> None:
    """A person has decided this beforehand; what passes so was verified by nobody."""
    assert decide(_recovering(standing=replace(WHOLE, policy=Policy("p", then=then)))) == expected


def test_a_policy_that_retries_cannot_grant_attempts() -> None:
    """Without one left the playbook has its say."""
    spent = replace(WHOLE, policy=Policy("p", then="retry"), attempts_left=0)
    verdict = decide(_recovering(standing=spent))
    assert isinstance(verdict, Escalate)
    assert verdict.choice is not None


def test_a_policy_that_retries_does_not_restart_over_the_intensity() -> None:
    """A policy is no reason for a restart storm."""
    over = replace(WHOLE, policy=Policy("p", then="retry"), is_restart_allowed=False)
    verdict = decide(_recovering(standing=over))
    assert isinstance(verdict, Again)
    assert verdict.choice is not None
    assert verdict.choice.play == "vary"


def test_a_question_of_policy_goes_to_a_person_and_to_nobody_before() -> None:
    """Other escalations climb."""
    policy = replace(FAILED, of_class="policy", is_diagnosed=True)
    verdict = decide(_recovering(policy))
    assert isinstance(verdict, Escalate)
    assert verdict.for_person
    needs = decide(_recovering(replace(FAILED, needs="policy"), replace(WHOLE, playbook=("escalate",))))
    assert isinstance(needs, Escalate)
    assert needs.for_person
    plain = decide(_recovering(standing=replace(WHOLE, playbook=("escalate",))))
    assert isinstance(plain, Escalate)
    assert not plain.for_person


def test_a_declared_supervisor_that_may_not_restart_any_more_gives_up() -> None:
    """As in OTP: it stops its children and fails upward; an implied one makes its next move."""
    over = replace(WHOLE, is_restart_allowed=False)
    verdict = decide(_recovering(standing=replace(over, declared="web")))
    assert isinstance(verdict, Escalate)
    assert (verdict.gives_up, verdict.for_person, verdict.choice) == ("web", True, None)
    assert isinstance(decide(_recovering(standing=over)), Again)


def test_a_supervisor_does_not_give_up_over_a_restart_that_it_would_not_order_anyway() -> None:
    """What was restarted on this failure before is varied next: no restart is asked of the supervisor."""
    over = replace(WHOLE, is_restart_allowed=False, declared="web")
    verdict = decide(_recovering(standing=over, played=(Played("restart", "", "v1-a"),)))
    assert isinstance(verdict, Again)


@pytest.mark.parametrize("state", ["pending", "recovering"])
def test_the_children_of_a_supervisor_that_gave_up_wait_for_a_person(state: Any) -> None:
    """Those that run are stopped, at no cost."""
    verdict = decide(replace(_recovering(given_up_by="web"), state=state))
    assert verdict == Escalate("its supervisor 'web' gave up", None, for_person=True)


def test_what_would_fail_the_same_way_joins_the_group_of_its_like_unbegun() -> None:
    """The person who is asked about those answers for it, too; until then it is held."""
    inhibited = decide(Case("pending", is_supervised=True, inhibited_by="e1"))
    assert isinstance(inhibited, Escalate)
    assert (inhibited.group, inhibited.choice) == ("e1", None)
    assert decide(Case("pending", held="3 like it failed")) == Hold("3 like it failed", look_again_s=5.0)


def test_a_circle_of_waiting_is_a_persons_to_break_or_else_fails() -> None:
    """Waiting alone would never end it."""
    circle = Case("pending", cycle=("1", "2"))
    verdict = decide(circle)
    assert verdict == Fail("cycle", "a circle of waiting: 1 comes after 2 comes after 1")
    assert isinstance(decide(replace(circle, is_supervised=True)), Escalate)


def test_a_member_does_what_its_group_says() -> None:
    """Go, fail, pass, wait; and with nothing to hope for from above, the next move is its own."""
    go = Word("go", "it tries it", "e1", 1, ADVICE, is_canary=True)
    assert decide(_escalated(go)) == Again("it tries it", word=go)
    assert decide(_escalated(Word("fail", "a person said so"))) == Fail("exit", "a person said so")
    assert decide(_escalated(Word("pass", "a person said so"))) == Succeed(verified=True, why="a person said so")
    assert decide(_escalated(Word("hold", "a person is asked"))) == Hold("a person is asked")
    assert isinstance(decide(_escalated(None)), Hold)
    reframed = tuple(Played(play, argument, "v1-a") for play, argument in _ALL_BUT_UP)
    up = decide(_escalated(Word("nothing", "the rules know nothing"), played=reframed))
    assert isinstance(up, Escalate)
    assert up.choice is not None
    assert (up.choice.play, up.choice.argument) == ("escalate", "1")


@pytest.mark.parametrize("then", ["pass", "fail", "retry", "escalate"])
@pytest.mark.parametrize("left", [0, 1])
def test_a_policy_that_comes_while_it_is_held_ends_it_and_never_sends_it_up_again(then: Then, left: int) -> None:
    """It is up already; to escalate, and be held, and escalate, would go on for ever."""
    standing = replace(WHOLE, policy=Policy("p", then=then), attempts_left=left, is_restart_allowed=False)
    verdict = decide(_escalated(Word("hold", "a person is asked"), standing=standing))
    expected: dict[str, type] = {"pass": Succeed, "fail": Fail}
    assert isinstance(verdict, expected.get(then, Hold))


_ALL_BUT_UP: Final[tuple[tuple[Any, str], ...]] = (
    ("restart", ""), ("vary", "0"), ("reassign", "ann"), ("reframe", ""), ("defer", ""),
)  # fmt: skip


@pytest.mark.parametrize("state", ["recovering", "deferred", "escalated"])
def test_an_abort_or_another_task_needs_no_supervisor(state: Any) -> None:
    """Who waits above can be called back."""
    case = replace(_recovering(), state=state)
    assert decide(replace(case, abort_wish="a person")) == Abort("a person")
    assert decide(replace(case, wish="redirect")) == Adopt("redirect")
    open_ = replace(case, attempt=replace(GONE, is_closed=False))
    if state == "recovering":
        assert isinstance(decide(open_), Stop)
