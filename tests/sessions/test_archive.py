"""Archives: all of a session lies in its own, or in its place; killed at any instruction, nothing is lost or twice."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import subprocess
import tarfile
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.errors import BadInput, NotFound, StoreFault
from scope.sessions.keeping import housekeeping, leaving, retention
from scope.sessions.records import allocation, archive, record, wishes
from scope.store import archivedir, atomic, attemptdir, layout, locks, rundir
from tests.supervision.mortal import arm

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = {
    "state": "done\n",
    "task.md": "---\ncommand: [make]\n---\n",
    "result.md": '---\nstate: done\nverified: true\nwhy: "exit 0"\nattempt: 1\nexit: 0\n---\nlinking\n',
    "attempts/1/output.log": "compiling\nlinking\n",
    "attempts/1/exit": "0\n",
    "attempts/1/lock": "",
    "inbox/cur/1:2,S": "words\n",
}
Tree = dict[str, bytes]


def make(root: Path, session: str = "7") -> Path:
    """An ended session by hand."""
    place = root / "sessions" / session
    for name, text in TEXTS.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (place / "attempts" / "1" / "empty").mkdir()
    return place


def tree(place: Path) -> Tree:
    """Every file below a place, and what it says."""
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def put_away(root: Path, session: str = "7") -> housekeeping.Outcome:
    """Archive it as gc does."""
    return housekeeping.put_away(str(root), session)


def test_what_is_archived_is_read_as_it_lay(tmp_path: Path) -> None:
    """Every byte and every time of a file; only its owner may look at it."""
    place = make(tmp_path)
    before, times = tree(place), {path.name: path.stat().st_mtime for path in place.rglob("*") if path.is_file()}
    assert put_away(tmp_path).done == "archived"
    assert not place.exists()
    path = Path(archivedir.archived(str(tmp_path), "7"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with archive.unpacked(str(tmp_path), "7") as directory:
        assert tree(Path(directory)) == before
        assert {path.name: path.stat().st_mtime for path in Path(directory).rglob("*") if path.is_file()} == times
    assert not Path(directory).exists()


def test_any_tar_brings_a_session_back(tmp_path: Path) -> None:
    """By the command that the error for it names; archived anew, there is one archive."""
    place = make(tmp_path)
    (place / "link").symlink_to("task.md")
    before = tree(place)
    put_away(tmp_path)
    with pytest.raises(NotFound) as caught:
        record.require(str(tmp_path), "7")
    command = caught.value.hint.partition("bring it back: ")[2]
    subprocess.run(["sh", "-c", command], check=True)
    assert tree(place) == before
    assert (place / "link").is_symlink()
    (place / "result.md").write_text("other")
    assert put_away(tmp_path).done == "archived"
    assert archive.glance(str(tmp_path), "7", "result.md") == {"result.md": "other"}


@pytest.mark.parametrize("torn", [False, True])
def test_one_that_was_brought_back_in_part_does_not_replace_its_archive(torn: bool, tmp_path: Path) -> None:
    """As where tar was killed, or is still at it, also within a file."""
    place = make(tmp_path)
    before = tree(place)
    put_away(tmp_path)
    path = archivedir.archived(str(tmp_path), "7")
    names = ("7",) if torn else ("7/state", "7/task.md", "7/result.md")
    subprocess.run(["tar", "-xzf", path, "-C", str(tmp_path / "sessions"), *names], check=True)
    if torn:
        (place / "attempts" / "1" / "output.log").write_text("comp")
    found = put_away(tmp_path)
    missed = "attempts/1/output.log" if torn else "attempts/1"
    assert (found.done, found.why) == ("kept", f"{path} has more of it: {missed}")
    with archive.unpacked(str(tmp_path), "7") as directory:
        assert tree(Path(directory)) == before


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="there is one disk")
def test_archives_may_lie_on_another_disk(tmp_path: Path) -> None:
    """Where somebody has made `archive` a link; what is removed from there is gone, too."""
    first, second = make(tmp_path), make(tmp_path, "8")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        (tmp_path / "archive").symlink_to(elsewhere)
        assert put_away(tmp_path).done == "archived"
        assert housekeeping.remove(str(tmp_path), "8", throws_away=False).done == "removed"
        assert not first.exists()
        assert not second.exists()
        assert os.listdir(elsewhere) == ["7.tar.gz"]
        assert housekeeping.remove(str(tmp_path), "7", throws_away=False).done == "removed"
        assert os.listdir(elsewhere) == []


def test_a_glance_reads_what_people_ask_for_first(tmp_path: Path) -> None:
    """The state and the result, without the gigabytes behind them."""
    make(tmp_path)
    put_away(tmp_path)
    path = Path(archivedir.archived(str(tmp_path), "7"))
    with tarfile.open(path) as tar:
        assert tar.getnames()[:4] == ["7", "7/state", "7/result.md", "7/task.md"]
    assert archive.state(str(tmp_path), "7") == "done"
    assert archive.glance(str(tmp_path), "7", "state", "name") == {"state": "done\n"}


CHANGES: list[Callable[[Path], object]] = [
    lambda place: (place / "performance.json").write_text("{}"),
    lambda place: (place / "result.md").write_text("another"),
    lambda place: (place / "attempts" / "2").mkdir(),
    lambda place: os.utime(place / "task.md", (1, 1)),
    lambda place: ((place / "state").unlink(), (place / "state").mkdir()),
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_archive_holds_only_what_lies_in_it_as_it_lies(change: Callable[[Path], object], tmp_path: Path) -> None:
    """Whatever was written since is missed, and the directory is not removed."""
    place, root = make(tmp_path), str(tmp_path)
    archive.write(root, "7", {})
    assert archive.holds(root, "7", str(place))
    change(place)
    assert not archive.holds(root, "7", str(place))


@given(st.floats(0, 1))
def test_an_archive_that_is_not_whole_holds_nothing(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    """Cut anywhere, it is told from a whole one, and reading it is one clear error or the whole text."""
    root = tmp_path_factory.mktemp("cut")
    place = make(root)
    before = tree(place)
    path = Path(archive.write(str(root), "7", {}))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * (len(whole) - 1))])
    assert not archive.holds(str(root), "7", str(place))
    with contextlib.suppress(StoreFault):
        assert archive.glance(str(root), "7", "state") in ({}, {"state": "done\n"})
    with contextlib.suppress(StoreFault), archive.unpacked(str(root), "7") as directory:
        assert tree(Path(directory)) == before


def test_nothing_is_unpacked_outside_of_its_place(tmp_path: Path) -> None:
    """Whatever somebody has made of the archive."""
    (tmp_path / "archive").mkdir()
    with tarfile.open(archivedir.archived(str(tmp_path), "7"), "w:gz") as tar:
        for name in ("7/../../out", "/out", "../out", "7/state"):
            member = tarfile.TarInfo(name)
            member.size = 5
            tar.addfile(member, io.BytesIO(b"done\n"))
        link = tarfile.TarInfo("7/away")
        link.type, link.linkname = tarfile.SYMTYPE, "/"
        tar.addfile(link)
    with archive.unpacked(str(tmp_path), "7") as directory:
        assert sorted(os.listdir(os.path.dirname(directory))) == ["7"]
        assert os.listdir(directory) == ["state"]


STEPS = range(1, 60)


@pytest.mark.parametrize("what", ["archive", "remove"])
def test_killed_before_any_step_the_next_call_finishes(what: str, tmp_path: Path) -> None:
    """The session lies in its place or in its archive, whole, and in the end only where it should."""
    for at in STEPS:
        root = tmp_path / str(at)
        place = make(root)
        before = tree(place)
        has_died = _dies(at, lambda: _work(what, str(root)))  # noqa: B023 - called at once
        _whole_somewhere(root, before, what)
        assert housekeeping.finish(str(root)) == []
        if record.exists(str(root), "7") or (what == "remove" and record.is_archived(str(root), "7")):
            _work(what, str(root))
        assert not place.exists()
        # What `doctor --fix` takes away are halves of files.
        names = [path.name for path in (root / "sessions").rglob("*") if path.name not in (".leaving", ".removing")]
        assert [name for name in names if ".new-" not in name] == [".swept"]
        left = [path.name for path in (root / "archive").rglob("*") if path.is_file()]
        assert left == (["7.tar.gz"] if what == "archive" else [])
        assert allocation.allocate(str(root)) == "8"
        if what == "archive":
            with archive.unpacked(str(root), "7") as directory:
                assert tree(Path(directory)) == before
        if not has_died:
            return
    pytest.fail("there are more steps than it was killed at")


def _work(what: str, root: str) -> None:
    def work(session: str) -> housekeeping.Outcome:
        return (
            housekeeping.put_away(root, session)
            if what == "archive"
            else housekeeping.remove(root, session, throws_away=False)
        )

    known = retention.Survey({}, frozenset())
    assert all(outcome.done != "kept" for outcome in housekeeping.take_leave(root, ["7"], known, work))


def _dies(at: int, work: Callable[[], None]) -> bool:
    child = os.fork()
    if not child:
        arm(at)
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def _whole_somewhere(root: Path, before: Tree, what: str) -> None:
    places = [root / "sessions" / "7", Path(archivedir.leaving(str(root), "7"))]
    if any(place.exists() and tree(place) == before for place in places) or what == "remove":
        return
    with archive.unpacked(str(root), "7") as directory:
        assert tree(Path(directory)) == before


def test_what_changes_while_it_is_archived_is_put_back(tmp_path: Path) -> None:
    """What was put aside and is not as the archive has it, or is wished back, lies in its place again."""
    for number, change in enumerate([*CHANGES, lambda place: _deliver(place)]):
        root = tmp_path / str(number)
        place = make(root)
        archive.write(str(root), "7", {})
        change(place)
        before = tree(place)
        aside = Path(archivedir.leaving(str(root), "7"))
        aside.parent.mkdir()
        place.rename(aside)
        assert housekeeping.finish(str(root)) == []
        assert tree(place) == before
        assert not aside.exists()


def _deliver(place: Path) -> None:
    (place / "inbox" / "new").mkdir()
    (place / "inbox" / "new" / "1").write_text("---\nkind: retry\n---\n")


def test_what_cannot_be_put_back_is_told_and_hinders_nothing_else(tmp_path: Path) -> None:
    """Somebody has made another in its place: neither is removed."""
    place = make(tmp_path)
    aside = Path(archivedir.leaving(str(tmp_path), "7"))
    aside.parent.mkdir(parents=True)
    place.rename(aside)
    make(tmp_path)
    (outcome,) = housekeeping.finish(str(tmp_path))
    assert outcome.done == "kept"
    assert outcome.fault is not None
    assert place.exists()
    assert aside.exists()


def test_the_archive_of_another_session_is_not_replaced(tmp_path: Path) -> None:
    """Somebody has made one by hand with an id that was given before."""
    make(tmp_path)
    put_away(tmp_path)
    place = make(tmp_path)
    (place / "task.md").write_text("---\ncommand: [other]\n---\n")
    outcome = put_away(tmp_path)
    assert (outcome.done, "another session" in outcome.why) == ("kept", True)
    assert place.exists()


def _wished(place: Path) -> str:
    _deliver(place)
    return "wished back"


def _again(place: Path) -> str:
    (place / "state").write_text("running\n")
    return "it is running"


@pytest.mark.parametrize("hinder", [_wished, _again])
def test_what_is_not_at_rest_stays(hinder: Callable[[Path], str], tmp_path: Path) -> None:
    """Also when that came to pass after it was chosen."""
    place = make(tmp_path)
    why = hinder(place)
    for outcome in (put_away(tmp_path), housekeeping.remove(str(tmp_path), "7", throws_away=True)):
        assert outcome.done == "kept"
        assert why in outcome.why
    assert place.exists()


def test_what_something_still_runs_of_stays(tmp_path: Path) -> None:
    """Its lock is held."""
    place = make(tmp_path)
    os.utime(attemptdir.exit_code(layout.attempt(str(place), 1)), (1, 1))
    with locks.hold(attemptdir.lock(layout.attempt(str(place), 1))):
        assert "still runs" in put_away(tmp_path).why
    assert put_away(tmp_path).done == "archived"


def test_one_that_leaves_is_said_to_leave_and_no_other(tmp_path: Path) -> None:
    """Until the lock is closed; a file that says nothing yet may mean any."""
    root = str(tmp_path)
    assert not leaving.is_under_way(root, "7")
    lock = leaving.begin(root, "7")
    assert leaving.is_under_way(root, "7")
    assert not leaving.is_under_way(root, "77")
    assert not leaving.is_under_way(root, "1")
    atomic.remove(rundir.housekeeping_lock(root))
    with leaving.begin(root, "1"):
        assert leaving.is_under_way(root, "1")
    lock.close()
    with leaving.begin(root, ""):
        assert leaving.is_under_way(root, "1")
    assert not leaving.is_under_way(root, "1")


def test_a_wish_is_either_seen_or_waits_for_who_takes_it_away(tmp_path: Path) -> None:
    """Whenever it comes: the session is in its place with the wish, or in its archive without."""
    root = str(tmp_path)
    for number in range(1, 40):
        place = make(tmp_path, str(number))
        (place / "state").write_text("failed\n")
        wish = threading.Thread(target=_retry, args=(root, str(number)))
        wish.start()
        outcome = put_away(tmp_path, str(number))
        wish.join()
        if outcome.done == "archived":
            with archive.unpacked(root, str(number)) as directory:
                assert not wishes.reopens(directory)
            assert not place.exists()
        else:
            assert record.exists(root, str(number))
    assert not list((tmp_path / "sessions" / ".leaving").iterdir())


def _retry(root: str, session: str) -> None:
    try:
        wishes.retry(root, session)
    except (BadInput, NotFound, StoreFault):
        return


def test_ids_of_removed_sessions_are_kept_for_parents_that_are_there(tmp_path: Path) -> None:
    """Below one that is gone there will be no more; so the file is bounded."""
    root = str(tmp_path)
    for session in ("1", "1.1", "1.2", "2", "2.1"):
        make(tmp_path, session)
    for session in ("1.2", "2.1", "2"):
        allocation.sweep(root, [session])
        housekeeping.remove(root, session, throws_away=False)
    assert allocation.allocate(root, "1") == "1.3"
    assert allocation.allocate(root) == "3"
    allocation.sweep(root, ["3"])
    assert (tmp_path / "sessions" / ".swept").read_text().splitlines() == ["1. 2", " 3"]
