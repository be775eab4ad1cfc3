"""The advisor: a model that is shown a case, says what to do, and does nothing itself."""

from __future__ import annotations

import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import pytest

from scope.executors.advisor import dialogue, question
from scope.sessions.records import reports
from tests.driver import until
from tests.executors.relay import refusal
from tests.models.provider import Turn, broken, call, cut, limited, malformed, say

if TYPE_CHECKING:
    from pathlib import Path

    from tests.executors.workshop import Workshop

CASE: Final = "# Session 3 failed: no module named web"
ADVICE: Final = {
    "instructions": "1. Set `path` to src.",
    "reasoning": "The layout has its packages in src.",
    "variables": {"path": "src"},
    "insufficient": "",
}
OTHER: Final = {**ADVICE, "instructions": "1. Install it first."}
GOOD: Final = say(json.dumps(ADVICE))
BETTER: Final = say(json.dumps(OTHER))
POOR: Final = say("I would set the path.")
QUICK: Final = """\
import sys
from scope.executors.model import patience
patience.FIRST_PAUSE_S = 0.01
from scope.executors.advisor.__main__ import main
sys.exit(main(sys.argv[1]))
"""
"""The same worker, whose pauses are a hundredth."""


def prepare(shop: Workshop, number: int = 1, text: str = CASE) -> Path:
    """Write what the watcher would have."""
    return shop.prepare(number, text, executor="advisor", level=0)


def advise(shop: Workshop, *turns: Any, number: int = 1, code: int = 0, **more: Any) -> str:
    """Run an attempt against these turns and return what stands in the pane; fail unless it exits with the code."""
    if not (shop.attempt(number) / "brief.md").exists():
        prepare(shop, number)
    return shop.run(*turns, task=CASE, number=number, code=code, program=QUICK, **more)


def advice(shop: Workshop, number: int = 1) -> dict[str, Any]:
    """What was advised."""
    return dict(json.loads((shop.attempt(number) / "advice.json").read_text()))


def said(shop: Workshop) -> list[str]:
    """The last conversation behind the system prompt: who spoke, and in short what."""
    return [f"{m['role']}: {m['content'][:80]}" for m in shop.provider.seen[-1].messages[1:]]


def killed(shop: Workshop, lines: int, number: int = 1) -> None:
    """Start an attempt and kill it with -9 when its trajectory has so many lines, with all answers made by then."""
    prepare(shop, number)
    process = shop.start(number, program=QUICK)
    until(lambda: len(shop.lines(number)) >= lines or process.poll() is not None)
    process.kill()
    process.wait(10)
    until(lambda: set(shop.relay.ids) <= set(shop.relay._stored))


def test_advice_is_asked_for_once_and_written_down(shop: Workshop) -> None:
    """One call without tools; what comes of it is for the watcher, for people, and for the bill."""
    shown = advise(shop, GOOD)
    assert advice(shop) == ADVICE
    assert shop.result() == (
        "1. Set `path` to src.\n\nVariables:\n- path = src\n\nWhy: The layout has its packages in src.\n"
    )
    assert [line["kind"] for line in shop.lines()] == ["task", "reply", "end"]
    assert shop.lines()[-1]["how"] == "done"
    usage = shop.usage()
    assert (usage["calls"], usage["steps"], usage["cost"]) == (1, 1, 0.001)
    assert shop.relay.ids == ["1/1/1.1"]
    assert shop.relay.bodies[0].keys() == {"model", "messages"}
    assert shop.relay.bodies[0]["model"] == "default"
    assert [message["role"] for message in shop.relay.bodies[0]["messages"]] == ["system", "user"]
    assert shop.relay.bodies[0]["messages"][1]["content"] == CASE
    for words in (CASE, "1. Set `path` to src.", "- path = src", "Why: The layout", "tokens, $0.0010"):
        assert words in shown


