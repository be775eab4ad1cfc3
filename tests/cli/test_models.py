"""What people type about models: words as work, levels and budgets, the doctor, the first settings, the router."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scope.cli import configfile
from scope.laws.configuration import KEYS, Configuration, parse
from scope.models import discovery
from scope.sessions.records import configuration
from scope.store import document, locks, rundir
from tests.driver import until
from tests.models.test_discovery import models, serving

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World

LEVELS = """\
models:
  levels:
    0: [{model: openai/small, base_url: "http://127.0.0.1:9/v1", api_key_env: OPENAI_API_KEY}]
    2: [{model: openai/strong, base_url: "http://127.0.0.1:9/v1", api_key_env: OPENAI_API_KEY}]
"""
NONE = {"SCOPE_LOCAL_PORTS": ""}
KEYED = {"OPENAI_API_KEY": "sk-hush"}
_LOADS_WITHIN_S = 120.0  # of a router that answers nobody before; on a busy machine it takes half a minute


@pytest.fixture
def served(still: Stillness) -> World:
    """A root by hand with models at levels 0 and 2, and sessions 1 (level 0) and 2 (level 2) that run."""
    still.add("1", "running")
    still.add("2", "running", keys="level: 2\n")
    (still.world.root / "config.yaml").write_text(LEVELS)
    return still.world


def task(world: World, session: str) -> list[str]:
    """The lines of a session's task."""
    return (world.session(session) / "task.md").read_text().splitlines()


def test_words_alone_become_work_for_a_model(served: World) -> None:
    """The id is printed, the words are the task; without a key here it waits, which is said."""
    said = served.run("spawn", "Say hello.", "--level", "2", code=0)
    assert said.stdout == "3\n"
    assert "session 3 waits for a router" in said.stderr
    assert "OPENAI_API_KEY, which is not set here" in said.stderr
    lines = task(served, "3")
    assert "level: 2" in lines
    assert lines[-1] == "Say hello."
    assert not any(line.startswith("command") for line in lines)


def test_with_the_key_the_router_starts_at_once(served: World) -> None:
    """While tmux does; nothing is said of it."""
    said = served.run("spawn", "Say hello.", code=0, env=KEYED)
    assert (said.stdout, said.stderr) == ("3\n", "")
    until(lambda: locks.is_held(rundir.router_lock(str(served.root))))


def test_a_command_needs_no_router(served: World) -> None:
    """Unless it is given a level or a role: then it may call models."""
    served.run("spawn", "--", "true", code=0, env=KEYED)
    assert not (served.root / "run" / "router.log").exists()
    served.run("spawn", "--role", "advisor", "--", "true", code=0, env=KEYED)
    until(lambda: locks.is_held(rundir.router_lock(str(served.root))))
    assert "role: advisor" in task(served, "4")


def test_a_task_file_may_say_it_all(served: World) -> None:
    """Its budget is gone over by the one that is typed, bound by bound."""
    (served.project / "job.md").write_text("---\nlevel: 0\nbudget: {usd: 1, calls: 9}\n---\nSay hello.\n")
    served.run("spawn", "@job.md", "--budget", "usd=2,tokens=5000", "--budget", "children=3", code=0, env=KEYED)
    assert "budget: {usd: 2, calls: 9, tokens: 5000, children: 3}" in task(served, "3")


def test_levels_roles_and_agents_must_be_there(served: World) -> None:
    """A role that nobody knows, a level without a model, an agent that nobody declared."""
    said = served.run("spawn", "x", "--role", "king", code=2, env=KEYED).stderr
    assert said == ("error: there is no role 'king'\nhint: the roles are executor, advisor, checker, reducer, filter\n")
    said = served.run("spawn", "x", "--level", "1", code=5, env=KEYED).stderr
    assert "there is no model at level '1'" in said
    assert "take another level: 0, 2" in said
    assert "there is no agent 'ann'" in served.run("spawn", "x", "--agent", "ann", code=4, env=KEYED).stderr
    assert sorted(os.listdir(served.root / "sessions")) == ["1", "2"]


def test_an_agent_brings_its_level(served: World) -> None:
    """Which must be there, too."""
    place = served.root / "agents" / "ann"
    place.mkdir(parents=True)
    (place / "identity.md").write_text("---\nlevel: 2\n---\n")
    served.run("spawn", "x", "--agent", "ann", code=0, env=KEYED)
    assert "agent: ann" in task(served, "3")
    (place / "identity.md").write_text("---\nlevel: 7\n---\n")
    assert "at level '7'" in served.run("spawn", "x", "--agent", "ann", code=5, env=KEYED).stderr


