"""What all commands have in common: exit codes, closed pipes, Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.terminal import on_terminal
from tests.driver import until

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World

ENDS: list[tuple[tuple[str, ...], int]] = [
    (("wait", "1"), 0),
    (("wait", "2.2"), 1),
    (("wait", "2.2.1"), 1),
    (("wait", "1", "2.2"), 1),
    (("wait", "--any", "2", "1"), 0),
    (("wait", "--propagate", "2.2"), 3),
    (("wait", "3"), 3),
    (("wait", "6"), 3),
    (("wait", "2.2", "3"), 3),
    (("wait", "2", "--timeout", "10ms"), 124),
    (("wait", "--bad"), 2),
    (("wait", "9"), 4),
    (("poll", "2.2", "2.2.1", "3"), 0),
    (("poll", "9"), 4),
    (("ls", "--state", "failed"), 0),
    (("ls", "--state", "lost"), 2),
    (("tree", "9"), 4),
    (("explain", "2.2"), 0),
    (("explain", "9"), 4),
    (("events",), 0),
    (("watch", "status"), 0),
    (("spawn", "--name", "7", "--", "true"), 2),
]


@pytest.mark.parametrize(("words", "code"), ENDS, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_the_exit_code_is_the_same_in_a_pipe_on_a_terminal_and_as_json(
    words: tuple[str, ...], code: int, states: World
) -> None:
    """Who reads the output does not change what happened; errors stay on standard error."""
    piped = states.run(*words)
    shown = on_terminal(states, *words)
    as_json = states.run(words[0], "--json", *words[1:])
    assert (piped.returncode, shown.returncode, as_json.returncode) == (code, code, code)
    assert piped.stderr == shown.stderr == as_json.stderr
    if code in (2, 4, 124):
        assert (piped.stdout, shown.stdout, as_json.stdout) == ("", "", "")


def test_spawn_waits_with_the_exit_codes_of_wait(world: World) -> None:
    """`spawn --wait` is spawn, then wait."""
    assert world.run("spawn", "--wait", "--", "echo", "hi", code=0).stdout == "hi\n"
    said = world.run("spawn", "--wait", "--", "sh", "-c", "echo no; exit 7", code=1)
    assert (said.stdout, said.stderr) == ("no\n", "session 2 failed: exit 7\n")


@pytest.mark.parametrize(
    "line",
    [
        "scope logs 1 | head -1",
        "scope logs --raw 1 | true",
        "scope ls | true",
        "scope ls --json | head -1",
        "scope tree | true",
        "scope poll '*' | head -1",
        "scope wait 1 | head -1",
        "scope events | true",
        "scope explain 1 | head -1",
        "scope --help | true",
        "scope spawn --help | head -1",
    ],
)
def test_a_reader_that_leaves_early_is_no_failure(line: str, states: World) -> None:
    """Success, and not a word on standard error, however much there was to say."""
    much = "".join(f"line {number}\n" for number in range(100_000))
    (states.attempt("1") / "output.log").write_text(much)
    with (states.session("1") / "result.md").open("a") as stream:
        stream.write(much)
    done = subprocess.run(
        ["bash", "-c", f"{line}; echo ${{PIPESTATUS[0]}}"],
        cwd=states.project,
        env=states.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"


def blocks(pid: int) -> bool:
    """Tell whether a process waits for notices of files, which `wait` and `-f` do when they block."""
    try:
        return any("inotify wd:" in path.read_text() for path in Path(f"/proc/{pid}/fdinfo").iterdir())
    except OSError:
        return False


@pytest.mark.parametrize("words", [("wait", "1"), ("wait", "*", "--json"), ("logs", "-f", "1"), ("events", "-f")])
def test_ctrl_c_leaves_the_sessions_running_and_says_so(words: tuple[str, ...], world: World) -> None:
    """Exit code 130, nothing on standard output, and no traceback."""
    session = world.spawn("--", "sleep", "60")
    world.until_state(session, "running")
    process = world.start(*words, preexec_fn=_default_interrupt)  # as a shell does for what is in the foreground
    until(lambda: blocks(process.pid))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "\ninterrupted; the sessions go on\n")
    assert out == "" or words[0] == "events"
    assert world.state(session) == "running"


def _default_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_full_disk_of_the_reader_is_an_error_in_words(states: World) -> None:
    """Writing to /dev/full is refused by the system: exit code 5, and no traceback."""
    for line in ("scope ls", "scope poll 1", "scope logs 1", "scope ls --json"):
        done = subprocess.run(
            ["sh", "-c", f"{line} > /dev/full"],
            cwd=states.project,
            env=states.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 5, (line, done)
        assert done.stderr.startswith("error: ")
        assert "Traceback" not in done.stderr


def test_words_that_are_no_utf_8_are_said_readably(still: Stillness) -> None:
    """What a session printed may be any bytes; a listing is text all the same."""
    still.add("1", "running")
    (still.world.attempt("1") / "output.log").write_bytes(b"caf\xe9 \x1b[31mred\x1b]0;title\x07\n")
    said = still.world.run("poll", "1", code=0).stdout
    assert said == "1 running caf\ufffd red\n"
    assert "caf\ufffd red" in still.world.run("ls", code=0, env={"LANG": "C"}).stdout
