"""What is decided about a group of like failures, and what it says to each of its members."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from hypothesis import assume, given
from hypothesis import strategies as st

from scope.laws.configuration import Escalation
from scope.laws.group import (
    GRANTING,
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
    Consult,
    Counsel,
    Group,
    GroupVerdict,
    Member,
    Outcome,
    Phase,
    Release,
    Send,
    Settle,
    Tell,
    View,
    Wait,
)
from scope.laws.grouping import decide_group, word_for
from tests.laws.cases import broad
from tests.laws.village import moved

moments = st.floats(0, 1e6)
advices = st.builds(Advice, level=st.sampled_from([RULES, "2", HUMAN, TREE, "supervisor web"]))
members = st.builds(
    Member,
    session=st.sampled_from(["1", "2", "3", "4"]),
    tried=st.frozensets(st.integers(0, 3), max_size=2),
    precedence=st.tuples(st.integers(-1, 1), st.tuples(st.integers(1, 4))),
    is_spent=st.booleans(),
    is_held=st.booleans(),
    is_bound=st.booleans(),
)
crowds = st.lists(members, max_size=4, unique_by=lambda member: member.session).map(tuple)
groups = st.builds(
    Group,
    id=st.just("e1"),
    fingerprint=st.just("v1-a"),
    opened=moments,
    phase=st.sampled_from(get_args(Phase)),
    rung=st.integers(-1, 4),
    serial=st.integers(0, 3),
    advice=st.none() | advices,
    canary=st.sampled_from(["", "1", "2"]),
    told=st.just(0.0) | moments,
    told_members=st.integers(0, 4),
    severity=st.integers(0, SEVEREST),
    changed=moments,
    is_for_person=st.booleans(),
    supervisor=st.sampled_from(["", "", "web"]),
    verdict=st.sampled_from(["", "", "fail", "pass"]),
)
views = st.builds(
    View,
    group=groups,
    members=crowds,
    outcome=st.sampled_from(get_args(Outcome)),
    remedy=st.none() | advices,
    answer=st.none() | st.builds(Answer, text=st.sampled_from(["retry", "fail", "pass", "", "at night"])),
    is_cleared=st.booleans(),
    folds_into=st.sampled_from(["", "", "top"]),
    is_served=st.booleans(),
    counsel=st.none()
    | st.just(Counsel())
    | st.builds(Counsel, advices)
    | st.just(Counsel(None, "it says nothing"))
    | st.just(Counsel(lacks="a key")),
)
ladders = st.sampled_from([("human",), ("rules", "human"), ("rules", "2", "3", "human"), ("2", "rules", "human")])
settings_drawn = st.builds(
    Escalation,
    levels=ladders,
    group_wait=st.sampled_from([0.0, 30.0]),
    group_interval=st.sampled_from([0.0, 300.0]),
    repeat_interval=st.sampled_from([0.0, 14400.0]),
)


@broad
@given(views, settings_drawn, moments)
def test_there_is_a_verdict_on_every_group(view: View, settings: Escalation, now: float) -> None:
    """Total and pure; whoever waits for a time waits for one that comes."""
    verdict = decide_group(view, settings, now)
    assert isinstance(verdict, get_args(GroupVerdict))
    assert decide_group(view, settings, now) == verdict
    if isinstance(verdict, Wait) and verdict.look_again_s is not None:
        assert verdict.look_again_s > 0


@broad
@given(views, settings_drawn, moments)
def test_a_rung_never_goes_down_unless_the_ladder_has_become_shorter(
    view: View, settings: Escalation, now: float
) -> None:
    """Never back to who has spoken, never sideways; the highest rung is the person's."""
    top = len(settings.levels) - 1
    group = replace(view.group, rung=min(view.group.rung, top))
    verdict = decide_group(replace(view, group=group), settings, now)
    if isinstance(verdict, Climb | Consult | Advise | Ask):
        assert group.rung <= verdict.rung <= top
        assert verdict.rung in {group.rung, group.rung + 1, top}
    if isinstance(verdict, Ask):
        assert verdict.rung == top
        assert settings.levels[verdict.rung] == HUMAN


@broad
@given(views, settings_drawn, moments)
def test_only_a_group_that_gathers_asks_and_only_an_answer_or_better_news_ends_the_question(
    view: View, settings: Escalation, now: float
) -> None:
    """So between two questions of one group lies somebody's word."""
    verdict = decide_group(view, settings, now)
    if isinstance(verdict, Ask):
        assert view.group.phase == "gathering"
    if view.group.phase == "asking" and isinstance(verdict, Advise | Settle):
        assert view.answer is not None or view.is_cleared
    if view.group.phase == "asking":
        assert not isinstance(verdict, Climb | Send | Release)


@broad
@given(views, settings_drawn, moments)
def test_nobody_is_told_before_the_group_has_gathered(view: View, settings: Escalation, now: float) -> None:
    """One that fails is seldom alone; who has been told already may be asked at once."""
    if isinstance(decide_group(view, settings, now), Ask):
        assert view.group.told > 0 or now >= view.group.opened + settings.group_wait - 1e-6


