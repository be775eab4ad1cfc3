"""Which move comes next, whatever failed and whatever was tried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scope.laws.failure import Failure
from scope.laws.playbook import OVER_INTENSITY, QUOTA_PAUSES_AT_MOST, Standing, choose
from scope.laws.plays import HELPING, PLAYS, Played
from tests.laws.cases import broad, failures, moves_made, standings

if TYPE_CHECKING:
    from scope.laws.failure import Class
    from scope.laws.playbook import Choice
    from scope.laws.plays import Play

STARTING = frozenset({"restart", "vary", "reassign", "reframe", "defer"})
"""The moves that lead to another attempt by the session's own retries."""

WHOLE = Standing(PLAYS, attempts_left=9, variations=2, assignees=("ann", "bob"))
ODD = Failure("exit", "unknown", "v1-a")
REPORTED = replace(ODD, is_diagnosed=True)


def _with_attempts(play: Play, standing: Standing) -> Standing:
    """Return how things stand where this move is the first, and nothing but itself is against it."""
    return replace(standing, playbook=(play,), is_default=False, attempts_left=1, attempts=0, wall_time_trigger_s=None)


def _after(choice: Choice, failure: Failure, played: tuple[Played, ...], standing: Standing) -> Standing:
    """Return how things stand when the move was made, and failed again."""
    is_free = failure.of_class == "quota"
    return replace(
        standing,
        attempts=standing.attempts + (not is_free),
        attempts_left=standing.attempts_left - (choice.play in STARTING and not is_free),
        pauses=sum(move.play == "defer" for move in played),
    )


@broad
@given(failures, moves_made, standings)
def test_there_is_always_a_choice_with_its_reason(
    failure: Failure, played: tuple[Played, ...], standing: Standing
) -> None:
    """Total and pure; each move passed over has a reason, in the order of the playbook, up to the one that is made."""
    choice = choose(failure, played, standing)
    assert choice == choose(failure, played, standing)
    assert choice.why
    passed_over = [play for play, reason in choice.alternatives if reason]
    made = [] if choice.play is None else [choice.play]
    if choice.play in standing.playbook or choice.play is None:
        assert (*passed_over, *made) == standing.playbook[: len(passed_over) + len(made)]
    if choice.play is None:
        assert tuple(passed_over) == standing.playbook


@broad
@given(failures, moves_made, standings)
def test_nothing_is_restarted_over_the_intensity(
    failure: Failure, played: tuple[Played, ...], standing: Standing
) -> None:
    """The next move that does not restart is made instead, or none."""
    assert choose(failure, played, replace(standing, is_restart_allowed=False)).play != "restart"


@broad
@given(failures, moves_made, standings, st.integers(-2, 0))
def test_without_an_attempt_left_no_move_starts_one(
    failure: Failure, played: tuple[Played, ...], standing: Standing, left: int
) -> None:
    """Only an escalation is free, and waiting for a quota, which is no failure of the work."""
    choice = choose(failure, played, replace(standing, attempts_left=left))
    assert choice.play not in STARTING - {"defer"}
    if choice.play == "defer":
        assert failure.of_class == "quota"


@broad
@given(st.lists(failures, min_size=1, max_size=14), standings)
def test_no_move_is_made_twice_on_one_fingerprint(fails: list[Failure], standing: Standing) -> None:
    """The same move is the same name with the same argument; a pause for another reason, or a step higher, is another.

    So it is never made twice in a row on one fingerprint either, while no person says anything new.
    """
    played: tuple[Played, ...] = ()
    for failure in fails:
        standing = replace(standing, pauses=sum(move.play == "defer" for move in played))
        choice = choose(failure, played, standing)
        if choice.play is not None:
            move = Played(choice.play, choice.argument, failure.fingerprint)
            assert move not in played
            played = (*played, move)


