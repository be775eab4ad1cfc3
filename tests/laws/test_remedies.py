"""What becomes of a group of like failures, in the situations that people will ask about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from scope.laws.configuration import Escalation
from scope.laws.group import (
    HUMAN,
    RULES,
    SEVEREST,
    TREE,
    Advice,
    Advise,
    Answer,
    Ask,
    Climb,
    Close,
    Group,
    GroupVerdict,
    Member,
    Release,
    Send,
    Settle,
    Tell,
    View,
    Wait,
)
from scope.laws.grouping import decide_group, word_for
from tests.laws.village import moved

USUAL: Final = Escalation()
ADVICE: Final = Advice(RULES, "Turn it on.", (("switch", "on"),), "a runbook knows it")
NEW: Final = Group("e1", "v1-a", opened=100.0, changed=100.0)
ASKING: Final = replace(NEW, phase="asking", rung=3, told=200.0, told_members=1, changed=200.0)
TRYING: Final = replace(NEW, phase="trying", rung=0, serial=1, advice=ADVICE)
ONE, TWO = Member("1"), Member("2", precedence=(-1, (2,)))


def _decide(group: Group, now: float, *others: Member, **view: Any) -> GroupVerdict:
    return decide_group(View(group, others, **view), USUAL, now)


def test_a_remedy_is_tried_at_once_by_the_most_urgent() -> None:
    """The runbooks need no time to gather; the higher priority goes first, then who was there first."""
    assert _decide(NEW, 100.0, ONE, TWO, remedy=ADVICE) == Advise(0, ADVICE, "a runbook knows it")
    assert _decide(TRYING, 100.0, ONE, TWO) == Send("2")
    assert _decide(replace(TRYING, canary="2"), 100.0, ONE, outcome="running") == Wait()
    assert _decide(replace(TRYING, canary="2"), 100.0, ONE, outcome="done") == Release("2 succeeded with it")
    assert isinstance(_decide(replace(TRYING, canary="2"), 100.0, ONE, outcome="failed"), Climb)
    assert _decide(replace(TRYING, canary="2"), 100.0, ONE, outcome="gone") == Send("1")


def test_without_a_remedy_it_climbs_level_by_level_and_then_waits_for_its_like() -> None:
    """The reasons say who had nothing to say."""
    group, said = NEW, []
    while isinstance(verdict := _decide(group, 101.0, ONE), Climb):
        said.append(verdict.why)
        group = moved(group, verdict, 1, 101.0)
    assert said == [
        "no runbook knows a remedy that can be carried out",
        "there is no model at level 2",
        "there is no model at level 3",
    ]
    assert verdict == Wait(29.0)
    assert _decide(group, 130.0, ONE) == Ask(3)


def test_a_released_remedy_is_for_newcomers_too_until_it_is_forgotten() -> None:
    """Who fails the same way within the repeat interval gets it at once."""
    released = replace(TRYING, phase="released", changed=200.0)
    assert _decide(released, 201.0) == Wait(USUAL.repeat_interval - 1)
    assert word_for(released, ONE).call == "go"
    assert _decide(released, 201.0, ONE) == Wait()
    assert isinstance(_decide(released, 200.0 + USUAL.repeat_interval), Close)


def test_those_that_were_only_held_go_last_and_keep_no_group_open() -> None:
    """They have not failed; when nobody who has is left, they begin as if nothing had been."""
    held = Member("3", precedence=(-9, (3,)), is_held=True)
    assert _decide(TRYING, 100.0, held, ONE) == Send("1")
    for group in (NEW, ASKING):
        assert isinstance(_decide(group, 201.0, held), Close)
        assert not isinstance(_decide(group, 201.0, held, ONE), Close)


def test_a_supervisor_that_gave_up_below_another_that_did_is_asked_about_once() -> None:
    """The higher one's question is about both; and nothing that a supervisor gave up over can pass."""
    fallen = replace(NEW, supervisor="web", is_for_person=True)
    assert _decide(fallen, 200.0, ONE, folds_into="top") == Close("'top' gave up as well, and is asked about")
    answered = _decide(replace(ASKING, supervisor="web"), 201.0, ONE, answer=Answer("pass"))
    assert isinstance(answered, Advise)


def test_a_group_that_grows_all_the_time_becomes_more_severe_all_the_same() -> None:
    """Else the worst question would be the one that never rises."""
    growing = replace(ASKING, told=ASKING.changed + USUAL.repeat_interval, told_members=1)
    now = growing.told + USUAL.group_interval
    assert _decide(growing, now, ONE, TWO) == Tell(1)


