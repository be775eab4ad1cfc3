"""`scope attach` on a real terminal: a tmux of the test's own, whose prefix is not the session's."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.terminal import on_terminal
from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World


class Desk:
    """A person's terminal: a shell in a pane of another tmux server."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "20", "env PS1='desk> ' sh -i")
        self.tmux("set-option", "-g", "prefix", "C-a")
        self.until_shown("desk>")

    def tmux(self, *words: str) -> str:
        """Run a command on the person's server; it carries the world's TMUX_TMPDIR, and ends with the world."""
        done = subprocess.run(
            ["tmux", "-L", "desk", *words],
            cwd=self.world.project,
            env=self.world.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def type(self, text: str) -> None:
        """Type a line."""
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def until_shown(self, text: str) -> str:
        """Wait until the screen shows a text."""
        return until(lambda: text in self.shown() and self.shown(), what=f"{text!r} on the screen: {self.shown()}")

    def shown(self) -> str:
        """What the screen shows."""
        return self.tmux("capture-pane", "-p")


@pytest.fixture
def desk(world: World) -> Desk:
    """A person's terminal, in their own tmux."""
    return Desk(world)


def test_a_person_enters_talks_and_leaves_and_the_session_goes_on(world: World, desk: Desk) -> None:
    """The whole visit: what was printed is seen, what is typed arrives, Ctrl-b d leads back to the shell."""
    script = "echo ready; read line; echo got $line; read line; echo then $line"
    session = world.sh(script, "--name", "talker")
    world.until_state(session, "running")
    desk.type("scope attach talker")
    desk.until_shown("ready")
    assert "detach: Ctrl-b d" in desk.until_shown("[scope 1]")
    desk.type("hello")
    desk.until_shown("got hello")
    desk.tmux("send-keys", "C-b", "d")
    desk.until_shown("[detached")
    desk.type("echo back-$?")
    desk.until_shown("back-0")
    assert world.state(session) == "running"
    desk.type(f"scope attach {session}")
    desk.until_shown("got hello")
    desk.type("bye")
    assert world.wait(session).splitlines()[-1] == "then bye"
    assert world.moves(session) == ["start", "succeed"]


def test_whoever_watches_a_session_end_sees_its_last_words(world: World, desk: Desk) -> None:
    """The visit ends with the session at the latest; the shell is there again."""
    session = world.sh("while [ ! -e go ]; do sleep 0.01; done; echo over")
    world.until_state(session, "running")
    desk.type(f"scope attach {session}")
    desk.until_shown("[scope 1]")
    (world.project / "go").touch()
    assert world.wait(session) == "over\n"
    desk.tmux("send-keys", "C-b", "d")
    desk.until_shown("desk>")
    desk.type("echo back-$?")
    desk.until_shown("back-")


def test_a_session_that_was_spawned_just_now_is_entered_when_it_begins(world: World, desk: Desk) -> None:
    """`scope attach $(scope spawn …)` waits a moment for the pane."""
    desk.type("scope attach $(scope spawn -- sh -c 'echo begun; sleep 60')")
    desk.until_shown("begun")


def test_attaching_to_what_has_ended_shows_its_log(world: World) -> None:
    """On a terminal and in a pipe: there is no pane any more, and no error."""
    session = world.sh("echo last words; exit 3")
    world.wait(session, code=1)
    for done in (world.run("attach", session, code=0), on_terminal(world, "attach", session)):
        assert done.returncode == 0
        assert done.stdout.replace("\r", "") == "last words\n"
        assert done.stderr == "session 1 has ended (failed: exit 3); its log:\n"


def test_without_a_terminal_nobody_is_attached(world: World) -> None:
    """Exit code 5, with the way to read it instead."""
    session = world.spawn("--", "sleep", "60")
    world.until_state(session, "running")
    assert "hint: read it: scope logs -f 1\n" in world.run("attach", session, code=5).stderr


def test_what_waits_for_another_cannot_be_entered(world: World) -> None:
    """It is said at once, not after the moment that a session takes to begin."""
    world.spawn("--", "sleep", "60")
    session = world.sh("true", "--after", "1")
    until(lambda: "after 1" in world.run("poll", session).stdout)
    assert "cannot attach to '2': it is pending" in on_terminal(world, "attach", session).stderr


def test_what_asks_a_person_can_be_looked_at(world: World, desk: Desk) -> None:
    """That is when somebody wants to see what led to the question."""
    session = world.sh("echo what led to it; scope ask 'which one?'; exec sleep 600")
    world.until_state(session, "waiting")
    desk.type(f"scope attach {session}")
    desk.until_shown("what led to it")
    world.run("answer", "e1", "this one", code=0)
    desk.until_shown("this one")