@pytest.mark.parametrize("text", ["```json\n{}\n```", "So, as [1] says:\n\n{}\n\nI hope that it helps."])
def test_an_object_in_a_block_or_among_words_is_taken(text: str, shop: Workshop) -> None:
    """Models like to wrap what they give."""
    advise(shop, say(text.replace("{}", json.dumps(ADVICE))))
    assert advice(shop) == ADVICE


def test_what_nobody_declared_is_written_down_as_it_came(shop: Workshop) -> None:
    """Whoever applies it knows what the work declares."""
    advise(shop, say('{"instructions": "x", "variables": {"rm": "-rf", "n": 3.10}, "confidence": 1}'))
    assert advice(shop)["variables"] == {"rm": "-rf", "n": "3.10"}


@pytest.mark.parametrize(
    ("turn", "wrong"),
    [
        (POOR, "there is no JSON object in it"),
        (say('{"variables": {"a": null}}'), "the variable 'a' takes a text, a number, true or false, not null"),
        (say("", finish="stop"), "it is empty"),
        (call("bash", command="touch made"), "it is empty"),
        (say("I will not.", finish="content_filter"), "that is a refusal (I will not.)"),
    ],
)
def test_what_is_no_advice_is_asked_for_once_more(turn: Turn, wrong: str, shop: Workshop) -> None:
    """With what is wrong; the second answer counts, and a tool that was called all the same is no matter."""
    shown = advise(shop, turn, GOOD)
    assert advice(shop) == ADVICE
    asked = shop.provider.seen[-1].messages
    assert asked[-1]["role"] == "user"
    assert wrong in asked[-1]["content"]
    assert not any("tool_calls" in message or message["role"] == "tool" for message in asked)
    assert f"that is no advice: {wrong}" in shown
    assert shop.usage()["calls"] == 2
    assert not (shop.cwd / "made").exists()


def test_what_is_twice_no_advice_is_none(shop: Workshop) -> None:
    """The attempt fails and says why; nobody is asked a third time."""
    advise(shop, POOR, say('{"instructions": ["1."]}'), code=1)
    report = shop.report()
    assert report["class"] == "wrong_approach"
    assert report["message"] == "no advice: 'instructions' takes a text, not a list"
    assert not (shop.attempt() / "advice.json").exists()
    assert not (shop.attempt() / "result.md").exists()
    assert [line["kind"] for line in shop.lines()] == ["task", "reply", "message", "reply", "end"]
    assert len(shop.relay.ids) == 2


def test_a_reply_that_was_cut_is_told_so(shop: Workshop) -> None:
    """Else it would be as long again."""
    advise(shop, say('{"instructions": "1. Set', finish="length"), GOOD)
    assert shop.provider.seen[-1].messages[-1]["content"].endswith("too long: write less.")


def test_a_message_that_is_there_already_stands_in_the_first_question(shop: Workshop) -> None:
    """Sent before it began: behind the case, and taken from the mailbox."""
    prepare(shop)
    shop.send("think of the layout")
    advise(shop, GOOD)
    assert said(shop) == [f"user: {CASE}", "user: think of the layout"]
    assert os.listdir(shop.session / "inbox" / "cur") == ["00000000000000000001.1.1:2,S"]


def test_a_message_while_it_thinks_has_it_asked_again(shop: Workshop) -> None:
    """Its answer is there, the attempt has not ended: what a person says counts."""
    prepare(shop)

    def meanwhile(_: dict[str, Any]) -> Turn:
        shop.send("it is a namespace package")
        return GOOD

    shown = advise(shop, meanwhile, BETTER)
    assert advice(shop) == OTHER
    assert [line["kind"] for line in shop.lines()] == ["task", "reply", "message", "reply", "end"]
    assert said(shop)[-1] == "user: it is a namespace package"
    assert shown.index("1. Set `path`") < shown.index("a message: it is") < shown.index("1. Install it first.")


