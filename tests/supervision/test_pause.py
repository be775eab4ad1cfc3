"""A paused root, and clearing up beside a living watcher: nothing begins, nothing is lost, nothing grows for ever."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scope.supervision.wards.roster import Roster
from tests.driver import World, until

if TYPE_CHECKING:
    from pathlib import Path

HELD = "while [ ! -e go ]; do sleep 0.01; done"


def held(world: World, session: str, why: str = "starting is paused") -> None:
    """Wait until a session says that it is paused."""
    until(lambda: world.run("poll", session).stdout == f"{session} pending {why}\n", what=world.log())


def test_while_it_is_paused_nothing_begins_and_what_runs_goes_on(world: World) -> None:
    """A second attempt does not begin either; when it is resumed, all of them do, each once."""
    runs = world.sh(f"{HELD}; echo end")
    fails = world.sh(f"{HELD}; test -e twice || {{ touch twice; exit 1; }}", "--retries", "1")
    world.until_started(runs)
    world.until_started(fails)
    said = world.run("pause", "--reason", "the disk is full", code=0).stderr
    assert said == "starting is paused: the disk is full; scope resume lets it go on\n"
    later = world.sh("echo later")
    held(world, later, "starting is paused: the disk is full")
    (world.project / "go").touch()
    assert world.wait(runs) == "end\n"
    held(world, fails, "starting is paused: the disk is full")
    assert not (world.attempt(fails, 2)).exists()
    world.run("resume", code=0)
    assert world.wait(later) == "later\n"
    world.wait(fails)
    assert world.moves(later) == ["start", "succeed"]
    assert world.moves(fails).count("start") == 2


def test_whoever_looks_is_told_that_it_is_paused(world: World) -> None:
    """ls, wait and watch status; on standard error, with the way on."""
    assert json.loads(world.run("pause", code=4).stdout or "null") is None
    world.run("init", code=0)
    world.run("pause", code=0)
    session = world.sh("true")
    told = "starting is paused; scope resume lets it go on\n"
    for words in (("ls",), ("ls", "--json"), ("watch", "status")):
        assert world.run(*words).stderr == told
    assert world.run("wait", session, "--timeout", "10ms", code=124).stderr.startswith(told)
    waiting = world.start("wait", session)
    assert waiting.stderr is not None
    assert waiting.stderr.readline() == told
    assert json.loads(world.run("watch", "status", "--json").stdout)["paused"] == ""
    world.run("pause", "-r", "why", code=0)
    assert json.loads(world.run("watch", "status", "--json").stdout)["paused"] == "why"
    world.run("resume", code=0)
    assert waiting.communicate(timeout=30)[1] == ""
    assert json.loads(world.run("watch", "status", "--json").stdout)["paused"] is None
    assert world.run("resume", code=0).stderr == "nothing was paused\n"
    assert world.run("ls").stderr == ""


def test_a_touch_pauses_and_a_new_watcher_obeys_it(world: World) -> None:
    """It is a file as any other, and removing it is the way back; whatever else lies there is a pause, too."""
    world.run("init", code=0)
    (world.root / "pause").touch()
    first = world.sh("echo first")
    held(world, first)
    world.kill_watcher()
    world.run("watch", code=0)
    second = world.sh("echo second", "--after", first)
    until(lambda: f"after {first}" in world.run("poll", second).stdout)
    assert world.state(first) == "pending"
    assert not world.attempt(first).exists()
    (world.root / "pause").unlink()
    assert world.wait(second) == "second\n"
    (world.root / "pause").mkdir()
    third = world.sh("echo third")
    held(world, third)
    assert "remove it by hand" in world.run("resume", code=5).stderr
    (world.root / "pause").rmdir()
    assert world.wait(third) == "third\n"


def test_what_is_paused_can_be_aborted_and_what_cannot_begin_fails(world: World) -> None:
    """A pause holds what would begin, and nothing else."""
    world.run("init", code=0)
    world.run("pause", code=0)
    first = world.sh("true")
    second = world.sh("true", "--after", first)
    held(world, first)
    world.run("abort", first, code=0)
    world.wait(first, second, code=1)
    assert (world.state(first), world.state(second)) == ("aborted", "failed")


def test_without_notices_a_pause_is_seen_by_looking(world: World) -> None:
    """As on a network file system."""
    world.env["SCOPE_NO_INOTIFY"] = "1"
    world.run("init", code=0)
    world.run("pause", code=0)
    session = world.sh("echo end")
    held(world, session)
    world.run("resume", code=0)
    assert world.wait(session) == "end\n"


def test_a_session_that_is_tried_again_while_it_is_archived_is_not_lost(quick: World) -> None:
    """Both at once, many times: it ran again in its place, or lies in its archive, and never half of either."""
    fails, tries = _failed(quick), 1
    for _ in range(6):
        clear, retry = quick.start("gc", "--older", "0"), quick.start("retry", fails)
        clear.communicate(timeout=60)
        said = retry.communicate(timeout=60)[1]
        quick.run("wait", fails, code=1)
        if quick.session(fails).exists():
            assert retry.returncode == 0, said
            tries += 1
            assert len(list((quick.session(fails) / "attempts").iterdir())) == tries
            continue
        # It was archived before the wish, or after what the wish brought.
        found = json.loads(quick.run("show", fails, "--json", code=0).stdout)
        assert found["state"] == "failed"
        assert len(found["attempts"]) == tries + (retry.returncode == 0)
        fails, tries = _failed(quick), 1
    assert not list((quick.root / "sessions").glob(".leaving/*"))
    until(lambda: not quick.marked())


def _failed(world: World) -> str:
    session = world.sh("exit 1")
    world.wait(session, code=1)
    return session


def test_files_and_memory_are_bounded_by_what_is_there(tmp_path: Path) -> None:
    """Whatever came and went before: the index is shortened, and nobody is remembered one by one."""
    root = str(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "sessions").mkdir()
    roster = Roster(root)
    for batch in range(4):
        ids = [f"{batch * 200 + number}" for number in range(1, 201)]
        for session in ids:
            _add(tmp_path, session)
        _meet(roster, ids)
        assert len(roster.world) == 200
        for session in ids:
            _remove(tmp_path, session)
        _meet(roster, ids)
        roster.remember_removed()
    sizes = (roster.world, roster.wards, roster._indexed, roster._to_index, roster._removed, roster._after)
    assert [len(size) for size in sizes] == [0] * len(sizes)
    assert len((tmp_path / "run" / "index.jsonl").read_text().splitlines()) <= 200
    assert (tmp_path / "sessions" / ".highest").read_text() == " 800\n"
    assert Roster(root).unknown() == set()


def _meet(roster: Roster, ids: list[str]) -> None:
    for session in ids:
        ward = roster.meet(session, 1.0)  # type: ignore[arg-type]
        if ward is not None:
            roster.release(ward)
    roster.write_index()


def _add(root: Path, session: str) -> None:
    place = root / "sessions" / session
    place.mkdir()
    (place / "task.md").write_text('---\ncommand: ["true"]\nby: cli\nafter: ["1"]\n---\n')


def _remove(root: Path, session: str) -> None:
    place = root / "sessions" / session
    (place / "task.md").unlink()
    place.rmdir()
