"""Checks that come late: what an ended attempt waits for, what came, and whether it is overdue."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from scope.errors import StoreFault
from scope.laws import signal
from scope.laws.case import LateView
from scope.laws.late import Appointment, Late, judged
from scope.laws.task import Task
from scope.sessions.records import record, reports, signals
from scope.store import atomic, attemptdir, layout
from scope.supervision.wards.ward import Heard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.sessions.records.signals import Signal
    from scope.supervision.wards.chronicle import Chronicle
    from scope.supervision.wards.ward import Ward

_LOOK_BACK: Final = 1 << 22  # of what came between the attempt's end and the moment that it was seen
_PIECES: Final = 8
_LONGEST: Final = 2000
_IN_MICROSECONDS: Final = 1_000_000


def observed(ward: Ward, root: str) -> LateView | None:
    """Return how the late check of a ward's attempt stands; None where it has none."""
    story, task = ward.chronicle, ward.task if isinstance(ward.task, Task) else Task()
    if story.is_awaiting:
        return _looked(ward, task, root)
    if task.late is None or not story.attempt:
        return None
    appointment = Appointment(task.late, _ended(ward.attempt_directory), signals.size(root, task.late.signal))
    return LateView(appointment, _waits(appointment))


def words(appointment: Appointment) -> dict[str, Any]:
    """Return what the decision to wait says; `read` has it back."""
    late, until = appointment.late, appointment.until
    return {
        "signal": late.signal,
        "at_least": late.at_least,
        "within_s": late.within_s,
        "ended": signals.stamp(round(appointment.ended * _IN_MICROSECONDS)),
        "until": None if until is None else signals.stamp(round(until * _IN_MICROSECONDS)),
        "seen": appointment.seen,
    }


def read(line: Mapping[str, Any]) -> Appointment:
    """Return what a decision to wait says."""
    ended = reports.instant(str(line.get("ended", "")))
    seen = line.get("seen")
    late = Late(str(line.get("signal", "")), _number(line.get("within_s")), _number(line.get("at_least")))
    return Appointment(late, ended or 0.0, seen if isinstance(seen, int) else 0)


def brought(story: Chronicle) -> tuple[str, ...]:
    """Return what failed work that had ended well, if that was its late check: in words first, then in lines."""
    saw = story.brought.get("saw")
    late = saw.get("late") if isinstance(saw, dict) else None
    lines = late.get("lines") if isinstance(late, dict) else None
    if not story.brought:
        return ()
    return (str(story.brought.get("why", "")), *map(str, lines if isinstance(lines, list | tuple) else ()))


def _looked(ward: Ward, task: Task, root: str) -> LateView:
    """Look at what came since the last look; a verdict that was found stays."""
    heard, number = ward.heard, ward.chronicle.attempt
    if heard is None or heard.attempt != number:
        appointment = read(ward.chronicle.appointment)
        view = LateView(appointment, _waits(appointment), is_awaited=True)
        heard = ward.heard = Heard(number, max(0, appointment.seen - _LOOK_BACK), view)
    whose = signals.whose(ward.session, task)
    _listen(heard, whose, root)
    _look_up(heard, whose, layout.performance(ward.directory))
    until = heard.view.appointment.until
    return heard.view if until is None else replace(heard.view, left_s=until - time.time())


def _listen(heard: Heard, whose: signal.Whose, root: str) -> None:
    """Take the first signal that says something about the attempt."""
    appointment = heard.view.appointment
    for _ in range(_PIECES):
        if heard.view.verdict:
            return
        try:
            reading = signals.since(root, appointment.late.signal, heard.behind)
        except StoreFault as fault:
            heard.view = replace(heard.view, says=_short(str(fault)), is_read=True)
            return
        heard.behind = reading.behind
        # A file that has become shorter is another one, made since.
        seen = appointment.seen if reading.size >= appointment.seen else 0
        for each in reading.signals:
            if not heard.view.verdict and _counts(each, appointment, seen):
                _judge(heard, whose, each.data, each.by)
        heard.view = replace(heard.view, is_read=reading.is_all)
        if reading.is_all:
            return


def _counts(each: Signal, appointment: Appointment, seen: int) -> bool:
    """Tell whether a signal came after the attempt's end; where its time is unclear, its place in the file tells."""
    if each.at is not None:
        return appointment.is_in_time(each.at)
    if each.second is not None and each.second != int(appointment.ended):
        return appointment.is_in_time(each.second)
    return each.end > seen


def _look_up(heard: Heard, whose: signal.Whose, path: str) -> None:
    """Take what the performance file says, if it was put there in time and no signal has said anything."""
    if heard.view.verdict:
        return
    try:
        status = os.lstat(path)
        # When it came to be there, not when it was written: it may have been moved there.
        if not heard.view.appointment.is_in_time(status.st_ctime_ns / 1e9) or not status.st_size:
            return
        said = json.loads(atomic.read(path, atomic.SMALL) or "null")
    except OSError:
        return
    except (ValueError, RecursionError, StoreFault):
        heard.view = replace(heard.view, says=f"{os.path.basename(path)} cannot be read as JSON")
        return
    data = signal.performance(said, heard.view.appointment.late.signal)
    if data is not None:
        _judge(heard, whose, data, os.path.basename(path))


def _judge(heard: Heard, whose: signal.Whose, data: Mapping[str, object] | None, by: str) -> None:
    if data is None or not signal.concerns(data, whose):
        return
    judgement = judged(heard.view.appointment.late, data)
    lines = tuple(atomic.writable(line, _LONGEST) for line in signal.lines(data))
    verdict = judgement.verdict
    heard.view = replace(
        heard.view,
        verdict="" if verdict == "nothing" else verdict,
        says=_short(judgement.words),
        by=atomic.writable(by, _LONGEST),
        lines=lines,
    )


def _ended(attempt_directory: str) -> float:
    """Return when an attempt published its exit code, in unix seconds; now, where it could not."""
    try:
        at_us = os.stat(attemptdir.exit_code(attempt_directory)).st_mtime_ns // 1000
    except OSError:
        at_us = time.time_ns() // 1000
    return at_us / _IN_MICROSECONDS


def _waits(appointment: Appointment) -> str:
    until = "" if appointment.until is None else f" until {reports.stamp(appointment.until)}"
    return f"it waits for {appointment.late}{until}"


def _short(text: str) -> str:
    return record.one_line(atomic.writable(text, _LONGEST))


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isfinite(value) else None  # type: ignore[arg-type]
