"""The groups of like failures across the whole tree, as `escalations/groups.jsonl` tells them.

A decision about a group commits by its line; what its members and the person see follows from it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from scope.laws.group import HUMAN, Advice, Group, Member
from scope.laws.ids import is_count
from scope.store import atomic, inboxdir, journal
from scope.supervision.wards import clock
from scope.supervision.wards.chronicle import advice_of

if TYPE_CHECKING:
    from scope.laws.ids import SessionId

_PREFIX: Final = "e"


@dataclass(slots=True)
class Ring:
    """One group with what only the watcher keeps of it."""

    group: Group
    error: str = ""  # the line that names what failed
    kin: str = ""  # what its sessions have in common before they fail
    question: tuple[str, int, int] | None = None  # not a failure: session, attempt and number of what is asked
    members: dict[SessionId, Member] = field(default_factory=dict)
    failed_assignees: set[str] = field(default_factory=set)
    twins: set[str] = field(default_factory=set)  # the very work that failed
    asked_ns: int = 0  # when a person was asked, on the clock of the files
    answers: int = 0  # how often a person answered, and it did not end there
    is_shown: bool = False  # its file says what it should


@dataclass(frozen=True, slots=True)
class News:
    """What a decision about a group means to a person; `answered` only where there is an answer."""

    group: str
    change: Literal["new", "more", "severer", "answered"]

    @property
    def is_asked(self) -> bool:
        """Whether a person is asked by it."""
        return self.change != "answered"


class Groups:
    """All groups that are not closed; the one writer of their journal."""

    def __init__(self, root: str, boot: str) -> None:
        self._root = root
        self._boot = boot
        self._number = 0
        self.open: dict[str, Ring] = {}
        self.news: list[News] = []  # of what this watcher has decided
        self.stale: list[str] = []  # closed ones whose file may still say that they are open
        self._by_fingerprint: dict[str, str] = {}
        for _, line in journal.read(inboxdir.groups(root)):
            self._take(line)

    def find(self, fingerprint: str) -> Ring | None:
        """Return the open group of a fingerprint."""
        return self.open.get(self._by_fingerprint.get(fingerprint, ""))

    def join(
        self, fingerprint: str, kin: str, now: float, *, for_person: bool = False, supervisor: str = "", error: str = ""
    ) -> str:
        """Return the id of the group of a fingerprint, opened where there is none; raises StoreFault."""
        known = self.find(fingerprint)
        if known is not None:
            return known.group.id
        identity = self._next()
        self.commit(
            identity, "open", now, fingerprint=fingerprint, kin=kin, for_person=for_person, supervisor=supervisor,
            error=error,
        )  # fmt: skip
        return identity

    def ask(self, session: str, attempt: int, question: int, now: float) -> str:
        """Return the id under which a question is put before a person; raises StoreFault."""
        for ring in self.open.values():
            if ring.question == (session, attempt, question):
                return ring.group.id
        identity = self._next()
        self.commit(identity, "question", now, session=session, attempt=attempt, question=question)
        return identity

    def _next(self) -> str:
        atomic.directory(inboxdir.escalations(self._root))
        number = self._number + 1
        while os.path.lexists(inboxdir.escalation(self._root, f"{_PREFIX}{number}")):
            number += 1  # what somebody made by hand is not ours to write in
        return f"{_PREFIX}{number}"

    def commit(self, identity: str, move: str, now: float, **more: Any) -> None:  # noqa: ANN401 - what JSON holds
        """Commit one decision about a group; raises StoreFault."""
        line = {"time": clock.stamp(), "group": identity, "move": move, "at": round(now, 3), "boot": self._boot, **more}
        journal.append(inboxdir.groups(self._root), line)
        self._note(identity, move, more)
        self._take(line)

    def _note(self, identity: str, move: str, more: dict[str, Any]) -> None:
        ring = self.open.get(identity)
        if move in ("question", "ask"):
            self.news.append(News(identity, "new"))
        elif ring is not None and move == "tell":
            is_severer = more["severity"] > ring.group.severity
            self.news.append(News(identity, "severer" if is_severer else "more"))
        elif ring is not None and ring.group.phase == "asking":
            self.news.append(News(identity, "answered"))

    def _take(self, line: dict[str, Any]) -> None:
        identity = str(line.get("group", ""))
        if not is_count(identity[len(_PREFIX) :]):
            return
        # After a reboot, and in a line that somebody wrote by hand, the time starts anew.
        at = line.get("at")
        is_now = line.get("boot") == self._boot
        now = float(at) if is_now and isinstance(at, (int, float)) and abs(at) < clock.NEVER_S else 0.0
        move = str(line.get("move", ""))
        if move in ("open", "question"):
            self._open(identity, line, now)
        elif identity in self.open:
            ring = self.open[identity]
            ring.group = _moved(ring.group, move, line, now)
            ring.asked_ns = _number(line, "ns") if move == "ask" else ring.asked_ns
            said = line.get("advice")
            ring.answers += move == "advise" and isinstance(said, dict) and said.get("from_level") == HUMAN
            ring.is_shown = False
            if ring.group.phase == "closed":
                self._close(identity)

    def _open(self, identity: str, line: dict[str, Any], now: float) -> None:
        self._number = max(self._number, int(identity[len(_PREFIX) :]))
        fingerprint = str(line.get("fingerprint", ""))
        is_question = line.get("move") == "question"
        group = Group(
            id=identity,
            fingerprint=fingerprint,
            opened=now,
            changed=now,
            phase="asking" if is_question else "gathering",
            is_for_person=bool(line.get("for_person")) or is_question,
            supervisor=str(line.get("supervisor", "")),
        )
        ring = Ring(group, error=str(line.get("error", "")), kin=str(line.get("kin", "")))
        if is_question:
            ring.question = (str(line.get("session", "")), _number(line, "attempt"), _number(line, "question"))
        else:
            self._by_fingerprint[fingerprint] = identity
        self.open[identity] = ring

    def _close(self, identity: str) -> None:
        ring = self.open.pop(identity)
        if self._by_fingerprint.get(ring.group.fingerprint) == identity:
            del self._by_fingerprint[ring.group.fingerprint]
        self.stale.append(identity)


def _moved(group: Group, move: str, line: dict[str, Any], now: float) -> Group:
    match move:
        case "climb":
            return replace(group, phase="gathering", rung=_number(line, "rung"), canary="", changed=now)
        case "consult":
            rung, advisor = _number(line, "rung"), str(line.get("advisor", ""))
            return replace(group, phase="consulting", rung=rung, advisor=advisor, canary="", changed=now)
        case "advise":
            said = line.get("advice")
            advice = advice_of(said) if isinstance(said, dict) else Advice("human")
            return replace(
                group, phase="trying", rung=_number(line, "rung"), serial=_number(line, "serial"), advice=advice,
                canary="", changed=now,
            )  # fmt: skip
        case "send":
            return replace(group, canary=str(line.get("canary", "")))
        case "release":
            return replace(group, phase="released", changed=now)
        case "ask":
            return replace(
                group, phase="asking", rung=_number(line, "rung"), told=now or 1e-9,
                told_members=_number(line, "members"), severity=0, changed=now,
            )  # fmt: skip
        case "tell":
            return replace(
                group, told=now or 1e-9, told_members=_number(line, "members"), severity=_number(line, "severity")
            )
        case "settle":
            is_pass = line.get("verdict") == "pass"
            return replace(group, phase="settled", verdict="pass" if is_pass else "fail", changed=now)
        case "close":
            return replace(group, phase="closed", changed=now)
        case _:
            return group


def _number(line: dict[str, Any], key: str) -> int:
    value = line.get(key)
    return value if isinstance(value, int) else 0
