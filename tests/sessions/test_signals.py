"""Signals: appended by anybody, read from where one stopped, at most a piece at a time."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scope.errors import StoreFault
from scope.sessions.records import signals

if TYPE_CHECKING:
    from pathlib import Path

many = settings(max_examples=60, deadline=None, database=None)
junk = st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b" "))


def written(root: Path, *lines: bytes, end: bytes = b"\n") -> Path:
    """Write the file of the signal `ci`."""
    path = root / "signals" / "ci.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\n".join(lines) + end)
    return path


def heard(root: Path, after: int = 0) -> list[object]:
    """Read what was sent."""
    return [each.data for each in signals.since(str(root), "ci", after).signals]


def test_what_is_sent_is_read_back_with_its_time_and_who_sent_it(tmp_path: Path) -> None:
    """The time has a fraction, so that it can be told from the attempt's end."""
    before = time.time()
    line = signals.send(str(tmp_path), "ci", {"ok": True}, "person")
    reading = signals.since(str(tmp_path), "ci", 0)
    [found] = reading.signals
    assert (found.data, found.by, found.second) == ({"ok": True}, "person", None)
    assert found.at is not None
    assert before - 1e-5 <= found.at <= time.time()
    assert json.loads((tmp_path / "signals" / "ci.jsonl").read_text()) == line
    assert (reading.behind, reading.is_all) == (reading.size, True)


def test_a_reader_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Nothing is read twice."""
    signals.send(str(tmp_path), "ci", {"n": 1}, "person")
    first = signals.since(str(tmp_path), "ci", 0)
    signals.send(str(tmp_path), "ci", {"n": 2}, "person")
    assert heard(tmp_path, first.behind) == [{"n": 2}]


def test_a_signal_that_nobody_has_sent_is_nothing(tmp_path: Path) -> None:
    """Neither the file nor its directory need be there."""
    reading = signals.since(str(tmp_path), "ci", 0)
    assert (reading.signals, reading.behind, reading.is_all) == ([], 0, True)
    assert signals.size(str(tmp_path), "ci") == 0


def test_two_that_send_at_once_lose_nothing(tmp_path: Path) -> None:
    """A line is appended in one piece."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: signals.send(str(tmp_path), "ci", {"n": n}, "person"), range(80)))
    assert sorted(json.dumps(data) for data in heard(tmp_path)) == sorted(json.dumps({"n": n}) for n in range(80))


@many
@given(st.lists(junk | st.integers(0, 9).map(lambda n: b'{"data": {"n": %d}}' % n), max_size=8))
def test_what_is_no_object_is_passed_over(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    """Whatever anybody has appended."""
    root = tmp_path_factory.mktemp("s")
    path = written(root, *lines)
    expected = [json.loads(line)["data"] for line in lines if line.startswith(b'{"data"')]
    assert [data for data in heard(root) if isinstance(data, dict) and "n" in data] == expected
    assert signals.since(str(root), "ci", 0).behind == path.stat().st_size


def test_a_line_that_is_still_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    """Its newline may be missing: a whole object says by itself that it is one."""
    path = written(tmp_path, b'{"data": {"n": 1}}', b'{"data": {"n"', end=b"")
    reading = signals.since(str(tmp_path), "ci", 0)
    assert [each.data for each in reading.signals] == [{"n": 1}]
    with path.open("ab") as stream:
        stream.write(b": 2}}")
    again = signals.since(str(tmp_path), "ci", reading.behind)
    assert [each.data for each in again.signals] == [{"n": 2}]
    with path.open("ab") as stream:
        stream.write(b'\n{"data": {"n": 3}}\n')
    assert heard(tmp_path, again.behind) == [{"n": 3}]


def test_a_long_file_is_read_in_pieces_and_a_line_too_long_is_none(tmp_path: Path) -> None:
    """Nobody's file can fill the watcher's memory."""
    long = b'{"data": {"n": "' + b"x" * (2 * signals.PIECE) + b'"}}'
    path = written(tmp_path, b'{"data": {"n": 1}}', long, b'{"data": {"n": 2}}')
    found: list[object] = []
    after, rounds = 0, 0
    while True:
        reading = signals.since(str(tmp_path), "ci", after)
        found += [each.data for each in reading.signals]
        after, rounds = reading.behind, rounds + 1
        if reading.is_all:
            break
        assert rounds < 9
    assert found == [{"n": 1}, {"n": 2}]
    assert after == path.stat().st_size


def test_a_file_that_became_shorter_is_another_and_read_from_its_beginning(tmp_path: Path) -> None:
    """As when somebody has put it aside."""
    written(tmp_path, b'{"data": {"n": 1}}')
    assert heard(tmp_path, 1000) == [{"n": 1}]


@pytest.mark.parametrize(
    ("line", "at", "second", "data"),
    [
        ({"time": "2026-01-31T12:00:00.5Z", "data": {"ok": True}}, 1769860800.5, None, {"ok": True}),
        ({"time": "2026-01-31T13:00:00.5+01:00", "data": 0.93}, 1769860800.5, None, {"value": 0.93}),
        ({"time": "2026-01-31T12:00:00Z", "data": None}, None, 1769860800, {}),
        ({"time": "yesterday", "ok": False}, None, None, {"ok": False}),
        ({"time": 7, "by": 8}, None, None, {}),
        ({"data": [1]}, None, None, None),
    ],
    ids=str,
)
def test_a_line_by_hand_says_as_much_as_it_says(
    tmp_path: Path, line: dict[str, object], at: float | None, second: float | None, data: object
) -> None:
    """The time may be missing or be to the second, and the data may stand alone."""
    written(tmp_path, json.dumps(line).encode())
    [found] = signals.since(str(tmp_path), "ci", 0).signals
    assert (found.at, found.second, found.data) == (at, second, data)


def test_a_file_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    """Absent and unreadable are two answers."""
    (tmp_path / "signals" / "ci.jsonl").mkdir(parents=True)
    with pytest.raises(StoreFault):
        signals.since(str(tmp_path), "ci", 0)
