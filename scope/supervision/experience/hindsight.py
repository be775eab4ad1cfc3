"""Hindsight: what the attempts so far tell the next one, and an advisor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scope.errors import StoreFault
from scope.laws.plan import carried_out
from scope.laws.setback import Setback, digest
from scope.laws.task import Task
from scope.store import atomic, attemptdir, document, layout
from scope.supervision.experience import lessons
from scope.supervision.observation import dossier

if TYPE_CHECKING:
    from scope.supervision.wards.ward import Ward


def of(ward: Ward) -> str:
    """Return the digest of what failed before the next attempt of a session; nothing before the first failure."""
    return digest(setbacks(ward))


def setbacks(ward: Ward) -> tuple[Setback, ...]:
    """Return the failed attempts of a session, the oldest first; only of the newest what it printed."""
    history = dossier.history(ward)
    newest = max(history, default=0)
    return tuple(_setback(ward, attempt, history[attempt], is_newest=attempt == newest) for attempt in sorted(history))


def as_last_tried(ward: Ward) -> Task:
    """Return the task as its last attempt was to carry it out."""
    task = ward.task if isinstance(ward.task, Task) else Task()
    return carried_out(task, ward.chronicle.plan, None, dict(lessons.record_of(ward.attempt_directory).variables))


def skills(ward: Ward) -> tuple[str, ...]:
    """Return the names of the skills that the last attempt began with."""
    return tuple(name for name, _ in lessons.record_of(ward.attempt_directory).skills)


def _setback(ward: Ward, attempt: int, entry: dict[str, Any], *, is_newest: bool) -> Setback:
    report = _report(layout.attempt(ward.directory, attempt)) if is_newest else document.Document()
    failing = report.keys.get("failing")
    advised = [given for given in ward.chronicle.advice if given.get("attempt") == attempt]
    return Setback(
        attempt=attempt,
        of_class=str(entry.get("class", "")),
        headline=str(entry.get("error", "")),
        fingerprint=str(entry.get("fingerprint", "")),
        failing=tuple(str(name) for name in failing) if isinstance(failing, list) else (),
        lines=tuple(line for line in report.body.split("\n") if line.strip()),
        advice_from=str(advised[-1].get("from_level", "")) if advised else "",
        move=str(entry.get("move", "")),
    )


def _report(attempt_directory: str) -> document.Document:
    try:
        return document.parse(atomic.read(attemptdir.failure(attempt_directory)) or "")
    except (StoreFault, document.Unfinished, document.Malformed):
        return document.Document()