def test_a_person_who_never_ends_is_heard_a_few_times(shop: Workshop) -> None:
    """Then the last advice holds; what came too late stays in the mailbox."""
    prepare(shop)
    count = 0

    def meanwhile(_: dict[str, Any]) -> Turn:
        nonlocal count
        count += 1
        shop.send("and?", name=f"0000000000000000000{count}.1.1")
        return GOOD

    advise(shop, *[meanwhile] * dialogue.MOST_REPLIES)
    assert advice(shop) == ADVICE
    assert len(os.listdir(shop.session / "inbox" / "new")) == 1


def test_once_more_counts_anew_when_a_person_has_spoken(shop: Workshop) -> None:
    """Small talk is answered with small talk, and costs no advice."""
    prepare(shop)

    def meanwhile(_: dict[str, Any]) -> Turn:
        shop.send("thanks")
        return GOOD

    advise(shop, POOR, meanwhile, say("You are welcome."), BETTER)
    assert advice(shop) == OTHER


@pytest.mark.parametrize("lines", range(6))
def test_a_kill_behind_any_line_loses_nothing_that_was_paid(lines: int, shop: Workshop) -> None:
    """The next attempt takes it up where it broke off: before a reply, behind it, and behind the last line."""
    shop.provider.script(CASE, POOR, GOOD)
    killed(shop, lines)
    prepare(shop, 2)
    again = shop.start(2, program=QUICK)
    shown, _ = again.communicate(timeout=60)
    assert again.returncode == 0, shown
    assert advice(shop, 2) == ADVICE
    assert len(shop.provider.seen) == 2  # the two replies, each paid once
    assert len(said(shop)) == 3


def test_a_reply_on_its_way_is_had_though_the_worker_was_killed_twice(shop: Workshop) -> None:
    """Each time it is asked for under the same id."""
    may_answer = threading.Event()
    shop.provider.script(CASE, Turn(text=GOOD.text, gate=may_answer))
    for number in (1, 2):
        prepare(shop, number)
        process = shop.start(number, program=QUICK)
        until(lambda number=number: len(shop.relay.ids) >= number)
        process.kill()
        process.wait(10)
        may_answer.set()
        until(lambda: shop.relay._stored)
    advise(shop, number=3)
    assert advice(shop, 3) == ADVICE
    assert shop.relay.ids[-1] == "1/1/1.1"
    assert len(shop.provider.seen) == 1


def test_what_failed_begins_anew(shop: Workshop) -> None:
    """What misled it once is not shown to it again."""
    advise(shop, POOR, POOR, code=1)
    advise(shop, GOOD, number=2)
    assert said(shop) == [f"user: {CASE}"]
    assert shop.relay.ids[-1] == "1/2/1.1"


def test_another_question_begins_anew(shop: Workshop) -> None:
    """Somebody changed it: what was answered before is no answer."""
    shop.provider.script(CASE, GOOD)
    killed(shop, 3)
    prepare(shop, 2, f"{CASE}, and more")
    advise(shop, BETTER, number=2)
    assert advice(shop, 2) == OTHER
    assert said(shop) == [f"user: {CASE}, and more"]


def test_a_word_on_the_attempt_that_was_lost_makes_no_other_question(shop: Workshop) -> None:
    """The watcher may put it behind the case."""
    shop.provider.script(CASE, GOOD)
    killed(shop, 2)
    prepare(shop, 2, f"{CASE}\n\n## What failed before\n\nAttempt 1 was lost.")
    advise(shop, number=2)
    assert advice(shop, 2) == ADVICE
    assert len(shop.provider.seen) == 1


def test_what_was_parked_is_taken_up(shop: Workshop) -> None:
    """The poor reply was paid, and the next question is the second."""
    refused = refusal(429, "rate_limit", "openai/small is limited", retry_at=time.time() + 3600)
    prepare(shop)

    def poor(_: dict[str, Any]) -> Turn:
        shop.relay.said = [refused]
        return POOR

    advise(shop, poor, code=75)
    assert (shop.report()["class"], shop.report()["until"]) == ("quota", reports.stamp(refused[1]["error"]["retry_at"]))
    shop.relay._stored.clear()  # the router keeps replies, not refusals
    advise(shop, GOOD, number=2)
    assert len(said(shop)) == 3
    assert advice(shop, 2) == ADVICE


