"""When a person is disturbed: seldom, once, for many things at once, and never for what is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.configuration import Notify
from scope.laws.notification import HOUR_S, Notice, Open, Pace, Said, Silent, body, due, title
from tests.laws.cases import thorough

NOW = 1_800_000_000.0
SETTINGS = Notify()
PACE = Pace(wait=30.0, interval=300.0)
AGO = NOW - 60.0


def case(identity: str = "e1", **more: object) -> Open:
    """A case that has gathered for long enough."""
    return replace(Open(identity, opened=AGO, seen=AGO), **more)  # type: ignore[arg-type]


def heard(*cases: Open, told: tuple[Notice, ...] = (), now: float = NOW) -> Notice | Silent:
    """What is due."""
    return due(cases, told, now, SETTINGS, PACE)


cases = st.lists(
    st.builds(
        Open,
        id=st.sampled_from([f"e{number}" for number in range(1, 12)]),
        opened=st.floats(NOW - 2 * HOUR_S, NOW),
        seen=st.floats(NOW - 2 * HOUR_S, NOW),
        round=st.integers(0, 2),
        severity=st.integers(0, 2),
        workers=st.integers(0, 9),
        is_policy=st.booleans(),
        is_quiet=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda each: each.id,
)


def test_a_single_failure_makes_no_sound() -> None:
    """It lies in the inbox."""
    assert heard(case(workers=1)) == Silent()
    assert heard(*(case(f"e{number}", workers=2) for number in range(1, SETTINGS.rate + 1))) == Silent()


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({"workers": 3}, ("systemic",)),
        ({"is_policy": True}, ("policy",)),
        ({"is_policy": True, "workers": 9}, ("systemic", "policy")),
    ],
)
def test_what_is_worth_disturbing_somebody_says_why(more: dict[str, object], reasons: tuple[str, ...]) -> None:
    """Several workers that fail alike, and what only a person may decide."""
    found = heard(case(**more))
    assert isinstance(found, Notice)
    assert found.reasons == reasons
    assert found.cases == (Said("e1"),)


def test_more_cases_than_usual_within_an_hour_are_one_notice_and_then_there_is_an_hour_of_quiet() -> None:
    """Also for those that would be told one by one."""
    storm = [case(f"e{number}") for number in range(1, SETTINGS.rate + 2)]
    first = heard(*storm)
    assert isinstance(first, Notice)
    assert first.reasons == ("rate",)
    assert len(first.cases) == len(storm)
    later = case("e99", is_policy=True)
    assert heard(*storm, later, told=(first,), now=NOW + 600) == Silent(HOUR_S - 600)
    after = heard(*storm, later, told=(first,), now=NOW + HOUR_S)
    assert isinstance(after, Notice)
    assert [said.id for said in after.cases] == ["e99"]


@pytest.mark.parametrize("over_s", [0.0, 29.0, 1800.0, 3500.0])
def test_a_storm_of_a_thousand_is_one_notice(over_s: float) -> None:
    """Whether they come at once or one after the other within the hour, looked at after each."""
    storm = [case(f"e{n}", opened=NOW + n * over_s / 1000, seen=NOW + n * over_s / 1000) for n in range(1, 1001)]
    told: list[Notice] = []
    for at in range(0, 3700, 5):
        found = due([each for each in storm if each.opened <= NOW + at], told, NOW + at, SETTINGS, PACE)
        told += [found] if isinstance(found, Notice) else []
        if over_s > at:
            assert len(told) <= 1
    assert len([notice for notice in told if notice.at < NOW + HOUR_S]) == 1
    assert len(told) <= 2  # what came after the first is one more, an hour later


@thorough
@given(cases, cases)
def test_the_same_is_never_said_twice(first: list[Open], second: list[Open]) -> None:
    """Until it has grown more severe, or was answered in vain and is asked anew."""
    one = heard(*first)
    if not isinstance(one, Notice):
        return
    known = {(said.id, said.round): said.severity for said in one.cases}
    two = heard(*first, told=(one,), now=NOW + 10 * HOUR_S)
    assert not isinstance(two, Notice) or not {(s.id, s.round) for s in two.cases} & set(known)
    three = heard(*second, told=(one,), now=NOW + 10 * HOUR_S)
    if isinstance(three, Notice):
        assert all(said.severity > known.get((said.id, said.round), -1) for said in three.cases)


@thorough
@given(cases)
def test_what_was_answered_acknowledged_or_silenced_is_never_heard_of(found: list[Open]) -> None:
    """Nor does it make others heard."""
    loud = [each for each in found if not each.is_quiet]
    assert heard(*found) == heard(*loud)
    assert heard(*(replace(each, is_quiet=True) for each in found)) == Silent()


@thorough
@given(st.lists(st.tuples(st.floats(0, 5000), st.integers(0, 2), st.booleans()), max_size=40))
def test_no_case_is_told_more_than_three_times(steps: list[tuple[float, int, bool]]) -> None:
    """Once as it is, and each time that it has grown more severe: which is twice at most."""
    told: list[Notice] = []
    now, severity = NOW, 0
    for pause, rise, is_policy in steps:
        now, severity = now + pause, min(2, max(severity, rise))
        found = due([case(severity=severity, is_policy=is_policy, workers=3)], told, now, SETTINGS, PACE)
        told += [found] if isinstance(found, Notice) else []
    assert len(told) <= 3


def test_cases_gather_before_the_first_word_and_between_two() -> None:
    """So that those of one moment are one notice."""
    fresh = case(seen=NOW - 10, is_policy=True)
    assert heard(fresh) == Silent(20.0)
    told = Notice(("policy",), (Said("e9"),), NOW - 100)
    assert heard(case(is_policy=True), told=(told,)) == Silent(200.0)


def test_a_clock_that_was_set_back_holds_nobody_up() -> None:
    """What was said in the future was said."""
    told = Notice(("rate",), (Said("e9"),), NOW + 9e6)
    assert isinstance(heard(case(is_policy=True, seen=NOW + 9e6), told=(told,)), Silent)
    assert isinstance(heard(case(is_policy=True), told=(told,)), Notice)


def test_what_is_said_is_short_and_names_what_to_do() -> None:
    """The most urgent first, ten at most, and nothing that would drive a terminal."""
    many = [case(f"e{n}", is_policy=True, severity=n % 3) for n in range(1, 30)]
    found = heard(*many)
    assert isinstance(found, Notice)
    words = body(found, [(each.id, "Which\x1b[31m one?\n" * 99) for each in many])
    assert len(words.splitlines()) == 13
    assert "\x1b" not in words
    assert words.startswith("e2: Which [31m one?")
    assert "scope answer e2" in words
    assert title(found) == "scope: 29 cases wait for you, more than usual within an hour"
