"""The herald: decides with `laws.notification` what a person must hear of, and sends a courier with it.

What is told commits by its line in `escalations/notified.jsonl`, before anybody is told.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

from scope.laws import notification as law
from scope.laws.notification import REASONS, Notice, Open, Pace, Said
from scope.sessions.asking import escalations, silences
from scope.sessions.asking.escalations import Escalation
from scope.sessions.processes import daemon
from scope.sessions.records import reports
from scope.store import atomic, inboxdir, journal, locks, rundir
from scope.supervision.escalation import inbox
from scope.supervision.notification import courier, routes
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.laws.configuration import Configuration
    from scope.sessions.asking.silences import Silences
    from scope.supervision.escalation.groups import Ring
    from scope.supervision.wards.log import Log

_LOOK_S: Final = 0.2
_REST: Final = 10
_SEND_AGAIN_S: Final = 1.0
_SEND_AGAIN_AT_MOST_S: Final = 60.0
_TOLD: Final = 20


class Herald:
    """Tells people; the one writer of what they were told. Its `look` never waits."""

    def __init__(self, root: str, log: Log) -> None:
        self._root = root
        self._log = log
        self._told: list[Notice] = []
        self._numbers: list[int] = []
        self._round = courier.Round(root)
        self._seen: dict[tuple[str, int, int], float] = {}
        self._files: dict[str, tuple[tuple[int, int, int], Escalation]] = {}
        self._is_new = True
        self._next = 0.0  # when to look again; 0: when there is news
        self._not_before = 0.0
        self._send_at = 0.0
        self._pause_s = _SEND_AGAIN_S
        for line in courier.notices(root):
            self._take(line)

    @property
    def next_look(self) -> float | None:
        """When it has to look again, on the watcher's clock; None where nothing is open or under way."""
        return self._next or None

    def look(self, rings: Iterable[Ring], settings: Configuration, now: float, *, is_news: bool) -> set[str]:
        """Decide what a person must hear now, and have it carried; return the cases whose default was taken.

        With no news it looks only when its time has come. Raises StoreFault.
        """
        is_due = self._next > 0 and now >= self._next
        if not (is_news or is_due or self._is_new):
            return set()
        if now < self._not_before:
            self._again(self._not_before)
            return set()
        asking = [ring for ring in rings if ring.group.phase == "asking" and ring.is_shown]
        self._next, self._is_new = 0.0, False
        answered = self._tell(asking, settings, now) if asking else set()
        self._send(now)
        # A thousand open cases that change all the time are looked at now and then.
        self._not_before = now + max(_LOOK_S, _REST * (clock.since_boot() - now))
        return answered

    def _tell(self, asking: list[Ring], settings: Configuration, now: float) -> set[str]:
        now_s = time.time()
        quiet = silences.load(self._root)
        for problem in quiet.problems:
            self._log.once(problem, f"not taken: {problem}")
        answered: set[str] = set()
        cases: list[Open] = []
        questions: dict[str, Escalation] = {}
        for ring in asking:
            found = self._read(ring.group.id)
            if found is None or not found.is_open:
                continue
            if inbox.take_default(self._root, found, now_s):
                answered.add(found.id)
                continue
            if found.deadline is not None and found.default and found.kind == "failure":
                self._again(now + max(_LOOK_S, found.deadline - now_s))
            cases.append(self._case(ring, found, quiet, now_s))
            questions[found.id] = found
        self._seen = {key: since for key, since in self._seen.items() if key[0] in questions}
        self._files = {identity: kept for identity, kept in self._files.items() if identity in questions}
        pace = Pace(settings.escalation.group_wait, settings.escalation.group_interval)
        verdict = law.due(cases, self._told, now_s, settings.notify, pace)
        if isinstance(verdict, Notice):
            self._commit(verdict, questions)
        elif verdict.look_again_s is not None:
            self._again(now + verdict.look_again_s)
        return answered

    def _read(self, identity: str) -> Escalation | None:
        """Return a case, read again only where its file has changed; None for one that cannot be read."""
        try:
            status = os.stat(inboxdir.escalation(self._root, identity))
        except OSError:
            return None
        marks = (status.st_mtime_ns, status.st_size, status.st_ino)
        kept = self._files.get(identity)
        if kept is None or kept[0] != marks:
            found = escalations.read(self._root, identity)
            if not isinstance(found, Escalation):
                return None
            kept = self._files[identity] = (marks, found)
        return kept[1]

    def _case(self, ring: Ring, found: Escalation, quiet: Silences, now_s: float) -> Open:
        key = (found.id, ring.answers, found.severity)
        opened = reports.instant(found.opened)
        return Open(
            id=found.id,
            opened=now_s if opened is None else opened,
            seen=self._seen.setdefault(key, now_s),
            round=ring.answers,
            severity=found.severity,
            workers=sum(not member.is_held for member in ring.members.values()),
            is_policy=found.kind == "question" or "policy" in (found.of_class, found.needs),
            is_quiet=found.is_acked or quiet.about(self._root, found, now_s) is not None,
            question=found.question,
        )

    def _commit(self, notice: Notice, questions: dict[str, Escalation]) -> None:
        """Write what is told, before anybody is told; raises StoreFault."""
        said = [questions[each.id] for each in notice.cases]
        line: dict[str, Any] = {
            "time": clock.stamp(),
            "notice": max(self._numbers, default=0) + 1,
            "at": round(notice.at, 3),
            "reasons": list(notice.reasons),
            "cases": {each.id: [each.round, each.severity] for each in notice.cases},
            "title": law.title(notice),
            "message": law.body(notice, [(found.id, found.question) for found in said]),
            "told": [self._facts(found) for found in said[:_TOLD]],
        }
        atomic.directory(inboxdir.escalations(self._root))
        journal.append(inboxdir.notified(self._root), line)
        self._take(line)

    def _take(self, line: dict[str, Any]) -> None:
        cases, at, reasons = line.get("cases"), line.get("at"), line.get("reasons")
        self._numbers.append(int(line["notice"]))
        if not isinstance(cases, dict) or not isinstance(at, int | float) or not isinstance(reasons, list):
            return
        if not abs(at) < clock.NEVER_S:
            return  # nobody was told at such a time
        said = tuple(
            Said(identity, *both)
            for identity, both in cases.items()
            if isinstance(both, list) and len(both) == 2 and all(isinstance(n, int) for n in both)  # noqa: PLR2004
        )
        self._told.append(Notice(tuple(reason for reason in REASONS if reason in reasons), said, float(at)))

    def _send(self, now: float) -> None:
        """Start a courier where something is undelivered and none is at it; raises StoreFault."""
        self._round.look()
        if not any(number not in self._round.done for number in self._numbers):
            self._pause_s, self._send_at = _SEND_AGAIN_S, 0.0
            return
        if now >= self._send_at and not locks.is_held(rundir.courier_lock(self._root)):
            daemon.launch([courier.MODULE, self._root], daemon.kept(), rundir.courier_log(self._root))
            # One that cannot even begin is not started all the time.
            self._send_at = now + self._pause_s
            self._pause_s = min(self._pause_s * 2, _SEND_AGAIN_AT_MOST_S)
        self._again(max(now + _SEND_AGAIN_S, self._send_at))

    def _again(self, when: float) -> None:
        self._next = min(self._next, when) if self._next else when

    def _facts(self, found: Escalation) -> dict[str, object]:
        """Return what a program is told of a case."""
        return {
            "id": found.id,
            "kind": found.kind,
            "question": found.question,
            "options": list(found.options),
            "severity": found.severity,
            "members": found.members,
            "sessions": list(found.sessions),
            "assignee": routes.assignee(self._root, found),
        }
