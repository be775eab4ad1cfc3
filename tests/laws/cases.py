"""What the watcher may see: strategies over every field of a case, and one plain case to vary."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, get_args

from hypothesis import settings
from hypothesis import strategies as st

from scope.laws.case import (
    Abort,
    Again,
    Ask,
    AttemptView,
    Await,
    Case,
    Defer,
    Deferral,
    Dependencies,
    Escalate,
    Fail,
    LateView,
    Limits,
    Pane,
    Question,
    Recover,
    Reopen,
    Reply,
    Start,
    StopReason,
    Succeed,
    Verdict,
)
from scope.laws.failure import CLASSES, Failure
from scope.laws.group import Advice, Call, Word
from scope.laws.late import Appointment, Late
from scope.laws.playbook import Standing
from scope.laws.plays import PLAYS, Played
from scope.laws.policy import THENS, Policy
from scope.laws.states import STATES

if TYPE_CHECKING:
    from scope.laws.states import Move, State

thorough = settings(max_examples=200, deadline=None, database=None)
broad = settings(max_examples=80, deadline=None, database=None)
"""For properties over whole cases, of which each is many draws."""

_MOVE_OF: Final[dict[type, Move]] = {
    Start: "start",
    Succeed: "succeed",
    Fail: "fail",
    Recover: "recover",
    Again: "again",
    Defer: "defer",
    Escalate: "escalate",
    Abort: "abort",
    Reopen: "reopen",
    Ask: "ask",
    Await: "await",
}
"""What each verdict does to the state; Stop, Adopt and Hold leave it, and a Reply to whom nobody waits for."""

RUNNING: Final = AttemptView(
    number=1,
    pane="alive",
    pane_status=None,
    is_lock_held=True,
    has_started=True,
    is_closed=False,
    exit=None,
    has_check=False,
    is_captured=False,
    is_other_boot=False,
    age_s=10.0,
    silent_s=1.0,
    ended_s=0.0,
    stopping=None,
    is_wrapper_alive=False,
)
"""An attempt in the midst of its work."""

GONE: Final = replace(RUNNING, pane="absent", is_lock_held=False, is_captured=True, ended_s=60.0)
"""An attempt of which nothing is left: no pane, no lock, no exit code."""


def move_of(state: State, verdict: Verdict) -> Move | None:
    """Return how a verdict moves a session in this state, if it does."""
    if isinstance(verdict, Reply):
        return "answer" if state == "waiting" else None
    return _MOVE_OF.get(type(verdict))


def running(attempt: AttemptView = RUNNING, **others: Any) -> Case:
    """Return a running session with this attempt."""
    return Case(state="running", attempt=attempt, **others)


lengths = st.floats(0, 1e9, allow_nan=False)
words = st.sampled_from(["", "because"])

attempts = st.builds(
    AttemptView,
    number=st.integers(1, 9),
    pane=st.sampled_from(get_args(Pane)),
    pane_status=st.none() | st.integers(0, 255),
    is_lock_held=st.booleans(),
    has_started=st.booleans(),
    is_closed=st.booleans(),
    exit=st.none() | st.integers(-1, 255),
    has_check=st.booleans(),
    is_captured=st.booleans(),
    is_other_boot=st.booleans(),
    age_s=lengths,
    silent_s=lengths,
    ended_s=lengths,
    stopping=st.none() | st.sampled_from(get_args(StopReason)),
    is_wrapper_alive=st.booleans(),
    reported=st.sampled_from(["", "", *CLASSES]),
    progress_s=lengths,
    spinning=st.sampled_from(["", "", "memory", "cpu"]),
)

fingerprints = st.sampled_from(["v1-a", "v1-b", "v1-c"])
failures = st.builds(
    Failure,
    kind=st.sampled_from(["exit", "check", "timeout", "lost", "report"]),
    of_class=st.sampled_from(CLASSES),
    fingerprint=fingerprints,
    headline=words,
    needs=st.sampled_from(["", "diagnosis", "policy"]),
    message=words,
    is_diagnosed=st.booleans(),
    until=st.none() | lengths,
    until_done=st.sampled_from(["", "", "7"]),
)
playbooks = st.lists(st.sampled_from(PLAYS), unique=True).map(tuple)
moves_made = st.lists(
    st.builds(
        Played,
        play=st.sampled_from(PLAYS),
        argument=st.sampled_from(["", "0", "1", "2", "13", "ann", "bob"]),
        fingerprint=fingerprints,
    ),
    max_size=6,
).map(tuple)
assignees = st.lists(st.sampled_from(["ann", "bob", "eve"]), unique=True)
policies = st.builds(Policy, name=st.just("p"), then=st.sampled_from(THENS))
standings = st.builds(
    Standing,
    playbook=playbooks,
    is_default=st.booleans(),
    attempts_left=st.integers(-1, 3),
    attempts=st.integers(0, 4),
    age_s=lengths,
    attempts_trigger=st.integers(0, 4),
    wall_time_trigger_s=st.none() | lengths,
    is_restart_allowed=st.booleans(),
    declared=st.sampled_from(["", "web"]),
    variations=st.integers(0, 3),
    assignees=assignees.map(tuple),
    failed_assignees=assignees.map(frozenset),
    pause_s=lengths,
    pauses=st.integers(0, 14),
    has_rules=st.booleans(),
)
words_of_groups = st.builds(
    Word,
    call=st.sampled_from(get_args(Call)),
    why=st.just("group e1"),
    group=st.just("e1"),
    serial=st.integers(1, 3),
    advice=st.none() | st.builds(Advice, level=st.sampled_from(["rules", "human"])),
)
questions = st.builds(
    Question,
    number=st.integers(1, 3),
    text=st.just("Which?"),
    is_waiting=st.booleans(),
    answer=st.sampled_from([None, None, "", "this"]),
    by=st.just("a person"),
    due_s=st.none() | st.floats(0.5, 1e6),
)

lates = st.builds(
    LateView,
    appointment=st.builds(Appointment, late=st.just(Late("ci", 60.0)), ended=lengths),
    waits=st.just("it waits for the signal 'ci'"),
    is_awaited=st.booleans(),
    verdict=st.sampled_from(["", "", "good", "bad"]),
    says=st.sampled_from(["", "the signal 'ci' brought it"]),
    left_s=st.none() | st.floats(-1e6, 1e9),
    is_read=st.booleans(),
)
"""Checks that come late, at every stage of their coming."""

ids = st.lists(st.sampled_from(["1", "2.1"]), max_size=2).map(tuple)

cases = st.builds(
    Case,
    state=st.sampled_from(STATES),
    problem=words,
    attempt=st.none() | attempts,
    tries=st.integers(0, 4),
    unstarted=st.integers(0, 6),
    limits=st.builds(
        Limits,
        retries=st.integers(0, 3),
        timeout_s=st.none() | lengths,
        idle_timeout_s=st.none() | lengths,
        expected_s=st.none() | lengths,
        no_progress_s=st.none() | lengths,
        budget_s=st.none() | lengths,
        start_within_s=lengths,
        unstarted_at_most=st.integers(1, 5),
        leftover_after_s=lengths,
    ),
    dependencies=st.builds(Dependencies, unmet=ids, failed=ids, missing=ids),
    abort_wish=words,
    wish=st.sampled_from(["", "redirect", "retry"]),
    has_slot=st.booleans(),
    is_server_known=st.booleans(),
    is_supervised=st.booleans(),
    failure=st.none() | failures,
    played=moves_made,
    standing=st.none()
    | st.builds(lambda standing, policy: replace(standing, policy=policy), standings, st.none() | policies),
    word=st.none() | words_of_groups,
    deferral=st.none() | st.builds(Deferral, left_s=st.just(0.0) | lengths, unmet=st.sampled_from(["", "", "7"])),
    question=st.none() | questions,
    spent_s=lengths,
    cycle=st.sampled_from([(), (), ("1", "2")]),
    held=st.sampled_from(["", "", "the disk is full"]),
    paused=st.sampled_from(["", "", "starting is paused"]),
    inhibited_by=st.sampled_from(["", "", "e1"]),
    goes_along_with=st.sampled_from(["", "", "3"]),
    given_up_by=st.sampled_from(["", "", "web"]),
    late=st.none() | lates,
)


@st.composite
def undisturbed(draw: st.DrawFn, **fields: Any) -> Case:
    """Draw a running session whose attempt left no exit code, and of whom nobody, itself included, wants anything."""
    quiet = {"exit": None, "stopping": None, "is_closed": False, "reported": ""} | fields
    return replace(
        draw(cases),
        state="running",
        attempt=replace(draw(attempts), **quiet),
        abort_wish="",
        wish="",
        question=None,
        cycle=(),
        goes_along_with="",
        given_up_by="",
        late=None,
    )


def costs_retry(verdict: Verdict) -> bool:
    """Tell whether a verdict uses up one of the session's retries."""
    return isinstance(verdict, Recover) and verdict.costs_retry
