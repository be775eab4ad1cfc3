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
    Case,
    Dependencies,
    Fail,
    Limits,
    Pane,
    Recover,
    Reopen,
    Start,
    StopReason,
    Succeed,
    Verdict,
)
from scope.laws.states import STATES

if TYPE_CHECKING:
    from scope.laws.states import Move

thorough = settings(max_examples=200, deadline=None, database=None)

MOVE_OF: Final[dict[type, Move]] = {
    Start: "start",
    Succeed: "succeed",
    Fail: "fail",
    Recover: "recover",
    Again: "again",
    Abort: "abort",
    Reopen: "reopen",
    Ask: "ask",
}
"""What each verdict does to the state; Stop, Adopt and Hold leave it."""

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
)

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
        start_within_s=lengths,
        unstarted_at_most=st.integers(1, 5),
        leftover_after_s=lengths,
    ),
    dependencies=st.builds(Dependencies, unmet=ids, failed=ids, missing=ids),
    abort_wish=words,
    wish=st.sampled_from(["", "redirect", "retry"]),
    has_slot=st.booleans(),
    is_server_known=st.booleans(),
)


@st.composite
def undisturbed(draw: st.DrawFn, **fields: Any) -> Case:
    """Draw a running session whose attempt left no exit code, and whom nobody wishes anything."""
    quiet = {"exit": None, "stopping": None, "is_closed": False} | fields
    attempt = replace(draw(attempts), **quiet)
    return replace(draw(cases), state="running", attempt=attempt, abort_wish="", wish="")


def costs_retry(verdict: Verdict) -> bool:
    """Tell whether a verdict uses up one of the session's retries."""
    return isinstance(verdict, Recover) and verdict.costs_retry
