"""Escalations: `escalations/<id>.md`, what waits for a person, answered by command or with an editor.

The watcher makes them; people answer in them, and a person's edit wins over everything. Whoever
changes one here changes single lines of its frontmatter and leaves every other byte as it is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, NotFound, StoreFault
from scope.laws.ids import is_count
from scope.laws.schema import Key, Problem, nearest, values
from scope.sessions import record, reports
from scope.store import amendment, atomic, document, layout, locks, rundir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.store.amendment import Written

STATES: Final = ("open", "acked", "answered", "closed")
KINDS: Final = ("failure", "question", "supervisor")
WORDS: Final = ("retry", "fail", "pass")
"""What a person may answer to a failure or a supervisor, besides words of their own."""

SEVEREST: Final = 2
KEYS: Final = (
    Key("question", "text", "what is asked"),
    Key("options", "words", "the answers to choose from"),
    Key("default", "text", "the answer that is taken at the deadline"),
    Key("deadline", "text", "until when an answer is awaited"),
    Key("answer", "text", "the answer, a person's"),
    Key("vars", "mapping", "values for variables that the work declares, a person's"),
    Key("by", "text", "who answered"),
    Key("state", "word", "open, acked, answered or closed"),
    Key("kind", "word", "failure, question or supervisor"),
    Key("severity", "count", "0, 1 or 2"),
    Key("opened", "text", "when it was made"),
    Key("sessions", "ids", "the sessions that wait for the answer"),
    Key("members", "count", "how many they are"),
    Key("class", "text", "the class of the failure"),
    Key("fingerprint", "text", "what like failures have in common"),
)
_SUFFIX: Final = ".md"
_FENCE: Final = "---"
_AGAIN_AT_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Escalation:
    """One thing that waits, or waited, for a person; `digest` is that of the file's text as it was read."""

    id: str
    state: str
    kind: str
    question: str
    options: tuple[str, ...] = ()
    default: str | None = None
    deadline: float | None = None  # unix seconds, whole ones in the file
    answer: str = ""
    by: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    sessions: tuple[str, ...] = ()
    members: int = 0
    fingerprint: str = ""
    of_class: str = ""
    severity: int = 0
    opened: str = ""  # RFC 3339, UTC
    body: str = ""
    digest: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a person: neither settled nor answered."""
        return self.state in ("open", "acked") and not self.answer

    @property
    def has_answer(self) -> bool:
        """Whether there is an answer that can be taken, or was."""
        # One of the options, where there are some: also where a person wrote `answered` beside it.
        is_possible = self.kind != "question" or not self.options or self.answer in self.options
        return self.state != "closed" and self.answer != "" and is_possible


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One that cannot be taken as it is written: file, line, what is wrong; `is_gone` where there is no such file."""

    id: str
    says: str
    is_gone: bool = False


def is_escalation_id(word: str) -> bool:
    """Tell whether `word` looks like the id of an escalation: e1, e12."""
    return word[:1] == "e" and is_count(word[1:]) and word[1] != "0"


def text(escalation: Escalation) -> str:
    """Return the file that says it; what a person reads and fills in comes first."""
    meant = ", ".join(map(record.one_line, escalation.options)) or "in your own words"
    if escalation.kind != "question":
        meant = f"{', '.join(WORDS)}, or in your own words what to do differently"
    comments = {
        "answer": f"# Your answer: {meant}. It is taken when the file is saved.",
        "vars": "# Values for variables that the work declares, such as {flags: -q}.",
        "state": "# What follows is kept by scope.",
    }
    keys: dict[str, Written] = {
        "question": escalation.question,
        "options": escalation.options,
        "default": escalation.default or "",
        "deadline": reports.stamp(escalation.deadline) if escalation.deadline is not None else "",
        "answer": escalation.answer,
        "vars": dict(escalation.variables),
        "by": escalation.by,
        "state": escalation.state,
        "kind": escalation.kind,
        "severity": str(escalation.severity),
        "opened": escalation.opened,
        "sessions": escalation.sessions,
        "members": str(escalation.members),
        "class": escalation.of_class,
        "fingerprint": escalation.fingerprint,
    }
    lines = [_FENCE]
    for key, value in keys.items():
        if key in comments:
            lines.append(comments[key])
        if value or key in ("question", "answer", "vars", "by"):
            lines.append(amendment.line(key, value))
    return amendment.sound("\n".join([*lines, _FENCE, escalation.body]))


def read(root: str, escalation_id: str) -> Escalation | Unreadable:
    """Return an escalation, or what is wrong with its file and where; never raises for what people write."""
    path = layout.escalation(root, escalation_id)
    try:
        found = atomic.read(path)
    except StoreFault as error:
        return Unreadable(escalation_id, error.line())
    if found is None:
        return Unreadable(escalation_id, f"{escalation_id}{_SUFFIX}: it is gone", is_gone=True)
    return _parsed(escalation_id, found)


def every(root: str) -> list[Escalation | Unreadable]:
    """Return all escalations, the oldest first."""
    return [found for found in (read(root, each) for each in ids(root)) if not _is_gone(found)]


def ids(root: str) -> list[str]:
    """Return the ids of all escalations, the oldest first; other files in the directory are none."""
    try:
        names = os.listdir(layout.escalations(root))
    except OSError:
        return []
    found = [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)]
    return sorted(filter(is_escalation_id, found), key=lambda each: int(each[1:]))


def missing(root: str, escalation_id: str) -> NotFound:
    """Return the error that there is no such escalation, with the one that was meant."""
    meant = nearest(escalation_id, ids(root)[::-1])
    hint = f"did you mean '{meant}'?" if meant else "list them: scope inbox --all"
    return NotFound("there is no escalation", escalation_id[:80], hint=hint)


