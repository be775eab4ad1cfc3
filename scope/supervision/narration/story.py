"""The story of a session's supervision, from files alone: who supervises it, and what may still be tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scope.agents import identities
from scope.errors import ScopeError
from scope.laws.configuration import Configuration
from scope.laws.ids import SessionId
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions.asking import escalations
from scope.sessions.asking.escalations import Escalation
from scope.sessions.records import configuration, record, reports
from scope.store import inboxdir, journal, layout
from scope.supervision.strategy.orientation import playbook_of
from scope.supervision.strategy.supervisors import Supervisors
from scope.supervision.wards import clock
from scope.supervision.wards.chronicle import Chronicle
from scope.supervision.wards.log import Log
from scope.supervision.wards.ward import Ward

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws.identity import Identity
    from scope.sessions.records.reading import Unreadable
    from scope.store.journal import Line

_STEPS: Final = ("climb", "consult", "advise", "send", "release", "ask", "settle", "close")


def supervision(root: str, session: str, task: Task | Unreadable, lines: Sequence[Line]) -> dict[str, Any]:
    """Return how a session is supervised and what is left to try; the lines are its decisions."""
    story = Chronicle()
    for line in lines:
        story.add(line)
    known = task if isinstance(task, Task) else Task()
    settings, problem = _settings(root)
    declared, also = _declared(root, known.supervisor)
    playbook, is_default = playbook_of(known, declared, settings)
    tried = {(played.play, played.argument) for played in story.played}
    is_live = story.state not in TERMINAL
    return {
        "supervisor": _supervisor(root, session, known, story, settings, declared),
        "playbook": list(playbook),
        "playbook_from": _source(known, declared, is_default=is_default) if playbook else "none",
        "attempts": _attempts(known, story, lines),
        "variations": [
            {"variation": form, "tried": ("vary", str(number)) in tried} for number, form in enumerate(known.variations)
        ],
        "assignable": [{"name": name, "tried": ("reassign", name) in tried} for name in known.assignable],
        "group": _group(root, story.group) if is_live and story.group else None,
        "question": _question(root, layout.session(root, session)) if is_live else None,
        "deferred": _deferral(story.deferral) if story.state == "deferred" else None,
        "problems": [said for said in (problem, also) if said],
    }


def _settings(root: str) -> tuple[Configuration, str]:
    try:
        return configuration.load(root), ""
    except ScopeError as error:
        return Configuration(), error.line()


def _declared(root: str, name: str) -> tuple[Identity | None, str]:
    """Return the declared supervisor, as the watcher would have it, or why there is none."""
    if not name:
        return None, ""
    try:
        agents = identities.chain(root, name)
    except ScopeError as error:
        return None, error.line()
    return (agents[0], "") if agents else (None, f"'{name}' is no agent")


def _supervisor(
    root: str, session: str, task: Task, story: Chronicle, settings: Configuration, declared: Identity | None
) -> dict[str, Any]:
    supervisors = Supervisors(root, clock.boot_id(), Log(root))
    ward = Ward(SessionId(session), layout.session(root, session), task, story)
    name = supervisors.name_of(ward, settings.supervision.span)
    limits = settings.supervision if declared is None else declared
    return {
        "name": name,
        "is_declared": bool(task.supervisor),
        "strategy": declared.strategy if declared is not None else None,
        "intensity": limits.intensity,
        "period_s": limits.period,
        "may_restart": supervisors.is_restart_allowed(name, settings.supervision, declared, clock.since_boot()),
        "has_given_up": supervisors.has_given_up(name),
    }


def _source(task: Task, declared: Identity | None, *, is_default: bool) -> str:
    if is_default:
        return "default"
    return "given" if task.playbook or declared is None else f"supervisor {declared.name}"


def _attempts(task: Task, story: Chronicle, lines: Sequence[Line]) -> dict[str, int]:
    """Return how many attempts failed, and how many further ones there may be, since a person's last word."""
    marks = (line.get("move") for line in reversed(lines))
    # One that failed for good was never recovered from, and one at work holds its try.
    is_under_way = next((move for move in marks if move in ("start", "recover", "reopen")), "") == "start"
    most = task.retries + story.grants
    return {
        "failed": story.tries + (is_under_way and story.state == "failed"),
        "retries": task.retries,
        "granted": story.grants,
        "left": max(0, min(most, most + 1 - story.tries - is_under_way)),
    }


def _group(root: str, identity: str) -> dict[str, Any]:
    """Return what was decided about the group of like failures that a session waits in."""
    lines = [line for _, line in journal.read(inboxdir.groups(root)) if line.get("group") == identity]
    shown = ("time", "move", "why", "advisor", "canary", "verdict", "advice")
    return {
        "id": identity,
        "error": next((line["error"] for line in lines if line.get("error")), ""),
        "supervisor": next((line["supervisor"] for line in lines if line.get("supervisor")), ""),
        "steps": [{key: line.get(key) for key in shown} for line in lines if line.get("move") in _STEPS],
    }


def _question(root: str, directory: str) -> dict[str, Any] | None:
    """Return what a person is asked, and the command that answers it."""
    asked = record.question(directory)
    if asked is None:
        return None
    found = escalations.read(root, asked[0])
    known = found if isinstance(found, Escalation) else Escalation(asked[0], "open", "question", asked[1])
    return {
        "id": asked[0],
        "kind": known.kind,
        "question": asked[1],
        "options": list(known.options),
        "default": known.default,
        "deadline": None if known.deadline is None else reports.stamp(known.deadline),
        "answer": known.answer or None,
        "answer_with": f"scope answer {asked[0]} …",
        "file": inboxdir.escalation(root, asked[0]),
        "problem": None if isinstance(found, Escalation) else found.says,
    }


def _deferral(line: Line) -> dict[str, Any]:
    """Return until when, or until which session is done, a session is deferred."""
    until, pause_s = None, line.get("pause_s")
    began = reports.instant(str(line.get("time", "")))
    if began is not None and isinstance(pause_s, int | float) and pause_s >= 0:
        until = reports.stamp(began + min(pause_s, 1e9))
    return {"until": until, "until_done": line.get("until_done") or None}
