"""A session in a world that does what it likes: whatever happened, it comes to an end."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scope.laws.case import Hold, Limits
from scope.laws.reconcile import decide
from scope.laws.states import TERMINAL
from tests.laws.land import EVENTS, Land

wanderings = settings(max_examples=250, deadline=None, database=None)
limits = st.builds(
    Limits,
    retries=st.integers(0, 3),
    timeout_s=st.none() | st.floats(1, 50),
    idle_timeout_s=st.none() | st.floats(1, 50),
    unstarted_at_most=st.integers(1, 5),
)
storms = st.lists(st.sampled_from([*EVENTS, "decide", "decide", "decide", "end"]), max_size=60)


def _weather(land: Land, storm: list[str]) -> None:
    """Let the events happen, with the watcher looking now and then."""
    for event in storm:
        if event == "decide":
            land.obey(decide(land.case()))
        elif event == "end":
            land.end_what_is_being_ended()
        else:
            land.happen(event)


def _calm(land: Land, outcome: str) -> int:
    """Let everything work from now on, each attempt ending with `outcome`; return the steps until all is still."""
    land.happen("tmux answers")
    land.happen("free")
    for step in range(400):
        verdict = decide(land.case())
        land.obey(verdict)
        if land.state in TERMINAL and isinstance(verdict, Hold):
            return step
        land.end_what_is_being_ended()
        land.happen("begin" if outcome != "kill before it began" else "kill")
        land.happen(outcome)
        land.happen("time")
    raise AssertionError(f"it goes on for ever: {land.state}, {decide(land.case())}")


@wanderings
@given(limits, storms, st.sampled_from(["exit 0", "exit 1", "kill", "kill but a child stays", "kill before it began"]))
def test_a_session_always_comes_to_an_end(limits: Limits, storm: list[str], outcome: str) -> None:
    """After any storm, a world in which each attempt ends is enough for the session to end and to stay so."""
    land = Land(limits)
    _weather(land, storm)
    _calm(land, outcome)
    assert land.state in TERMINAL


@wanderings
@given(limits, storms)
def test_an_abort_always_ends_a_session_that_would_run_for_ever(limits: Limits, storm: list[str]) -> None:
    """Also where nothing of it ends by itself and tmux is silent."""
    land = Land(limits)
    _weather(land, storm)
    land.happen("abort")
    land.happen("tmux falls silent")
    for _ in range(50):
        land.obey(decide(land.case()))
        land.end_what_is_being_ended()
    assert land.state in TERMINAL
    assert isinstance(decide(land.case()), Hold)


@wanderings
@given(limits, st.sampled_from(["exit 1", "kill", "kill but a child stays"]))
def test_a_task_that_always_fails_is_tried_once_and_then_once_for_each_retry(limits: Limits, outcome: str) -> None:
    """Neither more nor fewer attempts than was asked for."""
    land = Land(limits)
    _calm(land, outcome)
    assert land.state == "failed"
    assert land.attempts == 1 + limits.retries


@wanderings
@given(limits)
def test_a_task_that_never_begins_is_tried_as_often_as_is_sensible(limits: Limits) -> None:
    """Retries are for work that failed; what cannot be started has a count of its own."""
    land = Land(limits)
    _calm(land, "kill before it began")
    assert land.state == "failed"
    assert land.attempts == limits.unstarted_at_most
    assert land.tries == 0


@wanderings
@given(st.integers(0, 3), st.integers(0, 6))
def test_no_number_of_reboots_uses_up_a_retry(retries: int, reboots: int) -> None:
    """Each begins the attempt again; then it succeeds."""
    land = Land(Limits(retries=retries))
    for _ in range(reboots):
        for _ in range(8):
            land.obey(decide(land.case()))
            land.end_what_is_being_ended()
            land.happen("begin")
        land.happen("reboot")
    _calm(land, "exit 0")
    assert (land.state, land.tries, land.attempts) == ("done", 0, 1 + reboots)


def test_a_success_ends_the_session_at_the_first_attempt() -> None:
    """Nothing is tried twice that went well."""
    land = Land(Limits(retries=3))
    _calm(land, "exit 0")
    assert (land.state, land.attempts) == ("done", 1)
