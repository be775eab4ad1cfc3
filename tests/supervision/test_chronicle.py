"""A session's decisions, folded: what no watcher can have written changes nothing, and fails nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from scope.supervision import chronicle

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("begun", ["x", None, [], {}, True, "1e3"])
def test_a_strange_time_is_no_time(tmp_path: Path, begun: object) -> None:
    """An edited line must not keep a session from being explained, aborted or supervised."""
    line = {"seq": 1, "move": "start", "attempt": 1, "begun": begun, "why": "it is its turn"}
    (tmp_path / "decisions.jsonl").write_text(json.dumps(line) + "\n")
    story = chronicle.read(str(tmp_path))
    assert (story.state, story.attempt) == ("running", 1)
    assert story.begun in (0.0, 1.0)
