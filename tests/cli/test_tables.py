"""How sessions look: lines in a pipe, a table and a tree on terminals of two widths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from tests.cli import golden
from tests.cli.terminal import on_terminal

if TYPE_CHECKING:
    from tests.driver import World

PLAIN = {"NO_COLOR": "1"}
LISTINGS = (("ls",), ("tree",), ("poll", "*"), ("ls", "-l", "team=web"), ("tree", "2.2"), ("ls", "--live"))


@pytest.mark.parametrize("words", LISTINGS, ids=" ".join)
def test_in_a_pipe_there_is_one_plain_line_for_each_session(words: tuple[str, ...], states: World) -> None:
    """A program reads it: no width, no colour, no header."""
    said = states.run(*words, code=0).stdout
    assert "\x1b" not in said
    golden.agrees(f"pipe {' '.join(words)}".replace("*", "all"), golden.filtered(said, states))


@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize("command", ["ls", "tree", "poll"])
def test_on_a_terminal_everything_fits_into_its_width(command: str, columns: int, states: World) -> None:
    """A long title is cut, never wrapped, except by poll, whose lines are data."""
    words = ("*",) if command == "poll" else ()
    said = on_terminal(states, command, *words, columns=columns, env=PLAIN).stdout
    if command != "poll":
        assert max(cell_len(line) for line in said.splitlines()) <= columns
    golden.agrees(f"terminal {columns} {command}", said)


@pytest.mark.parametrize("command", ["ls", "tree"])
def test_without_sessions_nothing_is_listed(command: str, world: World) -> None:
    """An empty root is no error."""
    world.run("init", code=0)
    assert world.run(command, code=0).stdout == ""
    assert world.run(command, "--json", code=0).stdout == "[]\n"


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize("command", ["ls", "tree", "poll"])
def test_who_wants_no_colour_gets_no_escape_sequences(command: str, env: dict[str, str], states: World) -> None:
    """Neither colours nor bold: NO_COLOR and TERM=dumb mean plain text."""
    said = on_terminal(states, command, *(("*",) if command == "poll" else ()), env=env).stdout
    assert "web-tests" in said or command == "poll"
    assert "\x1b" not in said


@pytest.mark.parametrize("command", ["ls", "tree"])
def test_on_a_terminal_there_are_colours(command: str, states: World) -> None:
    """Otherwise the tests without colours would prove nothing."""
    assert "\x1b[" in on_terminal(states, command).stdout
