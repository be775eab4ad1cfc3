"""What a person means with the words of the inbox's commands, and who may not speak them."""

from __future__ import annotations

import os

from scope.errors import BadInput, NotFound
from scope.sessions.records.selection import one
from scope.store import atomic, inboxdir, layout


def refuse_inside(verb: str, word: str) -> None:
    """Raise BadInput inside a session: what people decide is not for those whom it is about."""
    own = os.environ.get("SCOPE_SESSION")
    if own:
        raise BadInput(f"cannot {verb}", word, f"this is inside session {own}", "a person answers: scope inbox")


def meant(root: str, word: str, verb: str = "answer") -> str:
    """Return the escalation that a person means: its id, or that of the session which waits for it."""
    from scope.sessions.asking import escalations  # noqa: PLC0415 - imports yaml, after the simple refusals

    if escalations.is_escalation_id(word) and os.path.exists(inboxdir.escalation(root, word)):
        return word
    try:
        session = one(root, word)
    except NotFound:
        if escalations.is_escalation_id(word):
            raise escalations.missing(root, word) from None
        raise
    asked = atomic.read(layout.question(layout.session(root, session)))
    if asked is None:
        raise BadInput(f"cannot {verb}", session, "it waits for nobody's answer", "see what does: scope inbox")
    return asked.partition("\n")[0].strip()


def pairs(words: list[str], option: str, example: str) -> dict[str, str]:
    """Return what was given as K=V; raises BadInput for what is none."""
    found = {}
    for word in words:
        name, equals, value = word.encode("utf-8", "surrogateescape").decode("utf-8", "replace").partition("=")
        if not equals or not name:
            raise BadInput(f"{option} takes K=V, not", word, hint=f"for example: {example}")
        found[name] = value
    return found


def until(text: str | None, now_s: float) -> str:
    """Return a moment as it is written down; nothing where none is given. Raises BadInput for what is none."""
    if text is None:
        return ""
    from scope.sessions.records import reports  # noqa: PLC0415 - only with a time

    at_s = reports.moment(text, now_s)
    if at_s is None or at_s <= now_s:
        takes = "--until takes a time to come, 30d or 2026-12-31T00:00:00Z, not"
        raise BadInput(takes, text[:80], hint="for example: --until 30d")
    return reports.stamp(at_s)
