"""Files are replaced whole or appended to by lines, whatever dies in between."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from scope.errors import StoreFault
from scope.store import atomic
from tests.store.others import hear, process, strange, tell

LENGTH = 100_000
WRITER = f"""
import sys
from scope.store import atomic
for round in range(int(sys.argv[2])):
    atomic.replace(sys.argv[1], "ab"[round % 2] * {LENGTH})
    if not round:
        print("begun", flush=True)
"""


def _is_whole(text: str | None) -> bool:
    return text in {"a" * LENGTH, "b" * LENGTH}


def test_a_reader_never_sees_an_empty_file_or_a_part(tmp_path: Path) -> None:
    """In a tight loop beside a writer, every reading is the old or the new text."""
    path = str(tmp_path / "state")
    with process(WRITER, path, 1_000_000) as writer:
        assert hear(writer) == "begun"
        readings, changes, before = 0, 0, None
        while readings < 200 or changes < 20:
            text = atomic.read(path)
            assert _is_whole(text)
            assert writer.poll() is None
            readings, changes, before = readings + 1, changes + (text != before), text


def test_a_writer_that_is_killed_leaves_the_old_or_the_new_text(tmp_path: Path) -> None:
    """Wherever in its loop kill -9 meets it; and the next writer is not disturbed by what it left."""
    path = str(tmp_path / "state")
    for round_ in range(12):
        with process(WRITER, path, 1_000_000) as writer:
            assert hear(writer) == "begun"
            for _ in range(round_ * 3):
                atomic.read(path)
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        assert _is_whole(atomic.read(path))
    atomic.replace(path, "after")
    assert atomic.read(path) == "after"


def test_a_replacement_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """The old file stays, nothing lies beside it, and the error names the file."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(StoreFault, match=r"cannot write '.*/taken'"):
        atomic.replace(str(tmp_path / "taken"), "text")
    with pytest.raises(StoreFault):
        atomic.replace(str(tmp_path / "missing" / "state"), "text")
    assert os.listdir(tmp_path) == ["taken"]


def test_what_is_written_is_for_its_owner_only(tmp_path: Path) -> None:
    """Also where the umask would let everybody read."""
    before = os.umask(0)
    try:
        atomic.replace(str(tmp_path / "replaced"), "x")
        atomic.append(str(tmp_path / "appended"), "x")
        atomic.create(str(tmp_path / "created"))
        atomic.directory(str(tmp_path / "made"))
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"replaced": 0o600, "appended": 0o600, "created": 0o600, "made": 0o700}


def test_a_line_after_a_torn_line_is_a_line_of_its_own(tmp_path: Path) -> None:
    """What a crash left of the line before is ended first."""
    path = tmp_path / "journal"
    atomic.append(str(path), "one")
    path.write_bytes(path.read_bytes() + b"to")
    atomic.append(str(path), "three")
    assert path.read_bytes() == b"one\nto\nthree\n"


def test_a_writer_that_is_killed_while_it_appends_tears_at_most_the_last_line(tmp_path: Path) -> None:
    """Every line that was acknowledged is there, whole and in order."""
    path = str(tmp_path / "journal")
    script = """
import sys
from scope.store import atomic
for number in range(1_000_000):
    atomic.append(sys.argv[1], f"{number} " + "x" * 5000)
    print(number, flush=True)
"""
    with process(script, path) as writer:
        acknowledged = [hear(writer) for _ in range(50)]
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    lines = (atomic.read(path) or "").split("\n")[:-1]
    assert [line.split(" ")[0] for line in lines[:50]] == acknowledged
    assert all(len(line.split(" ")[1]) == 5000 for line in lines)