@pytest.mark.parametrize("how", ["inside", "--parent"])
def test_nobody_gives_a_higher_level_than_it_has(how: str, served: World) -> None:
    """Also two below, and by role; what asks for no level works at the lowest one above it."""
    words = ("--parent", "1") if how == "--parent" else ()
    env = {**KEYED, "SCOPE_SESSION": "1", "SCOPE_ATTEMPT": f"{served.root}/1/1"} if how == "inside" else KEYED
    for asked in (("--level", "2"), ("--role", "advisor")):
        said = served.run("spawn", "x", *words, *asked, code=2, env=env).stderr
        assert "cannot spawn below '1': session 1 works at level 0 and cannot give level 2" in said
    served.run("spawn", "x", *words, "--level", "0", code=0, env=env)
    served.run("spawn", "x", *words, code=0, env=env)
    said = served.run("spawn", "x", "--parent", "1.1", "--level", "2", code=2, env=env).stderr
    assert "cannot give level 2" in said


def test_who_has_a_level_gives_it_and_those_below(served: World) -> None:
    """Session 2 works at level 2; what the watcher gave a level has it, whatever is above."""
    served.run("spawn", "x", "--parent", "2", "--level", "2", code=0, env=KEYED)
    served.run("spawn", "x", "--parent", "2", "--level", "0", code=0, env=KEYED)
    place = served.session("1.1")
    place.mkdir()
    (place / "task.md").write_text("---\nlevel: 2\nby: watcher\n---\nAdvise.\n")
    served.run("spawn", "x", "--parent", "1.1", "--level", "2", code=0, env=KEYED)


def test_a_session_has_no_more_children_than_its_budget_allows(still: Stillness) -> None:
    """By its task, the settings, or as people raised it; a command's as well as a model's."""
    world = still.world
    still.add("1", "running", keys="budget: {children: 2}\n")
    below = ("spawn", "--parent", "1", "--", "true")
    for _ in range(2):
        world.run(*below, code=0)
    said = world.run(*below, code=1).stderr
    assert said == (
        "error: cannot spawn below '1': it has 2 children, as many as its budget allows\n"
        "hint: scope budget 1 children=4\n"
    )
    world.run("spawn", "--parent", "1.1", "--", "true", code=0)  # a child's child is the child's
    world.run("budget", "1", "children=3", code=0)
    world.run(*below, code=0)
    world.run(*below, code=1)
    assert sorted(os.listdir(world.root / "sessions")) == ["1", "1.1", "1.1.1", "1.2", "1.3"]


def test_the_bound_that_a_session_was_told_is_believed_until_it_is_reached(still: Stillness) -> None:
    """Then the files are asked: it may have been raised since."""
    world = still.world
    still.add("1", "running")
    env = {"SCOPE_SESSION": "1", "SCOPE_ATTEMPT": f"{world.root}/1/1", "SCOPE_CHILDREN": "1"}
    (world.root / "config.yaml").write_text("budgets: {session: {children: 1}}\n")
    assert world.run("spawn", "--", "true", code=0, env=env).stdout == "1.1\n"
    assert "it has 1 child, as many" in world.run("spawn", "--", "true", code=1, env=env).stderr
    (world.session("1") / "budget").write_text("children: 2\n")
    assert world.run("spawn", "--", "true", code=0, env=env).stdout == "1.2\n"
    world.run("spawn", "--", "true", code=1, env=env)


def test_words_without_a_model_say_what_is_there_and_what_to_write(world: World) -> None:
    """And make nothing: the line can be taken as it stands."""
    said = world.run("spawn", "Say hello.", code=5, env={**NONE, "GROQ_API_KEY": "gsk-hush"}).stderr
    assert said.startswith("error: cannot carry out words alone: no model is configured\nhint: GROQ_API_KEY is set, ")
    assert "gsk-hush" not in said
    assert list(world.project.iterdir()) == []
    line = said.partition("/config.yaml: ")[2].strip()
    assert isinstance(parse(document.mapping(line)[0], Configuration()), Configuration)
    with serving(models("qwen3:4b")) as port:
        env = {"GROQ_API_KEY": "x", discovery.PORTS: str(port)}
        # A server has a third of a second to answer, which a busy machine may miss: then it is asked once more.
        says, alone = f"a server answers on 127.0.0.1:{port} with qwen3:4b", {discovery.PORTS: str(port)}
        until(lambda: world.run("spawn", "x", code=5, env=env).stderr.endswith("; scope doctor lists the rest\n"))
        until(lambda: says in world.run("spawn", "x", code=5, env=alone).stderr, what=says)


