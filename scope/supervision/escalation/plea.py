"""A case in words: the one question, what failed, what was tried and advised; the text of an escalation.

It is told anew whenever a person is asked: what stands here has no other place.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from scope.laws.task import Task
from scope.sessions.asking.escalation import Escalation
from scope.sessions.records import record
from scope.supervision.observation import dossier, inquiry
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scope.laws import configuration
    from scope.laws.plays import Played
    from scope.supervision.escalation.groups import Ring
    from scope.supervision.wards.ward import Ward

_TOLD_OF: Final = 50
_TOLD_IN_FULL: Final = 3
_LINES: Final = 12
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


def made(ring: Ring, wards: Sequence[Ward], settings: configuration.Escalation) -> Escalation:
    """Return the escalation of a group that is put before a person, as it is now."""
    group = ring.group
    kind = "supervisor" if group.supervisor else "failure"
    asked = inquiry.Asked("", OPTIONS[:2] if group.supervisor else OPTIONS)
    if ring.question is not None:
        kind = "question"
        asked = inquiry.read(wards[0].attempt_directory, ring.question[2]) if wards else inquiry.Asked("")
    elif settings.answer_within and not group.supervisor:
        asked = inquiry.Asked("", OPTIONS, settings.default, time.time() + settings.answer_within)
    sessions = tuple(ward.session for ward in wards)
    tasks = [ward.task for ward in wards if isinstance(ward.task, Task)]
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
        needs=known.needs if known is not None else "",
        job_type=_common(task.job_type for task in tasks),
        entity_type=_common(task.entity_type for task in tasks),
        agent=_common(task.agent for task in tasks),
        supervisor=group.supervisor or _common(task.supervisor for task in tasks),
        labels=tuple(pair for pair in tasks[0].labels if all(pair in task.labels for task in tasks)) if tasks else (),
    )


def _common(words: Iterable[str]) -> str:
    """Return the word that all of them have, nothing where they differ."""
    different = set(words)
    return different.pop() if len(different) == 1 else ""


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
