"""The story of a session's supervision, from files alone: who supervises it, what may still be tried, what was done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from scope.agents import identities
from scope.errors import ScopeError
from scope.laws.configuration import Configuration
from scope.laws.ids import SessionId
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions import configuration, escalations, record, reports
from scope.store import journal, layout
from scope.supervision import clock
from scope.supervision.chronicle import Chronicle
from scope.supervision.log import Log
from scope.supervision.orientation import playbook_of
from scope.supervision.supervisors import Supervisors
from scope.supervision.ward import Ward

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws.identity import Identity
    from scope.sessions.reading import Unreadable
    from scope.store.journal import Line

_OF_A_GROUP: Final = ("climb", "advise", "send", "release", "ask", "settle", "close")
_TOLD_OF_A_MOVE: Final = (
    "time", "attempt", "move", "play", "argument", "why", "kind", "class", "error", "fingerprint", "runbook",
    "passed_over", "group", "advice", "is_canary", "is_granted", "for_person", "gives_up", "pause_s", "until_done",
    "escalation", "question", "answer", "by",
)  # fmt: skip


def supervision(root: str, session: str, task: Task | Unreadable, lines: Sequence[Line]) -> dict[str, Any]:
    """Return how a session is supervised, and every move of its supervisor; the lines are its decisions."""
    story = Chronicle()
    for line in lines:
        story.add(line)
    known = task if isinstance(task, Task) else Task()
    settings, problems = _settings(root)
    declared, problem = _declared(root, known.supervisor)
    playbook, is_default = playbook_of(known, declared, settings)
    told = {
        "supervisor": _supervisor(root, session, known, story, settings, declared),
        "playbook": list(playbook),
        "playbook_from": _source(known, declared, is_default=is_default) if playbook else None,
        "problems": [*problems, *([problem] if problem else [])],
        "attempts": _attempts(known, story, lines),
        "variations": [
            {"variation": form, "tried": ("vary", str(number)) in _tried(story)}
            for number, form in enumerate(known.variations)
        ],
        "assignable": [{"name": name, "tried": ("reassign", name) in _tried(story)} for name in known.assignable],
        "group": None,
        "question": None,
        "deferred": None,
    }
    if story.state not in TERMINAL:
        told["group"] = _group(root, story.group) if story.group else None
        told["question"] = _question(root, layout.session(root, session))
        told["deferred"] = _deferral(story) if story.state == "deferred" else None
    told["moves"] = [_move(line) for line in lines if is_move(line)]
    return told


def is_move(line: Line) -> bool:
    """Tell whether a decision is a move of the supervisor, or an answer, and no mere step of the work."""
    if line.get("move") in ("escalate", "defer", "reply", "answer"):
        return True
    return bool(line.get("play") or line.get("advice") or line.get("escalation"))


def _settings(root: str) -> tuple[Configuration, list[str]]:
    try:
        return configuration.load(root), []
    except ScopeError as error:
        return Configuration(), [error.line()]


def _declared(root: str, name: str) -> tuple[Identity | None, str]:
    """Return the declared supervisor as the watcher sees it, and why it does not."""
    if not name:
        return None, ""
    try:
        return identities.chain(root, name)[0], ""
    except (ScopeError, IndexError) as error:
        return None, error.line() if isinstance(error, ScopeError) else f"'{name}' is no agent"


def _supervisor(
    root: str, session: str, task: Task, story: Chronicle, settings: Configuration, declared: Identity | None
) -> dict[str, Any]:
    supervisors = Supervisors(root, clock.boot_id(), Log(root))
    ward = Ward(SessionId(session), layout.session(root, session), task, story)
    name = supervisors.name_of(ward, settings.supervision.span)
    kind = settings.supervision if declared is None else declared
    return {
        "name": name,
        "is_declared": declared is not None,
        "strategy": declared.strategy if declared is not None else "one_for_one",
        "intensity": kind.intensity,
        "period_s": kind.period,
        "may_restart": supervisors.is_restart_allowed(name, settings.supervision, declared, clock.since_boot()),
        "has_given_up": supervisors.has_given_up(name),
    }


def _source(task: Task, declared: Identity | None, *, is_default: bool) -> str:
    if is_default:
        return "default"
    return "given" if task.playbook or declared is None else f"supervisor {declared.name}"


def _attempts(task: Task, story: Chronicle, lines: Sequence[Line]) -> dict[str, int]:
    """Return how many attempts failed, and how many more there may be, since a person last began it anew."""
    # One that failed for good was not recovered from, and one that is at work has its attempt.
    ends = (line.get("move") for line in reversed(lines))
    is_under_way = next((move for move in ends if move in ("start", "recover", "reopen")), "") == "start"
    has_failed = is_under_way and story.state == "failed"
    most = task.retries + story.grants
    return {
        "failed": story.tries + has_failed,
        "retries": task.retries,
        "granted": story.grants,
        "left": max(0, min(most, most + 1 - story.tries - is_under_way)),
    }


def _tried(story: Chronicle) -> set[tuple[str, str]]:
    return {(played.play, played.argument) for played in story.played}


def _group(root: str, identity: str) -> dict[str, Any]:
    """Return what was decided about the group of like failures that a session is in."""
    steps = []
    error = ""
    for _, line in journal.read(layout.groups(root)):
        if line.get("group") == identity:
            error = error or str(line.get("error") or "")
            if line.get("move") in _OF_A_GROUP:
                steps.append({key: line.get(key) for key in ("time", "move", "why", "canary", "advice", "verdict")})
    return {"id": identity, "error": error, "steps": steps}


def _question(root: str, directory: str) -> dict[str, Any] | None:
    """Return what a person is asked, with the command that answers it."""
    asked = record.question(directory)
    if asked is None:
        return None
    found = escalations.read(root, asked[0])
    known = found if isinstance(found, escalations.Escalation) else None
    return {
        "id": asked[0],
        "question": asked[1],
        "options": list(known.options) if known else [],
        "default": known.default if known else None,
        "deadline": reports.stamp(known.deadline) if known and known.deadline is not None else None,
        "is_answered": record.is_answered(root, asked[0]),
        "problem": None if known else found.says if isinstance(found, escalations.Unreadable) else None,
        "file": layout.escalation(root, asked[0]),
        "answer_with": f"scope answer {asked[0]} …",
    }


def _deferral(story: Chronicle) -> dict[str, Any]:
    line = story.deferral
    pause_s = line.get("pause_s")
    pause_s = pause_s if isinstance(pause_s, int | float) else None
    began = reports.instant(str(line.get("time", "")))
    is_timed = began is not None and pause_s is not None
    return {
        "until": reports.stamp(began + pause_s) if is_timed else None,  # type: ignore[operator]
        "until_done": line.get("until_done") or None,
        "pause_s": pause_s,
    }


def _move(line: Line) -> dict[str, Any]:
    seen = line.get("saw")
    return {key: line.get(key) for key in _TOLD_OF_A_MOVE} | {"saw": seen if isinstance(seen, dict) else {}}
