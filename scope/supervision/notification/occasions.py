"""Occasions: what hooks are told, and when: each change of state, and what a person is asked or has answered.

A watcher that is killed in between may miss the last of them; `events.jsonl` and the files of the
escalations are the truth.
"""

from __future__ import annotations

import shlex
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from scope.laws.hook import ASKED, KEYS
from scope.laws.ids import SessionId
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions.asking import escalations
from scope.sessions.asking.escalations import Unreadable
from scope.sessions.records import record
from scope.store import inboxdir, layout
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from scope.sessions.asking.escalations import Escalation
    from scope.supervision.escalation.groups import Groups, News
    from scope.supervision.notification.hooks import Hooks
    from scope.supervision.wards.roster import Roster
    from scope.supervision.wards.ward import Ward

_LATE_AT_MOST: Final = 1000


class Occasions:
    """Says to the hooks what came to pass."""

    def __init__(self, root: str, hooks: Hooks, roster: Roster, attach: Callable[[SessionId], tuple[str, ...]]) -> None:
        self._root = root
        self._hooks = hooks
        self._roster = roster
        self._attach = attach
        # What is told only once its file says so.
        self._late: deque[News] = deque(maxlen=_LATE_AT_MOST)

    def changed(self, ward: Ward, line: dict[str, Any]) -> None:
        """Tell of a change of state, as its line in `events.jsonl` has it."""
        state = str(line["to"])

        def made() -> dict[str, Any]:
            said = {key: line[key] for key in ("time", "seq", "attempt", "from", "to", "why")}
            return self._whole(ward.session, ward, said, None)

        self._hooks.tell("state", made)
        if state in TERMINAL:
            self._hooks.tell(state, made)
        story = ward.chronicle
        if state == "waiting" and not story.is_awaiting and not story.asking:
            self._hooks.tell("needs-input", made)  # nobody asks: it cannot go on as it is

    def gather(self, groups: Groups) -> None:
        """Tell of what was asked and answered since the last time."""
        self._late.extend(groups.news)
        groups.news.clear()
        for _ in range(len(self._late)):
            news = self._late.popleft()
            ring = groups.open.get(news.group)
            if news.is_asked and ring is not None and not ring.is_shown:
                self._late.append(news)  # its file is still to be written
                continue
            found = escalations.read(self._root, news.group)
            if not isinstance(found, Unreadable):
                self._tell(news, found)

    def _tell(self, news: News, found: Escalation) -> None:
        if not news.is_asked and not found.has_answer:
            return  # nobody needs an answer any more
        change = news.change if news.is_asked else "answered"
        session = next(iter(found.sessions), "")
        ward = self._roster.wards.get(SessionId(session))

        def made() -> dict[str, Any]:
            said = {"time": clock.stamp(), "why": record.one_line(found.question)}
            return self._whole(session, ward, said, self._asked(found, change))

        if not news.is_asked:
            self._hooks.tell("answered", made)
            return
        self._hooks.tell("escalation", made)
        if change == "new":
            self._hooks.tell("needs-input", made)

    def _whole(
        self, session: str, ward: Ward | None, said: dict[str, Any], asked: dict[str, Any] | None
    ) -> dict[str, Any]:
        task = ward.task if ward is not None and isinstance(ward.task, Task) else Task()
        given = record.given_name(layout.session(self._root, session)) if session else ""
        known = {
            "root": self._root,
            "session": session or None,
            "name": given or task.name or None,
            "labels": dict(task.labels),
            "attempt": ward.chronicle.attempt if ward is not None else 0,
            "to": ward.chronicle.state if ward is not None else None,
            "attach": shlex.join(self._attach(SessionId(session))) if session else None,
            "directory": layout.session(self._root, session) if session else None,
            "escalation": asked,
        }
        return {key: {**known, **said}.get(key) for key in KEYS if key != "event"}

    def _asked(self, found: Escalation, change: str) -> dict[str, Any]:
        said = {
            "change": change,
            "default": found.default,
            "options": list(found.options),
            "sessions": list(found.sessions),
            "answer": found.answer or None,
            "by": found.by or None,
            "file": inboxdir.escalation(self._root, found.id),
        }
        return {key: said.get(key, getattr(found, key, None)) for key in ASKED}
