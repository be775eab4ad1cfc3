"""What a late signal says about the work: compared, decided, or nothing; and which sessions it is for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scope.laws import signal
from scope.laws.late import Appointment, Late, judged, parse, percent
from scope.laws.schema import Problem
from scope.laws.signal import Whose, as_data, concerns, lines, performance
from scope.laws.task import Task
from scope.laws.task import parse as parse_task
from tests.laws.cases import thorough

CI = Late("ci")
MOST = Late("ci", at_least=0.9)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
names = st.sampled_from(["ok", "outcome", "value", "passed", "total", "message", "url", *signal.FILTERS])
datas = st.dictionaries(names, anything, max_size=5)
lates = st.builds(Late, signal=st.just("ci"), at_least=st.none() | st.floats(0, 1))
shares = st.floats(0, 1)


@thorough
@given(lates, datas)
def test_judging_is_total_and_names_the_signal(late: Late, data: dict[str, object]) -> None:
    """Whatever anybody appended to the file, there is one judgement, in words."""
    judgement = judged(late, data)
    assert judgement == judged(late, data)
    assert judgement.verdict in ("good", "bad", "nothing")
    assert "'ci'" in judgement.words


@thorough
@given(shares, shares)
def test_a_share_is_good_from_the_bound_on(bound: float, share: float) -> None:
    """As a number, and as passed of total."""
    assume(abs(share - bound) > 1e-6)
    late = Late("ci", at_least=bound)
    expected = "good" if share > bound else "bad"
    assert judged(late, {"value": share}).verdict == expected
    assert judged(late, {"passed": share * 1000, "total": 1000}).verdict == expected


@thorough
@given(st.integers(0, 100), st.integers(0, 100))
def test_a_percentage_may_be_written_in_any_way(bound: int, value: int) -> None:
    """As 93, "93%", "93 %" or passed of total: all of them are one share."""
    late = parse({"signal": "ci", "at_least": f"{bound}%"})
    assert isinstance(late, Late)
    expected = "good" if value >= bound else "bad"
    written: list[object] = [f"{value}%", f"{value} %", f" {value}.0% "]
    written += [value, float(value), str(value)] if value > 1 else []
    for form in written:
        assert judged(late, {"value": form}).verdict == expected, form
    assert judged(late, {"passed": value, "total": 100}).verdict == expected


@pytest.mark.parametrize(("value", "is_good"), [(1, True), (1.0, True), ("1", True), (0, False), ("1%", False)])
def test_one_is_all_of_it_unless_it_is_written_as_a_percentage(value: object, is_good: bool) -> None:
    """Only what is above 1 must be a percentage."""
    assert judged(MOST, {"value": value}).verdict == ("good" if is_good else "bad")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"ok": True},
        {"outcome": "success"},
        {"value": None},
        {"value": True},
        {"value": "most"},
        {"value": "nan"},
        {"value": float("nan")},
        {"value": float("inf")},
        {"value": "1e3"},
        {"value": "9" * 5000},
        {"value": 10**400},
        {"value": -0.5},
        {"value": 250},
        {"value": "250%"},
        {"value": [0.95]},
        {"passed": 45},
        {"passed": 0, "total": 0},
        {"passed": 51, "total": 50},
        {"passed": -1, "total": 50},
        {"passed": "45", "total": "50"},
        {"passed": True, "total": True},
        {"session": "7"},
    ],
    ids=lambda data: str(data)[:40],
)
def test_what_cannot_be_compared_with_a_bound_says_nothing(data: dict[str, Any]) -> None:
    """The outcome stays open: neither good nor bad is guessed."""
    assert judged(MOST, data).verdict == "nothing"


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        ({}, "good"),
        ({"session": "7", "labels": {"team": "web"}}, "good"),
        ({"ok": True}, "good"),
        ({"ok": False}, "bad"),
        ({"outcome": "success"}, "good"),
        ({"outcome": "failure", "url": "http://ci/1"}, "bad"),
        ({"ok": True, "outcome": "success"}, "good"),
        ({"ok": True, "outcome": "failure"}, "nothing"),
        ({"ok": True, "outcome": "cancelled"}, "nothing"),
        ({"ok": 1}, "nothing"),
        ({"ok": "true"}, "nothing"),
        ({"outcome": ["success"]}, "nothing"),
        ({"okay": False}, "nothing"),
        ({"value": 0.93}, "nothing"),
        ({"passed": 50, "total": 50}, "nothing"),
    ],
    ids=str,
)
def test_without_a_bound_ok_or_outcome_decides(data: dict[str, Any], verdict: str) -> None:
    """A signal without data is good because it came; what is misspelt or contradicts itself is nothing."""
    assert judged(CI, data).verdict == verdict


def test_the_words_say_what_was_brought_and_what_was_asked_for() -> None:
    """They become the headline of a failure."""
    said = judged(MOST, {"passed": 43, "total": 50}).words
    assert said == "the signal 'ci' brought 43 of 50 (86%); at least 90% was asked for"
    assert judged(MOST, {"value": 99.5}).words.startswith("the signal 'ci' brought 99.5%")
    assert judged(CI, {"outcome": "failure", "url": "x"}).words == "the signal 'ci' brought outcome: failure"
    assert judged(CI, {}).words == "the signal 'ci' came"
    assert judged(CI, {"value": 3}).words == "the signal 'ci' brought nothing that decides (value: 3)"


@thorough
@given(shares)
def test_a_bound_is_said_as_a_percentage_that_is_that_bound(share: float) -> None:
    """What is read back is the same, to six digits."""
    assert percent(share).endswith("%")
    assert float(percent(share)[:-1]) == pytest.approx(share * 100, rel=1e-5)


@thorough
@given(st.floats(0, 1e9), st.none() | st.floats(0.001, 1e6), st.floats(0, 2e9))
def test_a_signal_counts_between_the_end_and_the_deadline(ended: float, within_s: float | None, at: float) -> None:
    """What came before the end says nothing about the attempt, what came too late neither."""
    appointment = Appointment(Late("ci", within_s), ended)
    is_late = within_s is not None and at > ended + within_s
    assert appointment.is_in_time(at) == (at > ended and not is_late)


WHOSE = Whose("7", "web-tests", (("team", "web"), ("kind", "tests")), "run-tests", "shop")


@pytest.mark.parametrize(
    ("data", "is_for_it"),
    [
        ({}, True),
        ({"ok": False}, True),
        ({"session": "7"}, True),
        ({"session": 7}, True),
        ({"session": "web-tests"}, True),
        ({"session": ["3", "7"]}, True),
        ({"session": "8"}, False),
        ({"session": []}, False),
        ({"session": None}, False),
        ({"session": 7.0}, False),
        ({"session": {"7": True}}, False),
        ({"labels": {"team": "web"}}, True),
        ({"labels": {"team": "web", "kind": "lint"}}, False),
        ({"labels": {"team": ["sea", "web"]}}, True),
        ({"labels": {"other": "web"}}, False),
        ({"labels": "team=web"}, False),
        ({"job_type": "run-tests", "entity": "shop"}, True),
        ({"job_type": "lint"}, False),
        ({"entity": "bank"}, False),
    ],
    ids=str,
)
def test_a_signal_is_for_the_sessions_that_fit(data: dict[str, Any], is_for_it: bool) -> None:
    """All that it says of them must be true; a filter that makes no sense fits nobody."""
    assert concerns(data, WHOSE) == is_for_it


@thorough
@given(datas)
def test_who_has_nothing_is_fitted_only_by_what_asks_for_nothing(data: dict[str, object]) -> None:
    """A session without labels, job type and entity is no one's by accident."""
    bare = Whose("7")
    asks = [name for name in signal.FILTERS if name in data and (name != "labels" or data[name] != {})]
    if concerns(data, bare):
        assert asks in ([], ["session"])
    assert asks or concerns(data, bare)


