"""When the time of a file can tell that it has changed since."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from scope.store import stamps
from tests.driver import until

if TYPE_CHECKING:
    from pathlib import Path

SECOND_NS = 1_000_000_000


def test_a_further_change_of_a_settled_file_shows(tmp_path: Path) -> None:
    """Whatever the tick of this machine's clock: as soon as a stamp counts as settled, another change has another."""
    path = tmp_path / "file"
    for _ in range(5):
        path.write_text("one")
        changed_ns = os.stat(path).st_mtime_ns
        until(lambda then=changed_ns: stamps.is_settled(then, time.time_ns()))
        path.write_text("two")
        assert os.stat(path).st_mtime_ns != changed_ns


def test_what_has_just_changed_is_not_settled_and_old_or_strange_times_are() -> None:
    """What is dated far ahead is so on purpose."""
    now_ns = time.time_ns()
    assert not stamps.is_settled(now_ns, now_ns)
    assert not stamps.is_settled(now_ns + SECOND_NS, now_ns)  # a file server's clock
    assert stamps.is_settled(now_ns - SECOND_NS, now_ns)
    assert stamps.is_settled(now_ns + 7200 * SECOND_NS, now_ns)
    assert stamps.is_settled(0, now_ns)