@broad
@given(st.lists(failures, min_size=1, max_size=5), standings)
def test_moves_that_start_an_attempt_come_to_an_end(fails: list[Failure], standing: Standing) -> None:
    """At most as many as there are attempts left, and twelve pauses for quotas, whatever fails and however."""
    standing = replace(standing, pauses=0)
    left, started = standing.attempts_left, 0
    played: tuple[Played, ...] = ()
    fails = [replace(one, is_diagnosed=one.is_diagnosed or one.of_class == "quota") for one in fails] * 20
    for failure in fails:
        choice = choose(failure, played, standing)
        if choice.play is None:
            break
        started += choice.play in STARTING
        played = (*played, Played(choice.play, choice.argument, failure.fingerprint))
        standing = _after(choice, failure, played, standing)
    of_quotas = sum(failure.of_class == "quota" for failure in fails)
    reassigned = len(standing.assignees)
    assert started <= max(0, left) + min(of_quotas, QUOTA_PAUSES_AT_MOST + reassigned * 3)


@broad
@given(failures, moves_made, standings)
def test_nobody_gets_again_what_it_failed_on(failure: Failure, played: tuple[Played, ...], standing: Standing) -> None:
    """Whether here or on a sibling; and it goes only to those that it may go to."""
    choice = choose(failure, played, _with_attempts("reassign", standing))
    if choice.play == "reassign":
        assert choice.argument in set(standing.assignees) - standing.failed_assignees
        assert Played("reassign", choice.argument, failure.fingerprint) not in played


@broad
@given(failures, moves_made, standings)
def test_a_variation_that_was_tried_is_not_tried_again(
    failure: Failure, played: tuple[Played, ...], standing: Standing
) -> None:
    """The next one comes, also after another failure."""
    choice = choose(failure, played, _with_attempts("vary", standing))
    if choice.play == "vary":
        assert int(choice.argument) < standing.variations
        assert choice.argument not in {move.argument for move in played if move.play == "vary"}


@broad
@given(failures, moves_made, standings)
def test_a_playbook_that_nobody_gave_restarts_only_what_may_pass_by_itself(
    failure: Failure, played: tuple[Played, ...], standing: Standing
) -> None:
    """What nobody understands is somebody's to look at, at once."""
    choice = choose(failure, played, replace(standing, is_default=True))
    if choice.play == "restart":
        assert failure.of_class in {"transient", "resource", "lost"}
    if choice.play == "defer":
        assert failure.of_class in {"transient", "resource", "quota", "dependency_cycle"}


@broad
@given(failures, moves_made, standings)
def test_what_was_diagnosed_gets_only_what_helps(
    failure: Failure, played: tuple[Played, ...], standing: Standing
) -> None:
    """A question of policy only escalates, a spent budget too; more context is never a restart."""
    choice = choose(replace(failure, is_diagnosed=True), played, standing)
    if choice.play is not None:
        assert choice.play in HELPING[failure.of_class]
    if failure.of_class in {"policy", "budget"}:
        assert choice.play in {"escalate", None}


@broad
@given(failures, moves_made, standings, st.integers(0, QUOTA_PAUSES_AT_MOST - 1))
def test_a_quota_never_fails_the_work_before_twelve_pauses(
    failure: Failure, played: tuple[Played, ...], standing: Standing, pauses: int
) -> None:
    """It is nobody's fault: with any playbook or none, with attempts left or without, at worst it is waited for."""
    quota = replace(failure, of_class="quota", is_diagnosed=True)
    assert choose(quota, played, replace(standing, pauses=pauses)).play is not None


def test_without_a_playbook_a_quota_is_waited_for_twelve_times() -> None:
    """Then something else is wrong."""
    quota = replace(REPORTED, of_class="quota")
    assert choose(quota, (), Standing(pauses=11)).play == "defer"
    assert choose(quota, (), Standing(pauses=12)).play is None


@broad
@given(failures, moves_made, standings)
def test_whoever_can_escalate_always_does_so_in_the_end(
    failure: Failure, played: tuple[Played, ...], standing: Standing
) -> None:
    """With `escalate` in the playbook nothing has failed before somebody above has heard of it."""
    assume("escalate" in standing.playbook)
    assert choose(failure, played, standing).play is not None


