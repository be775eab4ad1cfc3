"""What the model is shown: always a valid conversation, and never more than its window holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.executors.model import context, prompt, window
from tests.executors.relay import refusal
from tests.executors.workshop import TASK
from tests.models.provider import bash, call, done, say

if TYPE_CHECKING:
    from tests.executors.workshop import Workshop

WORDS = st.text(max_size=30)
IDS = st.sampled_from(["a", "b", "c", "d"])
STEPS = st.integers(0, 8)
CALL = st.fixed_dictionaries({"id": IDS, "name": WORDS, "arguments": st.one_of(WORDS, st.just('{"command": "ls"}'))})
LINE = st.one_of(
    st.fixed_dictionaries({"kind": st.just("task"), "text": WORDS}),
    st.fixed_dictionaries(
        {"kind": st.just("reply"), "step": STEPS, "text": WORDS, "calls": st.lists(CALL, max_size=3)}
    ),
    st.fixed_dictionaries({"kind": st.just("action"), "step": STEPS, "call": IDS}),
    st.fixed_dictionaries(
        {"kind": st.just("observation"), "step": STEPS, "call": IDS, "text": st.text(max_size=300)},
        optional={"output": WORDS, "exit": STEPS, "subject": WORDS},
    ),
    st.fixed_dictionaries({"kind": st.just("message"), "text": WORDS}, optional={"by": st.just("scope")}),
    st.fixed_dictionaries({"kind": st.just("elided"), "before": STEPS}),
    st.fixed_dictionaries({"kind": st.just("summary"), "before": STEPS, "text": WORDS}),
    st.fixed_dictionaries({"kind": st.sampled_from(["note", "end", "resumes", "of a later version"])}),
)
LINES = st.lists(LINE, max_size=25)


def assert_valid(conversation: list[dict[str, Any]]) -> None:
    """What every provider demands: results behind their calls, in order, and nothing in between."""
    assert [message["role"] for message in conversation[:2]] == ["system", "user"]
    owed: list[str] = []
    for message in conversation:
        if message["role"] == "tool":
            assert message["tool_call_id"] == owed.pop(0)
            continue
        assert not owed
        if message["role"] == "assistant":
            assert message["content"] or message.get("tool_calls")
            owed = [made["id"] for made in message.get("tool_calls", ())]
            assert len(set(owed)) == len(owed)
            for made in message.get("tool_calls", ()):
                assert made["function"]["name"]
                assert isinstance(json.loads(made["function"]["arguments"]), dict)
    assert not owed


@given(LINES)
def test_any_trajectory_is_a_valid_conversation(lines: list[dict[str, Any]]) -> None:
    """Torn, edited, of another version: each call has its one result, in its place."""
    assert_valid(context.messages("system", lines))


@given(LINES, st.integers(10, 3000))
def test_what_is_left_out_only_makes_it_shorter(lines: list[dict[str, Any]], size: int) -> None:
    """And leaves it valid; a summary leaves the task and what people said."""
    before = context.characters(context.messages("system", lines))
    step = window.elided_before("system", lines, size, 0)
    if step is not None:
        shorter = context.messages("system", [*lines, {"kind": "elided", "before": step}])
        assert_valid(shorter)
        assert context.characters(shorter) < before
    step = window.summed_up_before("system", lines, size, 0)
    if step is not None:
        shorter = context.messages("system", [*lines, {"kind": "summary", "before": step, "text": ""}])
        assert_valid(shorter)
        assert context.characters(shorter) < before


@given(LINES, st.integers(10, 100_000))
def test_a_record_fits_whatever_it_was(lines: list[dict[str, Any]], size: int) -> None:
    """What is to be summed up is cut to half of the window, at least to two thousand characters."""
    longest = max(2000, size * 1.5 / context.ratio(lines))
    assert len(window.record(lines, 5, size)) <= longest + 10


@given(LINES)
def test_what_is_pending_has_no_result(lines: list[dict[str, Any]]) -> None:
    """Of the last reply only, each call once more or less as it stands there."""
    last: dict[str, Any] = next((line for line in reversed(lines) if line["kind"] == "reply"), {})
    for made, begun in context.pending(lines):
        assert made in last["calls"]
        assert begun is None or begun["call"] == made["id"]


def work(steps: int, size: int, **more: Any) -> list[dict[str, Any]]:
    """A trajectory of so many steps, with observations of so many characters."""
    lines: list[dict[str, Any]] = [{"kind": "task", "text": TASK}]
    for step in range(1, steps + 1):
        made = {"id": f"c{step}", "name": "bash", "arguments": '{"command": "ls"}'}
        lines.append({"kind": "reply", "step": step, "text": "", "calls": [made], **more})
        seen = {"text": "x" * size, "output": f"/out/{step}-1", "subject": "ls", "exit": 0}
        lines.append({"kind": "observation", "step": step, "call": f"c{step}", **seen})
    return lines


def test_the_oldest_observations_go_first_and_the_last_two_stay() -> None:
    """Over 60 % of the window, until it is 40 %."""
    lines = work(10, 3000)
    tokens = context.tokens(context.messages("s", lines), lines)
    assert window.elided_before("s", lines, int(tokens / 0.59), 0) is None
    step = window.elided_before("s", lines, int(tokens / 0.61), 0)
    assert step == 5
    elided = context.messages("s", [*lines, {"kind": "elided", "before": step}])
    results = [message["content"] for message in elided if message["role"] == "tool"]
    assert results[0] == "[left out: what `ls` printed (exit 0, 3000 characters here); see /out/1-1]"
    assert results[4:] == ["x" * 3000] * 6
    assert window.elided_before("s", lines, 100, 0) == 9  # the last two stay, whatever it takes


def test_what_was_left_out_stays_so_until_more_must_be() -> None:
    """The beginning is the same for many steps: a provider's cache holds."""
    lines, beginnings, cuts = work(1, 3000), set(), 0
    for step in range(2, 60):
        lines += work(step, 3000)[-2:]
        before = window.elided_before("s", lines, 12_000, 0)
        if before is not None:
            cuts += 1
            lines.append({"kind": "elided", "before": before})
        beginnings.add(json.dumps(context.messages("s", lines)[:6]))
        assert context.tokens(context.messages("s", lines), lines) <= 0.8 * 12_000
    assert cuts < 20
    assert len(beginnings) < 6


