"""What is launched to outlive a command: nothing of the command goes along but what it is given."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scope.sessions.processes import daemon
from tests.driver import is_alive, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Launch = Callable[..., dict[str, Any]]

PLACE = str(Path(__file__).parents[2])


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Launch a parrot, and return what it wrote down; afterwards it is ended."""
    pids: list[int] = []

    def launched(told: bytes = b"", **environment: str) -> dict[str, Any]:
        file = tmp_path / f"said-{len(pids)}"
        words = ["tests.sessions.parrot", str(file)]
        daemon.launch(words, {"PYTHONPATH": PLACE, **environment}, str(tmp_path / "log"), told)
        until(file.exists)
        said = json.loads(file.read_text())
        pids.append(said["pid"])
        assert isinstance(said, dict)
        return said

    yield launched
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not any(map(is_alive, pids)))


def test_a_daemon_gets_its_words_its_environment_and_what_it_is_told(launch: Launch, tmp_path: Path) -> None:
    """And nothing else: no variable, no descriptor, no working directory; its last words go to its log."""
    os.environ["SOME_API_KEY"] = "sk-hush"
    with open("/dev/null", "rb") as other:
        os.set_inheritable(other.fileno(), True)
        said = launch(b'{"keys": {}}\n', LANG="C.UTF-8")
    del os.environ["SOME_API_KEY"]
    assert said["told"] == '{"keys": {}}\n'
    assert "sk-hush" not in json.dumps(said)
    assert said["environment"].keys() - {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"} == {"PYTHONPATH", "LANG"}
    assert set(said["open"]) <= {0, 1, 2}
    assert said["directory"] == "/"
    assert said["session"] not in (os.getsid(0), said["pid"])  # no leader of one: it can get no terminal
    assert (tmp_path / "log").read_text() == "last words\n"
    assert Path(f"/proc/{said['pid']}/cmdline").read_bytes().count(b"keys") == 0


def test_a_daemon_that_is_told_nothing_reads_nothing(launch: Launch) -> None:
    """Its standard input is at its end, not the caller's."""
    assert launch()["told"] == ""


def test_as_much_as_a_pipe_holds_can_be_told(launch: Launch) -> None:
    """Before anybody reads: the command does not wait for the daemon."""
    told = b"x" * (1 << 16)
    assert launch(told)["told"] == told.decode()


def test_a_daemon_that_cannot_begin_holds_up_nobody(tmp_path: Path) -> None:
    """It reads nothing of what it is told, and its log says why."""
    daemon.launch(["no.such.module"], {}, str(tmp_path / "log"), b"told")
    until(lambda: (tmp_path / "log").exists() and "No module named" in (tmp_path / "log").read_text())
    daemon.launch(["no.such.module"], {}, "/nowhere/log", b"told")
