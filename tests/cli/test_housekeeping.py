"""Housekeeping by hand: what ended long ago is archived or removed, what is needed stays, what is archived is read."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from scope.store import locks
from tests.driver import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.stillness import Stillness
    from tests.driver import World


def gc(world: World, *words: str) -> dict[str, dict[str, Any]]:
    """What gc did or would do, by id; of all that have ended, unless told otherwise."""
    older = () if "--older" in words else ("--older", "0")
    return {each["id"]: each for each in json.loads(world.run("gc", *older, *words, "--json", code=0).stdout)}


def until_over(world: World, *sessions: str) -> None:
    """Wait until nothing of them runs: a wrapper outlives its session's end, until its last bytes are in the log."""
    places = [str(path) for session in sessions for path in world.session(session).glob("attempts/*/lock")]
    until(lambda: not any(map(locks.is_held, places)), what=f"the end of {sessions}: {world.log()}")


def ids(world: World) -> set[str]:
    """The sessions that lie in their place."""
    return {path.name for path in (world.root / "sessions").iterdir() if (path / "task.md").exists()}


def rest(world: World, session: str, days: float) -> None:
    """Let a session have ended so many days ago."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86400))
    path = world.session(session) / "result.md"
    path.write_text(re.sub(r'(?<=ended: ")[^"]+', at, path.read_text()))


@pytest.fixture
def row(still: Stillness) -> World:
    """Four that have ended: nine, five, three and one day ago."""
    for session, days in (("1", 9.0), ("2", 5.0), ("3", 3.0), ("4", 1.0)):
        still.add(session, "done")
        rest(still.world, session, days)
    return still.world


def test_what_ended_long_ago_is_archived_and_the_rest_stays(row: World) -> None:
    """A week, where nobody says how long; a line each, and the sum beside."""
    said = row.run("gc", code=0)
    assert said.stdout.split("\t")[:2] == ["1", "archived"]
    assert said.stderr.startswith("1 session archived, ")
    assert ids(row) == {"2", "3", "4"}
    assert set(gc(row, "--older", "4d")) == {"2"}
    assert gc(row, "--older", "4d") == {}
    assert row.run("gc", code=0).stderr == "no sessions to be cleared away\n"


def test_the_newest_are_kept_however_old_they_are(row: World) -> None:
    """By when they ended."""
    assert set(gc(row, "--keep", "3")) == {"1"}
    rest(row, "2", 0.0)
    assert set(gc(row, "--keep", "2")) == {"3"}
    assert ids(row) == {"2", "4"}


def test_a_rehearsal_says_the_same_and_changes_nothing(row: World) -> None:
    """Who would go, and who would stay."""
    (row.session("2") / "inbox" / "new").mkdir(parents=True)
    (row.session("2") / "inbox" / "new" / "1").write_text("---\nkind: redirect\n---\n")
    before = sorted(str(path) for path in row.root.rglob("*"))
    found = gc(row, "--dry-run")
    assert {session: each["done"] for session, each in found.items()} == dict.fromkeys("134", "would-archive")
    assert sorted(str(path) for path in row.root.rglob("*")) == before
    assert {session: each["done"] for session, each in gc(row).items()} == dict.fromkeys("134", "archived")


def _child(still: Stillness) -> None:
    still.add("1.1.1", "running")


def _follower(still: Stillness) -> None:
    still.add("2", "pending", keys='after: ["1"]\n')


def _condition(still: Stillness) -> None:
    place = still.add("2", "deferred", why="later")
    (place / "decisions.jsonl").write_text('{"move": "defer", "until_done": "1"}\n')


def _group(still: Stillness) -> None:
    (still.world.root / "escalations").mkdir()
    lines = [{"group": "e1", "move": "open"}, {"group": "e1", "move": "consult", "advisor": "1"}]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (still.world.root / "escalations" / "groups.jsonl").write_text(text)


def _question(still: Stillness) -> None:
    (still.world.root / "escalations").mkdir()
    text = '---\nquestion: May I?\nstate: open\nkind: question\nsessions: ["1"]\n---\n'
    (still.world.root / "escalations" / "e1.md").write_text(text)


@pytest.mark.parametrize(
    ("hinder", "says"),
    [
        (_child, "session 1.1.1 below it is running"),
        (_follower, "session 2 comes after it"),
        (_condition, "session 2 comes after it"),
        (_group, "group e1, to which it belongs, is open"),
        (_question, "group e1, to which it belongs, is open"),
    ],
)
def test_what_others_need_stays_and_both_say_why(
    hinder: Callable[[Stillness], None], says: str, still: Stillness
) -> None:
    """Neither archived nor removed, while they are open."""
    still.add("1", "done")
    hinder(still)
    (found,) = [each for session, each in gc(still.world).items() if session == "1"]
    assert (found["done"], found["why"]) == ("kept", says)
    assert gc(still.world, "--dry-run")["1"]["why"] == says
    assert f"cannot remove '1': {says}" in still.world.run("rm", "1", "--force", code=2).stderr
    assert still.world.session("1").exists()


def test_what_is_above_one_that_stays_stays(still: Stillness) -> None:
    """So that no listing shows a child without its parent; children go first."""
    for session in ("1", "1.1", "1.1.1", "1.2"):
        still.add(session, "done")
        rest(still.world, session, 9)
    rest(still.world, "1.1.1", 1)
    found = gc(still.world, "--older", "7d")
    assert {session: each["done"] for session, each in found.items()} == {"1": "kept", "1.1": "kept", "1.2": "archived"}
    assert found["1"]["why"] == "session 1.1 below it stays"
    assert list(gc(still.world)) == ["1.1.1", "1.1", "1"]


def test_one_that_cannot_be_archived_is_told_and_hinders_no_other(row: World) -> None:
    """Exit code 5, after all others."""
    archive = row.root / "archive"
    (archive / "1.tar.gz.new").mkdir(parents=True)
    said = row.run("gc", "--older", "0", code=5)
    assert "cannot archive" in said.stdout.splitlines()[0]
    assert "error: cannot archive" in said.stderr
    assert ids(row) == {"1"}


def test_ids_are_not_given_again(still: Stillness) -> None:
    """Neither of what was archived nor of what was removed, also below a parent."""
    for session in ("1", "2", "2.1", "2.2", "3"):
        still.add(session, "done")
    still.add("2.3", "running")
    gc(still.world)
    assert ids(still.world) == {"2", "2.3"}
    shutil.rmtree(still.world.session("2.3"))
    assert still.world.spawn("--parent", "2", "--", "true") == "2.3"
    still.world.run("rm", "1", "3", code=0)
    assert still.world.spawn("--", "true") == "4"


def test_no_child_gets_the_id_of_one_that_was_archived_with_its_parent(still: Stillness) -> None:
    """Also when the parent alone is brought back."""
    for session in ("1", "1.1", "2"):
        still.add(session, "done")
    assert set(gc(still.world, "--keep", "1")) == {"1", "1.1"}
    gc(still.world)
    packed = still.world.root / "archive" / "1.tar.gz"
    subprocess.run(["tar", "-xzf", str(packed), "-C", str(still.world.root / "sessions")], check=True)
    assert still.world.spawn("--parent", "1", "--", "true") == "1.2"


@pytest.mark.parametrize("name", ["state", "inbox", "result.md"])
def test_a_session_that_cannot_be_looked_at_hinders_no_other(name: str, row: World) -> None:
    """It stays, or goes as it lies."""
    place = row.session("1") / name
    place.unlink(missing_ok=True)
    if name == "inbox":
        place.write_text("")
    else:
        place.mkdir()
    rest(row, "2", 9)
    found = gc(row)
    assert {session: each["done"] for session, each in found.items() if session != "1"} == dict.fromkeys(
        "234", "archived"
    )
    assert found["1"]["done"] == ("archived" if name == "result.md" else "kept")
    assert ("cannot read" in (found["1"]["why"] or "")) == (name != "result.md")


def test_an_archived_session_is_read_by_its_id(world: World) -> None:
    """poll, wait, logs, explain and show say what they said before, and that it is archived."""
    session = world.sh("echo one; echo two; exit 3", "--name", "a", "-l", "team=web", "Say it")
    world.wait(session, code=1)
    asked = (("logs", session), ("logs", session, "-n", "1"), ("logs", "-f", session), ("wait", session))
    before = [(done.returncode, done.stdout) for done in (world.run(*words) for words in asked)]
    shown = json.loads(world.run("show", session, "--json", code=0).stdout)
    until_over(world, session)
    assert gc(world)[session]["done"] == "archived"
    assert [(done.returncode, done.stdout) for done in (world.run(*words) for words in asked)] == before
    assert f"session {session} is archived" in world.run("wait", session).stderr
    assert world.run("poll", session, code=0).stdout == f"{session} failed archived: exit 3\n"
    path = str(world.root / "archive" / f"{session}.tar.gz")
    found = json.loads(world.run("show", session, "--json", code=0).stdout)
    assert found["archived"] == path
    assert {**found, "archived": None, "files": shown["files"]} == shown
    assert f"it is archived: {path}" in " ".join(world.run("explain", session, code=0).stdout.split())
    assert json.loads(world.run("explain", session, "--json", code=0).stdout)["directory"] == path
    for words in (
        ("retry", session),
        ("attach", session),
        ("redirect", session, "--", "true"),
        ("rename", session, "b"),
    ):
        said = world.run(*words, code=4).stderr
        assert f"there is only an archive of session '{session}'\nhint: scope show {session}" in said
    assert "there is no session 'a'" in world.run("show", "a", code=4).stderr


def test_what_comes_after_an_archived_session_goes_by_its_result(world: World) -> None:
    """It begins when that was done, and fails when it was not."""
    well, badly = world.sh("true"), world.sh("false")
    world.wait(well, badly, code=1)
    until_over(world, well, badly)
    assert {session: each["done"] for session, each in gc(world).items()} == dict.fromkeys((well, badly), "archived")
    assert world.wait(world.spawn("--after", well, "--", "echo", "after")) == "after\n"
    assert (
        f"'{badly}', which it comes after, was not done"
        in world.run("wait", world.spawn("--after", badly, "--", "true"), code=1).stderr
    )


def test_a_wait_goes_on_while_its_session_is_archived(still: Stillness) -> None:
    """Between two looks at several."""
    still.add("1", "done")
    still.add("2", "running")
    waiting = still.world.start("wait", "1", "2")
    until(lambda: _is_watched(waiting.pid))
    gc(still.world)
    (still.world.session("2") / "result.md").write_text('---\nstate: done\nwhy: "exit 0"\n---\n')
    aside = still.world.session("2") / "state.new"
    aside.write_text("done\n")
    aside.rename(still.world.session("2") / "state")
    said, errors = waiting.communicate(timeout=30)
    assert "==> 1 done: exit 0 <==\nlinking\n" in said
    assert (waiting.returncode, errors) == (0, "")


def _is_watched(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return any("inotify" in os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd"))
    return False


def test_what_is_removed_is_gone_with_all_below_it(still: Stillness) -> None:
    """And with its archive; of what is named all or nothing."""
    for session in ("1", "1.1", "2", "2.1", "3"):
        still.add(session, "done")
    still.add("4", "running", keys="name: live\n")
    assert "it is running\nhint: end it first: scope abort 4" in still.world.run("rm", "3", "live", code=2).stderr
    assert "3" in ids(still.world)
    found = json.loads(still.world.run("rm", "1", "--json", code=0).stdout)
    assert [(each["id"], each["done"]) for each in found] == [("1.1", "removed"), ("1", "removed")]
    gc(still.world)
    assert {path.name for path in (still.world.root / "archive").glob("*.gz")} == {"2.tar.gz", "2.1.tar.gz", "3.tar.gz"}
    still.world.run("rm", "2", "3", code=0)
    assert list((still.world.root / "archive").glob("*.gz")) == []
    assert "there is no session '2'" in still.world.run("rm", "2", code=4).stderr


def test_inside_a_session_nobody_clears_up_or_pauses(states: World) -> None:
    """That is for people; a session removes what is below it."""
    env = {"SCOPE_SESSION": "2"}
    for words in (("gc",), ("pause",), ("resume",)):
        said = states.run(*words, code=2, env=env).stderr
        assert f"scope {words[0]} is for people, and this is inside session '2'" in said
    for words in (("rm", "1"), ("rename", "1", "mine")):
        assert "session 2 reaches its descendants only" in states.run(*words, code=2, env=env).stderr
    states.run("rm", "2.1", code=0, env=env)


def test_one_clears_up_at_a_time_and_a_second_goes_on_where_it_left_off(row: World) -> None:
    """Both end well, and each session is archived once."""
    held = locks.hold(str(row.root / "run" / "housekeeping.lock"))
    calls = [row.start("gc", "--older", "0", "--json") for _ in range(3)]
    held.close()
    done = [json.loads(call.communicate(timeout=60)[0]) for call in calls]
    archived = [each["id"] for found in done for each in found if each["done"] == "archived"]
    assert sorted(archived) == ["1", "2", "3", "4"]
    assert [call.returncode for call in calls] == [0, 0, 0]


def test_a_path_that_is_archived_is_told(row: World) -> None:
    """Of what is asked for by its id and is not there."""
    gc(row)
    assert "scope show 1" in row.run("path", "session", "1", code=4).stderr
    assert _first_line(row.root / "sessions" / ".swept") == " 4"


def _first_line(path: Path) -> str:
    return path.read_text().splitlines()[0]
