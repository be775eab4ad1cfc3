"""An id that is printed is one that every command takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scope.errors import BadInput
from scope.laws.ids import LONGEST_ID, is_id
from scope.sessions.records.allocation import allocate

if TYPE_CHECKING:
    from pathlib import Path


def test_a_child_that_would_lie_too_deep_is_refused(tmp_path: Path) -> None:
    """Its id could not be taken anywhere, so it would be lost; nothing is made of it."""
    deepest = "1" + ".1" * (LONGEST_ID // 2 - 1)
    (tmp_path / "sessions" / deepest).mkdir(parents=True)
    assert is_id(deepest)
    with pytest.raises(BadInput, match="too deep"):
        allocate(str(tmp_path), deepest)
    assert [entry.name for entry in (tmp_path / "sessions").iterdir()] == [deepest]
