"""The sequence of the events goes on, whatever else stands in their file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.store import journal, layout
from scope.supervision.wards.bulletin import Bulletin

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sequence_goes_on_behind_lines_that_are_no_events(tmp_path: Path) -> None:
    """An object that somebody else wrote does not start the numbers over; a torn line does not, either."""
    path = layout.events(str(tmp_path))
    journal.append(path, {"seq": 7, "session": "1", "decision": 3})
    with open(path, "ab") as stream:
        stream.write(b'{}\n{"seq": "x", "session": "1", "decision": 9}\n[1]\nnull\n{"seq": 8, "ses')
    assert Bulletin(str(tmp_path)).sequence == 7
