"""A session's decisions, folded: what no watcher can have written changes nothing, and fails nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scope.laws.group import Advice
from scope.laws.plan import NO_VARIATION, Plan
from scope.laws.plays import PLAYS, Played
from scope.laws.states import MOVES, STATES, following
from scope.supervision.wards import chronicle
from scope.supervision.wards.chronicle import FREE, Chronicle

if TYPE_CHECKING:
    from pathlib import Path

FOLDED: Final = (
    "seq", "move", "why", "at", "attempt", "boot", "begun", "reason", "kind", "costs_retry", "wish", "message",
    "play", "argument", "fingerprint", "group", "serial", "advice", "is_canary", "is_granted", "question",
    "escalation", "pause_s", "until_done",
)  # fmt: skip
"""Every key that a fold reads."""

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
anything: st.SearchStrategy[Any] = st.recursive(
    scalars | st.sampled_from([*MOVES, *PLAYS, *FREE, "adopt", "stop", "reply", "redirect", "recover", "1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
lines = st.lists(
    st.builds(
        lambda move, more: {**more, "move": move},
        st.sampled_from([*MOVES, *MOVES, *FREE, "adopt", "stop", "reply"]) | anything,
        st.dictionaries(st.sampled_from(FOLDED) | st.text(max_size=3), anything, max_size=6),
    ),
    max_size=12,
)
many = settings(max_examples=120, deadline=None, database=None)


def told(*said: dict[str, Any]) -> Chronicle:
    """Fold these lines."""
    story = Chronicle()
    for number, line in enumerate(said, 1):
        story.add({"seq": number, "why": "because", **line})
    return story


def start(attempt: int = 1, **more: Any) -> dict[str, Any]:
    """Return the line of a start."""
    return {"move": "start", "attempt": attempt, "boot": "b", "begun": 10.0 * attempt, **more}


def recover(kind: str = "exit", *, costs_retry: bool = True, **more: Any) -> dict[str, Any]:
    """Return the line of a recovery."""
    return {"move": "recover", "kind": kind, "costs_retry": costs_retry, **more}


def played(move: str, play: str, argument: str = "", **more: Any) -> dict[str, Any]:
    """Return the line of a supervisor's move."""
    return {"move": move, "play": play, "argument": argument, "fingerprint": "v1-a", **more}


@pytest.mark.parametrize("begun", ["x", None, [], {}, True, "1e3"])
def test_a_strange_time_is_no_time(tmp_path: Path, begun: object) -> None:
    """An edited line must not keep a session from being explained, aborted or supervised."""
    line = {"seq": 1, "move": "start", "attempt": 1, "begun": begun, "why": "it is its turn"}
    (tmp_path / "decisions.jsonl").write_text(json.dumps(line) + "\n")
    story = chronicle.read(str(tmp_path))
    assert (story.state, story.attempt) == ("running", 1)
    assert story.begun in (0.0, 1.0)


@many
@given(lines)
def test_no_line_whatsoever_is_a_surprise(said: list[dict[str, Any]]) -> None:
    """Any JSON in any key: the state is one of nine, and follows the table."""
    story = Chronicle()
    for line in said:
        before, commits = story.state, story.last
        story.add(line)
        assert story.state in STATES
        if story.state != before:
            assert following(before, line["move"]) == story.state
        if str(line["move"]) in FREE:
            assert (story.state, story.last) == (before, commits)
    assert story.tries >= 0
    assert story.spent_s >= 0
    assert all(move.play in PLAYS for move in story.played)
    assert isinstance(story.is_at_work, bool)


@pytest.mark.parametrize(
    "line",
    [start(begun=10**400), {"move": "stop", "reason": "pray"}, {"move": "stop", "reason": []}],
)
def test_no_hostile_line_keeps_a_session_from_being_supervised(line: dict[str, Any]) -> None:
    """A number beyond every clock, a reason to stop that there is not."""
    story = told(line) if line["move"] == "start" else told(start(), line)
    assert story.state == "running"
    assert story.stopping is None


