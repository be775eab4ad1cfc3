"""What becomes of sessions that a reboot interrupted, and that they begin one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scope.laws.case import AttemptView, Case, Dependencies
from scope.laws.ids import SessionId
from scope.laws.reboot import prospect
from scope.laws.task import Task
from scope.supervision.reboot import Stagger
from scope.supervision.wards.chronicle import Chronicle
from scope.supervision.wards.ward import Ward

LOST = AttemptView(
    number=1, pane="absent", pane_status=None, is_lock_held=False, has_started=True, is_closed=False, exit=None,
    has_check=False, is_captured=True, is_other_boot=True, age_s=0.0, silent_s=0.0, ended_s=0.0, stopping=None,
    is_wrapper_alive=False,
)  # fmt: skip
RUNNING = Case(state="running", attempt=LOST)


def ward(session: int, boot: str = "before") -> Ward:
    """A session whose latest attempt is of that boot."""
    return Ward(SessionId(str(session)), "/nowhere", Task(), Chronicle(attempt=1, boot=boot))


def test_what_ran_begins_again_or_goes_on_where_it_was() -> None:
    """A command again, a model from its trajectory."""
    assert prospect(RUNNING).next == "again"
    assert prospect(RUNNING, resumes=1).next == "resumed"
    assert prospect(Case(state="recovering", attempt=replace(LOST, is_closed=True))).next == "again"
    assert prospect(Case(state="deferred", attempt=replace(LOST, is_closed=True))).why == "after its pause"


def test_what_had_ended_is_judged_and_what_is_aborted_is_not_begun() -> None:
    """Nothing that is over runs again."""
    assert prospect(replace(RUNNING, attempt=replace(LOST, exit=0))).next == "judged"
    assert prospect(replace(RUNNING, abort_wish="aborted by a person")).next == "aborted"


def test_what_waits_goes_on_waiting() -> None:
    """For a person, for its group, for other sessions; one that asked from within its attempt begins again."""
    over = replace(LOST, is_closed=True)
    assert prospect(Case(state="escalated", attempt=over), question="e1: What now?").why == "e1: What now?"
    assert prospect(Case(state="waiting", attempt=over)).next == "held"
    assert prospect(Case(state="waiting", attempt=LOST)).next == "again"
    after = Dependencies(unmet=("3",))
    assert prospect(Case(state="pending", attempt=over, dependencies=after)).why == "after 3"
    assert prospect(replace(RUNNING, paused="paused by a person")).next == "held"
    assert prospect(Case(state="pending", attempt=over, problem="task.md: no")).next == "held"


@given(
    st.lists(st.tuples(st.integers(1, 8), st.floats(0, 0.5)), max_size=60),
    st.sampled_from([0.05, 0.2, 1.0]),
    st.floats(0, 0.3),
)
def test_two_starts_are_never_closer_than_the_stagger(
    looks: list[tuple[int, float]], every_s: float, commits_s: float
) -> None:
    """In whatever order and at whatever times sessions are looked at, however long a commit takes."""
    stagger, now, begun = Stagger("now"), 0.0, []
    stagger.every_s = every_s
    for session, pause_s in looks:
        now += pause_s
        left_s = stagger.left_s(ward(session), now)
        assert 0.0 <= left_s <= every_s * 60
        if not left_s:
            now += commits_s
            stagger.begun(ward(session), now)
            begun.append(now)
    assert all(after - before >= every_s - 1e-9 for before, after in pairwise(begun))


def test_who_comes_at_its_time_begins_and_what_is_new_waits_for_nobody() -> None:
    """Each turn is kept; work of this boot is not counted."""
    stagger = Stagger("now")
    stagger.every_s = 1.0
    assert [stagger.left_s(ward(session), 10.0) for session in (1, 2, 3)] == [0.0, 1.0, 2.0]
    assert stagger.left_s(ward(9, "now"), 10.0) == 0.0
    assert stagger.left_s(ward(2), 11.0) == 0.0
    assert stagger.left_s(ward(3), 12.0) == 0.0
    stagger.every_s = 0.0
    assert stagger.left_s(ward(4), 13.0) == 0.0


def test_a_system_that_tells_no_boot_staggers_nothing() -> None:
    """Nobody knows there that the machine was restarted."""
    stagger = Stagger("")
    assert [stagger.left_s(ward(session), 1.0) for session in (1, 2)] == [0.0, 0.0]
