"""Progress: for how long an attempt has shown none, by what it printed and by `scope progress`.

The watcher looks now and then, on its own clock; a file's own time only narrows down when, between
two looks, it changed. So a clock that is set moves no limit.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from scope.laws.task import Task
from scope.store import attemptdir, layout
from scope.supervision.observation import capture

if TYPE_CHECKING:
    from scope.supervision.wards.ward import Ward


def silent_s(ward: Ward, now: float, age_s: float) -> float:
    """Return for how long an attempt has printed nothing; 0 where nothing depends on it."""
    if not isinstance(ward.task, Task) or (ward.task.idle_timeout is None and not _matters(ward)):
        return 0.0
    size, unchanged_s = capture.growth(attemptdir.output(ward.attempt_directory), age_s)
    if ward.output_size < 0:
        ward.output_size, ward.output_changed_at = size, now - unchanged_s
    elif size != ward.output_size:
        ward.output_size, ward.output_changed_at = size, max(ward.output_changed_at, now - unchanged_s)
    # While it waited for a person's answer nothing was to be expected of it.
    return now - max(ward.output_changed_at, ward.chronicle.answered_at)


def unmoved_s(ward: Ward, now: float, age_s: float) -> float:
    """Return for how long an attempt has neither printed nor said that it progressed; 0 where nothing depends on it."""
    if not _matters(ward):
        return 0.0
    mtime, unchanged_s = _activity(ward, age_s)
    if ward.activity_mtime < 0:
        ward.activity_mtime, ward.activity_changed_at = mtime, now - unchanged_s
    elif mtime != ward.activity_mtime:
        ward.activity_mtime, ward.activity_changed_at = mtime, max(ward.activity_changed_at, now - unchanged_s)
    return min(silent_s(ward, now, age_s), now - ward.activity_changed_at, age_s)


def _matters(ward: Ward) -> bool:
    return ward.is_watched_for_progress or (isinstance(ward.task, Task) and ward.task.expected is not None)


def _activity(ward: Ward, age_s: float) -> tuple[int, float]:
    try:
        status = os.stat(layout.activity(ward.directory))
    except OSError:
        return 0, age_s
    return status.st_mtime_ns, min(max(0.0, time.time() - status.st_mtime), age_s)