@pytest.mark.parametrize("fault", [broken(500), cut(), malformed(), limited(None), limited("0")])
def test_a_provider_that_recovers_is_asked_again(fault: Turn, shop: Workshop) -> None:
    """That is no poor reply: it is not counted as one."""
    advise(shop, fault, POOR, fault, GOOD)
    assert advice(shop) == ADVICE
    assert shop.relay.ids == ["1/1/1.1", "1/1/1.2", "1/1/2.1", "1/1/2.2"]


@pytest.mark.parametrize(
    ("answer", "of_class", "code"),
    [
        (refusal(402, "budget", "the budget of session 1 is spent"), "budget", 1),
        (refusal(502, "key"), "policy", 1),
        (refusal(403, "level"), "policy", 1),
        (refusal(429, "rate_limit", retry_at=4e9), "quota", 75),
    ],
)
def test_what_asking_again_cannot_mend_ends_it(answer: Any, of_class: str, code: int, shop: Workshop) -> None:
    """As for any model's work: with the class that says who can."""
    shop.relay.said = [answer]
    advise(shop, code=code)
    assert shop.report()["class"] == of_class
    assert not (shop.attempt() / "advice.json").exists()


def test_a_provider_that_stays_broken_is_a_transient_failure(shop: Workshop) -> None:
    """After five more tries."""
    advise(shop, *[broken()] * 6, code=1)
    assert shop.report()["class"] == "transient"


def test_a_question_that_is_too_long_loses_its_middle(shop: Workshop) -> None:
    """Head and tail stay, and it is said; the next attempt does not begin with the long one again."""
    prepare(shop, text=f"{CASE}\n{'x' * 50_000}\nthe end")
    shop.relay.said = [refusal(400, "context", "too many tokens")] * 2
    shown = advise(shop, POOR, GOOD)
    asked = shop.relay.bodies[-1]["messages"][1]["content"]
    assert asked.startswith(CASE)
    assert asked.endswith("the end")
    assert "characters left out …]" in asked
    assert len(asked) < 0.2 * 50_000
    assert "the window is too small: the question is shortened to" in shown
    assert [len(body["messages"][1]["content"]) < 30_000 for body in shop.relay.bodies] == [False, True, True, True]
    assert [line["kind"] for line in shop.lines()][:4] == ["task", "note", "note", "reply"]


def test_a_question_that_stays_too_long_is_too_big(shop: Workshop) -> None:
    """Three times shorter, and no more."""
    shop.relay.said = [refusal(400, "context", "too many tokens")] * 4
    advise(shop, code=1)
    assert (shop.report()["class"], shop.report()["message"]) == ("task_too_big", "too many tokens")
    assert len(shop.relay.ids) == 4


@pytest.mark.parametrize("longest", [0, 1, 2, 7, 99, 100])
def test_what_is_shortened_keeps_both_ends(longest: int) -> None:
    """And says how much is missing between them."""
    text = "".join(chr(ord("a") + n % 26) for n in range(100))
    made = question.shortened(text, longest)
    head, _, rest = made.partition("\n[… ")
    assert text.startswith(head)
    assert text.endswith(rest.rpartition("…]\n")[2])
    assert made == text if longest == 100 else f"[… {100 - longest} characters left out …]" in made


def test_of_a_long_case_the_head_is_shown(shop: Workshop) -> None:
    """Whoever attaches wants to see the advice; the whole case is in the brief."""
    prepare(shop, text=CASE + "\n\na line of the case" * 1000)
    shown = advise(shop, GOOD)
    assert len(shown) < 3000
    assert f"characters more: {shop.attempt() / 'brief.md'}]" in shown
