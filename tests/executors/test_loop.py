"""The loop: ask, act, observe, until done."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.executors.workshop import QUICK, TASK
from tests.models.provider import Turn, bash, done

if TYPE_CHECKING:
    from tests.executors.workshop import Workshop


def test_a_model_works_with_a_shell_until_it_is_done(shop: Workshop) -> None:
    """Commands run in the working directory, are observed, and the result is the caller's."""
    said = shop.run(bash("echo hello > made", "I make it."), bash("cat made"), done("it is made"))
    assert shop.read("made") == "hello\n"
    assert shop.result() == "it is made\n"
    assert shop.observations() == ["[exit 0]\n(no output)", "[exit 0]\nhello\n"]
    assert "I make it." in said
    assert "$ cat made" in said
    assert "  hello" in said
    assert [line["kind"] for line in shop.lines()] == [
        "task", "reply", "action", "observation", "reply", "action", "observation", "reply", "action", "end",
    ]  # fmt: skip
    usage = shop.usage()
    assert (usage["calls"], usage["steps"], usage["unpriced"], usage["cost"]) == (3, 3, 0, 0.003)
    assert shop.relay.ids == ["1/1/1.1", "1/1/2.1", "1/1/3.1"]
    assert set(shop.relay.tokens) == {"scope-1-1-abc"}
    conversation = shop.provider.seen[-1].messages
    assert [message["role"] for message in conversation] == ["system", "user", "assistant", "tool", "assistant", "tool"]
    assert str(shop.cwd) in conversation[0]["content"]
    assert json.loads(conversation[2]["tool_calls"][0]["function"]["arguments"]) == {"command": "echo hello > made"}


def test_several_calls_of_one_reply_are_carried_out_in_order(shop: Workshop) -> None:
    """Each has its own result, in the order of the calls."""
    calls = (("bash", '{"command": "echo a >> said; echo 1"}'), ("bash", '{"command": "echo b >> said; echo 2"}'))
    shop.run(Turn(calls=calls), done("ok"))
    assert shop.read("said") == "a\nb\n"
    results = [message for message in shop.provider.seen[-1].messages if message["role"] == "tool"]
    assert [result["content"] for result in results] == ["[exit 0]\n1\n", "[exit 0]\n2\n"]
    outputs = [line["output"] for line in shop.lines(1, "observation")]
    assert [path.rpartition("/")[2] for path in outputs] == ["1-1", "1-2"]
    assert (shop.attempt() / "outputs" / "1-2").read_text() == "2\n"


def test_done_ends_at_once(shop: Workshop) -> None:
    """What is called behind it is not carried out."""
    shop.run(Turn(calls=(("done", '{"result": "ok"}'), ("bash", '{"command": "touch made"}'))))
    assert not (shop.cwd / "made").exists()


def test_a_failure_is_reported(shop: Workshop) -> None:
    """With its class, what would help, and what was tried."""
    arguments = {"class": "missing_context", "message": "which schema?", "tried": ["both"]}
    said = shop.run(Turn(calls=(("fail", json.dumps(arguments)),)), code=1)
    report = shop.report()
    assert (report["class"], report["needs"], report["tried"]) == ("missing_context", "information", ["both"])
    assert report["message"] == "which schema?"
    assert "which schema?" in said
    assert shop.lines()[-1]["how"] == "failed"


def test_steps_are_bounded(shop: Workshop) -> None:
    """Beyond them the attempt fails, and nothing more is asked."""
    shop.run(*[bash("true")] * 3, code=1, env={"SCOPE_STEPS": "3"})
    assert shop.report()["class"] == "budget"
    assert shop.report()["message"] == "3 steps are made"
    assert len(shop.relay.ids) == 3


def test_a_check_is_named_before_it_judges(shop: Workshop) -> None:
    """The brief holds it, so the model may know what decides."""
    shop.prepare(1, check='"test -f made && echo \\u00fcber"')
    shop.run(done("ok"))
    assert "`test -f made && echo über`" in shop.provider.seen[0].messages[0]["content"]


