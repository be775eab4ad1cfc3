"""Starting the router: by whoever has what it needs, with the keys in nobody's sight."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope.laws.roster import Deployment, Roster
from scope.models import handover, starting
from scope.store import locks, rundir
from tests.driver import is_alive, until

if TYPE_CHECKING:
    from tests.driver import World

HUSH = "sk-parrots-cannot-say-this"
LOCAL = Deployment(0, 0, "openai/local", "http://127.0.0.1:9/v1")
CLOUD = Deployment(1, 0, "openai/x", api_key_env="OPENAI_API_KEY")
OTHER = Deployment(1, 1, "groq/x", api_key_env="GROQ_API_KEY")
FILED = Deployment(2, 0, "openai/x", api_key_file="~/key")
CONFIG = "models: {levels: {0: [{model: openai/x, base_url: 'http://127.0.0.1:9/v1', api_key_env: OPENAI_API_KEY}]}}\n"


def roster(*deployments: Deployment) -> Roster:
    """A roster of these."""
    levels = {one.level for one in deployments}
    return Roster({level: tuple(one for one in deployments if one.level == level) for level in levels})


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "GROQ_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("deployments", "level", "why"),
    [
        ((), None, "no model is configured"),
        ((LOCAL,), None, ""),
        ((LOCAL, FILED), None, ""),
        ((FILED,), 2, ""),
        ((CLOUD,), None, "it needs OPENAI_API_KEY, which is not set here"),
        ((CLOUD, OTHER), None, "it needs GROQ_API_KEY or OPENAI_API_KEY, which is not set here"),
        ((LOCAL, CLOUD), None, "it needs OPENAI_API_KEY, which is not set here"),
        ((LOCAL, CLOUD), 0, ""),
        ((LOCAL, CLOUD), 1, "it needs OPENAI_API_KEY, which is not set here"),
    ],
)
def test_who_has_no_key_that_is_needed_starts_none(deployments: tuple[Deployment, ...], level: int, why: str) -> None:
    """The watcher has none, so that what it starts needs none; for a level it is that level's keys that count."""
    assert starting.why_not_here(roster(*deployments), level) == why


def test_one_of_the_keys_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of several providers is tried is the router's business; an empty one is none."""
    both = roster(CLOUD, OTHER)
    monkeypatch.setenv("OPENAI_API_KEY", "")
    assert starting.why_not_here(both, 1)
    monkeypatch.setenv("GROQ_API_KEY", HUSH)
    assert not starting.why_not_here(both, 1)
    assert json.loads(handover.words(both)) == {"keys": {"GROQ_API_KEY": HUSH}}


def test_in_a_sandbox_none_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """As no watcher is."""
    monkeypatch.setenv("SCOPE_SANDBOX", "1")
    assert starting.why_not_here(roster(LOCAL))


@pytest.fixture
def waiting(world: World) -> World:
    """A root whose work waits for a router that needs a key."""
    world.configure_text(CONFIG)
    (world.root / "run" / "router.wanted").write_text("it needs OPENAI_API_KEY, which is not set here\n")
    return world


def alive(world: World) -> bool:
    """Whether its router lives."""
    return locks.is_held(rundir.router_lock(str(world.root)))


def pid_of(world: World) -> int:
    """The router's pid, once it has written it."""
    path = Path(rundir.router_lock(str(world.root)))
    return int(until(lambda: alive(world) and path.read_text().strip()))


def holds(path: Path, words: str) -> bool:
    """Whether a file holds the words; one that was half of another may be gone by now."""
    try:
        return path.is_file() and words.encode() in path.read_bytes()
    except FileNotFoundError:
        return False


def test_a_command_that_has_the_key_brings_the_router_back(waiting: World) -> None:
    """Any that looks at sessions; one without the key says nothing of it, and starts none."""
    assert waiting.run("ls", code=0).stderr == ""
    assert not alive(waiting)
    waiting.run("ls", code=0, env={"OPENAI_API_KEY": HUSH})
    until(lambda: alive(waiting))


@pytest.mark.parametrize("words", [("inbox",), ("ls",), ("poll", "1"), ("wait", "1"), ("retry", "1"), ("watch",)])
def test_these_bring_it_back(words: tuple[str, ...], waiting: World) -> None:
    """Whatever becomes of the command itself."""
    waiting.run(*words, env={"OPENAI_API_KEY": HUSH})
    until(lambda: alive(waiting))


def test_the_key_is_in_no_argument_and_no_environment(waiting: World) -> None:
    """Nor in a file of the root; and another command starts no second router."""
    env = {"OPENAI_API_KEY": HUSH, "UNRELATED_TOKEN": "hush"}
    waiting.run("poll", env=env)
    waiting.run("ls", code=0, env=env)
    pid = pid_of(waiting)
    shown = Path(f"/proc/{pid}/cmdline").read_bytes()
    assert b"scope.models" in shown
    assert HUSH.encode() not in shown
    if os.getuid() == 0:  # nobody else may look
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert HUSH.encode() not in environment
        assert b"hush" not in environment
    assert [path for path in waiting.root.rglob("*") if holds(path, HUSH)] == []
    waiting.run("ls", code=0, env=env)
    assert pid_of(waiting) == pid


def test_one_that_was_killed_is_started_again(waiting: World) -> None:
    """With -9: its lock died with it."""
    env = {"OPENAI_API_KEY": HUSH}
    waiting.run("ls", code=0, env=env)
    pid = pid_of(waiting)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid) and not alive(waiting))  # its threads may go behind it
    waiting.run("ls", code=0, env=env)
    until(lambda: pid_of(waiting) != pid)  # the lock is taken before the pid is written over the old one


def test_nothing_is_brought_back_for_a_root_that_nobody_trusts(waiting: World) -> None:
    """A repository may bring a config.yaml that names a server of its own, and would be handed the key."""
    (waiting.home / ".scope" / "roots").unlink()
    waiting.run("ls", code=0, env={"OPENAI_API_KEY": HUSH})
    assert not alive(waiting)
    assert not (waiting.root / "run" / "router.log").exists()


def test_settings_that_cannot_be_read_are_no_failure_of_a_command_about_something_else(waiting: World) -> None:
    """Who asks for a list gets one."""
    (waiting.root / "config.yaml").write_text("models: {levels: {0: [")
    said = waiting.run("ls", code=0, env={"OPENAI_API_KEY": HUSH})
    assert said.stderr == ""
    assert not alive(waiting)


def test_without_work_that_waits_nobody_looks(world: World) -> None:
    """No router for a command that needs none."""
    world.configure_text(CONFIG)
    world.run("ls", code=0, env={"OPENAI_API_KEY": HUSH})
    assert not alive(world)
