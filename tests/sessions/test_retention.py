"""Who goes first and who stays: no child is left without those above it, and nobody goes who is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st

from scope.laws.ids import is_within, order
from scope.sessions.keeping import retention
from scope.sessions.keeping.housekeeping import Outcome, in_order

if TYPE_CHECKING:
    from pathlib import Path

IDS: Final = ("1", "1.1", "1.1.1", "1.1.2", "1.2", "1.10", "2", "2.1", "10", "10.1.1")
FAMILY: Final = st.sets(st.sampled_from(IDS))


@given(FAMILY, FAMILY, FAMILY, FAMILY)
def test_children_go_before_their_parents_and_keep_them(
    there: set[str], wanted: set[str], needed: set[str], bound: set[str]
) -> None:
    """All that can go do, in that order; those that stay are needed, cannot go, or lie above one that stays."""
    wanted &= there
    known = retention.Survey(dict.fromkeys(sorted(there, key=order), "done"), frozenset(), dict.fromkeys(needed, "why"))
    tried: list[str] = []

    def work(session: str) -> Outcome:
        tried.append(session)
        return Outcome(session, "kept" if session in bound else "archived")

    done = {outcome.session: outcome.done for outcome in in_order(wanted, known, work)}
    assert done.keys() == wanted
    gone = {session for session, what in done.items() if what == "archived"}
    for session in wanted:
        stays_below = any(other != session and is_within(other, session) for other in there - gone)
        assert (session in gone) == (session not in needed and session not in bound and not stays_below)
    for place, session in enumerate(tried):
        assert not any(is_within(later, session) for later in tried[place + 1 :])


def test_what_is_no_session_is_left_alone(tmp_path: Path) -> None:
    """A directory without a task, a link, and whatever else lies there."""
    (tmp_path / "sessions" / "1").mkdir(parents=True)
    (tmp_path / "sessions" / "2").symlink_to(tmp_path)
    (tmp_path / "sessions" / "notes").mkdir()
    (tmp_path / "task.md").write_text("")
    known = retention.survey(str(tmp_path))
    assert (known.states, known.open) == ({}, frozenset())
    assert retention.rested(str(tmp_path), known, 0.0, 0, 0.0) == []