def test_init_writes_settings_that_say_nothing_yet(world: World) -> None:
    """Every key is in it, behind a #; it can be taken, and doing it again changes nothing."""
    world.run("init", code=0, env=NONE)
    path = world.root / "config.yaml"
    text = path.read_text()
    assert configuration.load(str(world.root)) == Configuration()
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert all(f"# {key.name}: {key.example}\n" in text and f"# {key.meaning}\n" in text for key in KEYS)
    world.run("init", code=0, env={**NONE, **KEYED})
    assert path.read_text() == text
    path.write_text("grace: 1s\n")
    world.run("init", code=0, env=NONE)
    assert path.read_text() == "grace: 1s\n"


def test_every_line_of_the_first_settings_can_be_taken_alone_and_with_the_others() -> None:
    """A person takes away the # before one, or before all."""
    lines = configfile.text().splitlines()
    keys = [line.removeprefix("# ") for line in lines if line.startswith(tuple(f"# {key.name}:" for key in KEYS))]
    assert len(keys) == len(KEYS)
    for written in (*keys, "\n".join(keys)):
        found = parse(document.mapping(written)[0], Configuration())
        assert isinstance(found, Configuration), (written, found)
    assert all(line.startswith("#") or not line for line in lines)


def test_the_one_way_to_a_model_becomes_level_0(world: World) -> None:
    """Which is said, by the variable's name; the key itself is nowhere."""
    said = world.run("init", code=0, env={**NONE, **KEYED})
    assert said.stdout == f"{world.root}\n"
    assert said.stderr == f"level 0 is openai/gpt-5-mini, for OPENAI_API_KEY is set: {world.root}/config.yaml\n"
    (found,) = configuration.load(str(world.root)).models.roster.deployments
    assert (found.name, found.model, found.api_key_env) == ("0/0", "openai/gpt-5-mini", "OPENAI_API_KEY")
    assert "sk-hush" not in (world.root / "config.yaml").read_text()


def test_of_several_ways_a_person_takes_one(world: World) -> None:
    """All stand there; none is taken, and none where models are configured for all projects."""
    path = world.root / "config.yaml"

    def begun(port: int) -> str:
        path.unlink(missing_ok=True)
        world.run("init", code=0, env={**KEYED, discovery.PORTS: str(port)})
        return path.read_text()

    with serving(models("qwen3:4b")) as port:
        # Not at once, where a busy machine lets the server answer too late.
        text = until(lambda: f'base_url: "http://127.0.0.1:{port}/v1"' in begun(port) and path.read_text())
    assert configuration.load(str(world.root)) == Configuration()
    assert "# models.levels: {0: [{model: openai/gpt-5-mini, " in text


def test_what_holds_for_all_projects_is_not_undone(world: World) -> None:
    """A home with models of its own keeps them."""
    (world.home / ".scope").mkdir(mode=0o700)
    (world.home / ".scope" / "config.yaml").write_text(LEVELS)
    assert world.run("init", code=0, env={**NONE, **KEYED}).stderr == ""
    assert configuration.load(str(world.root)) == Configuration()


def doctor(world: World, code: int, **env: str) -> dict[str, dict[str, object]]:
    """What the doctor finds, by check; the first of each."""
    said = json.loads(world.run("doctor", "--json", code=code, env={**NONE, **env}).stdout)
    return {each["check"]: each for each in reversed(said)}


def test_the_doctor_tells_what_is_there(world: World) -> None:
    """Without a root, with one, and with a watcher; that there is no model keeps no command from being run."""
    found = doctor(world, 0)
    assert found["tmux"]["ok"]
    assert (found["root"]["ok"], found["root"]["repair"]) == (False, "scope init")
    assert not found["models"]["ok"]
    assert not found["models"]["needed"]
    assert list(world.project.iterdir()) == []
    world.run("watch", code=4)
    world.run("init", code=0, env=NONE)
    world.run("watch", code=0)
    until(lambda: "it lives, pid" in str(doctor(world, 0)["watcher"]["says"]))
    assert doctor(world, 0)["root"]["says"] == str(world.root)


