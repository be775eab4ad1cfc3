"""`scope demo`, played for real: what it promises must be true in the files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.driver import SCOPE, until

if TYPE_CHECKING:
    from tests.driver import World

PLANNED = {
    "1": "done", "2": "done", "2.1": "done", "2.2": "done", "2.3": "done", "3": "done", "4": "failed", "5": "done"
}  # fmt: skip


def git(directory: Path, *words: str) -> str:
    """Ask the repository."""
    done = subprocess.run(["git", "-C", str(directory), *words], capture_output=True, text=True, check=True)
    return done.stdout


def snapshot(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, with what it says."""
    return {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def states(demo: Path) -> dict[str, str]:
    """What the state files say."""
    return {path.parent.name: path.read_text().strip() for path in demo.glob(".scope/sessions/*/state")}


def result(demo: Path, session: str) -> str:
    """What a session gave back."""
    return (demo / ".scope/sessions" / session / "result.md").read_text()


def attempts(demo: Path, session: str) -> list[str]:
    """The numbers of a session's attempts."""
    return sorted(os.listdir(demo / ".scope/sessions" / session / "attempts"))


def decisions(demo: Path, session: str) -> list[dict[str, object]]:
    """What the watcher decided about a session."""
    return [json.loads(line) for line in (demo / f".scope/sessions/{session}/decisions.jsonl").read_text().splitlines()]


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
    said = world.run("demo", str(demo), code=0, env=inside)

    assert states(demo) == PLANNED
    assert "verified: true" in result(demo, "3")
    assert "verified: false" in result(demo, "4")
    assert "the shares of 100.00 add up to 99.99" in (demo / ".scope/sessions/4/attempts/1/check").read_text()
    assert "verified: true" in result(demo, "5")
    assert {session: attempts(demo, session) for session in PLANNED if session != "5"} == {
        session: ["1"] for session in PLANNED if session != "5"
    }
    assert attempts(demo, "5") == ["1", "2"]
    assert [line["kind"] for line in decisions(demo, "5") if line["move"] == "recover"] == ["lost"]
    assert not (demo / ".scope/sessions/5/attempts/1/exit").exists()

    assert len(git(demo, "log", "--format=%h").splitlines()) == 3
    assert git(demo, "log", "--all", "--format=%an <%ae>", "-1") == "scope demo <demo@scope.invalid>\n"
    assert git(demo, "status", "--porcelain") == ""
    assert git(demo, "ls-files", "tally/money.py") == "tally/money.py\n"

    assert snapshot(world.project) == before
    assert gitconfig.read_text().startswith("[commit]")
    assert f"cd '{demo}'\n" in said.stdout
    assert f"export SCOPE_DIR='{demo}/.scope'" in said.stdout
    assert re.search(r"kill -9 \d+ \d+: session 5", said.stderr)
    assert "\x1b" not in said.stdout + said.stderr


def test_what_the_demo_says_to_try_next_works(world: World) -> None:
    """Every line under "Try next" and the removal can be pasted into a shell."""
    said = world.run("demo", code=0, env={"TMPDIR": str(world.base)}).stdout
    demo = world.base / "scope-demo"
    next_, removal = said.split("Try next:\n")[1].split("\nWhen you have seen enough:\n")
    until(lambda: not world.marked(str(demo)))
    mend, _, retry = next_.partition("  scope wait 4")
    done = subprocess.run(
        ["sh", "-e"], input=mend, env={**world.env, "PATH": f"{Path(SCOPE).parent}:{world.env['PATH']}"},
        cwd=world.base, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done
    assert ".scope/sessions/4/state" in done.stdout
    assert "add up to 99.99" in done.stdout
    assert not retry.strip()
    until(lambda: states(demo)["4"] == "done", what=str(decisions(demo, "4")))
    assert "verified: true" in result(demo, "4")

    done = subprocess.run(["sh", "-e"], input=removal, env=world.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    assert not demo.exists()
    try:
        until(lambda: not world._of_this_world(), what="nothing of it runs any longer")
    except AssertionError as error:
        told = [Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ") for pid in world._of_this_world()]
        raise AssertionError(f"{told}") from error


def test_a_demo_that_deviates_says_how_and_fails(world: World) -> None:
    """Here no payment can be counted, so that the replay's check fails."""
    tools = world.base / "tools"
    tools.mkdir()
    (tools / "sort").write_text("#!/bin/sh\n")
    (tools / "sort").chmod(0o755)
    env = {"PATH": f"{tools}:{world.env['PATH']}"}
    said = world.run("demo", "--json", str(world.base / "demo"), code=1, env=env)
    told = json.loads(said.stdout)
    assert told["dir"] == str(world.base / "demo")
    assert {row["id"]: row["state"] for row in told["sessions"]} == {**PLANNED, "5": "failed"}
    assert told["deviations"] == [
        "session 5 (replay) is failed, not done: exit 0, but its check failed with exit 1",
    ]
    assert "not as planned: session 5 (replay) is failed" in said.stderr


def test_an_interrupted_demo_says_where_it_lies(world: World) -> None:
    """Ctrl-C leaves with 130; the sessions go on."""
    demo = world.base / "demo"
    process = world.start("demo", str(demo))
    until(lambda: states(demo).get("5") == "running")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "the sessions go on" in said
    assert f"rm -r {demo}\n" in said
    assert "Traceback" not in said
    assert states(demo)["5"] == "running"


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