@thorough
@given(anything)
def test_a_performance_file_of_anything_can_be_read(said: object) -> None:
    """It says something about the signal, or nothing."""
    found = performance(said, "ci")
    assert found is None or isinstance(found, dict)
    assert found is None or judged(CI, found).verdict in ("good", "bad", "nothing")


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ({"ci": {"ok": False}, "other": {"ok": True}}, {"ok": False}),
        ({"ci": 0.93}, {"value": 0.93}),
        ({"ci": True}, {"ok": True}),
        ({"ci": None}, {}),
        ({"ok": True}, {"ok": True}),
        ({"passed": 3, "total": 4}, {"passed": 3, "total": 4}),
        ({"other": {"ok": True}}, None),
        ({}, None),
        ([{"ok": True}], None),
        (True, None),
    ],
    ids=str,
)
def test_a_performance_file_holds_data_by_signals_or_alone(said: object, data: object) -> None:
    """An empty one, or one about other signals, is no word on this one."""
    assert performance(said, "ci") == data


@thorough
@given(datas)
def test_what_a_signal_tells_of_a_failure_is_short(data: dict[str, object]) -> None:
    """At most forty lines, whatever was sent."""
    told = lines(data)
    assert len(told) <= 40
    assert all(len(line) <= 400 for line in told)


def test_the_message_of_a_signal_is_told_line_by_line() -> None:
    """So that a runbook knows the error in it."""
    data = {"ok": False, "session": "7", "message": "E   ModuleNotFoundError: No module named 'a'\n\n2 failed"}
    assert lines(data) == ("ok: false", "E   ModuleNotFoundError: No module named 'a'", "2 failed")


def test_data_may_be_a_bare_value() -> None:
    """In a performance file, and in lines written by hand."""
    assert as_data([1]) is None
    assert as_data("93%") == {"value": "93%"}


def test_a_task_takes_a_late_check_instead_of_a_shell_line() -> None:
    """And says which keys it has; it is checked, though no line is run."""
    keys: dict[str, Any] = {"command": ["make"], "check": {"signal": "ci", "within": "2d", "at_least": "90%"}}
    task = parse_task(keys, "")
    assert isinstance(task, Task)
    assert (task.check, task.late, task.is_checked) == ("", Late("ci", 172800.0, 0.9), True)


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ({}, "takes keys such as {signal: next-ci-run"),
        ({"within": "2d"}, "takes keys such as {signal: next-ci-run"),
        ({"signal": "ci", "within": "0"}, "'within' takes a time above 0"),
        ({"signal": "ci", "at_least": "110%"}, "a share from 0 to 1"),
        ({"signal": "ci", "atleast": "90%"}, "did you mean 'at_least'?"),
        ({"signal": "CI run"}, "'signal' takes a name"),
    ],
    ids=str,
)
def test_a_late_check_that_is_wrong_is_refused_with_its_key(check: dict[str, Any], says: str) -> None:
    """The person who wrote it learns what was expected."""
    found = parse_task({"command": ["make"], "check": check}, "")
    assert isinstance(found, Problem)
    assert found.key == "check"
    assert says in found.says
