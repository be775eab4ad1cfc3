"""The help: every page as it was agreed to, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scope.cli import catalogue
from tests.cli import golden
from tests.cli.terminal import on_terminal

if TYPE_CHECKING:
    from tests.driver import World

EIGHTY = {"COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"}


def test_the_first_page_lists_every_command(world: World) -> None:
    """Whoever types `scope` finds all that it can do."""
    said = world.run("--help", code=0, env=EIGHTY)
    assert said.stderr == ""
    for name in catalogue.SHOWN:
        assert f"\n│ {name} " in said.stdout
    assert not any(f"\n│ {name} " in said.stdout for name in catalogue.HIDDEN)
    golden.agrees("help", said.stdout)


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_every_command_explains_itself(name: str, world: World) -> None:
    """Its words, its options with their meaning, and an example."""
    said = world.run(name, "--help", code=0, env=EIGHTY)
    assert said.stderr == ""
    golden.agrees(f"help {name}", said.stdout)


@pytest.mark.parametrize("words", [(), ("-h",), ("help",)])
def test_the_first_page_has_four_spellings(words: tuple[str, ...], world: World) -> None:
    """Nothing at all, -h, --help and help: a newcomer tries any."""
    expected = world.run("--help", code=0, env=EIGHTY).stdout
    assert world.run(*words, code=0, env=EIGHTY).stdout == expected


@pytest.mark.parametrize("words", [("help", "wait"), ("wait", "-h"), ("wait", "1", "--any", "--help")])
def test_a_page_has_several_spellings(words: tuple[str, ...], world: World) -> None:
    """Also behind words of its own: who asks for help gets it."""
    expected = world.run("wait", "--help", code=0, env=EIGHTY).stdout
    assert world.run(*words, code=0, env=EIGHTY).stdout == expected


def test_help_touches_nothing(world: World) -> None:
    """Reading about a command is no use of it."""
    for name in catalogue.NAMES:
        world.run(name, "--help", code=0)
    assert list(world.home.iterdir()) == []
    assert list(world.project.iterdir()) == []


def test_help_wants_no_root_and_behind_the_dashes_belongs_to_the_program(world: World) -> None:
    """`scope spawn -- ls --help` spawns; it does not explain."""
    session = world.spawn("--", "sh", "-c", 'echo "$1"', "sh", "--help")
    assert world.wait(session) == "--help\n"


def test_the_version_is_that_of_the_package(world: World) -> None:
    """One line, with the name before it."""
    from importlib.metadata import version  # noqa: PLC0415 - only here

    assert world.run("--version", code=0).stdout == f"scope {version('scope')}\n"


@pytest.mark.parametrize("words", [("--help",), ("spawn", "--help")])
def test_help_without_colour_has_no_colour(words: tuple[str, ...], world: World) -> None:
    """On a terminal too."""
    assert "\x1b" not in on_terminal(world, *words, env={"NO_COLOR": "1"}).stdout
