"""Why a session is as it is, from its files and locks alone; no process is asked."""

from __future__ import annotations

import os
from shlex import join
from typing import Any, Final

from scope.laws.ids import SessionId, tmux_name
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions.asking import policies
from scope.sessions.processes import daemon
from scope.sessions.records import record
from scope.sessions.records.reading import Unreadable, read_task
from scope.skills import runbooks
from scope.store import archivedir, atomic, attemptdir, journal, layout, locks, maildir, roots
from scope.supervision.experience import lessons
from scope.supervision.narration.story import supervision
from scope.supervision.observation import lateness, observe
from scope.supervision.strategy import slots
from scope.supervision.wards import chronicle, clock
from scope.supervision.wards.ward import Ward
from scope.tmux import processes
from scope.tmux.address import attach_argv

_REPLAYS: Final = "the label replay is there: the watcher tries a skill by itself, in a clean work tree"
_SHOWN: Final = (
    "executor", "command", "check", "cwd", "retries", "timeout", "idle_timeout", "priority", "after", "level", "role",
    "agent",
)  # fmt: skip


def explain(root: str, session: str, unpacked: str = "") -> dict[str, Any]:
    """Return everything that speaks for a session's state, under the documented keys.

    `unpacked` is where the archive of one lies for a moment that is not in its place any more.
    """
    directory = unpacked or layout.session(root, session)
    story = chronicle.read(directory)
    task = read_task(directory, story.redirects)
    state = record.state(directory)
    decisions = [line for _, line in journal.read(layout.decisions(directory))]
    late = lateness.observed(Ward(SessionId(session), directory, task, story), root) if story.is_awaiting else None
    return {
        "id": session,
        "state": state,
        "why": story.said,
        "task": _task(task),
        "problem": task.says if isinstance(task, Unreadable) else None,
        "attempt": story.attempt or None,
        "signs": [
            *([f"it is archived: {archivedir.archived(root, session)}"] if unpacked else []),
            *_signs(root, session, directory, story, state),
            *([_REPLAYS] if isinstance(task, Task) and lessons.is_replay(task) else []),
            *([late.says] if late is not None and late.says else []),
            *(_not_taken(root) if state not in TERMINAL else ()),
        ],
        "waits_for": [
            *(_waits_for(root, task) if state not in TERMINAL else []),
            *([late.waits.removeprefix("it waits for ")] if late is not None else []),
        ],
        "supervision": supervision(root, session, task, decisions),
        "decisions": decisions,
        "watcher": _watcher(root),
        "directory": archivedir.archived(root, session) if unpacked else directory,
        "attach": join(attach_argv(root, tmux_name(SessionId(session)))),
    }


def _task(task: Task | Unreadable) -> dict[str, Any] | None:
    if isinstance(task, Unreadable):
        return None
    shown = {name: getattr(task, name) for name in _SHOWN}
    check = task.check if task.late is None else str(task.late)
    return {"title": task.title(), **shown, "check": check, "budget": dict(task.budget)}


def _signs(root: str, session: str, directory: str, story: chronicle.Chronicle, state: str) -> list[str]:
    said = atomic.read(layout.state(directory))
    signs = [f"the file state says '{said.strip()}'" if said else "there is no file state, which means pending"]
    junk = journal.corrupt_lines(layout.decisions(directory))
    if junk:
        signs.append(f"{junk} lines of decisions.jsonl are no decisions, and are skipped")
    if story.state != state:
        signs.append(f"the last decision says '{story.state}'; the watcher has still to write that down")
    if os.path.lexists(layout.abort(directory)):
        signs.append("the file abort is there: somebody wants it aborted")
    signs += [f"a message waits in inbox/new/{name}" for name in maildir.waiting(layout.inbox(directory))]
    if story.attempt:
        signs += _attempt_signs(layout.mark(root, session, story.attempt), directory, story)
        signs += _equipment(layout.attempt(directory, story.attempt), f"attempts/{story.attempt}")
    return signs


def _equipment(place: str, short: str) -> list[str]:
    """Say with which skills an attempt began, and which were held back from it."""
    record = lessons.record_of(place)
    given = [f"it began with skill '{name}'" for name, _ in record.skills]
    held = [f"skill '{name}' was held back, to see how it does without" for name, _ in record.control]
    return [f"{short}/brief.md says: {said}" for said in (*given, *held)]


def _not_taken(root: str) -> list[str]:
    """Say which policies and runbooks nobody follows, because they cannot be read."""
    problems = (*policies.load(root).problems, *runbooks.load(root).problems)
    return [f"not taken: {problem}" for problem in problems]


def _attempt_signs(mark: str, directory: str, story: chronicle.Chronicle) -> list[str]:
    number = story.attempt
    place = layout.attempt(directory, number)
    short = f"attempts/{number}"
    started = atomic.read(attemptdir.started(place))
    code = observe.exit_of(place)
    signs = [f"{short}/started is there: it began" if started else f"{short}/started is missing: it has not begun"]
    if locks.is_held(attemptdir.lock(place)):
        signs.append(f"{short}/lock is held: something of it is alive")
    else:
        signs.append(f"{short}/lock is free: nothing of it holds on")
    pid = (started or "").split(" ")[0]
    if pid.isdigit() and processes.is_marked(int(pid), mark):
        signs.append(f"its wrapper lives, pid {pid}")
    signs.append(f"{short}/exit says {code}" if code is not None else f"{short}/exit is missing: no exit code yet")
    if os.path.exists(attemptdir.check(place)):
        signs.append(f"{short}/check is there: its check ran")
    if os.path.exists(attemptdir.report(place)):
        signs.append(f"{short}/report.json is there: it reported that it cannot go on")
    if os.path.exists(attemptdir.failure(place)):
        signs.append(f"{short}/failure.md is there: it tells what failed")
    if os.path.exists(attemptdir.closed(place)):
        signs.append(f"{short}/closed is there: it was fenced off, and cannot begin again")
    for path in slots.waits_of(place):
        waits = [word for word in (atomic.read(path) or "").split("\n") if word[:1] not in ("", "#")]
        name = os.path.basename(path)
        signs.append(f"{short}/{name} is held: it waits for {' '.join(waits)}, and lends its slot to them")
    if story.boot and story.boot != clock.boot_id():
        signs.append("it began before the machine last started")
    return signs


def _waits_for(root: str, task: Task | Unreadable) -> list[str]:
    if isinstance(task, Unreadable):
        return []
    waits = []
    for other in task.after:
        directory = layout.session(root, other)
        is_there = os.path.isdir(directory)
        state = record.state(directory) if is_there else observe.archived(root, other) or "missing"
        if state != "done" and not (task.after_any and state in TERMINAL):
            waits.append(f"{other} ({state})")
    return waits


def _watcher(root: str) -> str:
    if daemon.is_alive(root):
        return "lives"
    why = roots.why_untrusted(root)
    return f"none, and none will be started: {why}" if why else "none; the next command that needs one starts it"
