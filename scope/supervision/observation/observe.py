"""Observe: how one session stands, read from its files, its lock and its pane."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scope.errors import StoreFault
from scope.laws.case import AttemptView, Case, Dependencies, Limits
from scope.laws.ids import SessionId, parent
from scope.laws.plan import carried_out
from scope.laws.task import EXECUTORS, Task
from scope.sessions.records import record, wishes
from scope.store import atomic, attemptdir, layout, locks, maildir
from scope.supervision.observation import capture, inquiry, lateness, progress, reports
from scope.tmux import processes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from scope.laws.case import Pane
    from scope.laws.states import State
    from scope.supervision.wards.ward import Ward


_RESTS_S = 0.05


def case(ward: Ward, *, pane: Pane, world: Mapping[str, State], root: str, now: float, boot: str) -> Case:
    """Return everything that the next decision about a session rests on."""
    story = ward.chronicle
    task, problem = (ward.task, "") if isinstance(ward.task, Task) else (Task(), ward.task.says)
    if not problem and task.executor not in EXECUTORS:
        problem = f"task.md: no executor '{task.executor}' here; give it a command"
    attempt = _attempt(ward, pane, root, now, boot) if story.attempt else None
    wish = _wish(ward.directory)
    return Case(
        state=story.state,
        problem=problem,
        attempt=attempt,
        tries=story.tries,
        unstarted=story.unstarted,
        limits=_limits(carried_out(task, story.plan, None), story.grants),
        dependencies=_dependencies(task, world, root),
        abort_wish=_abort_wish(ward, world, root),
        wish=wish,
        is_server_known=pane != "unknown",
        played=story.played,
        question=inquiry.observed(ward) if attempt is not None and story.is_at_work else None,
        spent_s=story.spent_s + (attempt.age_s if attempt is not None else 0.0),
        late=lateness.observed(ward, root) if attempt is not None else None,
    )


def _limits(task: Task, grants: int) -> Limits:
    return Limits(
        retries=task.retries + grants,
        timeout_s=task.timeout,
        idle_timeout_s=task.idle_timeout,
        expected_s=task.expected,
        budget_s=task.allowance().seconds,
    )


def exit_of(attempt_directory: str) -> int | None:
    """Return the published exit code; what is no integer (half a file after a power cut, a pipe) is none."""
    try:
        text = atomic.read(attemptdir.exit_code(attempt_directory), atomic.SMALL)
        return None if text is None else int(text)
    except (ValueError, StoreFault):
        return None


def _attempt(ward: Ward, pane: Pane, root: str, now: float, boot: str) -> AttemptView:
    story, directory = ward.chronicle, ward.attempt_directory
    mark = layout.mark(root, ward.session, story.attempt)
    held = alive = False
    if pane in ("dead", "absent"):
        ward.pane_gone_at = ward.pane_gone_at if ward.pane_gone_at is not None else now
        held = locks.is_held(attemptdir.lock(directory))
    started = _started(directory)
    begun = (started or "").split()
    if held and begun:
        alive = processes.is_marked(int(begun[0]), mark) if begun[0].isdigit() else False
    # Read after the lock: whoever held it cannot publish any more.
    code = exit_of(directory)
    other_boot = bool(story.boot) and story.boot != boot
    age_s = 0.0 if other_boot else max(0.0, now - story.begun - story.paused_s)
    return AttemptView(
        number=story.attempt,
        pane=pane,
        pane_status=ward.pane.status if ward.pane and pane in ("dead", "absent") else None,
        is_lock_held=held,
        has_started=started is not None,
        is_closed=os.path.exists(attemptdir.closed(directory)),
        exit=code,
        has_check=os.path.exists(attemptdir.check(directory)),
        is_captured=_is_captured(ward, pane, code, now),
        is_other_boot=other_boot,
        age_s=age_s,
        silent_s=progress.silent_s(ward, now, age_s),
        ended_s=0.0 if ward.pane_gone_at is None else now - ward.pane_gone_at,
        stopping=story.stopping,
        is_wrapper_alive=alive,
        reported=reports.class_of(directory) if story.is_at_work else "",
        progress_s=progress.unmoved_s(ward, now, age_s),
    )


def _started(attempt_directory: str) -> str | None:
    try:
        return atomic.read(attemptdir.started(attempt_directory), atomic.SMALL)
    except StoreFault:
        return ""  # it is there, and says nothing


def _is_captured(ward: Ward, pane: Pane, code: int | None, now: float) -> bool:
    if code is not None:
        ward.exit_seen_at = ward.exit_seen_at if ward.exit_seen_at is not None else now
    since = ward.exit_seen_at if code is not None else ward.pane_gone_at
    if since is None:
        return False
    log = attemptdir.output(ward.attempt_directory)
    if capture.is_complete(log):
        return True
    if pane == "absent" and not capture.has_writer(log):
        return True
    # A killed wrapper leaves no last bytes. tmux has read all there was when it calls the pane dead,
    # and hands it on at once: a log that rests is whole.
    if pane == "dead" and code is None and min(now - since, capture.growth(log, now - since)[1]) >= _RESTS_S:
        return True
    return now - since >= Limits().capture_within_s


def _dependencies(task: Task, world: Mapping[str, State], root: str) -> Dependencies:
    unmet: list[str] = []
    failed: list[str] = []
    missing: list[str] = []
    for other in task.after:
        state = world.get(other) or archived(root, other)
        if state is None:
            (unmet if os.path.isdir(layout.session(root, other)) else missing).append(other)
        elif state in ("failed", "aborted"):
            failed += [] if task.after_any else [other]
        elif state != "done":
            unmet.append(other)
    return Dependencies(tuple(unmet), tuple(failed), tuple(missing))


def archived(root: str, session: str) -> State | None:
    """Return how an archived session ended; None for one that is in its place, or nowhere."""
    if not record.is_archived(root, session):
        return None
    from scope.sessions.records import archive  # noqa: PLC0415 - few come after what is archived

    try:
        return archive.state(root, session)
    except StoreFault:
        return None


def _wish(directory: str) -> Literal["", "redirect", "retry", "return"]:
    oldest = oldest_wish(directory)
    return oldest[1] if oldest else ""


def oldest_wish(directory: str) -> tuple[str, Literal["redirect", "retry", "return"]] | None:
    """Return the oldest message that wishes something of the watcher, and what it wishes."""
    box = layout.inbox(directory)
    for name in maildir.waiting(box):
        kind = wishes.kind_of(f"{box}/new/{name}")
        if kind == "redirect":
            return name, "redirect"
        if kind == "retry":
            return name, "retry"
        if kind == "return":
            return name, "return"
    return None


def _abort_wish(ward: Ward, world: Mapping[str, State], root: str) -> str:
    if os.path.lexists(layout.abort(ward.directory)):
        return f"aborted by {_whose(ward.directory)}"
    above = parent(ward.session)
    while above is not None:
        directory = layout.session(root, above)
        if os.path.lexists(layout.abort(directory)) and world.get(above) not in ("done", "failed"):
            return f"aborted with session {above}"
        above = parent(SessionId(above))
    return ""


def _whose(directory: str) -> str:
    try:
        text = (atomic.read(layout.abort(directory)) or "").strip()
    except StoreFault:
        text = ""
    return text if text.startswith("session-") and text.isprintable() else "a person"
