"""Steering: people write to the work while it goes on, and interrupt it."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from tests.driver import is_alive, until
from tests.executors.workshop import TASK, Terminal
from tests.models.provider import Turn, bash, done, hang

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.executors.workshop import Workshop

WAITING = "echo begun; until test -e go; do sleep 0.02; done"


@pytest.fixture
def terminal(shop: Workshop) -> Iterator[Callable[..., Terminal]]:
    """Start the first attempt at a terminal."""
    made: list[Terminal] = []

    def start(*turns: Turn, **env: str) -> Terminal:
        shop.prepare()
        shop.provider.script(TASK, *turns)
        made.append(Terminal(shop, **env))
        return made[-1]

    yield start
    for each in made:
        each.close()


def test_a_message_enters_before_the_next_question(shop: Workshop) -> None:
    """It was sent while a command ran: behind its result, and taken from the mailbox."""
    shop.prepare()
    shop.provider.script(TASK, bash(WAITING), done("ok"))
    process = shop.start()
    until(lambda: shop.lines(1, "action"))
    shop.send("use tar")
    shop.send("and be quick", name="00000000000000000002.1.1")
    (shop.cwd / "go").touch()
    said, _ = process.communicate(timeout=60)
    assert [m["content"] for m in shop.provider.seen[-1].messages[-2:]] == ["use tar", "and be quick"]
    assert shop.provider.seen[-1].messages[-3]["role"] == "tool"
    assert "a message: use tar" in said
    assert sorted(os.listdir(shop.session / "inbox" / "cur")) == [
        "00000000000000000001.1.1:2,S", "00000000000000000002.1.1:2,S",
    ]  # fmt: skip
    assert [line["name"] for line in shop.lines(1, "message")] == [
        "00000000000000000001.1.1", "00000000000000000002.1.1",
    ]  # fmt: skip


def test_a_message_that_was_entered_and_not_taken_is_entered_once(shop: Workshop) -> None:
    """A kill between the two: the next attempt only takes it."""
    shop.send("use tar")
    shop.run(bash("true"), done("ok"))
    os.rename(
        shop.session / "inbox" / "cur" / "00000000000000000001.1.1:2,S",
        shop.session / "inbox" / "new" / "00000000000000000001.1.1",
    )
    (shop.attempt() / "trajectory.jsonl").write_text(
        "".join(f"{line}\n" for line in (shop.attempt() / "trajectory.jsonl").read_text().splitlines()[:5])
    )
    shop.prepare(2, resumes=1)
    shop.run(done("ok"), number=2)
    contents = [m["content"] for m in shop.provider.seen[-1].messages]
    assert contents.count("use tar") == 1
    assert not os.listdir(shop.session / "inbox" / "new")


def test_what_the_watcher_must_grant_is_left_to_it(shop: Workshop) -> None:
    """A redirect, a retry, and what cannot be read."""
    redirect = shop.send("", kind="redirect")
    retry = shop.send("", name="00000000000000000002.1.1", kind="retry")
    strange = shop.session / "inbox" / "new" / "00000000000000000003.1.1"
    strange.mkdir()
    shop.run(done("ok"))
    assert redirect.exists()
    assert retry.exists()
    assert strange.exists()
    assert not shop.lines(1, "message")


def test_a_message_made_by_hand_is_taken(shop: Workshop) -> None:
    """A plain file in `new/` says what it says."""
    shop.send("").write_text("no frontmatter")
    shop.run(done("ok"))
    assert shop.provider.seen[-1].messages[-1]["content"] == "no frontmatter"


def test_a_long_message_is_cut_and_lies_where_it_is_said(shop: Workshop) -> None:
    """The context is no place for a megabyte."""
    shop.send("x" * 50_000)
    shop.run(done("ok"))
    text = shop.provider.seen[-1].messages[-1]["content"]
    assert len(text) < 10_300
    path = text.partition("all of it: ")[2].partition(" …]")[0]
    with open(path, encoding="utf-8") as stream:
        assert stream.read().count("x") == 50_000


def test_a_line_typed_at_the_terminal_steers(terminal: Callable[..., Terminal], shop: Workshop) -> None:
    """Also while a command runs, which goes on."""
    screen = terminal(bash(WAITING), done("ok"))
    until(lambda: "  begun" in screen.screen)
    screen.type("use \x1b[31mtar\n\n")
    until(lambda: "you: use" in screen.screen)
    (shop.cwd / "go").touch()
    assert screen.wait() == 0
    assert shop.provider.seen[-1].messages[-1] == {"role": "user", "content": "use [31mtar"}


def test_ctrl_c_ends_the_command_and_not_the_work(terminal: Callable[..., Terminal], shop: Workshop) -> None:
    """The model is told that a person interrupted it."""
    screen = terminal(bash("echo $$ > pid; echo begun; sleep 60"), bash("echo next"), done("ok"))
    until(lambda: "  begun" in screen.screen)
    screen.type("\x03")
    assert screen.wait() == 0
    assert shop.observations()[0] == "[ended: a person interrupted it with Ctrl-C]\nbegun\n"
    assert shop.observations()[1] == "[exit 0]\nnext\n"
    until(lambda: not is_alive(int(shop.read("pid"))))


def test_ctrl_c_while_the_model_thinks_ends_nothing(terminal: Callable[..., Terminal], shop: Workshop) -> None:
    """There is no command to end; the next one is not hit by it."""
    may_answer = threading.Event()
    screen = terminal(Turn(gate=may_answer, calls=(("bash", '{"command": "echo here"}'),)), done("ok"))
    until(lambda: shop.relay.ids)
    screen.type("\x03")
    until(lambda: "^C" in screen.screen)  # the terminal's echo, which comes behind the signal
    may_answer.set()
    assert screen.wait() == 0
    assert shop.observations() == ["[exit 0]\nhere\n"]


def test_ctrl_d_is_no_end_of_listening(terminal: Callable[..., Terminal], shop: Workshop) -> None:
    """A key that was pressed by mistake leaves the terminal as it was."""
    screen = terminal(bash(WAITING), done("ok"))
    until(lambda: "  begun" in screen.screen)
    screen.type("\x04")
    screen.type("still here\n")
    until(lambda: "you: still here" in screen.screen)
    (shop.cwd / "go").touch()
    assert screen.wait() == 0


def test_a_worker_that_thinks_can_be_ended(shop: Workshop) -> None:
    """TERM is not kept waiting by a model that does not answer."""
    shop.prepare()
    shop.provider.script(TASK, hang(60))
    process = shop.start()
    until(lambda: shop.relay.ids)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    assert not (shop.attempt() / "report.json").exists()


def test_the_screen_is_coloured_where_that_is_wanted(terminal: Callable[..., Terminal], shop: Workshop) -> None:
    """On a terminal that can, and not under NO_COLOR; a model's own escape sequences never arrive."""
    screen = terminal(bash("printf '\\033[31mred'", text="\x1b[2Jthinks"), done("ok"))
    assert screen.wait() == 0
    assert "\x1b[1m$ printf" in screen.screen
    assert "\x1b[2J" not in screen.screen
    assert "\x1b[31m" not in screen.screen


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_the_screen_is_plain_where_that_is_wanted(
    env: dict[str, str], terminal: Callable[..., Terminal], shop: Workshop
) -> None:
    """Readable without one escape sequence."""
    screen = terminal(bash("echo hello"), done("ok"), **env)
    assert screen.wait() == 0
    assert "$ echo hello" in screen.screen
    assert "\x1b" not in screen.screen
