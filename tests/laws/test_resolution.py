"""Who resolved a session, told by its decisions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws import resolution
from scope.laws.resolution import LEVELS, Resolution, Setback

Line = dict[str, Any]


def at(second: int) -> str:
    """A time of one morning."""
    return f"2026-01-02T03:{second // 60:02}:{second % 60:02}.000Z"


def again(level: str) -> Line:
    """What commits a next attempt with advice."""
    return {"move": "again", "group": "e1", "advice": {"from_level": level}}


FAILED: Line = {"move": "recover", "kind": "exit", "attempt": 1, "time": at(10)}
UP: Line = {"move": "escalate", "play": "escalate", "group": "e1"}


@pytest.mark.parametrize(
    ("lines", "level", "is_escalated"),
    [
        ([{"move": "start"}, {"move": "succeed"}], "worker", False),
        ([FAILED, {"move": "again"}], "worker", False),
        ([FAILED, {"move": "again", "play": "restart"}], "supervisor", False),
        ([FAILED, {"move": "again", "play": "vary", "argument": "0"}], "supervisor", False),
        ([FAILED, {"move": "defer", "play": "defer"}, {"move": "again"}], "supervisor", False),
        ([FAILED, UP, again("rules")], "supervisor", True),
        ([FAILED, UP, again("2")], "coordinator", True),
        ([FAILED, UP, again("tree")], "coordinator", True),
        ([FAILED, UP, again("rules"), UP, again("human"), again("2")], "human", True),
        ([FAILED, {"move": "succeed", "saw": {"state": "recovering"}}], "supervisor", False),
        ([FAILED, UP, {"move": "fail", "saw": {"state": "escalated"}}], "supervisor", True),
        ([{"move": "ask"}, {"move": "answer", "answer": "yes", "by": "cli"}], "human", True),
        ([{"move": "reply", "answer": "yes", "by": "policy 'known-flaky'"}], "supervisor", False),
        ([{"move": "reply", "answer": None, "by": ""}], "worker", False),
        ([{"move": "fail", "saw": {"state": "running"}}, {"move": "reopen"}], "human", False),
    ],
)
def test_the_level_is_the_highest_that_had_a_hand_in_it(lines: list[Line], level: str, is_escalated: bool) -> None:
    """Retries are a worker's own; restarts, runbooks and policies a supervisor's; the rest is above."""
    found = resolution.of("1", "done", at(60), lines)
    assert (found.level, found.is_escalated) == (level, is_escalated)


def test_a_word_of_a_person_for_the_whole_group_is_theirs() -> None:
    """Also though the session's own lines say only that its group was settled."""
    lines = [FAILED, UP, {"move": "fail", "saw": {"state": "escalated"}}]
    assert resolution.of("1", "failed", at(60), lines, frozenset({"e1"})).level == "human"
    assert resolution.of("1", "failed", at(60), lines, frozenset({"e2"})).level == "supervisor"


def test_what_was_called_off_counts_only_where_somebody_had_been_asked() -> None:
    """An aborted escalation has been decided by a person; an aborted session was no failure of the tree."""
    assert not resolution.of("1", "aborted", at(60), [{"move": "abort"}]).is_counted
    asked = resolution.of("1", "aborted", at(60), [FAILED, UP, {"move": "abort"}])
    assert (asked.is_counted, asked.level) == (True, "human")


def test_without_decisions_nobody_knows_who_it_was() -> None:
    """Their file is gone with the session."""
    assert resolution.of("1", "done", at(60), []).level is None


def test_each_failed_attempt_is_one_setback_with_its_fingerprint() -> None:
    """Which stands in a later line than the failure; what ended without a fault of the work is none."""
    lines = [
        FAILED,
        {"move": "again", "attempt": 1, "fingerprint": "1-a"},
        {"move": "recover", "kind": "unstarted", "attempt": 2, "time": at(20)},
        {"move": "recover", "kind": "check", "attempt": 3, "time": at(30), "fingerprint": "1-b"},
        {"move": "escalate", "attempt": 3, "fingerprint": "1-c"},
    ]
    found = resolution.of("1", "done", at(60), lines)
    assert found.setbacks == (Setback(at(10), "1-a"), Setback(at(30), "1-b"))
    assert found.took_s == 50.0


def test_only_what_comes_after_a_resolution_has_come_again() -> None:
    """A storm of one failure, before anybody has resolved it, is no repetition."""
    resolved = Resolution("1", "done", at(20), setbacks=(Setback(at(10), "1-a"),))
    same_time = Resolution("2", "failed", at(40), setbacks=(Setback(at(15), "1-a"), Setback(at(18), "")))
    later = Resolution("3", "failed", at(40), setbacks=(Setback(at(30), "1-a"), Setback(at(31), "1-b")))
    assert resolution.recurrences([resolved, same_time, later]) == {"3": 1}
    assert resolution.recurrences([same_time, later]) == {}


@pytest.mark.parametrize(
    ("values", "median", "late"),
    [([], None, None), ([4.0], 4.0, 4.0), ([3.0, 1.0, 2.0], 2.0, 3.0), ([float(n) for n in range(1, 101)], 50.0, 90.0)],
)
def test_percentiles_are_values_that_occurred(values: list[float], median: float | None, late: float | None) -> None:
    """No average of two that nobody has measured."""
    assert (resolution.percentile(values, 0.5), resolution.percentile(values, 0.9)) == (median, late)


ANY = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.lists(st.integers(), max_size=1)
MOVES = st.sampled_from(["start", "recover", "again", "defer", "escalate", "ask", "answer", "reply", "fail", "succeed"])
LINES = st.fixed_dictionaries(
    {"move": MOVES | ANY},
    optional={
        "attempt": st.integers(1, 4) | ANY,
        "time": st.integers(0, 3000).map(at) | ANY,
        "play": st.sampled_from(["restart", "escalate", "x"]) | ANY,
        "advice": st.fixed_dictionaries({"from_level": st.sampled_from(["rules", "2", "human"]) | ANY}) | ANY,
        "answer": ANY,
        "by": ANY,
        "kind": ANY,
        "group": ANY,
        "fingerprint": ANY,
        "saw": st.fixed_dictionaries({"state": st.sampled_from(["escalated", "running"]) | ANY}) | ANY,
    },
)


@given(st.lists(LINES, max_size=12), LINES, st.sampled_from(["done", "failed", "aborted"]))
def test_more_decisions_never_lower_the_level(lines: list[Line], more: Line, state: str) -> None:
    """Whatever stands in the lines: people edit files, and a crash tears them."""
    before = resolution.of("1", state, at(60), lines)
    after = resolution.of("1", state, at(60), [*lines, more])
    assert after.level is not None
    if before.level is not None:
        assert LEVELS.index(after.level) >= LEVELS.index(before.level)
    assert after.is_escalated >= before.is_escalated
    assert len(before.setbacks) <= len(after.setbacks) <= len(before.setbacks) + 1
    assert after.took_s is None or after.took_s >= 0
