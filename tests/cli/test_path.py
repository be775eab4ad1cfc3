"""`scope path`: what it prints is where things lie."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from scope.cli.commands import path

if TYPE_CHECKING:
    from tests.driver import World


def printed(world: World, *words: str) -> str:
    """The one path that is printed."""
    line = world.run("path", *words, code=0).stdout
    assert line.endswith("\n")
    return line[:-1]


def test_paths_are_those_of_the_files(states: World) -> None:
    """Of the root, the home, a session by id or name, and an attempt by number or the latest."""
    root = os.path.realpath(states.root)
    assert printed(states, "root") == root
    assert printed(states, "home") == os.path.realpath(states.home / ".scope")
    assert printed(states, "config") == f"{root}/config.yaml"
    assert printed(states, "session", "2.2.1") == f"{root}/sessions/2.2.1"
    assert printed(states, "attempt", "1") == f"{root}/sessions/1/attempts/1"
    assert printed(states, "output", "1", "1") == f"{root}/sessions/1/attempts/1/output.log"
    (states.root / "run" / "index.jsonl").unlink(missing_ok=True)
    assert printed(states, "task", "web-tests") == f"{root}/sessions/2/task.md"


def test_the_latest_attempt_is_the_default(states: World) -> None:
    """10 after 9."""
    for number in ("9", "10"):
        (states.session("1") / "attempts" / number).mkdir()
    assert printed(states, "attempt", "1").endswith("/attempts/10")
    assert printed(states, "attempt", "1", "9").endswith("/attempts/9")


@pytest.mark.parametrize(
    "words",
    [("ledger",), ("home-config",), ("attempt", "1", "7"), ("attempt", "2.10"), ("worktree", "1"), ("session", "9")],
)
def test_what_is_not_there_is_exit_4(words: tuple[str, ...], states: World) -> None:
    """Nothing on standard output, so that no script takes it for a file."""
    done = states.run("path", *words, code=4)
    assert done.stdout == ""
    assert "hint: " in done.stderr


def test_without_words_it_lists_everything(states: World) -> None:
    """Each thing once, whether it is there, and how those of sessions are called."""
    lines = [line.split("\t") for line in states.run("path", code=0).stdout.splitlines()]
    assert sorted(thing.split()[0] for thing, *_ in lines) == sorted(path.THINGS)
    there = {thing: not more for thing, _, *more in lines}
    assert there["root"]
    assert not there["ledger"]


def test_as_json_a_thing_is_an_object_and_all_are_an_array(states: World) -> None:
    """Of what belongs to some session nobody knows whether it is there: null."""
    one = json.loads(states.run("path", "config", "--json", code=0).stdout)
    every = json.loads(states.run("path", "--json", code=0).stdout)
    assert one in every
    assert {each["there"] for each in every} == {True, False, None}


def test_without_a_root_the_home_is_still_known(world: World) -> None:
    """And no root is made by asking."""
    assert world.run("path", code=0).stdout.startswith("home\t")
    world.run("path", "root", code=4)
    assert list(world.project.iterdir()) == []
