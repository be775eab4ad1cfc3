"""The import budget: what the installed command may load before it does its work."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.driver import SCOPE, until

if TYPE_CHECKING:
    from tests.driver import World

HEAVY: Final = frozenset(
    (
        "typer", "rich", "click", "pydantic", "libtmux", "watchdog", "yaml", "frontmatter", "textual", "litellm",
        "jinja2",
        "dataclasses", "typing", "subprocess", "inspect", "re", "enum", "functools", "contextlib", "pathlib", "shlex",
        "logging", "argparse", "importlib.metadata", "warnings", "tempfile", "shutil", "socket", "asyncio", "hashlib",
    )
)  # fmt: skip


def listed(names: str) -> frozenset[str]:
    """Modules of this package, from a text."""
    return frozenset(names.split())


COMMON: Final = listed(
    """
    scope scope.cli scope.cli.catalogue scope.cli.commands scope.cli.grammar scope.cli.main scope.errors scope.laws
    scope.laws.ids scope.sessions scope.sessions.records scope.store scope.store.atomic scope.store.layout
    scope.store.roots
    """
)
READING: Final = COMMON | listed(
    "scope.laws.states scope.sessions.records.record scope.sessions.records.selection scope.store.attemptdir"
)
POLL: Final = READING | {"scope.cli.commands.poll", "scope.cli.revival", "scope.store.rundir"}
SPAWN: Final = COMMON | listed(
    """
    scope.cli.commands.spawn scope.cli.revival scope.store.rundir scope.laws.plainness scope.sessions.records.allocation
    scope.sessions.processes scope.sessions.processes.daemon scope.sessions.environment scope.sessions.spawn
    scope.store.frontmatter scope.store.locks
    """
)
WAIT: Final = READING | listed(
    """
    scope.cli.commands.wait scope.cli.revival scope.store.rundir scope.sessions.processes
    scope.sessions.processes.daemon scope.sessions.prospects scope.sessions.records.outcome scope.sessions.wait
    scope.sessions.records.wishes scope.store.filesystem scope.store.frontmatter scope.store.locks scope.store.maildir
    scope.store.notices
    """
)
LIBRARY: Final = {
    "poll": frozenset(("__future__",)),
    "spawn": frozenset(("__future__", "errno", "fcntl")),
    "wait": frozenset(("__future__", "errno", "fcntl", "select", "struct", "_struct")),
}
BLOCKING: Final = frozenset(("ctypes", "_ctypes", "ctypes._endian", "types"))  # inotify has no module of its own


def imported(world: World, *words: str, code: int = 0) -> frozenset[str]:
    """Run the installed `scope` and return the modules that it loaded, without those of any Python."""
    done = world.run(*words, code=code, env={"PYTHONPROFILEIMPORTTIME": "1"})
    return _modules(done.stderr) - _of_any_python(world)


def _of_any_python(world: World) -> frozenset[str]:
    env = {**world.env, "PYTHONPROFILEIMPORTTIME": "1"}
    done = subprocess.run([sys.executable, "-c", ""], env=env, capture_output=True, text=True, check=True)
    return _modules(done.stderr)


def _modules(said: str) -> frozenset[str]:
    return frozenset(re.findall(r"(?m)^import time: +\d+ \| +\d+ \| +(\S+)$", said))


def ours(modules: frozenset[str]) -> frozenset[str]:
    """Those of this package."""
    return frozenset(name for name in modules if name.split(".")[0] == "scope")


@pytest.fixture
def ended(world: World) -> World:
    """A world whose session 1 is done, with a watcher that lives."""
    world.wait(world.spawn("--", "true"))
    return world


def test_poll_loads_what_it_needs(ended: World) -> None:
    """Of one that has ended: no `re`, no `json`, nothing heavy; each module of ours is on the list."""
    modules = imported(ended, "poll", "1")
    assert ours(modules) == POLL
    assert modules - ours(modules) <= LIBRARY["poll"]


def test_poll_of_what_runs_needs_no_more(ended: World) -> None:
    """Before it has printed; its last line then asks for one module, which makes it plain."""
    session = ended.spawn("--", "sleep", "60")
    ended.until_state(session, "running")  # it begins before the watcher says so
    assert ours(imported(ended, "poll", session, "1")) == POLL
    talking = ended.sh("echo words; exec sleep 60")
    until(lambda: "words" in ended.run("poll", talking).stdout)
    modules = imported(ended, "poll", talking)
    assert ours(modules) <= POLL | {"scope.sessions.records.terminal"}
    assert not modules & (HEAVY - {"re", "enum", "functools", "typing", "contextlib", "warnings"})


@pytest.mark.parametrize("words", [("true",), ("sh", "-c", "exit 0"), ("echo", "a b", "'$HOME'", "*")])
def test_spawn_loads_what_it_needs(words: tuple[str, ...], ended: World) -> None:
    """A command as plain words: no YAML, no JSON, no typer."""
    modules = imported(ended, "spawn", "--", *words)
    assert ours(modules) == SPAWN
    assert modules - ours(modules) <= LIBRARY["spawn"]


def test_options_make_no_spawn_heavier(ended: World) -> None:
    """Checks, retries, times, labels and words are as cheap."""
    options = ("--check", "true", "-r", "2", "--timeout", "10m", "-l", "team=web", "-e", "A=1", "-C", ".", "say true")
    modules = imported(ended, "spawn", *options, "--", "true")
    assert ours(modules) == SPAWN | {"scope.cli.spawning", "scope.laws.durations"}
    assert modules - ours(modules) <= LIBRARY["spawn"]


def test_templates_are_not_rendered_by_who_spawns(ended: World) -> None:
    """The task is judged, which takes YAML; jinja is for the attempt, in its pane."""
    (ended.project / "a.j2").write_text("a")
    modules = imported(ended, "spawn", "--template", "a=a.j2")
    assert "yaml" in modules
    assert "jinja2" not in modules


def test_a_spawn_that_starts_the_watcher_loads_no_more(world: World) -> None:
    """The first of a root too: the watcher is another process."""
    modules = imported(world, "spawn", "--", "true")
    assert ours(modules) == SPAWN
    assert modules - ours(modules) <= LIBRARY["spawn"]


def test_wait_loads_what_it_needs(ended: World) -> None:
    """Of one that has ended, and of one that it must block for."""
    modules = imported(ended, "wait", "1")
    assert ours(modules) == WAIT
    assert modules - ours(modules) <= LIBRARY["wait"]
    session = ended.spawn("--", "sleep", "60")
    ended.until_state(session, "running")
    modules = imported(ended, "wait", session, "--timeout", "10ms", code=124)
    assert ours(modules) == WAIT | {"scope.laws.durations"}
    assert modules - ours(modules) <= LIBRARY["wait"] | BLOCKING


@pytest.mark.parametrize("words", [("poll", "1"), ("spawn", "--", "true"), ("wait", "1"), ("logs", "1"), ("ls",)])
def test_nothing_heavy_is_loaded_to_work(words: tuple[str, ...], ended: World) -> None:
    """Typer is for help and for what went wrong, rich for terminals, YAML for what people wrote."""
    modules = imported(ended, *words)
    packages = {name.split(".")[0] for name in modules}
    forbidden = HEAVY if words[0] in ("poll", "spawn", "wait") else HEAVY & {"typer", "rich", "click", "pydantic"}
    assert not packages & forbidden
    assert not modules & forbidden


def test_the_budget_sees_what_is_loaded(ended: World) -> None:
    """Shown failing once: help loads typer, and --json loads json."""
    assert "typer" in imported(ended, "poll", "--help")
    assert "json" in imported(ended, "poll", "1", "--json")


def test_the_installed_script_is_ours() -> None:
    """The one that pip writes for an entry point would import `re` first."""
    with open(SCOPE, encoding="utf-8") as stream:
        assert "import re" not in stream.read(4096)
