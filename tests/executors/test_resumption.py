"""Going on after a kill: what was done is not done again, and what is unknown is said to be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from scope.executors.model import prompt
from tests.driver import until
from tests.executors.workshop import TASK
from tests.models.provider import Turn, bash, call, done, say

if TYPE_CHECKING:
    from tests.executors.workshop import Workshop

LINES = 16


def model(body: dict[str, Any]) -> Turn:
    """A model that acts on what it sees: three commands, of which each must run once; two in its second reply."""
    seen = json.dumps(body["messages"])
    calls = [("a",), ("b", "c"), ("d",)]
    for names in calls:
        if not all(f"echo {name} >> said" in seen for name in names):
            return Turn(calls=tuple(("bash", json.dumps({"command": f"echo {name} >> said"})) for name in names))
    return done("all is done")


@pytest.mark.parametrize("count", range(LINES + 1))
def test_a_kill_behind_any_line_loses_nothing_and_repeats_nothing(count: int, shop: Workshop) -> None:
    """The second attempt goes on from the trajectory of the first, wherever that ends."""
    shop.provider.script(TASK, *[model] * 20)
    shop.prepare()
    process = shop.start()
    until(lambda: len(shop.lines()) >= count or process.poll() is not None)
    process.kill()
    process.wait(10)
    shop.prepare(2, resumes=1)
    again = shop.start(2)
    said, _ = again.communicate(timeout=60)
    assert again.returncode == 0, said
    assert shop.result(2) == "all is done\n"
    letters = shop.read("said").split()
    begun = [line for line in shop.lines(1, "action") if line["tool"] == "bash"]
    ended = [line for line in shop.lines(1, "observation") if not line.get("is_wrong")]
    assert len(letters) == len(set(letters))
    # Only a command that was under way may not have taken effect; the model is told, and looks.
    unknown = len(begun) - len(ended)
    assert len(letters) >= 4 - unknown
    assert ("the worker was killed during this command" in json.dumps(shop.lines(2))) == bool(unknown)
    pairs = shop.provider.seen[-1].messages
    asked = [c["id"] for m in pairs for c in m.get("tool_calls", ())]
    assert asked == [m["tool_call_id"] for m in pairs if m["role"] == "tool"]


def test_a_reply_that_was_not_acted_on_is_not_asked_for_again(shop: Workshop) -> None:
    """It was paid: the next attempt carries it out."""
    shop.run(bash("echo a >> said"), done("ok"))
    keep(shop, 2)
    shop.cwd.joinpath("said").unlink()
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert shop.read("said") == "a\n"
    assert shop.relay.ids[2:] == ["1/2/2.1"]


def test_a_reply_that_was_paid_but_not_written_down_is_had_again(shop: Workshop) -> None:
    """Killed between the answer and its line: the next attempt asks under the same id, once."""
    shop.run(bash("echo a >> said"), bash("echo b >> said"), done("first"))
    keep(shop, 4)
    (shop.attempt(1) / "query").write_text("1/1/2.1\n")
    shop.cwd.joinpath("said").write_text("a\n")
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert shop.relay.ids[3:] == ["1/1/2.1", "1/2/3.1"]
    assert shop.read("said") == "a\nb\n"


def test_a_command_that_was_under_way_is_not_repeated(shop: Workshop) -> None:
    """What it had printed by then is shown."""
    shop.prepare()
    shop.provider.script(TASK, bash("echo begun; echo x >> said; sleep 60"), done("ok"))
    process = shop.start()
    shop.until_in("x")
    process.kill()
    process.wait(10)
    shop.run(done("ok"), number=2, task=resumed(shop))
    text = shop.observations(2)[0]
    assert "the worker was killed during this command; whether it took full effect is unknown" in text
    assert text.endswith("begun\n")
    assert shop.read("said") == "x\n"


def test_done_that_was_begun_is_done_again(shop: Workshop) -> None:
    """The result is written, and no model is asked."""
    shop.run(done("the result"))
    keep(shop, 3)
    shop.run(number=2, task=resumed(shop))
    assert shop.result(2) == "the result\n"
    assert shop.relay.ids == ["1/1/1.1"]


def test_a_chain_of_attempts_is_one_conversation(shop: Workshop) -> None:
    """The third continues what the second continued; steps are counted on."""
    shop.run(bash("echo 1"), done("x"))
    keep(shop, 4)
    shop.run(bash("echo 2"), done("x"), number=2, task=resumed(shop))
    keep(shop, 5, number=2)
    shop.run(done("ok"), number=3, task=resumed(shop, 3))
    texts = [m["content"] for m in shop.provider.seen[-1].messages if m["role"] == "tool"]
    assert texts == ["[exit 0]\n1\n", "[exit 0]\n2\n"]
    assert shop.relay.ids[-1] == "1/3/3.1"
    assert shop.usage(3)["steps"] == 1


def test_a_task_that_was_changed_meanwhile_is_said_again(shop: Workshop) -> None:
    """Advice came: the model reads the task as it stands now, after what it did before."""
    shop.run(bash("true"), done("x"))
    keep(shop, 4)
    shop.prepare(2, task=f"{TASK}\n\n## Advice\n\nUse tar.", resumes=1)
    shop.run(done("ok"), number=2)
    last = shop.provider.seen[-1].messages[-1]
    assert last["role"] == "user"
    assert last["content"].endswith("## Advice\n\nUse tar.")


def test_done_that_was_not_accepted_is_answered(shop: Workshop) -> None:
    """With other words for the task, the model goes on where it had ended."""
    shop.run(bash("true"), done("x"))
    shop.prepare(2, task=f"{TASK}, and better", resumes=1)
    shop.run(done("better"), number=2)
    assert [m["content"] for m in shop.provider.seen[-1].messages if m["role"] == "tool"][-1] == prompt.NOT_ACCEPTED
    assert shop.result(2) == "better\n"


def test_a_failure_that_is_taken_up_again_is_answered(shop: Workshop) -> None:
    """It had failed for want of something that is there now."""
    shop.run(call("fail", **{"class": "resource", "message": "no licence"}), code=1)
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert shop.provider.seen[-1].messages[-1]["content"] == prompt.TAKEN_UP


def test_a_torn_or_strange_line_is_left_out(shop: Workshop) -> None:
    """A power cut may tear the last, a person may edit any."""
    shop.run(bash("true"), done("x"))
    keep(shop, 4)
    with (shop.attempt() / "trajectory.jsonl").open("a") as stream:
        stream.write('[1]\n{"no": "kind"}\n{"kind": "reply", "step": "x"}\n{"kind": "observation", "te')
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert [m["role"] for m in shop.provider.seen[-1].messages] == ["system", "user", "assistant", "tool"]


def test_a_trajectory_that_is_gone_is_begun_anew(shop: Workshop) -> None:
    """Nothing is known of the first attempt, so nothing is said of it."""
    shop.prepare()
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert len(shop.provider.seen[-1].messages) == 2


def test_a_reminder_that_was_not_given_is_given(shop: Workshop) -> None:
    """A conversation must not end with the model's own words."""
    shop.run(say("hm"), done("x"))
    keep(shop, 2)
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert shop.provider.seen[-1].messages[-1]["content"] == prompt.NOTHING_CALLED


