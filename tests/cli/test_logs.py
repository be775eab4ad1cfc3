"""`scope logs`: what was printed, as much of it as asked for, also while it is printed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.terminal import on_terminal
from tests.driver import until

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World

COLOURED = "\x1b[31mred\x1b[0m\r\nplain\r\n"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ((), "one\ntwo\nthree\n"),
        (("-n", "2"), "two\nthree\n"),
        (("-n2",), "two\nthree\n"),
        (("--lines=99",), "one\ntwo\nthree\n"),
        (("-n", "0"), ""),
        (("--attempt", "1"), "compiling\nlinking\n"),
        (("--attempt", "1", "-n", "1"), "linking\n"),
    ],
)
def test_logs_shows_as_much_as_was_asked_for(words: tuple[str, ...], shown: str, still: Stillness) -> None:
    """The latest attempt, or another; all of it, or the last lines."""
    still.add("1", "running")
    still.attempt("1", 2, "one\ntwo\nthree\n")
    assert still.world.run("logs", "1", *words, code=0).stdout == shown


def test_a_pipe_gets_plain_text_and_a_terminal_gets_the_bytes(still: Stillness) -> None:
    """Colours are for eyes; --raw gives them to a pipe too."""
    still.add("1", "running")
    (still.world.attempt("1") / "output.log").write_bytes(COLOURED.encode())
    assert still.world.run("logs", "1", code=0).stdout == "red\nplain\n"
    raw = subprocess.run(
        ["scope", "logs", "--raw", "1"], cwd=still.world.project, env=still.world.env, capture_output=True, check=True
    )
    assert raw.stdout == COLOURED.encode()
    assert "\x1b[31mred\x1b[0m" in on_terminal(still.world, "logs", "1").stdout


def test_following_goes_on_through_the_next_attempt_to_the_end(world: World) -> None:
    """Started before the first has ended; a line on standard error says where the second begins."""
    script = "[ -e go ] && echo second && exit 0; echo first; while [ ! -e go ]; do sleep 0.01; done; exit 1"
    session = world.sh(script, "--retries", "1")
    process = world.start("logs", "-f", session)
    assert process.stdout is not None
    assert process.stdout.readline() == "first\n"
    (world.project / "go").touch()
    out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("second\n", "==> attempt 2 <==\n", 0)


def test_following_what_has_ended_shows_it_and_leaves(world: World) -> None:
    """All of the latest attempt."""
    session = world.sh("echo all; exit 3")
    world.wait(session, code=1)
    assert world.run("logs", "-f", session, code=0).stdout == "all\n"


def test_following_what_has_not_begun_waits_for_it(world: World) -> None:
    """A session that comes after another prints nothing until its turn."""
    first = world.sh("while [ ! -e go ]; do sleep 0.01; done")
    process = world.start("logs", "-f", world.sh("echo late", "--after", first))
    (world.project / "go").touch()
    assert process.communicate(timeout=60)[0] == "late\n"


def test_a_reader_that_has_had_enough_ends_following(world: World) -> None:
    """`scope logs -f 1 | head -1` leaves when the pipe closes, silently."""
    session = world.sh("while :; do echo on; sleep 0.02; done")
    world.until_started(session)
    process = world.start("logs", "-f", session)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "on\n"
    process.stdout.close()
    until(lambda: process.poll() is not None)
    assert (process.returncode, process.stderr.read()) == (0, "")
    process.stderr.close()
