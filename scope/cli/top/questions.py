"""What waits for a person, the most urgent first; a file that has not changed is not read again."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from scope.cli import inboxtable
from scope.errors import StoreFault
from scope.sessions.asking import escalations
from scope.sessions.asking.escalations import Escalation, Unreadable
from scope.sessions.records import record, reports
from scope.store import atomic, inboxdir

if TYPE_CHECKING:
    from collections.abc import Iterable


class Questions:
    """The open escalations of a root."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._found: dict[str, Escalation | Unreadable] = {}
        self.open: list[Escalation | Unreadable] = []

    def read(self, names: Iterable[str] | None = None) -> None:
        """Read the files of these names again, or all."""
        if names is None:
            self._found = {}
            wanted = escalations.ids(self._root)
        else:
            wanted = [name.removesuffix(".md") for name in names if name.endswith(".md")]
        for identity in filter(escalations.is_escalation_id, wanted):
            self._found.pop(identity, None)
            if not self._is_settled(identity):
                found = escalations.read(self._root, identity)
                if isinstance(found, Escalation) or not found.is_gone:
                    self._found[identity] = found
        self.open = inboxtable.ordered(self._found.values(), is_all=False)

    def get(self, identity: str) -> Escalation | None:
        """Return an open escalation."""
        found = self._found.get(identity)
        return found if isinstance(found, Escalation) and found.is_open else None

    def _is_settled(self, identity: str) -> bool:
        """Tell by a look at its lines whether it was closed: years of them take no YAML."""
        try:
            text = atomic.read(inboxdir.escalation(self._root, identity)) or ""
        except StoreFault:
            return False
        return "\nstate: closed\n" in text.partition("\n---\n")[0] + "\n"


def said(found: Escalation | Unreadable) -> str:
    """Say in one line what is asked, or what is wrong with its file."""
    return f"{found.id} {record.one_line(found.says if isinstance(found, Unreadable) else found.question)}"


def told(found: Escalation, width: int) -> list[str]:
    """Return the whole case in lines of this width: the question, what can be answered, and all that was tried."""
    lines = textwrap.wrap(record.one_line(found.question), width) or [""]
    if found.kind != "question":
        lines += textwrap.wrap(f"Answers: {', '.join(escalations.WORDS)}, or what to do differently.", width)
    elif found.options:
        lines += textwrap.wrap(f"Answers: {', '.join(map(record.one_line, found.options))}.", width)
    if found.default is not None:
        until = f" at {reports.stamp(found.deadline)}" if found.deadline is not None else ""
        lines += textwrap.wrap(f"By default{until}: {record.one_line(found.default)}.", width)
    lines.append("")
    for line in found.body.strip().split("\n"):
        words = "".join(c for c in line.expandtabs(4) if c.isprintable())
        lines += textwrap.wrap(words, width, subsequent_indent=" " * (len(words) - len(words.lstrip()))) or [""]
    return lines