@broad
@given(views, settings_drawn, moments)
def test_that_there_are_more_is_told_at_most_every_interval_and_severity_rises_at_most_twice(
    view: View, settings: Escalation, now: float
) -> None:
    """And only to whom a question was put that nobody answered."""
    verdict = decide_group(view, settings, now)
    if isinstance(verdict, Tell):
        assert (view.group.phase, view.answer) == ("asking", None)
        assert view.group.severity <= verdict.severity <= SEVEREST
        if verdict.severity == view.group.severity:
            assert now >= view.group.told + settings.group_interval
            assert view.group.told_members != len(view.members)


@broad
@given(views, settings_drawn, moments)
def test_the_canary_goes_only_if_it_may_and_only_one_is_sent(view: View, settings: Escalation, now: float) -> None:
    """While one is under way, nobody else is sent."""
    verdict = decide_group(view, settings, now)
    if isinstance(verdict, Send):
        assert view.group.phase == "trying"
        assert view.outcome in {"", "gone"}
        [sent] = [member for member in view.members if member.session == verdict.canary]
        assert view.group.serial not in sent.tried
        after = moved(view.group, verdict, len(view.members), now)
        if after.verdict == "":
            assert [m.session for m in view.members if word_for(after, m).call == "go"] == [verdict.canary]


@broad
@given(groups, crowds)
def test_at_most_one_goes_while_a_remedy_is_tried_and_nobody_before_or_after(
    group: Group, crowd: tuple[Member, ...]
) -> None:
    """Only a remedy that has worked is for all."""
    going = [member.session for member in crowd if word_for(group, member).call == "go"]
    match group.phase:
        case "trying":
            assert going in ([], [group.canary])
        case "released":
            pass
        case _:
            assert going == []


@broad
@given(groups, members)
def test_whoever_has_no_attempt_left_goes_only_with_a_word_that_grants_one(group: Group, member: Member) -> None:
    """A person's, or what was learnt from another session; and nobody goes twice with the same advice."""
    word = word_for(group, member)
    if word.call == "go":
        assert word.serial == group.serial
        assert word.serial not in member.tried
        assert word.advice == group.advice
        is_granted = group.advice is not None and (group.advice.level in GRANTING or bool(group.supervisor))
        assert word.is_granted == is_granted
        assert is_granted or not member.is_spent


@broad
@given(views, settings_drawn, moments)
def test_a_remedy_is_for_all_only_after_the_canary_was_done(view: View, settings: Escalation, now: float) -> None:
    """A canary that failed sends the case up; the advice dies with it."""
    assume(not view.group.supervisor)
    verdict = decide_group(view, settings, now)
    if isinstance(verdict, Release):
        assert (view.group.phase, view.outcome) == ("trying", "done")
    if view.group.phase == "trying" and view.outcome == "failed":
        assert isinstance(verdict, Climb)


@broad
@given(views, settings_drawn, moments)
def test_what_only_a_person_may_answer_is_asked_of_nobody_else(view: View, settings: Escalation, now: float) -> None:
    """A question of policy never tries the runbooks; only the supervisor above one that gave up may restart it."""
    group = replace(view.group, is_for_person=True, phase="gathering")
    verdict = decide_group(replace(view, group=group), settings, now)
    assert isinstance(verdict, Wait | Ask | Close | Climb | Advise)
    if isinstance(verdict, Climb):
        assert settings.levels[verdict.rung] == HUMAN
    if isinstance(verdict, Advise):
        assert group.supervisor


@broad
@given(groups, settings_drawn, moments, st.sampled_from(get_args(Outcome)))
def test_a_group_that_nobody_is_in_any_more_is_closed(
    group: Group, settings: Escalation, now: float, outcome: Any
) -> None:
    """At once, except where its canary is under way, or its remedy is kept for the next of its kind."""
    later = now
    for _ in range(6):
        verdict = decide_group(View(group, (), "" if group.phase != "trying" else outcome), settings, later)
        if isinstance(verdict, Wait):
            if verdict.look_again_s is None:
                break
            assert group.phase == "released"
            later += verdict.look_again_s
        group = moved(group, verdict, 0, later)
    assert group.phase == "closed" or (group.phase == "trying" and outcome == "running")


@broad
@given(groups, members)
def test_a_word_says_why_and_who_is_bound_to_the_rules_is_let_go_when_they_are_done(
    group: Group, member: Member
) -> None:
    """A session whose playbook reframes waits for the runbooks, and never for a person."""
    word = word_for(group, member)
    assert word.why
    assert word.group == group.id
    if member.is_bound and group.phase == "asking" and not group.verdict:
        assert word.call == "nothing"
    if group.verdict:
        assert word.call == group.verdict


@broad
@given(views, settings_drawn, moments)
def test_an_advisor_is_asked_only_where_there_is_a_model_and_somebody_to_try_its_advice(
    view: View, settings: Escalation, now: float
) -> None:
    """Never for what only a person may answer, never at a person's level or the rules'."""
    verdict = decide_group(view, settings, now)
    if isinstance(verdict, Consult):
        assert view.group.phase == "gathering"
        assert view.is_served
        assert not view.group.is_for_person
        assert not view.group.supervisor
        assert settings.levels[verdict.rung].isdecimal()
        assert any(not member.is_spent for member in view.members)
    if view.group.phase == "consulting" and isinstance(verdict, Advise):
        assert view.counsel is not None
        assert verdict.advice == view.counsel.advice
