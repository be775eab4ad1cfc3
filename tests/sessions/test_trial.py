"""A trial: a check of merged work, which ends in time whatever it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.sessions.branches import trial

if TYPE_CHECKING:
    from pathlib import Path


def test_a_check_that_never_ceases_to_print_takes_too_long(tmp_path: Path) -> None:
    """And is ended, with its last lines kept."""
    for seconds in (0.1, 1.0, 10.0):  # where a shell takes that long to begin, there is nothing of it yet
        tried = trial.run("yes", str(tmp_path), {}, seconds)
        assert tried.is_late
        if tried.lines:
            break
    assert set(tried.lines[1:-1]) == {"y"}


def test_what_a_check_leaves_behind_does_not_hold_it_up(tmp_path: Path) -> None:
    """It has passed, however much is printed behind it."""
    tried = trial.run("yes & exit 0", str(tmp_path), {}, 3600.0)
    assert (tried.code, tried.is_late) == (0, False)
