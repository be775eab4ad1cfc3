"""Replies that are of no use: answered with what is expected, and given up with in the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from scope.executors.model import prompt
from tests.models.provider import Turn, bash, done, say

if TYPE_CHECKING:
    from tests.executors.workshop import Workshop


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("bash", "{not json", "are no JSON"),
        ("bash", "[1]", "no JSON object"),
        ("bash", '"ls"', "no JSON object"),
        ("bash", "{}", "'command' of bash is missing"),
        ("bash", '{"command": 1}', "'command' of bash is no text"),
        ("bash", '{"command": "touch made", "timeout": "soon"}', "'timeout' of bash takes seconds"),
        ("bash", '{"command": "touch made", "timeout": 0}', "above 0"),
        ("bash", '{"command": "touch made", "timeout": true}', "above 0"),
        ("python", '{"code": "1"}', "there is no tool 'python': there are bash, done, fail, ask"),
        ("", "{}", "there is no tool ''"),
        ("done", '{"result": ""}', "'result' of done is empty"),
        ("fail", '{"class": "sad", "message": "x"}', "is one of transient"),
        ("fail", '{"class": "unknown"}', "'message' of fail is missing"),
        ("fail", '{"class": "unknown", "message": "x", "needs": "love"}', "'needs' of fail is one of"),
        ("ask", '{"question": "q", "options": [1]}', "list of texts"),
        ("bash", "[" * 100_000, "are no JSON"),
    ],
)
def test_a_wrong_call_is_told_what_is_expected(name: str, arguments: str, expected: str, shop: Workshop) -> None:
    """It is not carried out, and the conversation goes on, valid for every provider."""
    shop.run(Turn(calls=((name, arguments),)), done("ok"))
    assert not (shop.cwd / "made").exists()
    assert expected in shop.observations()[0]
    assert shop.lines(1, "action") == shop.lines(1, "action")[:1]  # done only
    made = shop.provider.seen[-1].messages[2]["tool_calls"][0]["function"]
    assert isinstance(json.loads(made["arguments"]), dict)
    assert made["name"]


def test_a_call_that_was_cut_is_told_so(shop: Workshop) -> None:
    """A reply that reached its longest has arguments that end in their middle."""
    shop.run(Turn(calls=(("bash", '{"command": "cat > f'),), finish="length"), done("ok"))
    assert "Your reply was cut" in shop.observations()[0]


def test_words_without_a_call_are_answered_with_a_reminder(shop: Workshop) -> None:
    """And so is an empty reply, which itself is left out of the conversation."""
    shop.run(say("I think about it."), say(""), done("ok"))
    said = [line["text"] for line in shop.lines(1, "message")]
    assert said == [prompt.NOTHING_CALLED, prompt.EMPTY]
    roles = [message["role"] for message in shop.provider.seen[-1].messages]
    assert roles == ["system", "user", "assistant", "user", "user"]


def test_a_bash_block_alone_is_run(shop: Workshop) -> None:
    """For models that know no tools; its output comes back as words."""
    shop.run(say("First:\n```bash\necho hello > said\ncat said\n```\nThen more."), done("ok"))
    assert shop.read("said") == "hello\n"
    assert shop.provider.seen[-1].messages[-1] == {"role": "user", "content": "[exit 0]\nhello\n"}


@pytest.mark.parametrize(
    "text",
    [
        "```bash\ntouch made\n```\n```bash\ntouch made\n```",
        "```python\ntouch made\n```",
        "```bash\ntouch made",
        "```\nls",
    ],
)
def test_anything_else_between_fences_is_words(text: str, shop: Workshop) -> None:
    """Two blocks, another language, a block that does not end."""
    shop.run(say(text), done("ok"))
    assert not (shop.cwd / "made").exists()
    assert len(shop.lines(1, "message")) == 1


def test_a_refusal_is_asked_once_whether_it_is_one(shop: Workshop) -> None:
    """The second is a failure that somebody has to allow."""
    shop.run(say("I cannot help.", finish="content_filter"), say("", finish="content_filter"), code=1)
    assert shop.report()["class"] == "policy"
    assert [line["text"] for line in shop.lines(1, "message")] == [prompt.REFUSED]


def test_five_replies_of_no_use_are_enough(shop: Workshop) -> None:
    """What was said last stands in the report."""
    wrong = Turn(calls=(("bash", "{"), ("nothing", "{}"), ("nothing", "{}"), ("nothing", "{}"), ("nothing", "{}")))
    shop.run(say("hm"), say(""), wrong, say("hm"), say("the last words"), code=1)
    assert shop.report()["class"] == "unknown"
    assert "the last words" in shop.report()["message"]


def test_one_good_call_is_a_new_beginning(shop: Workshop) -> None:
    """Four in a row, twice, are no reason to give up."""
    four = [say("hm")] * 4
    shop.run(*four, bash("true"), *four, done("ok"))
