"""The keys of --json: documented, frozen, and complete in every state."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from scope.cli import catalogue, inboxtable, policytable, skilltable, statstable, treefigures
from scope.models import costs
from scope.supervision.experience import portrait

if TYPE_CHECKING:
    from tests.driver import World

LISTED = (
    "id", "parent", "name", "state", "activity", "title", "executor", "labels", "created", "age_s", "attempts", "attach"
)  # fmt: skip
KEYS: dict[str, tuple[str, ...]] = {
    "poll": ("id", "state", "activity"),
    "ls": LISTED,
    "tree": (*LISTED, "children"),
    "wait": ("id", "state", "verified", "exit", "attempt", "why", "ended", "result"),
    "events": ("seq", "time", "session", "attempt", "from", "to", "why", "decision"),
    "event": ("signal", "time", "by", "data", "waiting"),
    "explain": (
        "id", "state", "why", "task", "problem", "attempt", "signs", "waits_for", "supervision", "decisions", "watcher",
        "directory", "attach",
    ),
    "ask": ("answer", "by"),
    "answer": ("id", "answer", "by", "vars", "sessions", "policy"),
    "ack": ("id", "state"),
    "forward": ("id", "assignee"),
    "silence": ("id", "match", "until", "left_s", "why", "by", "made", "path", "problem"),
    "policy": policytable.KEYS,
    "inbox": inboxtable.KEYS,
    "watch": ("alive", "pid", "root", "log", "tmux", "paused"),
    "show": portrait.KEYS,
    "gc": ("id", "done", "why", "freed", "archive", "worktree"),
    "rm": ("id", "done", "why", "freed", "archive", "worktree"),
    "spawn": ("id",),
    "demo": ("dir", "deviations", "sessions"),
    "cost": ("by", "key", *costs.FIELDS),
    "stats": ("by", "key", *statstable.FIELDS, *treefigures.FIELDS),
    "report": ("path", "ended", "open", "verdict"),
    "land": ("id", "commit", "into", "branch", "worktree", "files"),
    "refine": ("id", "into", "repository", "queue"),
    "up": ("name", "change", "keys", "done", "why", "path"),
    "agent": (
        "name", "kind", "role", "supervisor", "strategy", "span", "playbook", "executor", "level", "path", "problem"
    ),
    "budget": ("id", "budget", "spent", "own", "left"),
    "doctor": ("check", "ok", "needed", "says", "repair"),
    "path": ("thing", "path", "there"),
    "recover": ("id", "name", "state", "attempt", "next", "why"),
    "skill": skilltable.KEYS,
    "router": ("alive", "pid", "root", "log", "socket", "port", "requests", "under_way", "started"),
}  # fmt: skip
SUPERVISION: dict[str, tuple[str, ...]] = {
    "supervisor": ("name", "is_declared", "strategy", "intensity", "period_s", "may_restart", "has_given_up"),
    "attempts": ("failed", "retries", "granted", "left"),
}
SUPERVISED = (
    "supervisor", "playbook", "playbook_from", "attempts", "variations", "assignable", "group", "question", "deferred",
    "problems",
)  # fmt: skip


def objects(world: World, *words: str) -> list[dict[str, Any]]:
    """What a command prints as JSON, as a list."""
    found = json.loads(world.run(*words, "--json").stdout)
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize(
    "words",
    [
        ("poll", "*"),
        ("ls",),
        ("wait", "1", "2.2", "2.2.1", "3", "6"),
        *((name, s) for name in ("explain", "show") for s in ("1", "2", "2.10")),
    ],
    ids=" ".join,
)
def test_the_keys_are_the_documented_ones_in_every_state(words: tuple[str, ...], states: World) -> None:
    """All of them, in that order, and no other: a missing value is null."""
    found = objects(states, *words)
    assert found
    for each in found:
        assert tuple(each) == KEYS[words[0]]


def test_supervision_has_its_documented_keys_in_every_state(states: World) -> None:
    """Within explain: also of a session that nobody supervises."""
    text = catalogue.load("explain")[0].text
    for session in ("1", "2", "2.10", "3", "5", "6"):
        (found,) = objects(states, "explain", session)
        told = found["supervision"]
        assert tuple(told) == SUPERVISED
        for name, keys in SUPERVISION.items():
            assert tuple(told[name]) == keys
            assert ", ".join(keys) in " ".join(text.split())
    assert all(re.search(rf"\b{name}\b", text) for name in SUPERVISED)


def test_a_tree_carries_its_children(states: World) -> None:
    """Each an object of ls, with children of its own; every session once."""

    def walk(branches: list[dict[str, Any]]) -> list[str]:
        for branch in branches:
            assert tuple(branch) == KEYS["tree"]
        return [word for branch in branches for word in (branch["id"], *walk(branch["children"]))]

    assert walk(objects(states, "tree")) == ["1", "2", "2.1", "2.2", "2.2.1", "2.10", "3", "4", "5", "6"]
    assert walk(objects(states, "tree", "2.2")) == ["2.2", "2.2.1"]


def test_what_lives_says_the_same_keys(world: World) -> None:
    """Of spawn, events and the watcher, on real sessions."""
    found = json.loads(world.run("spawn", "--json", "--", "true", code=0).stdout)
    assert tuple(found) == KEYS["spawn"]
    world.wait(found["id"])
    for name, words in (("events", ("events",)), ("watch", ("watch", "status")), ("wait", ("wait", found["id"]))):
        for each in objects(world, *words):
            assert tuple(each) == KEYS[name]


def test_what_is_said_of_models_has_its_documented_keys(states: World) -> None:
    """Also where nothing was spent and no router lives."""
    (states.root / "ledger.jsonl").write_text('{"id": "1/1/1.1", "session": "1", "cost": 0.5, "outcome": "ok"}\n')
    calls = (("cost",), ("budget", "1"), ("doctor",), ("router", "status"))
    for words in calls:
        found = objects(states, *words)
        assert found
        assert all(tuple(each) == KEYS[words[0]] for each in found)


def test_spawn_with_wait_prints_what_wait_prints(world: World) -> None:
    """The same array."""
    (found,) = json.loads(world.run("spawn", "--wait", "--json", "--", "echo", "hi", code=0).stdout)
    assert tuple(found) == KEYS["wait"]
    assert (found["result"], found["exit"], found["state"]) == ("hi\n", 0, "done")


@pytest.mark.parametrize("name", KEYS)
def test_the_help_names_exactly_these_keys(name: str) -> None:
    """Documented where a person looks first."""
    (meaning,) = [option.meaning for option in catalogue.load(name)[0].options if option.name == "json"]
    said = re.sub(r"\(.*?\)", "", meaning.partition(": ")[2])
    if name == "tree":
        assert "the objects of scope ls --json, each with its children" in meaning
    else:
        assert tuple(re.findall(r"\w+", said)) == KEYS[name]


def test_every_command_that_lists_or_returns_has_json() -> None:
    """And no other has."""
    having = {name for name in catalogue.NAMES if any(o.name == "json" for o in catalogue.load(name)[0].options)}
    assert having == set(KEYS)