def test_a_question_that_was_answered_is_not_asked_again(shop: Workshop) -> None:
    """The answer lies with the attempt that had asked."""
    shop.prepare()
    shop.provider.script(TASK, call("ask", question="Which?", options=["this", "that"]), done("ok"))
    process = shop.start()
    until(lambda: (shop.attempt() / "question-1.json").exists())
    process.kill()
    process.wait(10)
    (shop.attempt() / "answer-1.json").write_text('{"answer": "that", "by": "person"}\n')
    shop.run(done("ok"), number=2, task=resumed(shop))
    assert shop.observations(2) == ["that"]
    assert not (shop.attempt(2) / "question-1.json").exists()


def test_a_question_without_an_answer_is_asked_again(shop: Workshop) -> None:
    """By the attempt that runs now."""
    shop.prepare()
    shop.provider.script(TASK, call("ask", question="Which?"), done("ok"))
    process = shop.start()
    until(lambda: (shop.attempt() / "question-1.json").exists())
    process.kill()
    process.wait(10)
    resumed(shop)
    again = shop.start(2)
    asked = until(lambda: (shop.attempt(2) / "question-1.json").exists() and shop.attempt(2) / "question-1.json")
    assert json.loads(asked.read_text())["question"] == "Which?"
    (shop.attempt(2) / "answer-1.json").write_text('{"answer": "this", "by": "person"}\n')
    said, _ = again.communicate(timeout=60)
    assert again.returncode == 0, said
    assert shop.observations(2) == ["this"]


def keep(shop: Workshop, count: int, number: int = 1) -> None:
    """Leave the first few lines of an attempt's trajectory, as a kill would have, before it asked anything more."""
    (shop.attempt(number) / "query").unlink(missing_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in shop.lines(number)[:count])
    (shop.attempt(number) / "trajectory.jsonl").write_text(text)


def resumed(shop: Workshop, number: int = 2) -> str:
    """Prepare an attempt that continues the one before it, and return its task."""
    shop.prepare(number, resumes=number - 1)
    return TASK