def answer(root: str, escalation_id: str, words: str, variables: Mapping[str, str], by: str) -> Escalation:
    """Write a person's answer into the file, and nothing else; return what the file says then.

    Raises NotFound, and BadInput where there is an answer already or this one is not to be had.
    """
    path = layout.escalation(root, escalation_id)
    atomic.directory(layout.run(root))
    with locks.hold(rundir.escalations_lock(root)):
        for _ in range(_AGAIN_AT_MOST):
            before = atomic.read(path) if is_escalation_id(escalation_id) else None
            if before is None:
                raise missing(root, escalation_id)
            found = _parsed(escalation_id, before)
            if isinstance(found, Unreadable):
                raise BadInput("cannot answer", escalation_id, found.says, f"edit it: {path}")
            words = _meant(found.kind, words)
            _refuse(found, words)
            changes: dict[str, Written] = {"answer": words, "by": by}
            if variables:
                changes["vars"] = {**dict(found.variables), **variables}
            after = amendment.amended(before, changes)
            said = _parsed(escalation_id, after) if after is not None else None
            if after is None or not isinstance(said, Escalation):
                raise BadInput("cannot answer", escalation_id, "its lines are not as usual", f"edit it: {path}")
            if atomic.read(path) == before:
                atomic.replace(path, after)
                return said
    raise BadInput("cannot answer", escalation_id, "somebody goes on changing it", f"edit it: {path}")


def settle(
    root: str, escalation_id: str, expected_digest: str, state: str, also: Mapping[str, Written] | None = None
) -> bool:
    """Set `state:` (and what else is given by its key) unless the file has changed since it was read.

    For the watcher: False means that somebody's edit wins, or another is at it just now; look again.
    """
    path = layout.escalation(root, escalation_id)
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


def digest(written: str) -> str:
    """Return what tells one text of a file from another."""
    return sha256(atomic.encode(written)).hexdigest()


def _parsed(escalation_id: str, found: str) -> Escalation | Unreadable:
    called = f"{escalation_id}{_SUFFIX}"
    try:
        parsed = document.parse(found)
    except document.Unfinished as error:
        return Unreadable(escalation_id, f"{called}:1: {error}")
    except document.Malformed as error:
        return Unreadable(escalation_id, f"{called}:{error.line}: {error.says}")
    # A key without a value is one that nobody has filled in.
    said = values({key: node for key, node in parsed.keys.items() if node not in ("", None)}, KEYS)
    wrong = said if isinstance(said, Problem) else _wrong(said)
    if isinstance(wrong, Problem):
        return Unreadable(escalation_id, f"{called}:{parsed.lines.get(wrong.key, 1)}: {wrong.says}")
    assert isinstance(said, dict)
    deadline = said.get("deadline")
    sessions: tuple[str, ...] = said.get("sessions", ())  # type: ignore[assignment]
    return Escalation(
        id=escalation_id,
        state=str(said.get("state", "open")),
        kind=str(said["kind"]),
        question=str(said.get("question", "")),
        options=said.get("options", ()),  # type: ignore[arg-type]
        default=str(said["default"]) if "default" in said else None,
        deadline=reports.instant(str(deadline)) if deadline else None,
        answer=_meant(str(said["kind"]), str(said.get("answer", "")).strip()),
        by=str(said.get("by", "")),
        variables=said.get("vars", ()),  # type: ignore[arg-type]
        sessions=sessions,
        members=int(said.get("members", len(sessions))),  # type: ignore[arg-type]
        fingerprint=str(said.get("fingerprint", "")),
        of_class=str(said.get("class", "")),
        severity=int(said.get("severity", 0)),  # type: ignore[arg-type]
        opened=str(said.get("opened", "")),
        body=parsed.body,
        digest=digest(found),
    )


def _wrong(said: Mapping[str, object]) -> Problem | None:
    """Say what a file cannot mean, its keys being of the right shape."""
    for key, known in (("state", STATES), ("kind", KINDS)):
        word = said.get(key, "open" if key == "state" else "")
        if word not in known:
            return Problem(key, f"'{key}' is {', '.join(known)}, not '{word}'")
    if said.get("deadline") and reports.instant(str(said["deadline"])) is None:
        return Problem("deadline", "'deadline' takes a time such as 2026-01-02T15:04:05Z")
    if said.get("severity", 0) not in range(SEVEREST + 1):
        return Problem("severity", f"'severity' takes 0 to {SEVEREST}")
    given, options = str(said.get("answer", "")).strip(), said.get("options")
    is_open = said.get("state", "open") in ("open", "acked")
    if is_open and given and said["kind"] == "question" and isinstance(options, tuple) and given not in options:
        return Problem("answer", f"'answer' takes one of {', '.join(options)}, not '{record.one_line(given)[:80]}'")
    return None


def _meant(kind: str, words: str) -> str:
    """Return what an answer means: `Fail` to a failure is `fail`, and no words of a person's own."""
    word = words.strip().casefold()
    return word if kind != "question" and word in WORDS else words


def _refuse(found: Escalation, words: str) -> None:
    if not found.is_open:
        why = f"it is {'answered' if found.answer else found.state} already"
        said = f": {record.one_line(found.answer)}" if found.answer else ""
        raise BadInput("cannot answer", found.id, why + said, "see what is open: scope inbox")
    if found.kind == "question" and found.options and words not in found.options:
        meant = nearest(words, list(found.options))
        hint = f"did you mean '{meant}'?" if meant else f"it takes {', '.join(found.options)}"
        raise BadInput(f"{found.id} takes one of its options, not", record.one_line(words)[:80], hint=hint)


def _is_gone(found: Escalation | Unreadable) -> bool:
    return isinstance(found, Unreadable) and found.is_gone
