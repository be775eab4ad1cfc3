"""The human's inbox from the watcher's side: `escalations/<id>.md` says what is asked, and what a person answered."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from scope.laws.group import Answer
from scope.laws.task import Task
from scope.sessions import escalations, record
from scope.sessions.escalations import Escalation, Unreadable
from scope.store import atomic, layout
from scope.supervision import clock, dossier, inquiry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws.group import Advice
    from scope.laws.plays import Played
    from scope.supervision.groups import Ring
    from scope.supervision.ward import Ward

_TOLD_OF: Final = 50
_TOLD_IN_FULL: Final = 3
_LINES: Final = 12
_KEPT: Final = 20_000
_ADVICE: Final = 400
# What a failure needs decides what is asked.
_ASKING: Final = {
    "decomposition": "Into which parts can it be split?",
    "information": "What does it need to know?",
    "reframing": "Which other way should it go?",
    "reassignment": "Who else should do it?",
    "policy": "What holds here?",
}
OPTIONS: Final = ("retry", "fail", "pass")


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
        atomic.replace(path, f"{ring.group.id}\n{question_of(ring, [ward])}\n", is_durable=False)
    elif os.path.lexists(path):
        atomic.remove(path)
    ward.is_question_shown = is_asked


def question_of(ring: Ring, wards: Sequence[Ward]) -> str:
    """Return the one concrete question."""
    if ring.question is not None and wards:
        return inquiry.read(wards[0].attempt_directory, ring.question[2]).text
    if ring.group.supervisor:
        return f"Supervisor '{ring.group.supervisor}' restarted too often and gave up. Begin again?"
    held = sum(member.is_held for member in ring.members.values())
    count = max(len(ring.members) - held, 1)
    who = f"{count} sessions" if count > 1 else f"Session {next(iter(ring.members), wards[0].session if wards else '')}"
    failed = (ring.error or "could not go on").rstrip(" .?!")
    more = f" ({held} like {'them' if count > 1 else 'it'} held)" if held else ""
    known = next((ward.diagnosis[1] for ward in wards if ward.diagnosis is not None), None)
    return f"{who} failed{more}: {failed}. {_ASKING.get(known.needs if known is not None else '', 'What now?')}"


def stands(root: str, identity: str) -> bool:
    """Tell whether the file of an escalation still asks, or has an answer; not when somebody removed or closed it."""
    found = escalations.read(root, identity)
    if isinstance(found, Unreadable):
        return not found.is_gone  # somebody is at it
    return found.state in ("open", "acked") or _has_answer(found)


def show(root: str, ring: Ring, wards: Sequence[Ward]) -> bool:
    """Make the file of a group say what it should; tell whether it does now. Raises StoreFault."""
    group = ring.group
    found = escalations.read(root, group.id)
    if isinstance(found, Unreadable):
        if not found.is_gone:
            return False  # somebody is at it
        if group.phase != "asking":
            return True
        atomic.directory(layout.escalations(root))
        # Also where a person removed it: what is still asked is not lost by that.
        atomic.create(layout.escalation(root, group.id), escalations.text(_made(ring, wards)))
        return True
    if group.phase != "asking":
        if found.state not in ("open", "acked"):
            return True
        return escalations.settle(root, group.id, found.digest, "answered" if found.answer else "closed")
    wanted = _made(ring, wards)
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
    body = f"{wanted.body}\n# Asked before\n\n{found.body.strip()[:_KEPT]}\n"
    now = escalations.read(root, found.id)
    if isinstance(now, Unreadable) or now.digest != found.digest:
        return False
    atomic.replace(layout.escalation(root, found.id), escalations.text(replace(wanted, body=body)))
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


def _has_answer(found: Escalation) -> bool:
    # Also where a person said `closed` as well, which is for the watcher to say.
    return replace(found, state="open").has_answer


def _made(ring: Ring, wards: Sequence[Ward]) -> Escalation:
    group = ring.group
    kind = "supervisor" if group.supervisor else "failure"
    asked = inquiry.Asked("", OPTIONS[:2] if group.supervisor else OPTIONS)
    if ring.question is not None:
        kind = "question"
        asked = inquiry.read(wards[0].attempt_directory, ring.question[2]) if wards else inquiry.Asked("")
    sessions = tuple(ward.session for ward in wards)
    known = next((ward.diagnosis[1] for ward in wards if ward.diagnosis is not None), None)
    return Escalation(
        id=group.id,
        state="open",
        kind=kind,
        question=question_of(ring, wards),
        options=asked.options,
        default=asked.default,
        deadline=asked.deadline,
        sessions=sessions[:_TOLD_OF],
        members=max(len(ring.members), len(sessions)),
        fingerprint=group.fingerprint,
        of_class=known.of_class if known is not None else "",
        severity=min(group.severity, 2),
        opened=clock.stamp() if group.told == 0 else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        body=_body(ring, wards),
    )


def _body(ring: Ring, wards: Sequence[Ward]) -> str:
    group = ring.group
    lines: list[str] = []
    if ring.question is not None:
        lines.append(f"Session {ring.question[0]} asks, and waits (scope ask).\n")
    elif group.supervisor:
        lines.append(
            "Its children were stopped. `retry` has all of them begin again, `fail` ends them; "
            "the history is in restarts.jsonl.\n"
        )
    else:
        lines.append(
            "`retry` tries again, one session first; `fail` ends them; `pass` accepts them as done; "
            "your own words become their instructions, `vars` their variables.\n"
        )
    if group.advice is not None:
        lines.append(f"Advice before this, from {group.advice.level}: {group.advice.reasoning or 'see below'}")
        lines.append(f"It did not suffice.\n\n{group.advice.instructions.strip()}\n")
    for ward in wards[:_TOLD_IN_FULL]:
        lines += _case(ward)
    if len(wards) > _TOLD_IN_FULL:
        more = wards[_TOLD_IN_FULL:]
        names = " ".join(ward.session for ward in more[:_TOLD_OF])
        lines.append(f"{len(more)} more: {names}{' …' if len(more) > _TOLD_OF else ''}\n")
    return "\n".join(lines)


def _made_words(ward: Ward, move: Played) -> str:
    """Say one move, a variation as the person wrote it."""
    written = ward.task.variations if isinstance(ward.task, Task) else ()
    if move.play == "vary" and move.argument.isdigit() and int(move.argument) < len(written):
        return f"vary {written[int(move.argument)]}"
    return f"{move.play} {move.argument}".strip() if move.play == "reassign" else move.play


def _case(ward: Ward) -> list[str]:
    story = ward.chronicle
    lines = [f"## Session {ward.session}", "", f"- look: scope explain {ward.session}"]
    lines += [_work(ward.task)] if isinstance(ward.task, Task) else []
    if ward.urgency:
        lines.append(f"- {ward.urgency} session{'s wait' if ward.urgency > 1 else ' waits'} for it")
    if story.played:
        moves = ", ".join(_made_words(ward, move) for move in story.played if move.play != "escalate")
        lines.append(f"- tried: {story.tries} attempt{'s' * (story.tries != 1)}" + (f"; {moves}" if moves else ""))
    lines += [f"- advised: {_in_short(given)}" for given in dossier.advice(ward)]
    if ward.diagnosis is not None:
        failure = ward.diagnosis[1]
        lines.append(f"- failed: {failure.of_class} ({failure.kind}); needs {failure.needs or 'nothing'}")
        if failure.runbook:
            lines.append(f"- runbook: {failure.runbook}")
        lines += ["", *(f"    {line}" for line in failure.lines[-_LINES:])]
    elif story.said:
        lines.append(f"- {story.said}")
    return [*lines, ""]


def _work(task: Task) -> str:
    """Say what the work is, and which variables it has: `vars` can set these, and no others."""
    held = ", ".join(f"{name}={value}" for name, value in task.vars)
    return f"- work: {record.one_line(task.title())}" + (f"; its variables: {record.one_line(held)}" if held else "")


def _in_short(given: dict[str, Any]) -> str:
    """Say an advice that was tried in one line: whose, what, and what came of it."""
    variables = given.get("variables")
    told = [f"{name} = {value}" for name, value in variables.items()] if isinstance(variables, dict) else []
    words = " ".join(str(given.get("instructions") or given.get("reasoning") or "").split())
    said = "; ".join((*told, words))[:_ADVICE].rstrip("; ")
    return f"{given.get('from_level')} said: {said or 'once more'}; it {given.get('outcome')}"
