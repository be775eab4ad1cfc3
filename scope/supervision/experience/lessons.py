"""What one judged attempt comes to: how it ended, and the lesson, if advice made it succeed."""

from __future__ import annotations

import json
from math import inf
from typing import TYPE_CHECKING, Any, Final

from scope.errors import StoreFault
from scope.executors import brief
from scope.laws.crystal import Lesson
from scope.laws.group import HUMAN, RULES
from scope.skills.outcomes import Ending
from scope.store import atomic, attemptdir, layout
from scope.supervision.observation import dossier
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.executors.brief import Record
    from scope.laws.failure import Failure
    from scope.laws.task import Task
    from scope.skills.outcomes import Verifier
    from scope.supervision.wards.ward import Ward

REPLAY: Final = "replay"
"""The label of a session that tries a skill for the watcher; its value is the skill's name."""


def is_replay(task: Task) -> bool:
    """Tell whether a session tries a skill for the watcher."""
    return task.by == "watcher" and REPLAY in dict(task.labels)


def advice_of(ward: Ward) -> dict[str, Any] | None:
    """Return the advice that the latest attempt had, if it had any."""
    return ward.chronicle.advice[-1] if ward.chronicle.plan.advice is not None and ward.chronicle.advice else None


def ending(ward: Ward, task: Task, record: Record, line: dict[str, Any], failure: Failure | None) -> Ending:
    """Return how the latest attempt ended by the decision `line`; without a failure it succeeded."""
    story, given = ward.chronicle, advice_of(ward)
    at = story.awaiting_since or line.get("at")  # what came after its end took no time of its own
    # What an advisor took is borne by the one that went first with the advice.
    cost = given.get("cost") if given is not None and given.get("is_canary") else 0.0
    return Ending(
        id=f"{ward.session}/{story.attempt}",
        time=str(line.get("time") or clock.stamp()),
        session=ward.session,
        attempt=story.attempt,
        job_type=task.job_type,
        entity_type=task.entity_type,
        entity=dict(task.labels).get("entity", ""),
        signals=task.signals,
        executor=task.executor,
        fingerprint=failure.fingerprint if failure is not None else "",
        headline=failure.headline[:200] if failure is not None else "",
        skills=tuple(f"{name}@{revision}" for name, revision in record.skills),
        control=tuple(f"{name}@{revision}" for name, revision in record.control),
        advice_from=record.advice_from,
        outcome="success" if failure is None else "failure",
        verifier=_verifier(line, task),
        cost=_cost(ward, task),
        seconds=round(max(0.0, float(at) - story.begun), 3) if isinstance(at, int | float) else 0.0,
        escalation_cost=float(cost) if isinstance(cost, int | float) else None,
        is_replay=is_replay(task),
    )


def lesson(ward: Ward, task: Task) -> Lesson | None:
    """Return what the advice of a successful attempt teaches; None where there was none that can be told."""
    given, history = advice_of(ward), dossier.history(ward)
    if given is None or not history:
        return None
    level = str(given.get("from_level", ""))
    if level not in (RULES, HUMAN) and not level.isdecimal():
        return None
    mended = history[max(history)]
    tried = [entry for entry in dossier.advice(ward) if _is_in_vain(entry, history)]
    plan = ward.chronicle.plan.advice
    return Lesson(
        level=level,
        instructions=str(given.get("instructions", "")),
        variables=plan.variables if plan is not None else (),  # all that it succeeded with
        reasoning=str(given.get("reasoning", "")),
        fingerprint=str(mended.get("fingerprint", "")),
        headline=str(mended.get("error", "")),
        job_type=task.job_type,
        entity_type=task.entity_type,
        signals=task.signals,
        check=task.check,  # a signal is no command that anybody could run
        executor=task.executor,
        tried=tuple(_in_short(entry) for entry in tried),
        session=ward.session,
        attempt=ward.chronicle.attempt,
        runbook=str(mended.get("label", "")) if level == RULES else "",
    )


def record_of(attempt_directory: str) -> Record:
    """Return what an attempt was given; nothing where that cannot be read."""
    try:
        return brief.recorded(attempt_directory)
    except StoreFault:
        return brief.Record()


def failed_with(ward: Ward) -> tuple[str, ...]:
    """Return the names of the skills that any failed attempt of a session had."""
    records = [record_of(layout.attempt(ward.directory, attempt)) for attempt in dossier.history(ward)]
    return tuple(dict.fromkeys(name for record in records for name, _ in record.skills))


def pairs(said: object) -> tuple[tuple[str, str], ...]:
    """Return variables as a line holds them."""
    return tuple((str(name), str(value)) for name, value in said.items()) if isinstance(said, dict) else ()


def said_in(path: str) -> dict[str, Any]:
    """Return the object that a worker wrote into a file; an empty one where it did not."""
    try:
        said = json.loads(atomic.read(path) or "{}")
    except (ValueError, RecursionError, StoreFault):
        return {}
    return said if isinstance(said, dict) else {}


def dollars(said: object) -> float | None:
    """Return what a worker says that something took; None where that is no sum of money."""
    try:
        amount = float(said) if isinstance(said, int | float) and not isinstance(said, bool) else inf
    except OverflowError:
        return None
    return amount if 0 <= amount < inf else None


def _verifier(line: dict[str, Any], task: Task) -> Verifier:
    saw = line.get("saw")
    if line.get("move") == "succeed" and isinstance(saw, dict) and saw.get("state") == "escalated":
        return "human"
    return "signal" if task.late is not None else "check"


def _cost(ward: Ward, task: Task) -> float | None:
    """Return what an attempt's models took in dollars; None where nobody knows."""
    if not task.is_routed:
        return 0.0
    return dollars(said_in(attemptdir.usage(ward.attempt_directory)).get("cost"))


def _is_in_vain(entry: Mapping[str, Any], history: Mapping[int, Mapping[str, Any]]) -> bool:
    """Tell whether the very same failed with an advice as had failed before; another failure is the next one."""
    attempt = int(entry.get("attempt", 0))
    known = {said.get("fingerprint") for number, said in history.items() if number < attempt}
    return entry.get("outcome") == "failed" and history.get(attempt, {}).get("fingerprint") in (*known, None)


def _in_short(entry: dict[str, Any]) -> str:
    variables = ", ".join(f"{name} = {value}" for name, value in pairs(entry.get("variables")))
    words = " ".join(str(entry.get("instructions", "")).split())[:200]
    return f"{entry.get('from_level')}: {'; '.join(part for part in (variables, words) if part)}"
