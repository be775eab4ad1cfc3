"""How the inbox looks: a table on a terminal, lines with tabs everywhere else, objects in JSON."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from scope.cli import tables
from scope.laws.durations import words
from scope.laws.route import HUMAN
from scope.sessions.asking import silences
from scope.sessions.asking.escalations import Escalation, Unreadable
from scope.sessions.records import record, reports
from scope.store import inboxdir, journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SEVERITIES: Final = ("normal", "high", "highest")
UNREADABLE: Final = "unreadable"
KEYS: Final = (
    "id", "state", "kind", "severity", "opened", "age_s", "question", "options", "default", "deadline", "answer", "by",
    "vars", "sessions", "members", "class", "fingerprint", "path", "problem", "policy", "assignee", "silenced",
    "notified", "needs", "job_type", "entity_type", "agent", "supervisor", "labels",
)  # fmt: skip
_COLUMNS: Final = ("ID", "STATE", "AGE", "SEVERITY", "SESSIONS", "QUESTION")
_COLOURS: Final = {"open": "bold yellow", UNREADABLE: "red", "acked": "yellow", "normal": "", "high": "yellow"}
_GAP: Final = 2


def ordered(found: Iterable[Escalation | Unreadable], *, is_all: bool) -> list[Escalation | Unreadable]:
    """Return the open ones, or all of them, the most urgent first; the unreadable before everything."""
    shown = [each for each in found if is_all or isinstance(each, Unreadable) or each.is_open]
    return sorted(shown, key=_urgency)


class Known:
    """What is known of cases beside their files: whether they are silenced, and when a person was told of them."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._now_s = time.time()
        self._silences = silences.load(root)
        self._told: dict[str, str] | None = None

    def silenced(self, found: Escalation | Unreadable) -> str:
        """Return the silence under which an open case lies; nothing where it may be heard."""
        if isinstance(found, Unreadable) or not found.is_open:
            return ""
        about = self._silences.about(self._root, found, self._now_s)
        return about.id if about is not None else ""

    def state(self, found: Escalation | Unreadable) -> str:
        """Return the word for how a case stands."""
        said = _state(found)
        return "silenced" if said == "open" and self.silenced(found) else said

    def notified(self, found: Escalation | Unreadable) -> str:
        """Return when a person was last told of a case; nothing where nobody was."""
        if self._told is None:
            lines = (line for _, line in journal.read(inboxdir.notified(self._root)))
            self._told = {
                str(identity): str(line.get("time", ""))
                for line in lines
                if isinstance(line.get("cases"), dict)
                for identity in line["cases"]
            }
        return self._told.get(found.id, "")

    def is_meant(self, found: Escalation | Unreadable, state: str | None, assignee: str | None) -> bool:
        """Tell whether a case is among those that are asked for."""
        if isinstance(found, Unreadable):
            return state is None and assignee is None
        whose = assignee is None or (found.assignee or HUMAN) == assignee
        return whose and (state is None or self.state(found) == state)


def listing(found: Sequence[Escalation | Unreadable], known: Known) -> None:
    """Print escalations, one per line: id, state, age, severity, number of sessions, question."""
    lines = [_plain(each, known) for each in found]
    if not sys.stdout.isatty():
        sys.stdout.write("".join("\t".join(line) + "\n" for line in lines))
        return
    from rich.cells import cell_len  # noqa: PLC0415 - on a terminal only
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    out = tables.console()
    widths = [max(map(cell_len, column)) for column in zip(_COLUMNS, *lines, strict=True)]
    room = max(8, out.width - sum(widths[:-1]) - _GAP * (len(widths) - 1))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, width in zip(_COLUMNS, [*widths[:-1], min(widths[-1], room)], strict=True):
        table.add_column(name, no_wrap=True, width=width, overflow="ellipsis")
    for identity, state, age, severity, sessions, question in lines:
        urgent = Text(severity, style=_COLOURS.get(severity, "bold red"))
        table.add_row(identity, Text(state, style=_COLOURS.get(state, "dim")), age, urgent, sessions, Text(question))
    out.print(table)


def as_json(root: str, found: Escalation | Unreadable, known: Known) -> dict[str, object]:
    """Return the documented keys of one escalation; what is not known of it is null."""
    said: dict[str, object] = dict.fromkeys(KEYS)
    said |= {"id": found.id, "state": _state(found), "path": inboxdir.escalation(root, found.id)}
    if isinstance(found, Unreadable):
        return said | {"problem": found.says}
    age_s = age_of(found)
    return said | {
        "kind": found.kind,
        "severity": found.severity,
        "opened": found.opened or None,
        "age_s": None if age_s is None else round(age_s),
        "question": found.question,
        "options": list(found.options),
        "default": found.default,
        "deadline": None if found.deadline is None else reports.stamp(found.deadline),
        "answer": found.answer or None,
        "by": found.by or None,
        "vars": dict(found.variables),
        "sessions": list(found.sessions),
        "members": found.members,
        "class": found.of_class or None,
        "fingerprint": found.fingerprint or None,
        "policy": found.policy or None,
        "assignee": found.assignee or None,
        "silenced": known.silenced(found) or None,
        "notified": known.notified(found) or None,
        "needs": found.needs or None,
        "job_type": found.job_type or None,
        "entity_type": found.entity_type or None,
        "agent": found.agent or None,
        "supervisor": found.supervisor or None,
        "labels": dict(found.labels),
    }


def _urgency(found: Escalation | Unreadable) -> tuple[bool, bool, int, float, int]:
    severity = 0 if isinstance(found, Unreadable) else found.severity
    is_open = isinstance(found, Unreadable) or found.is_open
    return isinstance(found, Escalation), not is_open, -severity, -(age_of(found) or 0.0), int(found.id[1:])


def _plain(found: Escalation | Unreadable, known: Known) -> tuple[str, ...]:
    if isinstance(found, Unreadable):
        return found.id, UNREADABLE, "", "", "", record.one_line(found.says)
    age_s = age_of(found)
    age = "" if age_s is None else words(age_s)
    severity, members = SEVERITIES[found.severity], str(found.members)
    return found.id, known.state(found), age, severity, members, record.one_line(found.question)


def _state(found: Escalation | Unreadable) -> str:
    if isinstance(found, Unreadable):
        return UNREADABLE
    # Answered from the moment that the answer stands there, also before the watcher has seen it.
    return found.state if found.is_open or found.state == "closed" else "answered"


def age_of(found: Escalation | Unreadable) -> float | None:
    """Return for how many seconds a case has been there; None where nobody knows."""
    began = None if isinstance(found, Unreadable) else reports.instant(found.opened)
    return None if began is None else max(0.0, time.time() - began)
