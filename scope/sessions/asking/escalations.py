"""Escalations: `escalations/<id>.md`, what waits for a person, answered by command or with an editor.

The watcher makes them; people answer in them, and a person's edit wins over everything. Whoever
changes one here changes single lines of its frontmatter and leaves every other byte as it is.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, NotFound, StoreFault
from scope.laws.ids import is_count
from scope.laws.schema import nearest
from scope.sessions.asking.escalation import (
    KINDS,
    SEVEREST,
    STATES,
    SUFFIX,
    WORDS,
    Escalation,
    Unreadable,
    digest,
    meant,
    parsed,
    text,
)
from scope.sessions.records import record
from scope.store import amendment, atomic, inboxdir, layout, locks, rundir

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scope.store.amendment import Written

__all__ = [
    "KINDS", "SEVEREST", "STATES", "WORDS", "Escalation", "Unreadable", "acknowledge", "answer", "digest", "every",
    "forward", "ids", "is_escalation_id", "meant", "missing", "read", "settle", "text",
]  # fmt: skip
_AGAIN_AT_MOST: Final = 20


def is_escalation_id(word: str) -> bool:
    """Tell whether `word` looks like the id of an escalation: e1, e12."""
    return word[:1] == "e" and is_count(word[1:]) and word[1] != "0"


def read(root: str, escalation_id: str) -> Escalation | Unreadable:
    """Return an escalation, or what is wrong with its file and where; never raises for what people write."""
    path = inboxdir.escalation(root, escalation_id)
    try:
        found = atomic.read(path)
    except StoreFault as error:
        return Unreadable(escalation_id, error.line())
    if found is None:
        return Unreadable(escalation_id, f"{escalation_id}{SUFFIX}: it is gone", is_gone=True)
    return parsed(escalation_id, found)


def every(root: str) -> list[Escalation | Unreadable]:
    """Return all escalations, the oldest first."""
    return [found for found in (read(root, each) for each in ids(root)) if not _is_gone(found)]


def ids(root: str) -> list[str]:
    """Return the ids of all escalations, the oldest first; other files in the directory are none."""
    try:
        names = os.listdir(inboxdir.escalations(root))
    except OSError:
        return []
    found = [name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)]
    return sorted(filter(is_escalation_id, found), key=lambda each: int(each[1:]))


def missing(root: str, escalation_id: str) -> NotFound:
    """Return the error that there is no such escalation, with the one that was meant."""
    near = nearest(escalation_id, ids(root)[::-1])
    hint = f"did you mean '{near}'?" if near else "list them: scope inbox --all"
    return NotFound("there is no escalation", escalation_id[:80], hint=hint)


def answer(
    root: str, escalation_id: str, words: str, variables: Mapping[str, str], by: str, policy: str = ""
) -> Escalation:
    """Write a person's answer into the file, and nothing else; return what the file says then.

    With `policy` it is to hold for all cases like it. Raises NotFound, and BadInput where there is
    an answer already or this one is not to be had.
    """

    def changes(found: Escalation) -> dict[str, Written]:
        said = meant(found.kind, words)
        _refuse(found, said)
        more: dict[str, Written] = {"vars": {**dict(found.variables), **variables}} if variables else {}
        return {"answer": said, "by": by, **more, **({"policy": policy} if policy else {})}

    return _changed(root, escalation_id, "answer", changes)


def acknowledge(root: str, escalation_id: str) -> Escalation:
    """Write that a person has seen it: it stays open, and reminds nobody; raises NotFound and BadInput.

    Doing it again changes nothing.
    """

    def changes(found: Escalation) -> dict[str, Written]:
        _refuse_settled(found, "acknowledge")
        return {"state": "acked"}

    return _changed(root, escalation_id, "acknowledge", changes)


def forward(root: str, escalation_id: str, assignee: str) -> Escalation:
    """Write who is to answer; whether they may is for who knows the tree. Raises NotFound and BadInput."""

    def changes(found: Escalation) -> dict[str, Written]:
        _refuse_settled(found, "forward")
        return {"assignee": assignee}

    return _changed(root, escalation_id, "forward", changes)


def _changed(
    root: str, escalation_id: str, verb: str, changes: Callable[[Escalation], dict[str, Written]]
) -> Escalation:
    """Change a file as a person wishes, whoever else is at it; return what it says then."""
    path = inboxdir.escalation(root, escalation_id)
    atomic.directory(layout.run(root))
    with locks.hold(rundir.escalations_lock(root)):
        for _ in range(_AGAIN_AT_MOST):
            before = atomic.read(path) if is_escalation_id(escalation_id) else None
            if before is None:
                raise missing(root, escalation_id)
            found = parsed(escalation_id, before)
            if isinstance(found, Unreadable):
                raise BadInput(f"cannot {verb}", escalation_id, found.says, f"edit it: {path}")
            after = amendment.amended(before, changes(found))
            said = parsed(escalation_id, after) if after is not None else None
            if after is None or not isinstance(said, Escalation):
                raise BadInput(f"cannot {verb}", escalation_id, "its lines are not as usual", f"edit it: {path}")
            if atomic.read(path) == before:
                if after != before:
                    atomic.replace(path, after)
                return said
    raise BadInput(f"cannot {verb}", escalation_id, "somebody goes on changing it", f"edit it: {path}")


def settle(
    root: str, escalation_id: str, expected_digest: str, state: str, also: Mapping[str, Written] | None = None
) -> bool:
    """Set `state:` (and what else is given by its key) unless the file has changed since it was read.

    For the watcher: False means that somebody's edit wins, or another is at it just now; look again.
    """
    path = inboxdir.escalation(root, escalation_id)
    lock = locks.take(rundir.escalations_lock(root))
    if lock is None:
        return False
    with lock:
        before = atomic.read(path)
        if before is None or digest(before) != expected_digest:
            return False
        after = amendment.amended(before, {"state": state, **(also or {})})
        if after is None:
            return False
        if after != before:
            atomic.replace(path, after)
        return True


def _refuse_settled(found: Escalation, verb: str) -> None:
    if not found.is_open:
        why = f"it is {'answered' if found.answer else found.state} already"
        said = f": {record.one_line(found.answer)}" if found.answer else ""
        raise BadInput(f"cannot {verb}", found.id, why + said, "see what is open: scope inbox")


def _refuse(found: Escalation, words: str) -> None:
    _refuse_settled(found, "answer")
    if found.kind == "question" and found.options and words not in found.options:
        near = nearest(words, list(found.options))
        hint = f"did you mean '{near}'?" if near else f"it takes {', '.join(found.options)}"
        raise BadInput(f"{found.id} takes one of its options, not", record.one_line(words)[:80], hint=hint)


def _is_gone(found: Escalation | Unreadable) -> bool:
    return isinstance(found, Unreadable) and found.is_gone