@pytest.mark.parametrize("advice", [Advice(HUMAN), Advice(TREE, reasoning="another went well")])
def test_that_it_was_tried_again_is_no_remedy_for_the_next(advice: Advice) -> None:
    """Without a word or a value to hand on, the group is closed as soon as all have gone."""
    released = replace(TRYING, phase="released", advice=advice, changed=200.0)
    assert _decide(released, 201.0, ONE) == Wait()
    assert _decide(released, 201.0) == Close("they were tried again")


def test_those_for_whom_a_remedy_worked_go_before_the_others_climb() -> None:
    """One without an attempt left, or that tried it in vain, holds nobody back."""
    released = replace(TRYING, phase="released")
    spent, tried = Member("3", is_spent=True), Member("4", frozenset({1}))
    assert _decide(released, 201.0, ONE, spent, tried) == Wait()
    assert isinstance(_decide(released, 201.0, spent, tried), Climb)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fail", Settle("fail")),
        (" pass\n", Settle("pass")),
        ("retry", Advise(3, Advice(HUMAN), "a person wants it tried again")),
        ("at night", Advise(3, Advice(HUMAN, "at night"), "a person said what to do")),
    ],
)
def test_an_answer_is_one_of_three_words_or_instructions(text: str, expected: GroupVerdict) -> None:
    """It serves all members, and still goes to one first."""
    assert _decide(ASKING, 201.0, ONE, TWO, answer=Answer(text)) == expected


def test_the_success_of_another_is_news_enough_to_try_again() -> None:
    """Once, for those with an attempt left, and unless a person has to decide."""
    verdict = _decide(ASKING, 201.0, ONE, is_cleared=True)
    assert isinstance(verdict, Advise)
    assert (verdict.rung, verdict.advice.level) == (3, TREE)
    for group, member in (
        (replace(ASKING, is_for_person=True), ONE),
        (replace(ASKING, advice=verdict.advice), ONE),
        (ASKING, replace(ONE, is_spent=True)),
    ):
        assert isinstance(_decide(group, 201.0, member, is_cleared=True), Wait)


def test_a_person_hears_of_more_members_after_an_interval_and_of_silence_after_hours() -> None:
    """One line in five minutes; after four hours and after eight it is more severe, and then no more."""
    assert _decide(ASKING, 201.0, ONE) == Wait(USUAL.repeat_interval - 1)
    assert _decide(ASKING, 201.0, ONE, TWO) == Wait(USUAL.group_interval - 1)
    assert _decide(ASKING, 500.0, ONE, TWO) == Tell(0)
    severe = moved(ASKING, Tell(1), 1, 200.0 + USUAL.repeat_interval)
    assert _decide(ASKING, 200.0 + USUAL.repeat_interval, ONE) == Tell(1)
    assert _decide(severe, 200.0 + 2 * USUAL.repeat_interval, ONE) == Tell(2)
    assert _decide(replace(severe, severity=SEVEREST), 1e9, ONE) == Wait()


def test_the_children_of_a_supervisor_that_gave_up_begin_again_together() -> None:
    """By the restart of the supervisor above, or a person's word; there is no canary among them."""
    fallen = replace(NEW, supervisor="web", is_for_person=True)
    above = Advice("supervisor top", reasoning="'top' restarts 'web'")
    assert _decide(fallen, 100.0, ONE, remedy=above) == Advise(3, above, "'top' restarts 'web'")
    assert _decide(fallen, 130.0, ONE) == Ask(3)
    going = replace(fallen, phase="trying", rung=3, serial=1, advice=above)
    assert _decide(going, 131.0, ONE, TWO) == Release("its children begin again together")
    released = replace(going, phase="released")
    assert [word_for(released, member).call for member in (ONE, Member("3", is_spent=True))] == ["go", "go"]
    assert _decide(released, 131.0) == Close("its children have begun again")


def test_who_may_ask_only_the_rules_is_never_left_waiting_for_a_person() -> None:
    """Also where the ladder has no rules, or they were asked before."""
    bound = Member("1", is_bound=True)
    alone = Escalation(levels=("human",))
    climb = decide_group(View(NEW, (bound,)), alone, 100.0)
    assert isinstance(climb, Climb)
    assert word_for(moved(NEW, climb, 1, 100.0), bound).call == "nothing"


def test_nobody_is_told_twice_within_an_interval() -> None:
    """Also when the question becomes more severe just after it was told that there are more."""
    told = replace(ASKING, told=ASKING.changed + USUAL.repeat_interval - 1, told_members=2)
    assert isinstance(_decide(told, ASKING.changed + USUAL.repeat_interval, ONE, TWO), Wait)