def test_the_estimate_follows_the_last_real_count() -> None:
    """Twice as many tokens as was thought: half of the window."""
    lines = work(3, 3000)
    plain = context.tokens(context.messages("s", lines), lines)
    lines = work(3, 3000, prompt_tokens=2000, characters=3000)
    assert abs(context.tokens(context.messages("s", lines), lines) - 2 * plain) <= 2


def test_a_task_too_big_for_a_summary_to_help_is_not_summed_up() -> None:
    """It would cost a call each step, and win nothing."""
    lines = work(3, 10)
    lines[0]["text"] = "x" * 30_000
    assert window.summed_up_before("s", lines, 10_000, 0) is None


def test_a_small_window_is_kept_to(shop: Workshop) -> None:
    """Old observations are left out, then all is summed up; the work goes on, and the record is whole."""
    shop.relay.window = 9000
    turns = [bash(f"head -c 4500 /dev/zero | tr '\\0' x; echo {n} >> said; : {'y' * 2500}") for n in range(14)]
    sums: list[dict[str, Any]] = []

    def step(body: dict[str, Any]) -> Any:
        assert_valid(body["messages"])
        return done("ok") if not turns else turns.pop(0)

    def summary(body: dict[str, Any]) -> Any:
        sums.append(body)
        return say("SUMMED UP")

    shop.provider.script(TASK, *[step] * 16)
    shop.provider.script(f"The task:\n{TASK}", *[summary] * 6)
    shop.send("a person's words")
    shop.prepare()
    process = shop.start()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert shop.read("said").split() == [str(n) for n in range(14)]
    assert sums
    assert all("tools" not in body for body in sums)
    assert len(shop.lines(1, "summary")) == len(sums)
    assert shop.lines(1, "elided")
    assert len(shop.observations()) == 14
    last = shop.provider.seen[-1]
    assert "SUMMED UP" in last.messages[2]["content"]
    assert "a person's words" in last.text
    assert "is summed up" in said
    assert shop.usage()["calls"] == 15 + len(sums)
    assert len(set(shop.relay.ids)) == len(shop.relay.ids)


def test_a_window_smaller_than_was_said_is_found_out(shop: Workshop) -> None:
    """The provider refuses: all is summed up, and it is asked once more."""
    shop.provider.script(f"The task:\n{TASK}", say("SUMMED UP"))

    def full(_: dict[str, Any]) -> Any:
        shop.relay.said = [refusal(400, "context")]
        return bash("seq 500")

    shop.run(bash("seq 500"), bash("seq 500"), full, done("ok"))
    assert len(shop.lines(1, "summary")) == 1
    assert "SUMMED UP" in shop.provider.seen[-1].text


@pytest.mark.parametrize("refusals", [2, 3])
def test_a_task_that_fits_into_no_window_is_too_big(refusals: int, shop: Workshop) -> None:
    """In the provider's words; somebody has to divide it."""
    shop.relay.said = [refusal(400, "context", "too many tokens")] * refusals
    shop.run(code=1)
    assert (shop.report()["class"], shop.report()["needs"]) == ("task_too_big", "decomposition")
    assert shop.report()["message"] == "too many tokens"


def test_a_malformed_call_stays_in_the_conversation_as_an_object() -> None:
    """Some providers refuse a whole conversation for it."""
    lines = [{"kind": "reply", "step": 1, "calls": [{"id": "a", "name": "b s h", "arguments": "{oops"}]}]
    made = context.messages("s", lines)[2]["tool_calls"][0]["function"]
    assert made == {"name": "unknown", "arguments": '{"malformed": "{oops"}'}


def test_words_that_came_between_two_results_come_behind_them() -> None:
    """A person may type at any time."""
    calls = [{"id": "a", "name": "bash", "arguments": "{}"}, {"id": "b", "name": "bash", "arguments": "{}"}]
    lines: list[dict[str, Any]] = [
        {"kind": "task", "text": TASK},
        {"kind": "reply", "step": 1, "text": "", "calls": calls},
        {"kind": "observation", "step": 1, "call": "a", "text": "1"},
        {"kind": "message", "text": "hurry"},
        {"kind": "observation", "step": 1, "call": "b", "text": "2"},
    ]
    assert [m["content"] for m in context.messages("s", lines)][3:] == ["1", "2", "hurry"]


def test_the_prompt_is_short() -> None:
    """It is paid with every call."""
    assert len(prompt.system("/src/app", "pytest -q")) < 2600


def test_wide_results_are_shown_whole_to_the_end(shop: Workshop) -> None:
    """The result of a call that asks nothing of the disk is never left out."""
    shop.run(call("bash", command=""), done("ok"))
    assert context.elision(shop.lines(1, "observation")[0]) == shop.observations()[0]
