"""Steering from the dashboard: each key does what the command of its name does, with its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.top.glass import Glass
from tests.driver import until

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World

_TALKER = 'echo ready; while read line; do echo "got $line"; done'


def test_a_person_enters_a_session_and_comes_back(world: World) -> None:
    """The terminal is handed over and taken back; what is typed there arrives."""
    session = world.sh(_TALKER, "--name", "talker")
    world.until_state(session, "running")
    glass = Glass(world)
    glass.top(shows="ready")
    glass.press("Enter")
    glass.until("[scope 1]", "ready")
    glass.type("hello")
    glass.until("got hello")
    glass.press("C-b", "d")
    glass.until("a attach", "got hello", "talker")
    glass.press("q")
    assert "left-0" in glass.until_left()
    assert world.state(session) == "running"


def test_a_line_that_is_sent_arrives(world: World) -> None:
    """And its answer is seen in the log beneath."""
    world.until_state(world.sh(_TALKER), "running")
    glass = Glass(world)
    glass.top(shows="ready")
    glass.press("s")
    glass.until("send to 1:")
    glass.type("-- 'quoted' words")
    glass.until("got -- 'quoted' words", "sent to 1")


def test_an_abort_asks_first_and_takes_those_below_along(world: World) -> None:
    """`n` and Escape change nothing."""
    world.sh("scope spawn -- sleep 600; exec sleep 600", "--name", "parent")
    world.until_state("1", "running")
    world.until_spawned("1.1")
    world.until_state("1.1", "running")
    glass = Glass(world)
    glass.top(shows="2 running")
    for key in ("n", "Escape", "Enter"):
        glass.press("x")
        glass.until("abort 1 parent and 1 below it? y or n")
        glass.press(key)
        glass.until_gone("y or n")
    assert not (world.session("1") / "abort").exists()
    glass.press("x")
    glass.until("y or n")
    glass.press("y")
    glass.until("2 aborted")
    assert world.state("1.1") == "aborted"


def test_what_failed_is_tried_again_and_redirected(world: World) -> None:
    """A command with the quotes of a shell; an open one is said to be."""
    session = world.sh("echo first; exit 3")
    world.wait(session, code=1)
    glass = Glass(world)
    glass.top(shows="1 failed")
    glass.press("R")
    until(lambda: world.attempt(session, 2).exists())
    world.until_state(session, "failed")
    glass.until("attempt 2")
    glass.press("r")
    glass.until("command for 1:")
    glass.type("sh -c 'echo unclosed")
    glass.until("error: cannot read the command: no closing quotation")
    glass.press("r")
    glass.until("command for 1:")
    glass.type("sh -c 'echo the second; exec sleep 600'")
    glass.until("the second", "1 running")


def test_a_question_is_answered_from_anywhere(town: World) -> None:
    """`y` goes to it; one that is not among the options is refused as by the command."""
    town.spawn("--", "sleep", "600")
    asker = town.sh("scope ask 'Which one?' --option left --option right; exec sleep 600")
    town.until_state(asker, "waiting")
    glass = Glass(town)
    glass.top(shows="1 waits for you: e1 Which one?")
    glass.press("y")
    glass.until("answer e1 (left, right):", "── 2 ")
    glass.type("up")
    glass.until("error: e1 takes one of its options, not 'up'", "hint: it takes left, right")
    glass.press("y")
    glass.until("answer e1 (left, right):")
    glass.type("left")
    town.until_state(asker, "running")
    glass.until_gone("waits for you")
    glass.until("2 running")


def test_what_a_command_refuses_is_said_in_its_words(still: Stillness) -> None:
    """The error and its hint, until the next key."""
    still.add("1", "done", keys="name: build\n")
    still.add("2", "pending", why="waits for 9")
    glass = Glass(still.world)
    glass.top()
    glass.press("R")
    glass.until("error: cannot retry '1': it is done", "hint: give it something new: scope redirect 1")
    glass.press("Down")
    glass.until_gone("error:")
    glass.press("Enter")
    glass.until("error: cannot attach to '2': it is pending", "hint: see why: scope explain 2")


def test_inside_a_session_nobody_is_steered(still: Stillness) -> None:
    """The commands refuse it, and so does what runs them."""
    still.add("1", "running")
    still.add("2", "running")
    glass = Glass(still.world, SCOPE_SESSION="2")
    glass.top()
    glass.press("x")
    glass.until("y or n")
    glass.press("y")
    glass.until("error: cannot abort '1': session 2 reaches its descendants only")
    assert not (still.world.session("1") / "abort").exists()


def test_what_is_pasted_is_no_key(world: World) -> None:
    """A text that has an x and a y in it aborts nothing."""
    world.until_state(world.sh(_TALKER), "running")
    glass = Glass(world)
    glass.top(shows="ready")
    glass._tmux("set-buffer", "xyx\ny\n")
    glass._tmux("paste-buffer", "-p")
    glass.press("s")
    glass.until("send to 1:")
    glass._tmux("set-buffer", "two\nlines")
    glass._tmux("paste-buffer", "-p")
    glass.until("two lines")
    glass.press("Enter")
    glass.until("got two lines")
    assert not (world.session("1") / "abort").exists()


def test_bytes_that_are_no_letters_and_no_keys_end_nothing(still: Stillness) -> None:
    """What is pasted from a file in another encoding, and a sequence that no terminal should send."""
    still.add("1", "running", keys="name: one\n")
    glass = Glass(still.world)
    glass.top()
    glass.press("s")
    glass.until("send to 1:")
    pasted = still.world.base / "pasted"
    pasted.write_bytes(b"caf\xe9 x y \xff\xfe")
    glass._tmux("load-buffer", str(pasted))
    glass._tmux("paste-buffer", "-p")
    glass.until("send to 1: caf\N{REPLACEMENT CHARACTER} x y")
    for sequence in (b"\x1b[:~", b"\x1b[99999999999u"):
        glass._tmux("send-keys", "-H", *(f"{byte:02x}" for byte in sequence))
    # What was read together with such a sequence is lost with it.
    until(lambda: glass.letters("end") or "end" in glass.screen(), what="a key after that")


def test_it_can_be_put_aside_and_brought_back(still: Stillness) -> None:
    """Ctrl-Z gives the shell the terminal, fg takes it back."""
    still.add("1", "running", keys="name: one\n")
    glass = Glass(still.world)
    glass.top()
    glass.press("C-z")
    glass.until("Stopped")
    glass.type("fg")
    glass.until("1/1", "one", "q quit")
    glass.press("q")
    assert "left-0" in glass.until_left()
