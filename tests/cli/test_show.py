"""One session on one page, and by the name that people call it now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli import golden
from tests.cli.test_housekeeping import gc
from tests.driver import until

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World


def test_a_session_goes_by_its_new_name(still: Stillness) -> None:
    """In listings and wherever one is named, whoever wrote it; its old name is free, and it is its own again."""
    world = still.world
    still.add("1", "running", keys="name: old\n")
    still.add("2", "done")
    world.run("rename", "old", "new", code=0)
    world.run("rename", "2", "ended", code=0)
    listed = {each["id"]: each["name"] for each in json.loads(world.run("ls", "--json", code=0).stdout)}
    assert listed == {"1": "new", "2": "ended"}
    assert world.run("poll", "new", "e*", code=0).stdout.split()[:2] == ["1", "running"]
    assert world.run("poll", "old", code=4).stdout == ""
    assert "session 1 has it" in world.run("rename", "2", "new", code=2).stderr
    assert "session 1 has it" in world.run("spawn", "--name", "new", "--", "true", code=2).stderr
    world.run("rename", "1", "new", code=0)
    world.run("rename", "2", "old", code=0)
    (world.session("1") / "name").write_text("by-hand\n")
    assert world.run("show", "by-hand", code=0).stdout.startswith("session 1 by-hand is running")
    (world.session("1") / "name").unlink()
    assert world.run("poll", "old", code=0).stdout.startswith("1 ")
    (world.session("1") / "name").write_text("No Name\n")
    assert world.run("poll", "old", code=0).stdout.startswith("1 ")


def test_completions_and_other_processes_hear_of_a_name(world: World) -> None:
    """The watcher notes it: of one that runs, and of one that has ended."""
    runs, ended = world.spawn("--name", "a", "--", "sleep", "300"), world.spawn("--name", "b", "--", "true")
    world.until_started(runs)
    world.wait(ended)
    world.run("rename", "a", "first", code=0)
    world.run("rename", "b", "second", code=0)
    for word in ("first", "second"):
        until(lambda: world.run("complete", "sessions", word, code=0).stdout.startswith(f"{word}\t"))  # noqa: B023
    assert world.run("complete", "sessions", "a", code=0).stdout == ""
    archived = gc(world)
    assert set(archived) == {ended}
    assert world.run("show", ended, code=0).stdout.startswith(f"session {ended} second is done")


def test_two_that_take_one_name_at_once_do_not_both_get_it(still: Stillness) -> None:
    """The whole of "is it free, then take it" is under one lock."""
    for number in range(1, 7):
        still.add(str(number), "running")
    calls = [still.world.start("rename", str(number), "one") for number in range(1, 7)]
    for call in calls:
        call.communicate(timeout=60)
    assert sorted(call.returncode for call in calls) == [0, 2, 2, 2, 2, 2]


def test_a_page_tells_all_about_a_session(states: World) -> None:
    """Task, attempts, question, children, files and result, as it was agreed to; in eighty columns."""
    call = {"id": "1/1/1.1", "session": "2.1", "cost": 0.5, "prompt_tokens": 7, "completion_tokens": 3}
    (states.root / "ledger.jsonl").write_text(json.dumps(call) + "\n")
    place = states.attempt("2")
    (place / "failure.md").write_text("---\nclass: transient\nfailed: {error: no route to host}\n---\n")
    (place / "brief.md").write_text("---\nskills: [rlm@1234]\n---\n")
    (place / "exit").write_text("3\n")
    said = "".join(
        golden.transcript(("show", s), states.run("show", s, code=0), states) for s in ("1", "2", "3", "2.10")
    )
    golden.agrees("show", said)
    assert all(len(line) <= 80 + len("stdout: ") for line in said.splitlines() if "/WORLD" not in line)


def test_a_page_shows_the_end_of_a_long_result(still: Stillness) -> None:
    """And how to get all of it."""
    place = still.add("1", "done")
    path = place / "result.md"
    path.write_text(path.read_text() + "".join(f"line {number}\n" for number in range(100)))
    said = still.world.run("show", "1", code=0).stdout
    assert "result, its last 20 lines; all: scope wait 1" in said
    assert "| line 99" in said
    assert "| line 79" not in said