@broad
@given(failures, moves_made, standings)
def test_a_trigger_leaves_nothing_but_the_way_up(
    failure: Failure, played: tuple[Played, ...], standing: Standing
) -> None:
    """So many attempts, or so long: local recovery is over, and the reason says which it was."""
    over = replace(standing, attempts_trigger=2, attempts=2)
    choice = choose(failure, played, over)
    assert choice.play in {"escalate", None} or failure.of_class == "quota"
    if choice.play == "escalate":
        assert "2 attempts have failed" in choice.why


@pytest.mark.parametrize(
    ("played", "expected"),
    [
        ([], ("restart", "")),
        (["restart"], ("vary", "0")),
        (["restart", "vary 0"], ("vary", "1")),
        (["restart", "vary 0", "vary 1"], ("reassign", "ann")),
        (["restart", "vary 0", "vary 1", "reassign ann"], ("reassign", "bob")),
        (["restart", "vary 0", "vary 1", "reassign ann", "reassign bob"], ("reframe", "")),
        (["restart", "vary 0", "vary 1", "reassign ann", "reassign bob", "reframe"], ("defer", "")),
        (["restart", "vary 0", "vary 1", "reassign ann", "reassign bob", "reframe", "defer"], ("escalate", "1")),
    ],
)
def test_a_playbook_that_is_given_is_obeyed_in_its_order(played: list[str], expected: tuple[str, str]) -> None:
    """Each move as often as there is something new to try with it."""
    moves = tuple(Played(_play(word), word.partition(" ")[2], "v1-a") for word in played)
    choice = choose(ODD, moves, WHOLE)
    assert (choice.play, choice.argument) == expected


def test_another_failure_goes_on_with_the_next_variation_and_begins_anew_with_the_rest() -> None:
    """What the last variation led to is not met by the first; a restart or an assignee may well be."""
    elsewhere = (Played("vary", "0", "v1-b"), Played("restart", "", "v1-b"), Played("reassign", "ann", "v1-b"))
    first = [choose(ODD, elsewhere, replace(WHOLE, playbook=(play,))) for play in ("restart", "vary", "reassign")]
    assert [choice.argument for choice in first] == ["", "1", "ann"]
    assert all(choice.play for choice in first)


def _play(word: str) -> Play:
    return next(play for play in PLAYS if play == word.partition(" ")[0])


@pytest.mark.parametrize(
    ("of_class", "expected"),
    [
        ("transient", "restart"), ("resource", "restart"), ("lost", "restart"), ("timeout", "vary"),
        ("unknown", "vary"), ("wrong_approach", "vary"), ("missing_context", "reframe"), ("task_too_big", "reframe"),
        ("dependency_cycle", "defer"), ("quota", "reassign"), ("policy", "escalate"), ("budget", "escalate"),
    ],
)  # fmt: skip
def test_the_default_playbook_knows_a_first_move_for_every_class(of_class: Class, expected: str) -> None:
    """The meaning of a class is what helps against it."""
    failure = replace(REPORTED, of_class=of_class)
    assert choose(failure, (), replace(WHOLE, is_default=True)).play == expected


def test_a_move_that_is_passed_over_has_its_reason_in_words() -> None:
    """`scope explain` shows them."""
    standing = Standing(PLAYS, attempts_left=1, is_restart_allowed=False, has_rules=False)
    choice = choose(ODD, (Played("defer", "", "v1-a"),), standing)
    assert choice.alternatives == (
        ("restart", OVER_INTENSITY),
        ("vary", "there are no variations"),
        ("reassign", "there is nobody to reassign it to"),
        ("reframe", "no advisor knows anything about it"),
        ("defer", "made already, without effect (1 so far)"),
    )
    assert (choice.play, choice.argument) == ("escalate", "1")


def test_what_is_left_when_nothing_is_says_everything_that_was_against_it() -> None:
    """The last line of a failed session explains itself."""
    choice = choose(ODD, (), Standing(("restart", "vary")))
    assert choice.play is None
    assert choice.why == "unknown (exit), and no move is left (restart: no attempt is left; vary: no attempt is left)"
