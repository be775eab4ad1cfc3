"""`scope event`, with the test in the watcher's place; and tasks whose check comes late, from a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.late import Late
from scope.laws.task import Task, parse
from scope.sessions.records.reading import parse_task
from scope.store import document, frontmatter
from tests.laws.cases import thorough

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World

CHECK = "check: {signal: ci, within: 2d}\n"


def awaits(still: Stillness, session: str, signal: str = "ci", keys: str = "") -> None:
    """Write a session that waits for a signal."""
    place = still.add(session, "waiting", keys=keys or CHECK)
    line = {"seq": 1, "session": session, "move": "await", "signal": signal, "why": f"it waits for '{signal}'"}
    (place / "decisions.jsonl").write_text(json.dumps(line) + "\n")


def sent(world: World, name: str = "ci") -> list[dict[str, Any]]:
    """Every line of a signal."""
    return [json.loads(line) for line in (world.root / "signals" / f"{name}.jsonl").read_text().splitlines()]


def test_it_says_who_waits_and_keeps_the_signal_for_nobody_too(still: Stillness) -> None:
    """On stderr; on stdout nothing. Who waits for another, or for a person, does not wait for it."""
    awaits(still, "1")
    awaits(still, "2", "other")
    still.add("3", "waiting", keys=CHECK, why="task.md:2: unknown key")
    still.add("4", "running", keys=CHECK)
    said = still.world.run("event", "ci", "--data", '{"ok": true, "url": "x"}', code=0)
    assert (said.stdout, said.stderr) == ("", "session 1 waits for it\n")
    said = still.world.run("event", "nobodys", code=0)
    assert (said.stdout, said.stderr) == ("", "nobody waits for it; it is kept\n")
    assert [line["data"] for line in sent(still.world, "nobodys")] == [{}]


def test_it_is_for_the_sessions_that_are_named(still: Stillness) -> None:
    """By id, name, glob or label, each as its id; the others do not get it."""
    awaits(still, "1", keys=f"{CHECK}name: web-tests\n")
    awaits(still, "2", keys=f"{CHECK}labels: {{team: sea}}\n")
    awaits(still, "3")
    for words, ids in (
        (("-s", "3"), ["3"]),
        (("--session", "web-*"), ["1"]),
        (("-l", "team=sea"), ["2"]),
        (("-s", "1", "-s", "3"), ["1", "3"]),
    ):
        said = still.world.run("event", "ci", *words, code=0)
        assert said.stderr == "".join(f"session {session} waits for it\n" for session in ids)
        assert sent(still.world)[-1]["data"] == {"session": ids}


def test_what_data_itself_says_of_its_sessions_holds(still: Stillness) -> None:
    """By label, say, as a hook of the CI's sends it."""
    awaits(still, "1", keys=f"{CHECK}labels: {{branch: main}}\n")
    awaits(still, "2")
    data = '{"ok": false, "labels": {"branch": "main"}}'
    assert still.world.run("event", "ci", "-d", data, code=0).stderr == "session 1 waits for it\n"


def test_json_says_what_was_sent(still: Stillness) -> None:
    """The line as it stands in the file, and who waits for it."""
    awaits(still, "1")
    env = {"SCOPE_SESSION": "7"}
    found = json.loads(still.world.run("event", "ci", "--json", "--data", "-", text='{"ok": true}', env=env).stdout)
    [line] = sent(still.world)
    assert found == {"signal": "ci", **line, "waiting": ["1"]}
    assert (line["by"], line["data"]) == ("session-7", {"ok": True})


def test_a_root_that_nobody_trusts_takes_signals_and_starts_nothing(still: Stillness) -> None:
    """It is a line in a file."""
    (still.world.home / ".scope" / "roots").unlink()
    still.world.run("event", "ci", code=0)
    assert len(sent(still.world)) == 1


@pytest.mark.parametrize("data", ['{"value": 1e999}', '{"a": [-1e400]}', '{"value": NaN}', '{"value": Infinity}'])
def test_a_number_that_json_does_not_know_is_refused(data: str, still: Stillness) -> None:
    """What is written to the file, and printed with --json, is JSON for everybody."""
    assert "--data takes JSON, not" in still.world.run("event", "ci", "--data", data, code=2).stderr
    assert not (still.world.root / "signals").exists()


def test_more_data_than_anybody_reads_is_refused(still: Stillness) -> None:
    """And nothing is written."""
    data = json.dumps({"message": "x" * (1 << 17)})
    assert "64 KB" in still.world.run("event", "ci", "--data", "-", text=data, code=2).stderr
    assert not (still.world.root / "signals").exists()


@pytest.mark.parametrize("name", ["event", "events"])
def test_the_two_that_sound_alike_tell_their_difference(name: str, world: World) -> None:
    """Whoever finds the one finds the other."""
    page = " ".join(world.run(name, "--help", code=0).stdout.split())
    assert "scope event," in page or "scope events," in page


bounds = st.sampled_from([None, "90%", "0.9", "33.3%", "1", "0"])
lengths = st.sampled_from([None, "2d", "90", "1h30m", "500ms"])


@thorough
@given(st.sampled_from(["ci", "next-ci-run", "7", "true", "a.b_c"]), lengths, bounds)
def test_a_late_check_is_the_same_after_it_was_written(signal: str, within: str | None, at_least: str | None) -> None:
    """What `spawn @FILE` writes into `task.md` is the check that the file said."""
    check = {"signal": signal, "within": within, "at_least": at_least}
    keys = {"command": ["make"], "check": {name: value for name, value in check.items() if value is not None}}
    text = frontmatter.write(keys, "Words.\n")
    assert document.parse(text).keys == keys
    task = parse_task(text, "task.md")
    assert isinstance(task, Task)
    assert task == parse(keys, "Words.\n")
    assert isinstance(task.late, Late)


@pytest.mark.parametrize("form", ["{signal: ci, within: 2d, at_least: 90%}", '\n  signal: ci\n  at_least: "90%"'])
def test_spawn_takes_a_late_check_from_a_file(still: Stillness, form: str) -> None:
    """In a line or in several; options add to it."""
    path = still.world.project / "late.md"
    path.write_text(f"---\ncommand: [make]\ncheck: {form}\n---\nWords.\n")
    session = still.world.spawn(f"@{path}", "--retries", "2")
    task = parse_task((still.world.session(session) / "task.md").read_text(), "task.md")
    assert isinstance(task, Task)
    assert task.late is not None
    assert (task.late.signal, task.late.at_least, task.check, task.retries) == ("ci", 0.9, "", 2)


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ("{signal: ci, in: 2d}", "late.md:3': in 'check': unknown key 'in'"),
        ("{within: 2d}", "late.md:3': 'check' is a shell line, or takes keys"),
        ("{signal: [a, b]}", "late.md:3': in 'check': 'signal' takes one value"),
        ("[make, test]", "late.md:3': 'check' takes one value"),
    ],
)
def test_a_late_check_that_is_wrong_is_refused_with_its_line(still: Stillness, check: str, says: str) -> None:
    """Before anything is made."""
    path = still.world.project / "late.md"
    path.write_text(f"---\ncommand: [make]\ncheck: {check}\n---\n")
    assert says in still.world.run("spawn", f"@{path}", code=2).stderr
