"""What waits for a person: `inbox` lists it, `answer` answers it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scope.cli import catalogue, inboxtable
from scope.sessions.asking import escalations
from scope.sessions.asking.escalations import Escalation
from scope.sessions.records import reports
from tests.cli import golden
from tests.cli.terminal import on_terminal
from tests.driver import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.stillness import Stillness
    from tests.driver import World

_HOUR_S = 3600
_MORE_S = 1820  # so that an age in minutes is the same for forty seconds
QUESTION = Escalation(
    id="e1", state="open", kind="question", question="May I drop the table?", options=("yes", "no"), default="no",
    deadline=1_900_000_000.0, sessions=("1",), members=1, body="The migration asks.\n",
)  # fmt: skip
FAILURE = Escalation(
    id="e2", state="open", kind="failure", severity=1, question="12 sessions failed alike: no such table: users",
    sessions=("2", "3"), members=12, of_class="unknown", fingerprint="v1:abc", body="no such table: users\n",
)  # fmt: skip
ENTRIES = (
    (QUESTION, 5),
    (FAILURE, 1),
    (replace(FAILURE, id="e3", severity=2, question="Eine Größe, die niemand 東京 kennt\nund noch eine Zeile"), 2),
    (replace(FAILURE, id="e4", state="acked", kind="supervisor", question="web restarted 5 times in 10m"), 30),
    (replace(QUESTION, id="e5", state="answered", answer="yes", by="person"), 80),
    (replace(FAILURE, id="e6", answer="retry", question="answered with an editor just now"), 3),
    (replace(FAILURE, id="e7", state="closed", question="nobody waits for it any more"), 90),
    (replace(QUESTION, id="e10", question="Which one?", options=(), default=None, deadline=None, opened="?"), 0),
)


@pytest.fixture
def desk(still: Stillness) -> World:
    """A root in which nothing moves, with escalations of every kind; one was left half-written."""
    place = still.world.root / "escalations"
    place.mkdir()
    for each, hours in ENTRIES:
        opened = each.opened or reports.stamp(time.time() - hours * _HOUR_S - _MORE_S)
        (place / f"{each.id}.md").write_text(escalations.text(replace(each, opened=opened)))
    (place / "e8.md").write_text("---\nkind: failure\nanwser: retry\n---\n")
    (place / "groups.jsonl").write_text("{}\n")
    still.add("1", "waiting", keys="name: deploy\n")
    (still.world.session("1") / "question").write_text("e1\nMay I drop the table?\n")
    still.add("2", "running", keys="name: web\n")
    return still.world


def file_of(world: World, escalation: str) -> Path:
    """Where it lies."""
    return world.root / "escalations" / f"{escalation}.md"


def listed(world: World, *words: str) -> list[dict[str, Any]]:
    """What inbox prints as JSON."""
    found = json.loads(world.run("inbox", "--json", *words, code=0).stdout)
    assert isinstance(found, list)
    return found


def test_the_inbox_is_sorted_by_urgency(desk: World) -> None:
    """What cannot be read, then by severity and age; only with --all what needs nobody any more."""
    assert [each["id"] for each in listed(desk)] == ["e8", "e3", "e4", "e2", "e1", "e10"]
    assert [each["id"] for each in listed(desk, "--all")] == ["e8", "e3", "e4", "e2", "e1", "e10", "e7", "e6", "e5"]


@pytest.mark.parametrize("words", [("inbox",), ("inbox", "--all")], ids=" ".join)
def test_into_a_pipe_it_is_lines_with_tabs(words: tuple[str, ...], desk: World) -> None:
    """Whatever the question says, it is one line."""
    said = desk.run(*words, code=0)
    assert said.stderr == ""
    assert all(line.count("\t") == 5 for line in said.stdout.splitlines())
    golden.agrees(f"pipe {' '.join(words)}", golden.filtered(said.stdout, desk))


@pytest.mark.parametrize("columns", [60, 80])
def test_on_a_terminal_it_is_a_table(columns: int, desk: World) -> None:
    """Of the terminal's width; the id is never cut."""
    said = on_terminal(desk, "inbox", "--all", columns=columns, env={"NO_COLOR": "1"}).stdout
    golden.agrees(f"terminal {columns} inbox", golden.filtered(said, desk))
    assert "\x1b" not in said
    assert "\x1b[" in on_terminal(desk, "inbox").stdout


