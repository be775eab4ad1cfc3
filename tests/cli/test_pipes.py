"""A reader that leaves early is no failure, for any command: exit code 0, and not a word on standard error."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from scope.cli import catalogue
from scope.sessions.asking import escalations
from scope.skills import outcomes
from tests.cli.test_cost import CALLS, spend
from tests.cli.test_inbox import QUESTION
from tests.cli.test_skill import GOOD
from tests.cli.test_stats import ending
from tests.driver import SCOPE

if TYPE_CHECKING:
    from tests.driver import World

PRINTING: dict[str, tuple[str, ...]] = {
    "init": (),
    "doctor": (),
    "spawn": ("--", "true"),
    "wait": ("1",),
    "poll": ("*",),
    "ls": (),
    "tree": (),
    "logs": ("1",),
    "inbox": ("--all",),
    "cost": (),
    "budget": ("2",),
    "router": ("status",),
    "skill": ("list",),
    "stats": (),
    "events": (),
    "explain": ("1",),
    "path": (),
    "watch": ("status",),
    "help": ("config",),
    "completion": ("bash",),
    "complete": ("questions",),
    "event": ("ci", "--json"),
    "show": ("1",),
}
"""What each command prints something with, in a root of every state."""
NAMES = [name for name in catalogue.NAMES if name in PRINTING]


@pytest.fixture
def talkative(states: World) -> World:
    """A root of which every command has something to say."""
    root = states.root
    states.env["SCOPE_LOCAL_PORTS"] = ""
    spend(states, *CALLS)
    outcomes.record(str(root), ending("1", 1, "success"))
    (root / "skills").mkdir()
    (root / "skills" / "good.md").write_text(GOOD.format("good"))
    (root / "escalations").mkdir()
    (root / "escalations" / "e1.md").write_text(escalations.text(QUESTION))
    change = {"seq": 1, "time": "2026-01-02T03:04:05.678Z", "session": "1", "from": "running", "to": "done"}
    (root / "events.jsonl").write_text(f"{json.dumps(change)}\n" * 5000)
    return states


def deaf(world: World, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command whose standard output nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(
            [SCOPE, *words], cwd=world.project, env=world.env, stdin=subprocess.DEVNULL, stdout=writing,
            stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)


@pytest.mark.parametrize("names", [NAMES[::2], NAMES[1::2]])
def test_what_a_command_prints_may_be_read_by_nobody(names: list[str], talkative: World) -> None:
    """Neither a traceback nor a code that a script would take for a failure; as JSON, too."""
    for name in names:
        words = (name, *PRINTING[name])
        loud = talkative.run(*words)
        assert loud.stdout, words
        done = deaf(talkative, *words)
        assert (done.returncode, done.stderr.decode()) == (0, loud.stderr), words
        if "--json" not in words and any(option.name == "json" for option in catalogue.load(name)[0].options):
            done = deaf(talkative, name, "--json", *PRINTING[name])
            assert (done.returncode, done.stderr.decode()) == (0, loud.stderr), words


def test_help_may_be_read_by_nobody(world: World) -> None:
    """Rich would take it for its own failure."""
    for words in (("--help",), ("spawn", "--help"), ("help", "doctor"), ("help", "files"), ("--version",)):
        done = deaf(world, *words)
        assert (done.returncode, done.stderr) == (0, b""), words


@pytest.mark.parametrize("words", [("poll", "*"), ("nonsense",), ("wait", "2.2"), ("spawn", "--help")], ids=" ".join)
def test_talk_may_be_read_by_nobody(words: tuple[str, ...], talkative: World) -> None:
    """Standard error is a pipe as well, as in 2>&1 | head."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [SCOPE, *words], cwd=talkative.project, env=talkative.env, stdout=writing, stderr=writing, timeout=60,
        check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.returncode in (0, 2)
