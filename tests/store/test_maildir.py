"""A mailbox without locks: nothing is lost, nothing is read half, everything may be done twice."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from scope.errors import StoreFault
from scope.store import atomic, maildir
from tests.store.others import hear, process

SENDER = """
import sys
from scope.store import maildir
for number in range(25):
    maildir.deliver(sys.argv[1], f"{sys.argv[2]}-{number} " + "x" * 10_000)
print("sent", flush=True)
"""


@pytest.fixture
def box(tmp_path: Path) -> str:
    """Where a mailbox is to be."""
    return str(tmp_path / "inbox")


def _taken(box: str, name: str) -> str:
    text = atomic.read(f"{box}/new/{name}")
    assert text is not None
    maildir.take(box, name)
    return text


def test_of_a_hundred_messages_from_four_processes_none_is_lost(box: str) -> None:
    """A reader who takes them while they come has each once and whole."""
    with ExitStack() as stack:
        senders = [stack.enter_context(process(SENDER, box, which)) for which in range(4)]
        read: list[str] = []
        while any(sender.poll() is None for sender in senders):
            read += [_taken(box, name) for name in maildir.waiting(box)]
        assert [hear(sender) for sender in senders] == ["sent"] * 4
    read += [_taken(box, name) for name in maildir.waiting(box)]
    assert {len(text.split(" ")[1]) for text in read} == {10_000}
    assert sorted(text.split(" ")[0] for text in read) == sorted(f"{a}-{b}" for a in range(4) for b in range(25))
    assert maildir.waiting(box) == []
    assert os.listdir(f"{box}/tmp") == []
    assert len(os.listdir(f"{box}/cur")) == 100


def test_messages_wait_in_the_order_in_which_they_came(box: str) -> None:
    """Also within one millisecond."""
    names = [maildir.deliver(box, str(number)) for number in range(20)]
    assert len(set(names)) == 20
    assert [atomic.read(f"{box}/new/{name}") for name in maildir.waiting(box)] == [str(number) for number in range(20)]


def test_a_box_that_is_not_there_is_empty(box: str) -> None:
    """Nobody has sent anything yet."""
    assert maildir.waiting(box) == []
    assert maildir.unfinished(box) == []
    assert maildir.find(box, "1") is None


def test_a_message_is_found_before_and_after_it_was_taken(box: str) -> None:
    """Without flags it waits, with them it was taken."""
    name = maildir.deliver(box, "words")
    assert maildir.find(box, name) == (f"{box}/new/{name}", "")
    maildir.take(box, name)
    assert maildir.find(box, name) == (f"{box}/cur/{name}:2,S", "S")
    assert maildir.waiting(box) == []
    assert maildir.find(box, name[:-1]) is None


def test_a_message_that_was_taken_is_unfinished_until_somebody_says_what_became_of_it(box: str) -> None:
    """A crash between the two leaves a trace."""
    name = maildir.deliver(box, "words")
    maildir.take(box, name, flags="")
    assert maildir.unfinished(box) == [name]
    maildir.flag(box, name, "F")
    assert maildir.unfinished(box) == []
    assert maildir.find(box, name) == (f"{box}/cur/{name}:2,F", "F")


def test_taking_and_flagging_twice_is_harmless(box: str) -> None:
    """So is doing it to a message that is gone."""
    name = maildir.deliver(box, "words")
    for _ in range(2):
        maildir.take(box, name)
        maildir.flag(box, name, "S")
        maildir.flag(box, "gone", "S")
    assert os.listdir(f"{box}/cur") == [f"{name}:2,S"]


def test_what_an_editor_leaves_in_the_box_is_no_message(box: str) -> None:
    """Hidden files are somebody's drafts."""
    name = maildir.deliver(box, "words")
    Path(box, "new", ".draft.swp").write_text("")
    assert maildir.waiting(box) == [name]


def test_a_box_that_cannot_be_used_is_an_error(box: str) -> None:
    """Unknown is not empty."""
    Path(box).mkdir()
    Path(box, "new").write_text("")
    with pytest.raises(StoreFault):
        maildir.waiting(box)
    with pytest.raises(StoreFault):
        maildir.deliver(box, "words")