def test_an_empty_inbox_has_no_lines(still: Stillness) -> None:
    """And says so to the person, not to the program."""
    for words in (("inbox",), ("inbox", "--all")):
        said = still.world.run(*words, code=0)
        assert (said.stdout, said.stderr) == ("", "nothing waits for you\n")
    said = still.world.run("inbox", "--json", code=0)
    assert (said.stdout, said.stderr) == ("[]\n", "")


def test_the_keys_are_the_documented_ones(desk: World) -> None:
    """All of them, also of what cannot be read; and the help names them in their order."""
    for each in listed(desk, "--all"):
        assert tuple(each) == inboxtable.KEYS
    (meaning,) = [option.meaning for option in catalogue.load("inbox")[0].options if option.name == "json"]
    assert tuple(re.findall(r"\w+", meaning.partition(": ")[2])) == inboxtable.KEYS
    (wrong,) = [each for each in listed(desk) if each["problem"]]
    assert wrong["problem"] == "e8.md:3: unknown key 'anwser', did you mean 'answer'?"


def test_a_listing_trusts_nobody_and_starts_nothing(desk: World) -> None:
    """To look is always allowed; to answer lets something run."""
    (desk.home / ".scope" / "roots").unlink()
    assert len(listed(desk)) == 6
    assert "nobody recorded it" in desk.run("answer", "e1", "yes", code=5).stderr


def test_an_answer_goes_into_the_file(desk: World) -> None:
    """And from then on the inbox does not ask for it any more."""
    said = desk.run("answer", "e2", "the tests", "moved", "--var", "dir=tests/unit", code=0)
    first, *warnings = said.stderr.splitlines()
    assert (said.stdout, first) == ("", "answered e2, for 12 sessions")
    assert [line.partition(": it changes")[0].partition(": your words")[0] for line in warnings] == [
        "warning: none of their tasks declares a variable 'dir'",
        "warning: none of their tasks declares a variable 'advice'",
    ]
    text = file_of(desk, "e2").read_text()
    assert '\nanswer: "the tests moved"\nvars' in text.replace(text[text.index("# Values") : text.index("vars:")], "")
    assert "\nvars: {dir: tests/unit}\nby: person\n" in text
    assert "e2" not in [each["id"] for each in listed(desk)]


@pytest.mark.parametrize("word", ["1", "deploy", "e1"])
def test_a_session_stands_for_what_it_asks(word: str, desk: World) -> None:
    """By its id or name; its file `question` says which escalation that is."""
    said = json.loads(desk.run("answer", word, "no", "--json", code=0).stdout)
    assert said == {"id": "e1", "answer": "no", "by": "person", "vars": {}, "sessions": ["1"], "policy": None}


def test_an_answer_from_standard_input_keeps_its_lines(desk: World) -> None:
    """Instructions may be long."""
    desk.run("answer", "e2", "-", text="1. stop\n2. think: why?\n", code=0)
    found = escalations.read(str(desk.root), "e2")
    assert isinstance(found, Escalation)
    assert found.answer == "1. stop\n2. think: why?"


def test_an_answer_starts_a_watcher(world: World) -> None:
    """For somebody has to carry it on."""
    world.run("init", code=0)
    (world.root / "escalations").mkdir()
    file_of(world, "e1").write_text(escalations.text(QUESTION))
    world.run("answer", "e1", "yes", code=0)
    until(world.watcher_pid)


def test_the_errors_of_the_inbox_are_as_they_were_agreed_to(desk: World) -> None:
    """Usage errors, names of nothing, answers that are not to be had, and no answers from inside."""
    calls: list[tuple[str, ...]] = [("inbox", "e1"), ("inbox", "--bad"), ("inbox", "--json=yes")]
    calls += [("answer", *words) for words in (
        (), ("e1",), ("e1", ""), ("e1", "maybe"), ("e1", "ye"), ("e99", "yes"), ("e11", "yes"), ("9", "yes"),
        ("deplyo", "yes"), ("2", "yes"), ("*", "yes"), ("e5", "yes"), ("e6", "retry"), ("e7", "retry"), ("e8", "retry"),
        ("e2", "retry", "--var", "x"), ("e2", "retry", "--var", "=x"), ("--bad", "e1", "yes"), ("../x", "yes"),
    )]  # fmt: skip
    said = "".join(golden.transcript(words, desk.run(*words), desk) for words in calls)
    own = ("answer", "e1", "yes")
    said += golden.transcript(own, desk.run(*own, env={"SCOPE_SESSION": "2"}), desk)
    golden.agrees("errors of the inbox", said)
    assert "\nanswer:\n" in file_of(desk, "e1").read_text()
    assert "\nanswer:\n" in file_of(desk, "e2").read_text()
