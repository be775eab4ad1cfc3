"""The one table of how states follow each other, all 108 pairs of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scope.laws.states import MOVES, NEEDS_PERSON, STATES, TERMINAL, following, is_state

if TYPE_CHECKING:
    from scope.laws.states import Move, State

GOLDEN = """
           start   succeed fail   recover    again   defer    escalate  ask     answer  await   abort   reopen
pending    running -       failed -          -       deferred escalated waiting -       -       aborted -
running    -       done    failed recovering -       -        -         waiting -       waiting aborted -
waiting    -       done    failed recovering pending -        -         -       running waiting aborted -
recovering -       done    failed -          pending deferred escalated -       -       -       aborted -
deferred   -       -       failed -          pending -        escalated -       -       -       aborted -
escalated  -       done    failed -          pending deferred escalated -       -       -       aborted -
done       -       -       -      -          -       -        -         -       -       -       -       recovering
failed     -       -       -      -          -       -        -         -       -       -       -       recovering
aborted    -       -       -      -          -       -        -         -       -       -       -       recovering
"""


def _golden() -> dict[tuple[str, str], str | None]:
    header, *rows = (line.split() for line in GOLDEN.strip().splitlines())
    return {(row[0], move): None if to == "-" else to for row in rows for move, to in zip(header, row[1:], strict=True)}


def test_the_golden_table_has_every_pair() -> None:
    """Nine states and twelve moves leave no hole."""
    assert set(_golden()) == {(state, move) for state in STATES for move in MOVES}
    assert len(_golden()) == 108


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_each_pair_leads_where_the_golden_table_says(state: State, move: Move) -> None:
    """A pair leads to one state, or is refused."""
    assert following(state, move) == _golden()[state, move]


def test_what_has_ended_is_left_only_by_a_persons_reopening() -> None:
    """No move of the machine's own changes a terminal state."""
    leaving = {(state, move) for state in TERMINAL for move in MOVES if following(state, move)}  # type: ignore[arg-type]
    assert leaving == {(state, "reopen") for state in TERMINAL}


def test_what_has_not_ended_can_always_be_aborted_and_can_always_fail() -> None:
    """No state is a trap."""
    for state in set(STATES) - TERMINAL:
        assert following(state, "abort") == "aborted"  # type: ignore[arg-type]
        assert following(state, "fail") == "failed"  # type: ignore[arg-type]


def test_every_state_can_be_reached_from_pending() -> None:
    """No state is there for nothing."""
    reached, fresh = {"pending"}, {"pending"}
    while fresh:
        fresh = {to for state in fresh for move in MOVES if (to := following(state, move))} - reached  # type: ignore[arg-type]
        reached |= fresh
    assert reached == set(STATES)


def test_an_attempt_begins_only_from_the_queue() -> None:
    """Whatever a supervisor or a group decides, it goes through `pending`, where slots and dependencies are."""
    assert {state for state in STATES if following(state, "start")} == {"pending"}
    assert all(following(state, "again") == "pending" for state in ("recovering", "deferred", "escalated"))


def test_a_signal_is_awaited_by_work_that_has_ended() -> None:
    """Also by work that ended while a person was still asked."""
    assert {state for state in STATES if following(state, "await")} == {"running", "waiting"}


def test_a_state_is_one_of_nine_words_as_written() -> None:
    """Another spelling is no state."""
    assert all(is_state(state) for state in STATES)
    assert not any(map(is_state, ("", "Done", "done\n", "finished")))
    assert set(STATES) >= TERMINAL | NEEDS_PERSON
    assert not TERMINAL & NEEDS_PERSON