@many
@given(st.lists(anything | st.text(max_size=9).map(json.dumps), max_size=6))
def test_a_file_of_anything_can_be_read(tmp_path_factory: pytest.TempPathFactory, said: list[Any]) -> None:
    """What is no line is skipped."""
    place = tmp_path_factory.mktemp("c")
    (place / "decisions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in said) + '{"move": "sta')
    assert chronicle.read(str(place)).state in STATES


def test_what_the_table_refuses_changes_nothing_but_the_count() -> None:
    """A second watcher's line, or a person's, does not move a session from where it is."""
    story = told(start(), {"move": "reopen"}, {"move": "again", "play": "restart"}, {"move": "escalate", "group": "e1"})
    assert (story.state, story.tries, story.played, story.group, story.sequence) == ("running", 0, (), "", 4)


def test_a_failed_attempt_is_remembered_until_the_next_begins() -> None:
    """How it failed, how many have, and how long they took."""
    story = told(start(), recover("check", at=25.0))
    assert (story.failed, story.tries, story.spent_s, story.unstarted) == ("check", 1, 15.0, 0)
    story = told(start(), recover("check", at=25.0), {"move": "again"}, start(2), recover("exit", at=21.5))
    assert (story.failed, story.tries, story.spent_s, story.first_begun) == ("exit", 2, 16.5, 10.0)
    assert told(start(), recover(), {"move": "again"}, start(2)).failed == ""


@pytest.mark.parametrize("kind", ["redirected", "unstarted", "sibling", "supervisor", "lost"])
def test_what_was_no_failure_of_the_work_is_not_judged(kind: str) -> None:
    """Nor is it counted; a lost attempt that costs a retry is one."""
    story = told(start(), recover(kind, costs_retry=False))
    assert (story.failed, story.tries, story.unstarted) == ("", 0, int(kind == "unstarted"))


def test_a_quota_is_judged_and_costs_nothing() -> None:
    """Its supervisor decides when to try again."""
    story = told(start(), recover("report", costs_retry=False))
    assert (story.failed, story.tries) == ("report", 0)


@pytest.mark.parametrize(
    ("move", "play", "argument", "plan"),
    [
        ("again", "restart", "", Plan()),
        ("again", "vary", "1", Plan(variation=1)),
        ("again", "vary", "x", Plan()),
        ("again", "reassign", "ann", Plan(assignee="ann")),
        ("defer", "defer", "1", Plan()),
        ("escalate", "reframe", "", Plan()),
        ("escalate", "escalate", "1", Plan()),
    ],
)
def test_each_move_is_remembered_with_what_it_was_made_on(move: str, play: Any, argument: str, plan: Plan) -> None:
    """A variation or an assignee stays until another takes its place."""
    story = told(start(), recover(), played(move, play, argument))
    assert story.played == (Played(play, argument, "v1-a"),)
    assert story.plan == plan


def test_a_move_that_there_is_not_is_not_remembered() -> None:
    """The state moves all the same."""
    story = told(start(), recover(), played("again", "pray"))
    assert (story.state, story.played, story.plan.variation) == ("pending", (), NO_VARIATION)


def test_only_what_its_supervisor_ordered_has_a_time() -> None:
    """Siblings that begin again with it go by that time."""
    assert told(start(), recover(), played("again", "restart", at=50.0)).ordered_at == 50.0
    assert told(start(), recover(), {"move": "again", "at": 50.0}).ordered_at == 0.0


def test_deferrals_are_counted_and_the_last_one_says_what_it_waits_for() -> None:
    """Its line holds the pause and the condition."""
    line = played("defer", "defer", "1", pause_s=5.0, at=30.0)
    story = told(start(), recover(), line, {"move": "again"}, start(2), recover(), line)
    assert (story.state, story.pauses, story.deferral["pause_s"]) == ("deferred", 2, 5.0)


def test_a_group_holds_a_session_until_it_goes() -> None:
    """Reframing is bound to the rules, escalating is not."""
    held = told(start(), recover(), played("escalate", "reframe", group="e1"))
    assert (held.group, held.is_bound_to_rules) == ("e1", True)
    held.add(played("escalate", "escalate", "1", group="e2"))
    assert (held.state, held.group, held.is_bound_to_rules) == ("escalated", "e2", False)
    held.add({"move": "again"})
    assert held.group == ""


def test_advice_is_taken_along_with_its_number_and_its_attempt() -> None:
    """`escalation.json` tells who advised what, and what came of it."""
    advice = {"from_level": "human", "instructions": "At night.", "variables": {"a": "1", "b": 2}}
    go = {"move": "again", "group": "e1", "serial": 2, "advice": advice, "is_canary": True, "is_granted": True}
    story = told(start(), recover(), played("escalate", "escalate", "1", group="e1"), go)
    assert story.advised == (("e1", 2),)
    assert story.advice == ({**advice, "attempt": 2, "is_canary": True},)
    assert story.plan.advice == Advice("human", "At night.", (("a", "1"), ("b", "2")))
    assert (story.is_canary, story.grants) == (True, 1)
    story.add(start(2))
    assert story.is_canary
    story.add(recover())
    assert not story.is_canary


@pytest.mark.parametrize("advice", ["do it", ["a"], None, 7])
def test_advice_that_is_none_grants_nothing(advice: Any) -> None:
    """Nor does it make anybody a canary."""
    line = {"move": "again", "group": "e1", "serial": 1, "advice": advice, "is_canary": True, "is_granted": True}
    story = told(start(), recover(), played("escalate", "escalate", "1", group="e1"), line)
    assert (story.state, story.advised, story.is_canary, story.grants) == ("pending", (), False, 0)


def test_who_asks_is_at_work_and_its_waiting_counts_for_nothing() -> None:
    """A person's time is not the attempt's."""
    asked = {"move": "ask", "question": 1, "escalation": "e1", "at": 20.0}
    story = told(start(), asked)
    assert (story.state, story.asking, story.escalation, story.is_at_work) == ("waiting", 1, "e1", True)
    story.add({"move": "answer", "at": 50.0})
    assert (story.state, story.asking, story.paused_s, story.is_at_work) == ("running", 0, 30.0, True)
    story.add(recover(at=60.0))
    assert story.spent_s == 20.0


def test_a_question_ends_with_the_attempt_that_asked_it() -> None:
    """The next one has asked nothing."""
    story = told(start(), {"move": "ask", "question": 2, "escalation": "e1"}, recover(), {"move": "again"}, start(2))
    assert (story.state, story.asking, story.paused_s) == ("running", 0, 0.0)


def test_who_waits_for_its_task_to_be_mended_is_not_at_work() -> None:
    """There is no attempt."""
    assert not told({"move": "ask"}).is_at_work


AWAIT: dict[str, Any] = {"move": "await", "signal": "ci", "at": 20.0}


def test_who_awaits_a_signal_is_not_at_work_and_that_time_is_nobodys() -> None:
    """It counts neither for the attempt nor for how long the session has been in trouble."""
    story = told(start(), AWAIT)
    assert (story.state, story.is_awaiting, story.is_at_work) == ("waiting", True, False)
    story.add(recover("check", at=5000.0))
    assert (story.state, story.is_awaiting, story.failed, story.spent_s) == ("recovering", False, "check", 10.0)
    assert story.first_begun == 10.0 + 4980.0
    assert story.brought["kind"] == "check"
    story.add({"move": "again"})
    story.add(start(2))
    assert (story.appointment, story.brought) == ({}, {})


def test_who_awaited_a_signal_after_a_question_asks_no_more() -> None:
    """Nor is it being ended any more."""
    story = told(start(), {"move": "ask", "question": 1}, {"move": "stop", "reason": "timeout"}, AWAIT)
    assert (story.state, story.asking, story.stopping, story.is_awaiting) == ("waiting", 0, None, True)


def test_the_failure_of_a_late_check_is_told_by_what_failed_it() -> None:
    """Not by the line that gives up later, nor by an end that had other reasons."""
    story = told(start(), AWAIT, {"move": "recover", "kind": "check", "why": "bad"}, {"move": "fail", "kind": "check"})
    assert story.brought["why"] == "bad"
    assert told(start(), AWAIT, {"move": "fail", "kind": "check", "why": "late"}).brought["why"] == "late"
    assert told(start(), AWAIT, recover("redirected", costs_retry=False)).brought == {}


@pytest.mark.parametrize("news", ["redirect", "reopen"])
def test_a_persons_word_begins_everything_anew(news: str) -> None:
    """What was tried before says nothing about another task, or about a world that somebody has mended."""
    story = told(start(), recover(at=15.0), played("escalate", "escalate", "1", group="e1"))
    story.add({"move": "again", "group": "e1", "serial": 1, "advice": {"from_level": "human"}, "is_granted": True})
    story.add(start(2))
    story.add(recover())
    story.add(played("again", "vary", "0"))
    if news == "reopen":
        story.add({"move": "fail"})
        story.add({"move": "reopen", "wish": "retry"})
    else:
        story.add({"move": "adopt", "wish": "redirect", "message": "m1"})
        assert story.redirects == ("m1",)
    assert (story.tries, story.unstarted, story.pauses, story.grants) == (0, 0, 0, 0)
    assert (story.played, story.plan, story.failed, story.group, story.deferral) == ((), Plan(), "", "", {})
    assert story.attempt == 2


def test_a_reply_and_words_for_people_move_nothing() -> None:
    """But the reply commits: it has to be carried out."""
    story = told(start(), {"move": "reply", "question": 1, "answer": "yes"}, {"move": "note"}, {"move": "hold"})
    assert (story.state, story.last["move"], story.sequence) == ("running", "reply", 4)
