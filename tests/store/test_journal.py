"""Journals only grow, and what a crash or a hand left in them is stepped over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scope.store import journal

thorough = settings(max_examples=150, deadline=None, database=None)
CORRUPT = [b"", b"{", b"[1]", b"null", b"\xff\xfe", b'{"a": 1', b"[" * 100_000, b"9" * 5000, b"words"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of three lines."""
    place = tmp_path / "events.jsonl"
    for number in (1, 2, 3):
        journal.append(str(place), {"n": number, "why": "ü\n\u2028😀"})
    return place


def _numbers(path: Path, start: int = 0) -> list[Any]:
    return [line["n"] for _, line in journal.read(str(path), start)]


def test_what_was_appended_is_read_in_order(path: Path) -> None:
    """Whatever characters it holds, it is one line."""
    assert _numbers(path) == [1, 2, 3]
    assert path.read_bytes().count(b"\n") == 3
    assert journal.last(str(path)) == {"n": 3, "why": "ü\n\u2028😀"}


def test_a_torn_last_line_is_still_being_written(path: Path) -> None:
    """It is not read yet; ended by the next append, it is skipped, and nothing else is lost."""
    path.write_bytes(path.read_bytes() + b'{"n": 4, "wh')
    assert _numbers(path) == [1, 2, 3]
    assert [line["n"] for line in journal.backwards(str(path))] == [3, 2, 1]
    journal.append(str(path), {"n": 5})
    assert _numbers(path) == [1, 2, 3, 5]
    assert journal.corrupt_lines(str(path)) == 1


def test_a_last_line_without_its_newline_is_not_read_even_if_it_is_whole(path: Path) -> None:
    """Or it would be read twice: now, and when its newline is there."""
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"n": 4}')
    offset = [offset for offset, _ in journal.read(str(path))][-1]
    assert offset == len(whole)
    path.write_bytes(whole + b'{"n": 4}\n')
    assert _numbers(path, offset) == [4]


@pytest.mark.parametrize("junk", CORRUPT, ids=range(len(CORRUPT)))
def test_a_corrupt_line_is_skipped_from_both_ends(path: Path, junk: bytes) -> None:
    """Somebody edited it by hand, or the disk was full."""
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], junk + b"\n", *lines[1:]]))
    assert _numbers(path) == [1, 2, 3]
    assert [line["n"] for line in journal.backwards(str(path))] == [3, 2, 1]
    assert journal.corrupt_lines(str(path)) == (1 if junk else 0)


def test_reading_goes_on_from_the_offset_of_the_line_before(path: Path) -> None:
    """Each offset is where the next line begins."""
    for number, (offset, _) in enumerate(journal.read(str(path)), start=1):
        assert _numbers(path, offset) == [1, 2, 3][number:]


def test_looking_back_never_invents_a_line_from_half_of_one(path: Path) -> None:
    """Wherever the window begins, what it holds are lines that were written."""
    for within in range(path.stat().st_size + 2):
        seen = [line["n"] for line in journal.backwards(str(path), within)]
        assert seen == [3, 2, 1][: len(seen)]


def test_a_missing_journal_has_no_lines(tmp_path: Path) -> None:
    """Nothing happened yet."""
    missing = str(tmp_path / "missing")
    assert list(journal.read(missing)) == []
    assert journal.last(missing) is None
    assert journal.corrupt_lines(missing) == 0


@thorough
@given(st.lists(st.binary(max_size=20), max_size=6))
def test_no_bytes_are_a_surprise(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    """Any file is a journal, if one of nothing; forwards and backwards agree about it."""
    path = tmp_path_factory.getbasetemp() / "journal"
    path.write_bytes(b'{"n": 1}\n'.join(pieces))
    forwards = [line for _, line in journal.read(str(path))]
    assert list(journal.backwards(str(path))) == forwards[::-1]
