"""What a model, its commands and odd surroundings may do to the worker, and what comes of it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from scope.executors.model import actions, brief, context, prompt
from scope.store import frontmatter
from tests.executors.test_resumption import keep, resumed
from tests.models.provider import Turn, bash, call, done

if TYPE_CHECKING:
    from tests.executors.workshop import Workshop

OWN = "o=${SCOPE_BRIEF%/*}/outputs/1-1; "


@pytest.mark.parametrize("put", ["mkfifo $o", "mkdir $o", "ln -s /dev/zero $o", "true"])
def test_a_command_that_puts_something_else_in_place_of_its_output_holds_nothing_up(shop: Workshop, put: str) -> None:
    """A pipe would be waited for, for ever."""
    shop.run(bash(f"{OWN}rm $o; {put}; echo hi; sleep 0.2"), done("fine"))
    assert shop.observations() == ["[exit 0]\n(its output cannot be read)"]


def test_a_terminal_that_takes_ascii_only_fails_no_work(shop: Workshop) -> None:
    """Whatever the locale of whoever spawned it: the log is UTF-8."""
    said = shop.run(bash("echo ✓"), done("ñ"), env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert "✓" in said
    assert shop.result() == "ñ\n"


def test_what_is_given_back_drives_no_terminal(shop: Workshop) -> None:
    """It ends in the terminal of whoever waits for it."""
    shop.run(done("a\x1b[31mb\x1b]0;title\x07c\u009bd\n\te"))
    assert shop.result() == "abcd\n\te\n"
    shop.run(call("fail", **{"class": "policy"}, message="no\x1b[2J way\x07", tried=["x\x1b[2J"]), number=2, code=1)
    assert (shop.report(2)["message"], shop.report(2)["tried"]) == ("no way", ["x"])


@pytest.mark.parametrize("of_class", ["quota", "budget", "lost", "dependency_cycle"])
def test_a_model_cannot_say_what_only_its_supervisor_knows(shop: Workshop, of_class: str) -> None:
    """A quota of its own would be waited for without end, and cost no retry."""
    shop.run(call("fail", **{"class": of_class}, message="so it is"), done("then so"))
    assert "'class' of fail is one of" in shop.observations()[0]


def test_ended_in_the_moment_of_its_report_it_is_taken_up_like_any_failure(shop: Workshop) -> None:
    """The supervisor acts at once on a report: the line that says the same may be missing."""
    shop.run(call("fail", **{"class": "transient"}, message="no net"), code=1)
    keep(shop, 3)
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert shop.provider.seen[-1].messages[-1]["content"] == prompt.TAKEN_UP


def test_killed_before_its_report_it_fails_again_without_asking(shop: Workshop) -> None:
    """What it had said is said now."""
    shop.run(call("fail", **{"class": "transient"}, message="no net"), code=1)
    keep(shop, 3)
    (shop.attempt() / "report.json").unlink()
    shop.run(number=2, task=resumed(shop), code=1)
    assert shop.report(2)["message"] == "no net"


@pytest.mark.parametrize(("left", "asked"), [("1/1/2.1-summary", "1/2/2.1"), ("1/1/2.1", "1/1/2.1")])
def test_a_summary_that_was_paid_is_taken_for_no_reply(shop: Workshop, left: str, asked: str) -> None:
    """Both are questions of one step; each has an answer of its own."""
    shop.run(bash("true"), done("x"))
    keep(shop, 4)
    (shop.attempt() / "query").write_text(f"{left}\n")
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert shop.relay.ids[-1] == asked


def test_an_id_that_cannot_be_read_only_costs_a_call(shop: Workshop) -> None:
    """Every attempt that continues this one would fail of it."""
    shop.run(bash("true"), done("x"))
    keep(shop, 4)
    (shop.attempt() / "query").mkdir()
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert shop.result(2) == "ok\n"


def test_a_call_that_somebody_wrote_by_hand_is_left_out() -> None:
    """Without a name or arguments it is none."""
    strange = [{"id": "x"}, {"id": "y", "name": ["bash"], "arguments": 5}, {"id": "z", "name": "bash", "arguments": ""}]
    assert [each["id"] for each in context.calls({"calls": strange})] == ["z"]


@pytest.mark.parametrize("check", ['grep "😀" f', "test 'ñ' = \"\\\\u00f1\"", "a: b # c", "x"])
def test_a_check_is_read_as_it_was_written(shop: Workshop, check: str) -> None:
    """The worker reads it without YAML."""
    directory = shop.prepare()
    (directory / "brief.md").write_text(frontmatter.write({"executor": "model", "check": check}, "x"))
    assert brief.read(str(directory)).check == check


def test_a_failure_of_the_worker_itself_is_reported_though_the_pane_is_gone(shop: Workshop) -> None:
    """The report comes before the words in the pane."""
    shop.prepare()
    (shop.attempt() / "trajectory.jsonl").mkdir()
    with open("/dev/full", "w") as full:
        process = shop.start(stdout=full)
        assert process.wait(30) == 70
    assert shop.report()["class"] == "resource"
    assert "trajectory.jsonl" in json.dumps(shop.report())


def test_work_that_nobody_can_read_along_is_done_all_the_same(shop: Workshop) -> None:
    """The files say what the pane does not."""
    shop.prepare()
    shop.provider.script("Make a file", bash("echo hi"), done("fine"))
    with open("/dev/full", "w") as full:
        assert shop.start(stdout=full).wait(30) == 0
    assert shop.result() == "fine\n"


def test_half_a_character_reaches_no_provider(shop: Workshop) -> None:
    """One in the name of a directory, or in a line that somebody wrote, would end every request."""
    shop.cwd = shop.base / os.fsdecode(b"w\xe9rk")
    shop.cwd.mkdir()
    shop.run(bash("true"), done("x"))
    keep(shop, 4)
    with (shop.attempt() / "trajectory.jsonl").open("a") as stream:
        stream.write('{"kind": "message", "name": {}, "text": "half \\ud800"}\n')
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert "half ?" in shop.provider.seen[-1].text
    assert "w?rk" in shop.provider.seen[-1].text


def test_of_very_many_calls_in_one_reply_the_first_are_carried_out(shop: Workshop) -> None:
    """The others are answered, and the model may ask again."""
    calls = tuple(("bash", json.dumps({"command": f"echo {number} >> said"})) for number in range(120))
    shop.run(Turn(calls=calls), done("fine"))
    assert len(shop.read("said").split()) == actions.MOST_CALLS
    assert [text[:17] for text in shop.observations()[actions.MOST_CALLS :]] == ["[not carried out:"] * 20
