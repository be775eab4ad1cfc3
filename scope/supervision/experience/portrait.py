"""A portrait of one session: everything about it in one place, from its files alone; no process is asked."""

from __future__ import annotations

import os
import time
from shlex import join
from typing import TYPE_CHECKING, Any, Final

from scope.errors import ScopeError
from scope.laws.ids import SessionId, parent, tmux_name
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.models import costs
from scope.sessions.keeping import housekeeping
from scope.sessions.records import archive, listing, record
from scope.sessions.records.reading import Unreadable, read_task
from scope.store import archivedir, atomic, attemptdir, document, journal, layout
from scope.supervision.experience import lessons
from scope.supervision.observation import dossier, observe
from scope.supervision.wards import chronicle
from scope.supervision.wards.ward import Ward
from scope.tmux.address import attach_argv

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS: Final = (
    "id", "name", "state", "why", "verified", "archived", "parent", "title", "task", "problem", "labels", "after",
    "created", "by", "ended", "exit", "result", "attempts", "question", "advice", "children", "cost", "worktree",
    "files", "attach",
)  # fmt: skip
_OF_TASK: Final = (
    "executor", "command", "check", "cwd", "retries", "timeout", "agent", "supervisor", "level", "job_type", "skill",
)  # fmt: skip
_OF_ADVICE: Final = ("attempt", "from_level", "reasoning", "instructions", "outcome")


def of(root: str, session: str, unpacked: str = "") -> dict[str, Any]:
    """Return everything about a session under the documented keys; `unpacked` is where its archive lies for a moment.

    Raises ScopeError.
    """
    directory = unpacked or layout.session(root, session)
    story = chronicle.read(directory)
    task = read_task(directory, story.redirects)
    known = task if isinstance(task, Task) else Task()
    ward = Ward(SessionId(session), directory, task, story)
    state = record.state(directory)
    text = record.result(directory) if state in TERMINAL else ""
    header = record.keys_of(text)
    asked = record.question(directory) if state not in TERMINAL else None
    said = (
        session,
        record.given_name(directory) or known.name or None,
        state,
        record.activity(directory, state) or None,
        header.get("verified") == "true" if header else None,
        archivedir.archived(root, session) if unpacked else None,
        parent(SessionId(session)),
        record.one_line(known.title()),
        {**{name: getattr(known, name) or None for name in _OF_TASK}, "words": known.body.strip() or None},
        task.says if isinstance(task, Unreadable) else None,
        dict(known.labels),
        list(known.after),
        known.created or None,
        known.by or None,
        header.get("ended"),
        int(header["exit"]) if header.get("exit", "").lstrip("-").isdigit() else None,
        record.body_of(text) if header else None,
        [_attempt(directory, number, story) for number in _numbers(directory)],
        {"id": asked[0], "question": asked[1], "answer_with": f"scope answer {asked[0]} …"} if asked else None,
        [{key: given.get(key) for key in _OF_ADVICE} for given in dossier.advice(ward)],
        _children(root, session),
        _cost(root, session),
        _tree(root, session, header),
        _files(root, session, directory, is_archived=bool(unpacked)),
        join(attach_argv(root, tmux_name(session))),
    )
    return dict(zip(KEYS, said, strict=True))


def _numbers(directory: str) -> range:
    return range(1, record.latest_attempt(directory) + 1)


def _attempt(directory: str, number: int, story: chronicle.Chronicle) -> dict[str, Any]:
    place = layout.attempt(directory, number)
    code, closed = observe.exit_of(place), os.path.exists(attemptdir.closed(place))
    began, ended = (
        _made(attemptdir.started(place)),
        _made(attemptdir.exit_code(place)) or _made(attemptdir.closed(place)),
    )
    failed = _failure(place)
    at_work = number == story.attempt and story.is_at_work and not closed and code is None
    return {
        "number": number,
        "exit": code,
        "began": None if began is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
        "seconds": None if began is None or ended is None else round(max(0.0, ended - began), 3),
        "is_at_work": at_work,
        "class": failed.get("class"),
        "error": failed.get("error"),
        "skills": [name for name, _ in lessons.record_of(place).skills],
    }


def _failure(place: str) -> dict[str, str]:
    """Return the class and the error of an attempt's failure report; nothing where there is none."""
    try:
        keys = document.parse(atomic.read(attemptdir.failure(place)) or "").keys
    except (document.Unfinished, document.Malformed, ScopeError):
        return {}
    failed = keys.get("failed")
    error = str(failed.get("error") or "") if isinstance(failed, dict) else ""
    return {name: said for name, said in (("class", str(keys.get("class") or "")), ("error", error)) if said}


def _children(root: str, session: str) -> list[dict[str, Any]]:
    rows = [row for row in listing.rows(root) if row.parent == session]
    found = [{"id": row.id, "state": row.state, "name": row.entry.name or None, "archived": False} for row in rows]
    present = {row.id for row in rows}
    below = [one for one in archive.every(root) if parent(SessionId(one)) == session and one not in present]
    return found + [{"id": one, "state": None, "name": None, "archived": True} for one in below]


def _cost(root: str, session: str) -> dict[str, Any]:
    """Return what models took for a session with all below it."""
    lines = (line for _, line in journal.read(layout.ledger(root)))
    total = costs.total(costs.within(costs.settled(lines), [session]))
    tokens = total.prompt_tokens + total.completion_tokens
    return {"usd": round(total.cost, 8), "tokens": tokens, "calls": total.calls, "unpriced": total.unpriced}


def _tree(root: str, session: str, header: Mapping[str, str]) -> dict[str, Any] | None:
    """Return where its own work tree lies, and what of its work lies nowhere else."""
    found = housekeeping.tree_of(root, session)
    if found is not None:
        return {"path": found.path, "branch": found.branch or None, "there": True, "unlanded": found.why or None}
    if not header.get("worktree"):
        return None
    return {"path": header["worktree"], "branch": header.get("branch"), "there": False, "unlanded": None}


def _files(root: str, session: str, directory: str, *, is_archived: bool) -> dict[str, str]:
    """Return where its files lie, those that are there."""
    if is_archived:
        return {"archive": archivedir.archived(root, session)}
    place = layout.attempt(directory, record.latest_attempt(directory))
    named = {
        "directory": directory,
        "task": layout.task(directory),
        "result": layout.result(directory),
        "decisions": layout.decisions(directory),
        "case": layout.escalation_case(directory),
        "output": attemptdir.output(place),
        "trajectory": attemptdir.trajectory(place),
        "failure": attemptdir.failure(place),
        "changes": attemptdir.changes(place),
    }
    return {name: path for name, path in named.items() if os.path.exists(path)}


def _made(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None