def test_of_many_that_create_a_file_one_has_made_it(tmp_path: Path) -> None:
    """The others are told so, and its text is the maker's."""
    script = """
import sys
from scope.store import atomic
print("ready", flush=True)
sys.stdin.readline()
print(atomic.create(sys.argv[1], sys.argv[2]), flush=True)
"""
    path = str(tmp_path / "file")
    with ExitStack() as stack:
        makers = [stack.enter_context(process(script, path, number)) for number in range(4)]
        for maker in makers:
            hear(maker)
        for maker in makers:
            tell(maker)
        said = [hear(maker) for maker in makers]
    assert sorted(said) == ["False", "False", "False", "True"]
    assert atomic.read(path) == str(said.index("True"))


def test_a_missing_file_is_not_an_unreadable_one(tmp_path: Path) -> None:
    """Absent is None, unknown is an error."""
    (tmp_path / "file").write_text("")
    assert atomic.read(str(tmp_path / "file")) == ""
    assert atomic.read(str(tmp_path / "missing")) is None
    assert atomic.read(str(tmp_path / "file" / "below")) is None
    with pytest.raises(StoreFault):
        atomic.read(str(tmp_path))


def test_bytes_that_are_no_text_survive_reading_and_writing(tmp_path: Path) -> None:
    """File names may be any bytes."""
    path = tmp_path / "file"
    path.write_bytes(b"caf\xe9 \xf0\x9f\x98\x80\r\n")
    atomic.replace(str(path), atomic.read(str(path)) or "")
    assert path.read_bytes() == b"caf\xe9 \xf0\x9f\x98\x80\r\n"


def test_a_tail_is_the_end_of_a_file_and_of_nothing_is_nothing(tmp_path: Path) -> None:
    """Short files come whole."""
    path = tmp_path / "log"
    path.write_bytes(b"0123456789")
    assert atomic.tail(str(path), 4) == b"6789"
    assert atomic.tail(str(path), 99) == b"0123456789"
    assert atomic.tail(str(tmp_path / "missing"), 4) == b""
    assert atomic.tail(str(tmp_path), 4) == b""


def test_removing_and_poking_what_is_gone_is_harmless(tmp_path: Path) -> None:
    """Both may be done twice."""
    path = str(tmp_path / "file")
    atomic.create(path)
    for _ in range(2):
        atomic.remove(path)
        atomic.poke(path)
    assert not os.path.exists(path)


@pytest.mark.parametrize("how", ["fifo", "directory", "device", "socket"])
def test_what_is_no_plain_file_is_neither_read_nor_waited_for(tmp_path: Path, how: str) -> None:
    """Also through a link; a journal is not appended to it."""
    path = strange(tmp_path, how)
    for attempt in (lambda: atomic.read(path), lambda: atomic.append(path, "line")):
        with pytest.raises(StoreFault):
            attempt()
    assert atomic.tail(path, 100) == b""


def test_no_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    """A file that is larger is an error that says so, and is not held in memory; as much as that is taken."""
    path = str(tmp_path / "file")
    Path(path).write_text("x" * 100)
    assert atomic.read(path, 100) == "x" * 100
    with pytest.raises(StoreFault, match="more than 99 bytes"):
        atomic.read(path, 99)
    os.truncate(path, 3 << 30)
    with pytest.raises(StoreFault, match="more than"):
        atomic.read(path)


def test_a_pipe_that_a_person_names_is_read_to_its_end(tmp_path: Path) -> None:
    """As the shell makes it for `scope spawn @<(…)`."""
    reading, writing = os.pipe()
    os.write(writing, b"words")
    os.close(writing)
    assert atomic.read_named(f"/dev/fd/{reading}") == "words"
    os.close(reading)
    assert atomic.read_named(str(tmp_path / "none")) is None


def test_writable_text_can_be_written_whatever_came_in() -> None:
    """Half characters are replaced, the rest is cut with a sign of it, and what is fine stays as it is."""
    assert atomic.writable("é \ud800\udc80x", 100) == "é ??x"
    assert atomic.writable("abcdef", 4) == "abc…"
    assert atomic.writable("abcd", 4) == "abcd"
