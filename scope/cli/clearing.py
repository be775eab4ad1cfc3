"""Clearing up: what `scope gc` and `scope rm` do one by one, and how they tell it."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, Failed
from scope.laws.ids import is_within
from scope.laws.states import TERMINAL
from scope.sessions.keeping import housekeeping, retention
from scope.sessions.keeping.housekeeping import Outcome
from scope.sessions.records import archive, record
from scope.store import layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_THOUSAND: Final = 1024
_TEN: Final = 10
_DONE: Final = {"archived": "archived", "removed": "removed", "would-archive": "would be archived"}


def archived(root: str, older_s: float, keep: int) -> Iterator[Outcome]:
    """Archive what ended long enough ago, one by one."""
    yield from housekeeping.finish(root)
    known = retention.survey(root)
    rested = retention.rested(root, known, older_s, keep, time.time())
    yield from housekeeping.take_leave(root, rested, known, lambda session: housekeeping.put_away(root, session))


def rehearsed(root: str, older_s: float, keep: int) -> Iterator[Outcome]:
    """Say of each what `archived` would do, changing nothing; what it would free is a guess at the most."""
    known = retention.survey(root)
    rested = retention.rested(root, known, older_s, keep, time.time())

    def work(session: str) -> Outcome:
        directory = layout.session(root, session)
        tree = housekeeping.tree_of(root, session)
        why = housekeeping.why_live(directory) or (tree.why if tree is not None else "")
        if why:
            return Outcome(session, "kept", why, tree=tree)
        return Outcome(session, "would-archive", freed_bytes=archive.size(directory), tree=tree)

    yield from housekeeping.in_order(rested, known, work)


def removed(root: str, named: Sequence[str], *, throws_away: bool) -> Iterator[Outcome]:
    """Remove sessions and all below them; raises BadInput, before anything is removed, for one that is needed."""
    known = retention.survey(root)
    going = retention.below(known, named)
    for session in going:
        _refuse(root, known, session, going, throws_away=throws_away)
    alone = [
        session
        for session in archive.every(root)
        if session not in going and any(is_within(session, one) for one in named) and record.is_archived(root, session)
    ]

    def work(session: str) -> Outcome:
        return housekeeping.remove(root, session, throws_away=throws_away)

    yield from housekeeping.finish(root)
    yield from housekeeping.take_leave(root, [*going, *alone], known, work)


def _refuse(root: str, known: retention.Survey, session: str, going: Sequence[str], *, throws_away: bool) -> None:
    if session in known.open:
        says = known.why(session)
        is_live = known.states[session] not in TERMINAL
        hint = f"end it first: scope abort {session} && scope wait {session}" if is_live else f"scope explain {session}"
        raise BadInput("cannot remove", session, says, hint)
    why = known.why(session) or housekeeping.why_live(layout.session(root, session))
    if why:
        raise BadInput("cannot remove", session, why, f"look at it: scope explain {session}")
    tree = housekeeping.tree_of(root, session)
    if tree is not None and tree.why and not throws_away:
        above = next(one for one in going if is_within(session, one))
        raise BadInput("cannot remove", session, f"{tree.why} ({tree.path})", f"to lose that: scope rm {above} --force")


def say(outcomes: Iterable[Outcome], *, is_json: bool, is_ordered: bool = False) -> int:
    """Tell what becomes of each as it comes, and the sum at the end; raises the first error that there was.

    Where just these sessions were ordered to go (`is_ordered`), it is an error that one stays.
    """
    done: list[Outcome] = []
    for outcome in outcomes:
        done.append(outcome)
        if not is_json:
            line = (outcome.session, outcome.done, _bytes(outcome.freed_bytes), _why(outcome))
            sys.stdout.write("\t".join(line).rstrip() + "\n")
            sys.stdout.flush()
    if is_json:
        sys.stdout.write(json.dumps([_as_json(outcome) for outcome in done], indent=2) + "\n")
    gone = [outcome for outcome in done if outcome.done != "kept"]
    freed = sum(outcome.freed_bytes for outcome in gone)
    said = _DONE[gone[0].done] if gone else "to be cleared away"
    count = f"{len(gone) or 'no'} session{'' if len(gone) == 1 else 's'}"
    kept = f", {len(done) - len(gone)} kept" if len(done) > len(gone) else ""
    sys.stderr.write(f"{count} {said}{f', {_bytes(freed)} freed' if gone else ''}{kept}\n")
    for outcome in done:
        if outcome.fault is not None:
            raise outcome.fault
        if outcome.done == "kept" and is_ordered:
            raise Failed("cannot remove", outcome.session, outcome.why, f"look at it: scope show {outcome.session}")
    return 0


def _why(outcome: Outcome) -> str:
    if outcome.tree is None or not outcome.tree.why or outcome.done != "kept":
        return outcome.why
    return f"{outcome.why} ({outcome.tree.path})"


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "id": outcome.session,
        "done": outcome.done,
        "why": outcome.why or None,
        "freed": outcome.freed_bytes,
        "archive": outcome.archive or None,
        "worktree": outcome.tree.path if outcome.tree is not None and outcome.done == "kept" else None,
    }


def _bytes(count: float) -> str:
    """Say a number of bytes in three characters and a unit at most."""
    units = ["B", "K", "M", "G", "T"]
    while count >= _THOUSAND and len(units) > 1:
        count /= _THOUSAND
        del units[0]
    return f"{count:.1f}{units[0]}" if units[0] != "B" and count < _TEN else f"{count:.0f}{units[0]}"
