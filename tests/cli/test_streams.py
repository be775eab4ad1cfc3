"""Standard streams as they should not be: closed, full, or of few letters; and numbers of thousands of digits."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World


def shell(world: World, line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a shell line in the world; no traceback may come out of it."""
    done = subprocess.run(
        ["sh", "-c", line], cwd=world.project, env={**world.env, **env}, capture_output=True, text=True,
        errors="surrogateescape", timeout=30, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_closed_streams_are_like_dev_null(world: World) -> None:
    """A daemon or cron may close them: the work is done and the exit code is right, with nobody to read."""
    world.wait(world.sh("echo one"))
    for words in ("poll 1", "ls", "wait 1", "logs 1", "events", "explain 1", "--help", "spawn -- true", "init"):
        assert shell(world, f"scope {words} >&-").returncode == 0, words
    assert shell(world, "scope poll 99 2>&-").returncode == 4
    assert shell(world, "scope spawn - <&-").returncode == 2
    assert shell(world, "scope spawn - <&- >&- 2>&-").returncode == 2
    assert world.wait("2") == ""


def test_who_started_us_may_want_to_hear_of_no_child(world: World) -> None:
    """With SIGCHLD ignored nobody's child can be waited for: neither ours nor those of the watcher that starts here."""
    world.run("init", code=0)
    hooks = world.root / "hooks"
    hooks.mkdir(mode=0o700)
    (hooks / "done").write_text("#!/bin/sh\nexit 3\n")
    (hooks / "done").chmod(0o700)
    ignoring = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execvp('scope', sys.argv)"
    done = shell(world, f'{sys.executable} -c "{ignoring}" spawn --wait -- echo heard')
    assert (done.returncode, done.stdout) == (0, "heard\n"), done.stderr
    until(lambda: "exit 3" in world.log())
    assert world.log().count("begins") == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8:strict"])
def test_a_terminal_of_few_letters_shows_what_it_can(world: World, encoding: str) -> None:
    """Whatever was printed and however files are called, there is an answer."""
    session = world.sh("printf 'caf\\303\\251 \\342\\206\\222 \\377\\n'; exit 1")
    world.wait(session, code=1)
    for words in (
        f"wait {session}",
        f"poll {session}",
        "ls",
        f"explain {session}",
        "--help",
        "spawn --help",
        "nonsense→",
    ):
        assert shell(world, f"scope {words}", PYTHONIOENCODING=encoding).returncode in (0, 1, 2)
    odd = shell(
        world, "d=$(printf 'd\\377'); mkdir -p $d; SCOPE_DIR=$PWD/$d/.scope scope init", PYTHONIOENCODING=encoding
    )
    assert odd.returncode == 0


def test_no_terminal_is_as_wide_as_that(world: World) -> None:
    """What cannot be a width is no width."""
    for columns in ("9" * 20, "100000000", "-5", "wide", "0"):
        said = shell(world, "scope spawn --help", COLUMNS=columns)
        assert (said.returncode, said.stderr) == (0, "")
        assert len(said.stdout) < 100_000


def test_numbers_of_thousands_of_digits_are_refused(world: World) -> None:
    """Python would not turn them into a number."""
    world.wait(world.sh("echo one"))
    long = "9" * 5000
    for words in (("events", "--since", long), ("logs", "-n", long, "1"), ("logs", "--attempt", long, "1")):
        assert "hint:" in world.run(*words, code=2).stderr
    assert "--number takes 1 to 1" in world.run("wait", "-n", long, "1", code=2).stderr


def test_a_working_directory_that_is_gone_is_named(world: World) -> None:
    """The error says what is wrong, not that something is."""
    world.wait(world.sh("echo one"))
    env = {"SCOPE_DIR": str(world.root)}
    for words in ("spawn -- true", "spawn --cwd . -- true"):
        said = shell(world, f"mkdir d && cd d && rmdir ../d && scope {words}", **env)
        assert said.returncode == 5
        assert "the working directory is gone" in said.stderr
    assert shell(world, "mkdir d && cd d && rmdir ../d && scope spawn --cwd / -- true", **env).returncode == 0


def test_a_full_output_is_named(world: World) -> None:
    """No empty quotes in the error."""
    world.wait(world.sh("echo one"))
    said = shell(world, "scope poll 1 >/dev/full")
    assert said.returncode == 5
    assert said.stderr.startswith("error: cannot go on: No space left on device\n")
