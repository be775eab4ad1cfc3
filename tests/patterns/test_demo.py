"""`scope demo`, played for real: what it promises must be true in the files."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from scope.store import document
from tests.driver import SCOPE, until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.schema import Node
    from tests.driver import World

REPOSITORIES = ("ledger", "herald", "tariff", "voyage", "almanac", "sundial")
TRIES = {"1": 2, "2": 2, "3": 2, "4": 2, "5": 1, "6": 1, "7": 1}
FOLLOWERS = {"5": "src-layout", "6": "vendored", "7": "needs-settings"}


def git(directory: Path, *words: str) -> str:
    """Ask a repository."""
    done = subprocess.run(["git", "-C", str(directory), *words], capture_output=True, text=True, check=True)
    return done.stdout


def snapshot(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, with what it says."""
    return {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def states(demo: Path) -> dict[str, str]:
    """What the state files say."""
    return {path.parent.name: path.read_text().strip() for path in demo.glob(".scope/sessions/*/state")}


def told(path: Path) -> Mapping[str, Node]:
    """The frontmatter of a file."""
    return document.parse(path.read_text()).keys


def brief(demo: Path, session: str, attempt: int) -> Mapping[str, Node]:
    """What an attempt was given."""
    return told(demo / f".scope/sessions/{session}/attempts/{attempt}/brief.md")


def case(demo: Path, session: str) -> list[str]:
    """Who advised a session, and what came of it."""
    said = json.loads((demo / f".scope/sessions/{session}/escalation.json").read_text())
    return [f"{each['from_level']} {each['outcome']}" for each in said["escalation_advice"]]


def test_the_demo_keeps_its_promises_and_touches_nothing_else(world: World) -> None:
    """Played from inside a session of another root, by a person with a git configuration of their own."""
    world.run("init", code=0)
    gitconfig = world.home / ".gitconfig"
    gitconfig.write_text("[commit]\n\tgpgsign = true\n[core]\n\thooksPath = /nowhere\n\texcludesFile = ~/ignore\n")
    (world.home / "ignore").write_text("*.py\n")
    before = snapshot(world.project)
    demo = world.base / "a demo"
    inside = {"SCOPE_DIR": str(world.root), "SCOPE_SESSION": "1", "SCOPE_ATTEMPT": f"{world.root}/1/1"}
    inside |= {"GIT_DIR": str(world.project / ".git"), "PYTHONSAFEPATH": "1"}
    said = world.run("demo", str(demo), code=0, env=inside, within=100)

    assert set(states(demo).values()) == {"done"}, said.stdout
    assert {session: len(list(demo.glob(f".scope/sessions/{session}/attempts/*"))) for session in TRIES} == TRIES
    for session, tries in TRIES.items():
        check = (demo / f".scope/sessions/{session}/attempts/{tries}/check").read_text()
        assert re.fullmatch(r"Ran [1-9] tests? in .*\nexit 0\n", check)
        assert told(demo / f".scope/sessions/{session}/result.md")["verified"] == "true"
    assert {session: case(demo, session) for session in ("1", "2", "3", "4")} == {
        "1": ["rules succeeded"], "2": ["rules succeeded"], "3": ["human succeeded"], "4": ["human succeeded"]
    }  # fmt: skip

    (replay,) = states(demo).keys() - TRIES.keys()
    assert dict(told(demo / f".scope/sessions/{replay}/task.md"))["worktree"] == "true"

    for name in REPOSITORIES:
        assert git(demo / name, "log", "--format=%an <%ae>") == "scope demo <demo@scope.invalid>\n" * 2
        assert git(demo / name, "status", "--porcelain") == ""
    assert snapshot(world.project) == before
    assert gitconfig.read_text().startswith("[commit]")
    assert f"cd '{demo}'\n" in said.stdout
    assert f"export SCOPE_DIR='{demo}/.scope'" in said.stdout
    assert "\x1b" not in said.stdout + said.stderr


def test_what_was_learned_from_the_first_of_a_kind_the_next_begins_with(world: World) -> None:
    """Its brief names the skill, its command has the variable, and it passes at its first attempt."""
    demo = world.base / "demo"
    said = world.run("demo", str(demo), code=0, within=100).stdout
    begun = {session: brief(demo, session, 1) for session in TRIES}
    for session, keys in begun.items():
        assert bool(keys.get("skills")) is (session in FOLLOWERS), (session, keys)
    assert begun["5"]["vars"] == {"tests": "src", "missing_module": "none", "settings": "default"}
    assert begun["6"]["vars"] == {"tests": "tests", "missing_module": "numerals", "settings": "default"}
    assert begun["7"]["vars"] == {"tests": "tests", "missing_module": "none", "settings": "trial"}
    for session in FOLLOWERS:
        keys = begun[session]
        assert isinstance(keys["skills"], list)
        (given,) = keys["skills"]
        name = str(given).partition("@")[0]
        assert f"  {name}\n     from escalation-" in said
        assert f"scope skill show {name} " in said or session != "5"
        (found,) = demo.glob(f".scope/skills/**/{name}.md")
        assert dict(told(found)["match"])["job_type"] == "run-tests"  # type: ignore[arg-type]

    heading = said.splitlines()[0].split()
    assert [line for line in said.splitlines() if len(line) > 80] == []
    assert heading == ["JOB", "VERIFIED", "TRIES", "SKILLED", "UNSKILLED", "AGAIN", "SOLVED", "BY", "ADVICE"]
    stats = json.loads(world.run("stats", "--json", cwd=demo, code=0).stdout)
    keys_of = ("tasks", "verified", "attempts", "with_skill", "passed_with_skill", "passed_without_skill")
    assert {each["key"]: tuple(each[key] for key in keys_of) for each in stats} == {
        "run-tests repo needs-settings python": (3, 3, 5, 1, 1, 0),
        "run-tests repo python src-layout": (2, 2, 3, 1, 1, 0),
        "run-tests repo python vendored": (2, 2, 3, 1, 1, 0),
    }
    assert [each["cost_per_success"] for each in stats] == [0.0, 0.0, 0.0]


def test_two_that_fail_alike_are_one_question_for_a_person(world: World) -> None:
    """It holds the case of both, is answered with the command as typed, and one of them goes first."""
    demo = world.base / "demo"
    said = world.run("demo", str(demo), code=0, within=100)
    (asked,) = demo.glob(".scope/escalations/e*.md")
    keys = told(asked)
    assert (keys["sessions"], keys["vars"], keys["by"]) == (["3", "4"], {"settings": "trial"}, "person")
    for session in ("3", "4"):
        assert f"## Session {session}\n" in asked.read_text()
    assert asked.read_text().count("RuntimeError: no settings in config are named 'default'\n") == 2
    typed = f"scope answer {asked.stem} 'Their tests want the trial settings' --var settings=trial"
    assert f"     {typed}\n" in said.stdout
    assert f"$ {typed}\n" in said.stderr
    moves = {
        session: [
            json.loads(line)["why"]
            for line in (demo / f".scope/sessions/{session}/decisions.jsonl").read_text().splitlines()
        ]
        for session in ("3", "4")
    }
    assert sum("goes first" in why for whys in moves.values() for why in whys) == 1


def test_what_the_demo_says_to_try_next_works(world: World) -> None:
    """Every line under "Try next" and the removal can be pasted into a shell."""
    said = world.run("demo", code=0, env={"TMPDIR": str(world.base)}, within=100).stdout
    demo = world.base / "scope-demo"
    next_, removal = said.split("Try next:\n")[1].split("\nWhen you have seen enough:\n")
    until(lambda: not world.marked(str(demo)))
    done = subprocess.run(
        ["sh", "-e"], input=next_, env={**world.env, "PATH": f"{Path(SCOPE).parent}:{world.env['PATH']}"},
        cwd=world.base, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done
    assert "Start directory is not importable" in done.stdout
    assert "run-tests repo python src-layout\t2\t2\t0.000000\t3\t1\t1\t" in done.stdout
    assert ".scope/sessions/1/attempts/1/failure.md\n" in done.stdout

    done = subprocess.run(["sh", "-e"], input=removal, env=world.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    assert not demo.exists()
    try:
        until(lambda: not world._of_this_world(), what="nothing of it runs any longer")
    except AssertionError as error:
        left = [Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ") for pid in world._of_this_world()]
        raise AssertionError(f"{left}") from error


def test_a_demo_that_deviates_says_how_and_fails(world: World) -> None:
    """Here the check of one repository finds no test, so that a person is asked about that as well."""
    tools = world.base / "tools"
    tools.mkdir()
    (tools / "grep").write_text('#!/bin/sh\ncase $PWD in */sundial) exit 1 ;; esac\nexec /usr/bin/env -i grep "$@"\n')
    (tools / "grep").chmod(0o755)
    env = {"PATH": f"{tools}:{world.env['PATH']}"}
    said = world.run("demo", "--json", str(world.base / "demo"), code=1, env=env, within=100)
    found = json.loads(said.stdout)
    assert found["dir"] == str(world.base / "demo")
    assert {row["id"]: row["state"] for row in found["sessions"]}["6"] == "escalated"
    first, second = found["deviations"]
    assert first.startswith("session 6 (sundial) is escalated, not done: ")
    assert second == "a person was asked 2 times, about 3 4, and about 6"
    assert "not as planned: session 6 (sundial) is escalated" in said.stderr


def test_an_interrupted_demo_says_where_it_lies(world: World) -> None:
    """Ctrl-C leaves with 130; the sessions go on."""
    demo = world.base / "demo"
    process = world.start("demo", str(demo))
    until(lambda: "running" in states(demo).values())
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the sessions go on" in said
    assert f"rm -rf {demo}\n" in said
    assert "Traceback" not in said
    until(lambda: states(demo).get("1") == "done")


def test_a_directory_that_is_not_empty_is_refused(world: World) -> None:
    """Nothing of a person's is mixed with the demo, and nothing is started."""
    (world.project / "theirs").write_text("precious")
    said = world.run("demo", str(world.project), code=2)
    assert said.stderr.startswith(f"error: cannot make a demo in '{world.project}': it is not empty\nhint: ")
    said = world.run("demo", str(world.project / "theirs"), code=2)
    assert "it is not a directory" in said.stderr
    assert [path.name for path in world.project.iterdir()] == ["theirs"]


def test_without_git_nothing_is_made(world: World) -> None:
    """The error names what to install."""
    tools = world.base / "tools"
    tools.mkdir()
    (tools / "tmux").symlink_to("/usr/bin/tmux")
    said = world.run("demo", str(world.base / "demo"), code=5, env={"PATH": str(tools)})
    assert said.stderr.startswith("error: cannot find git\nhint: install it")
    assert not (world.base / "demo").exists()
