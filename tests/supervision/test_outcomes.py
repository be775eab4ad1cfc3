"""How attempts end, and what the watcher makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World


def test_without_a_check_success_is_not_verified(world: World) -> None:
    """An exit 0 alone is `done`, and says that nobody verified it."""
    [said] = json.loads(world.wait("--json", world.sh("echo fine")))
    assert (said["state"], said["verified"], said["exit"], said["result"]) == ("done", False, 0, "fine\n")


def test_a_check_that_passes_verifies(world: World) -> None:
    """The check runs where the work ran, in its environment, and is kept."""
    session = world.spawn("--check", 'test "$A" = 1 && cat made', "--env", "A=1", "--", "sh", "-c", "echo made > made")
    [said] = json.loads(world.wait("--json", session))
    assert (said["state"], said["verified"]) == ("done", True)
    assert (world.attempt(session) / "check").read_text() == "made\nexit 0\n"


def test_a_check_that_fails_fails_the_session_whatever_the_command_says(world: World) -> None:
    """Exit 0 of the command is not enough; the exit code is then the check's."""
    session = world.spawn("--check", "echo nope; exit 4", "--", "true")
    assert world.wait(session, code=1) == "nope\n"
    assert world.run("poll", session, code=0).stdout == "1 failed exit 0, but its check failed with exit 4\n"
    assert (world.attempt(session) / "exit").read_text().split() == ["4"]


def test_a_command_that_fails_is_not_checked(world: World) -> None:
    """The check is for work that says that it succeeded."""
    session = world.spawn("--check", "true", "--", "false")
    world.wait(session, code=1)
    assert not (world.attempt(session) / "check").exists()


def test_retries_bound_the_attempts_and_each_is_kept(world: World) -> None:
    """Two retries are three attempts, with three logs."""
    session = world.sh('echo "try $(ls $SCOPE_DIR/sessions/1/attempts | wc -l)"; exit 9', "--retries", "2")
    world.wait(session, code=1)
    logs = [world.run("logs", session, "--attempt", str(n), code=0).stdout for n in (1, 2, 3)]
    assert logs == ["try 1\n", "try 2\n", "try 3\n"]
    assert not world.attempt(session, 4).exists()
    assert world.moves(session) == ["start", *["recover", "stop", "again", "start"] * 2, "fail"]


def test_a_retry_that_succeeds_is_done(world: World) -> None:
    """What fails once and then works is done, at its second attempt."""
    session = world.sh("test -e flag || { touch flag; exit 1; }", "--retries", "3")
    [said] = json.loads(world.wait("--json", session))
    assert (said["state"], said["attempt"]) == ("done", 2)


@pytest.mark.parametrize(("command", "code"), [("no-such-program", 127), ("/", 126), ("./not-executable", 126)])
def test_a_command_that_cannot_be_run_fails_with_the_shells_code(world: World, command: str, code: int) -> None:
    """126 and 127, as every shell says, with the reason in the log."""
    (world.project / "not-executable").write_text("")
    session = world.spawn("--", command)
    world.wait("--propagate", session, code=code)
    assert world.run("logs", session, code=0).stdout.strip()


def test_a_signal_is_128_and_its_number(world: World) -> None:
    """A command killed by signal n has exit code 128+n, and that is a failure of its own, not a lost attempt."""
    session = world.sh("kill -KILL $$")
    world.wait("--propagate", session, code=137)
    assert world.decisions(session)[-1]["kind"] == "exit"


def test_a_timeout_ends_the_whole_tree_and_fails_the_attempt(quick: World) -> None:
    """Wall clock: the attempt is ended with everything that it started."""
    session = quick.sh("sleep 300 & setsid sleep 301 & sleep 302", "--timeout", "300ms")
    quick.wait(session, code=1)
    assert quick.decisions(session)[-1]["kind"] == "timeout"
    assert quick.marked() == []


def test_an_idle_timeout_spares_what_prints_and_ends_what_is_silent(quick: World) -> None:
    """Output is the sign of life; silence is measured from the last byte."""
    # Begun before and let go after the silent one: it works for longer than it may be silent.
    chatty = quick.sh("while [ ! -e go ]; do echo on; sleep 0.1; done", "--idle-timeout", "2s")
    quick.until_started(chatty)
    silent = quick.sh("echo start; sleep 60", "--idle-timeout", "2s")
    quick.wait(silent, code=1)
    assert quick.decisions(silent)[-1]["kind"] == "timeout"
    (quick.project / "go").touch()
    quick.wait(chatty)


def test_what_a_session_leaves_running_holds_its_lock_and_nothing_else(quick: World) -> None:
    """A daemon that outlives a successful command does not keep the session from being done; a retry ends it."""
    # Detached before its parent ends: until then a hangup of the terminal would reach it.
    detach = "rm -f up; setsid sh -c 'touch up; exec sleep 300' >/dev/null 2>&1 &"
    session = quick.sh(f"{detach} while [ ! -e up ]; do sleep 0.01; done; exit 3", "--retries", "1")
    quick.wait(session, code=1)
    assert len(quick.marked("/1/1")) == 0  # ended before the second attempt began
    until(lambda: len(quick.marked("/1/2")) == 1)


def test_every_byte_is_in_the_log_before_the_result_is_given(world: World) -> None:
    """However much is printed in the last moment, all of it is there when `wait` returns."""
    for _ in range(5):
        session = world.spawn(
            "--", "python3", "-c", "import sys; sys.stdout.write('x' * 999 + '\\n'); print('y' * 2_000_000)"
        )
        world.wait(session)
        raw = (world.attempt(session) / "output.log").read_bytes()
        assert raw.startswith(b"x" * 999 + b"\r\n")
        assert raw.count(b"y") == 2_000_000


def test_a_long_result_says_where_the_rest_is(world: World) -> None:
    """The result is the end of the output; nothing is left out in silence."""
    session = world.sh("seq 1 5000")
    lines = world.wait(session).splitlines()
    assert lines[0] == f"[the last 200 lines; all of it: scope logs {session}]"
    assert lines[1:] == [str(n) for n in range(4801, 5001)]
    assert world.run("logs", session, code=0).stdout.splitlines() == [str(n) for n in range(1, 5001)]


def test_colours_stay_in_the_log_and_not_in_the_result(world: World) -> None:
    """Results are plain text; progress bars show their last state."""
    session = world.sh(r"printf '\033[31mred\033[0m\n10%%\r50%%\r100%%\n'")
    assert world.wait(session) == "red\n100%\n"
    assert "\x1b[31mred" in world.run("logs", "--raw", session, code=0).stdout
    assert "scope exit" not in world.run("logs", "--raw", session, code=0).stdout


def test_the_last_lines_are_in_the_log_when_tmux_is_slower_than_the_command(world: World) -> None:
    """The wrapper stays until all that was printed is through: a terminal that closes drops what is on its way."""
    script = 'i=0; while [ "$i" -lt 1500 ]; do i=$((i + 1)); echo "line $i of the many that are printed"; done'
    sessions = [world.sh(script) for _ in range(24)]
    world.wait(*sessions)
    for session in sessions:
        assert "line 1500 of" in (world.attempt(session) / "output.log").read_text(errors="replace")


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_it_works_in_any_locale(locale: str, world: World) -> None:
    """Under cron and in bare containers there is no UTF-8 to be had; bytes are bytes all the same."""
    world.env["LC_ALL"] = locale
    assert world.wait(world.spawn("--", "printf", "gr\\303\\274n\\n")) == "grün\n"