def test_the_doctor_finds_what_keeps_work_from_being_done(world: World) -> None:
    """Exit code 5, and a way on for each."""
    world.configure_text(LEVELS)
    wrong = doctor(world, 5)["level 0"]
    assert wrong["says"] == "openai/small (OPENAI_API_KEY is not set here)"
    assert "export OPENAI_API_KEY=" in str(wrong["repair"])
    assert doctor(world, 0, **KEYED)["level 2"]["says"] == "openai/strong (OPENAI_API_KEY)"
    said = world.run("doctor", code=0, env={**NONE, **KEYED}).stdout
    assert "sk-hush" not in said
    assert "ok    level 0: openai/small (OPENAI_API_KEY)\n" in said
    (world.root / "config.yaml").write_text("modells: {}\n")
    assert "unknown key 'modells'" in str(doctor(world, 5)["config"]["says"])
    (world.root / "config.yaml").write_text("")
    (world.home / ".scope" / "roots").unlink()
    assert "runs nothing" in str(doctor(world, 5)["root"]["says"])
    world.env["PATH"] = str(world.base)
    assert doctor(world, 5)["tmux"]["says"] == "it is not installed"


def test_the_doctor_looks_at_files_and_programs_of_keys_and_runs_none(world: World) -> None:
    """A key file that others can read is no key file; one way to a level that works is enough."""
    key = world.home / "key"
    key.write_text("sk-hush\n")
    key.chmod(0o644)
    ran = world.base / "ran"
    entry = "{model: openai/x, api_key_file: '~/key'}"
    world.configure_text(f"models: {{levels: {{0: [{entry}]}}}}\n")
    wrong = doctor(world, 5)["level 0"]
    assert "has mode 0644" in str(wrong["says"])
    assert "chmod 600 ~/key" in str(wrong["repair"])
    both = f"{entry}, {{model: openai/y, api_key_command: [touch, '{ran}']}}"
    world.configure_text(f"models: {{levels: {{0: [{both}]}}}}\n")
    assert doctor(world, 0)["level 0"]["ok"]
    assert not ran.exists()
    key.chmod(0o600)
    assert doctor(world, 0)["level 0"]["says"] == "openai/x (~/key), openai/y (touch)"


def test_the_doctor_lists_what_could_be_used(world: World) -> None:
    """Keys, servers and programs, with what to write or to type; not what is in use already."""
    with serving(models("qwen3:4b")) as port:
        env = {**KEYED, "GROQ_API_KEY": "x", discovery.PORTS: str(port)}
        world.configure_text(LEVELS)
        # A server that a busy machine lets answer too late is found at the next look.
        says = f"a server answers on 127.0.0.1:{port} with qwen3:4b"
        said = until(lambda: says in (told := world.run("doctor", code=0, env=env).stdout) and told, what=says)
    assert "found: OPENAI_API_KEY" not in said
    assert "note  found: GROQ_API_KEY is set\n      → models: {levels: {0: [{model: groq/" in said


def answering(world: World) -> dict[str, Any] | None:
    """What the router says of itself; None while it loads, or is too busy to say anything."""
    said: dict[str, Any] = json.loads(world.run("router", "status", "--json").stdout)
    return said if said["requests"] is not None else None


def test_the_router_can_be_asked_after_and_stopped(served: World) -> None:
    """Exit code 1 where none lives; a stopped one is gone when the command returns."""
    assert served.run("router", "status", code=1).stdout.startswith("no router lives for ")
    assert served.run("router", "stop", code=0).stderr == "no router lives\n"
    served.run("spawn", "x", code=0, env=KEYED)
    said = until(lambda: answering(served), within=_LOADS_WITHIN_S)
    assert (said["alive"], said["requests"], said["under_way"], said["port"]) == (True, 0, 0, None)
    assert said["socket"] == str(served.root / "run" / "router.socket")
    words = f"pid {said['pid']}: 0 calls, 0 under way"
    until(lambda: words in served.run("router", "status", code=0).stdout, what=words)
    assert "there is a router already" in served.run("router", code=5, env=KEYED).stderr
    served.run("router", "stop", code=0)
    assert not locks.is_held(rundir.router_lock(str(served.root)))
    with socket.socket(socket.AF_UNIX) as connection, pytest.raises(OSError, match=r"."):
        connection.connect(said["socket"])


def test_the_router_can_be_had_in_the_foreground(served: World) -> None:
    """With the keys of that environment, which are not in its own; until Ctrl-C."""
    assert "it needs OPENAI_API_KEY" in served.run("router", code=5).stderr
    process = served.start("router", env=KEYED)
    until(lambda: locks.is_held(rundir.router_lock(str(served.root))))
    for name in ("cmdline", "environ") if os.getuid() == 0 else ("cmdline",):  # nobody else may look at the second
        assert b"sk-hush" not in Path(f"/proc/{process.pid}/{name}").read_bytes()
    until(lambda: answering(served), within=_LOADS_WITHIN_S)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert not locks.is_held(rundir.router_lock(str(served.root)))