def test_what_has_no_price_is_said_to_have_none(shop: Workshop) -> None:
    """Neither free nor an error."""
    shop.relay.cost = None
    said = shop.run(bash("true"), done("ok"))
    assert "price unknown" in said
    assert (shop.usage()["cost"], shop.usage()["unpriced"]) == (None, 2)


def test_any_text_is_taken(shop: Workshop) -> None:
    """Half characters, NUL and letters of all kinds, in thoughts, commands and results."""
    arguments = json.dumps({"command": "printf '%s' 'ü\ud800 \U0001f600\0' > said"})
    shop.run(
        Turn(text="thinks \ud800 \x1b[2J", calls=(("bash", arguments),)),
        Turn(calls=(("done", '{"result": "a\\ud800b \\u0000"}'),)),
    )
    assert shop.read("said") == "ü? 😀\ufffd"
    assert shop.result() == "a?b \ufffd\n"


def test_calls_with_ids_that_come_twice_are_told_apart(shop: Workshop) -> None:
    """Some providers give every call the same id, or none."""

    def body(identity: str | None, command: str) -> dict[str, object]:
        function = {"name": "bash", "arguments": {"command": command}}  # an object, as some local servers send it
        message = {"role": "assistant", "content": None, "tool_calls": [{"id": identity, "function": function}] * 2}
        return {"choices": [{"message": message}], "usage": None, "scope": None}

    shop.relay.said = [(200, body("same", "echo a >> said")), (200, body("same", "echo b >> said"))]
    shop.relay.said += [(200, body(None, "echo c >> said"))]
    shop.run(done("ok"))
    assert shop.read("said") == "a\na\nb\nb\nc\nc\n"
    asked = [c["id"] for m in shop.relay.bodies[-1]["messages"] for c in m.get("tool_calls", ())]
    assert len(asked) == len(set(asked)) == 6


def test_what_cannot_be_written_is_reported_as_what_it_is(shop: Workshop) -> None:
    """A trajectory that is no file: nothing was asked, nothing was run, no traceback is shown."""
    shop.prepare()
    (shop.attempt() / "trajectory.jsonl").mkdir()
    said = shop.run(code=70)
    assert shop.report()["class"] == "resource"
    assert "trajectory.jsonl'" in said
    assert not shop.relay.ids


def test_an_attempt_without_a_brief_is_reported(shop: Workshop) -> None:
    """The watcher is told by a report, the person by one line."""
    shop.prepare()
    (shop.attempt() / "brief.md").unlink()
    process = shop.start()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 70
    assert "there is no brief" in said
    assert shop.report()["class"] == "unknown"


def test_a_fault_of_ours_shows_no_traceback(shop: Workshop) -> None:
    """It is a line in the pane, a report, and a note in the trajectory with all of it."""
    shop.prepare()
    program = QUICK.replace(
        "from scope.executors.model.__main__", "shell.run = None\nfrom scope.executors.model.__main__"
    )
    shop.provider.script(TASK, bash("true"))
    process = shop.start(program=program)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 70
    assert "Traceback" not in said
    assert "TypeError: 'NoneType' object is not callable" in said
    assert shop.report()["class"] == "unknown"
    assert "Traceback" in shop.lines(1, "note")[0]["text"]


@pytest.mark.parametrize("sign", ["closed", "exit"])
def test_an_attempt_that_is_over_is_not_run(sign: str, shop: Workshop) -> None:
    """It was fenced off, or has ended: nothing is written."""
    shop.prepare()
    (shop.attempt() / sign).write_text("0\n")
    before = sorted(os.listdir(shop.attempt()))
    shop.run(code=75)
    assert sorted(os.listdir(shop.attempt())) == before


def test_the_activity_says_what_is_done_now(shop: Workshop) -> None:
    """The step and the command; while the model thinks, what it took so far."""
    shop.run(bash("cat ../.scope/sessions/1/activity > said"), bash("true"), done("ok"))
    assert shop.read("said") == "step 1: cat ../.scope/sessions/1/activity > said\n"
    assert shop.activity().startswith("thinking (step 3, ")
    assert shop.activity().endswith(" tokens, $0.0020)\n")
