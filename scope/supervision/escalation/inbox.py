"""The human's inbox from the watcher's side: `escalations/<id>.md` says what is asked, and what a person answered."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from scope.errors import BadInput
from scope.laws.group import Answer
from scope.sessions.asking import adoption, escalations
from scope.sessions.asking.escalations import Escalation, Unreadable
from scope.sessions.asking.questions import DEFAULT
from scope.store import atomic, inboxdir, layout
from scope.supervision.escalation import plea

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws import configuration
    from scope.laws.group import Advice
    from scope.supervision.escalation.groups import Ring
    from scope.supervision.wards.ward import Ward

_KEPT: Final = 20_000


def advice_words(advice: Advice) -> dict[str, Any]:
    """Return an advice as the journals hold it."""
    return {
        "from_level": advice.level,
        "instructions": advice.instructions,
        "reasoning": advice.reasoning,
        "variables": dict(advice.variables),
        "insufficient": advice.insufficient,
        "session": advice.session,
        "cost": advice.cost_usd,
    }


def mark(ward: Ward, ring: Ring | None) -> None:
    """Keep the file `question` of a session there exactly while a person is asked about it; raises StoreFault."""
    is_asked = ring is not None and ring.group.phase == "asking"
    # Whoever sees this file finds the escalation that it names.
    if ward.is_question_shown is is_asked or (is_asked and ring is not None and not ring.is_shown):
        return
    path = layout.question(ward.directory)
    if is_asked and ring is not None:
        atomic.replace(path, f"{ring.group.id}\n{plea.question_of(ring, [ward])}\n", is_durable=False)
    elif os.path.lexists(path):
        atomic.remove(path)
    ward.is_question_shown = is_asked


def stands(root: str, identity: str) -> bool:
    """Tell whether the file of an escalation still asks, or has an answer; not when somebody removed or closed it."""
    found = escalations.read(root, identity)
    if isinstance(found, Unreadable):
        return not found.is_gone  # somebody is at it
    return found.state in ("open", "acked") or _has_answer(found)


def show(root: str, ring: Ring, wards: Sequence[Ward], settings: configuration.Escalation) -> bool:
    """Make the file of a group say what it should; tell whether it does now. Raises StoreFault."""
    group = ring.group
    found = escalations.read(root, group.id)
    if isinstance(found, Unreadable):
        if not found.is_gone:
            return False  # somebody is at it
        if group.phase != "asking":
            return True
        atomic.directory(inboxdir.escalations(root))
        # Also where a person removed it: what is still asked is not lost by that.
        atomic.create(inboxdir.escalation(root, group.id), escalations.text(plea.made(ring, wards, settings)))
        return True
    if group.phase != "asking":
        if found.state not in ("open", "acked"):
            return True
        return escalations.settle(root, group.id, found.digest, "answered" if found.answer else "closed")
    wanted = plea.made(ring, wards, settings)
    if found.answer and found.state in ("open", "acked"):
        return True
    if found.state not in ("open", "acked"):
        return _ask_again(root, found, wanted)
    if (found.members, found.severity) == (wanted.members, wanted.severity):
        return True
    told = {"members": str(wanted.members), "severity": str(wanted.severity), "question": wanted.question}
    return escalations.settle(root, group.id, found.digest, found.state, {**told, "sessions": list(wanted.sessions)})


def _ask_again(root: str, found: Escalation, wanted: Escalation) -> bool:
    """Tell the case as it is now, above what the file said before; a person's edit in between wins."""
    wanted = replace(wanted, assignee=found.assignee)
    if found.by == DEFAULT:
        wanted = replace(wanted, default=None, deadline=None)  # once: a clock must not try it again for ever
    body = f"{wanted.body}\n# Asked before\n\n{found.body.strip()[:_KEPT]}\n"
    now = escalations.read(root, found.id)
    if isinstance(now, Unreadable) or now.digest != found.digest:
        return False
    atomic.replace(inboxdir.escalation(root, found.id), escalations.text(replace(wanted, body=body)))
    return True


def close(root: str, identities: list[str]) -> None:
    """Say of groups that are closed that nobody waits for an answer any more; raises StoreFault."""
    for identity in list(identities):
        found = escalations.read(root, identity)
        if isinstance(found, Unreadable):
            if found.is_gone:
                identities.remove(identity)
            continue
        is_open = found.state in ("open", "acked")
        if not is_open or escalations.settle(root, identity, found.digest, "answered" if found.answer else "closed"):
            identities.remove(identity)


def answer(root: str, identity: str) -> Answer | None:
    """Return what a person answered, if there is an answer that can be taken."""
    found = escalations.read(root, identity)
    if isinstance(found, Unreadable) or not _has_answer(found):
        return None
    return Answer(found.answer, found.variables)


def is_acked(root: str, identity: str) -> bool:
    """Tell whether a person has seen what is asked, and said so."""
    found = escalations.read(root, identity)
    return isinstance(found, Escalation) and found.is_acked


def _has_answer(found: Escalation) -> bool:
    # Also where a person said `closed` as well, which is for the watcher to say.
    return replace(found, state="open").has_answer


def adopt(root: str, identity: str) -> str:
    """Make the policy that an answer asks for, if it does and nobody has; return what keeps it from being made."""
    found = escalations.read(root, identity)
    if isinstance(found, Unreadable) or not found.policy or not found.answer:
        return ""
    try:
        adoption.adopt(root, found)
    except BadInput as error:
        return str(error)
    return ""


def take_default(root: str, found: Escalation, now_unix_s: float) -> bool:
    """Answer a failure with its default once its deadline has passed; tell whether that was done. Raises StoreFault.

    Whoever asks a question by itself takes its default by itself, too.
    """
    is_due = found.deadline is not None and found.deadline <= now_unix_s
    if not (is_due and found.default and found.kind == "failure" and found.is_open):
        return False
    return escalations.settle(root, found.id, found.digest, "open", {"answer": found.default, "by": DEFAULT})
