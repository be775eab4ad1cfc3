"""One case of the inbox for a person to read: how it stands, what is asked, the whole case, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.cli.inboxtable import SEVERITIES, age_of
from scope.laws.durations import words
from scope.sessions.asking.escalations import Unreadable
from scope.sessions.records import record, reports
from scope.store import inboxdir

if TYPE_CHECKING:
    from scope.cli.inboxtable import Known
    from scope.sessions.asking.escalations import Escalation


def page(root: str, found: Escalation | Unreadable, known: Known) -> str:
    """Return the page of one case, whatever its state; of one that cannot be read, what is wrong and where."""
    path = inboxdir.escalation(root, found.id)
    if isinstance(found, Unreadable):
        return _visible(f"{found.id} cannot be read: {found.says}\n\nedit it: {path}\n")
    age_s = age_of(found)
    since = f", for {words(age_s)}" if age_s is not None and found.is_open else ""
    stands = f"{found.id} is {known.state(found)}{since}; severity: {SEVERITIES[found.severity]}"
    lines = [stands, "", found.question, ""]
    lines += [f"{name}: {value}" for name, value in _facts(found, known).items() if value]
    lines += [f"file: {path}", "", found.body.strip()]
    if found.is_open:
        lines += ["", f"scope answer {found.id} … · scope ack {found.id} · scope forward {found.id} NAME"]
    return _visible("\n".join(lines) + "\n")


def _facts(found: Escalation, known: Known) -> dict[str, str]:
    return {
        "options": ", ".join(found.options),
        "default": found.default or "",
        "deadline": "" if found.deadline is None else reports.stamp(found.deadline),
        "answer": record.one_line(found.answer),
        "by": found.by,
        "vars": ", ".join(f"{name}={value}" for name, value in found.variables),
        "policy": found.policy,
        "assignee": found.assignee,
        "silenced by": known.silenced(found),
        "notified": known.notified(found),
        "class": found.of_class,
        "needs": found.needs,
        "fingerprint": found.fingerprint,
        "sessions": " ".join(found.sessions) + (" …" if found.members > len(found.sessions) else ""),
    }


def _visible(text: str) -> str:
    """Return a text without what would drive a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
