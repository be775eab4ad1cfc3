"""A root made by hand, a session in it, and the worker as the process that it is."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from typing import Any

from tests.driver import until
from tests.executors.relay import Relay
from tests.models.provider import Provider

TASK = "Make a file"
QUICK = """\
import sys
from scope.executors.model import patience, shell
patience.FIRST_PAUSE_S = 0.01
shell.GRACE_S = 0.3
from scope.executors.model.__main__ import main
sys.exit(main(sys.argv[1]))
"""
"""The same worker, whose pauses are a hundredth."""


class Workshop:
    """One session of one root, whose attempts are run one by one."""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="sx", dir="/tmp"))  # short: a socket's path must fit
        self.root = self.base / ".scope"
        self.session = self.root / "sessions" / "1"
        self.cwd = self.base / "work"
        self.root.mkdir(mode=0o700)
        (self.root / "run").mkdir(mode=0o700)
        self.cwd.mkdir()
        self.provider = Provider()
        self.relay = Relay(self.root, self.provider.url)
        self.started: list[subprocess.Popen[str]] = []

    def close(self) -> None:
        """End what was started, by its id, and remove all."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait(10)
            for stream in (process.stdout, process.stdin):
                if stream is not None:
                    stream.close()
        for pid in self.left_over():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.relay.close()
        self.provider.close()
        shutil.rmtree(self.base, ignore_errors=True)

    def attempt(self, number: int = 1) -> Path:
        """The directory of an attempt."""
        return self.session / "attempts" / str(number)

    def prepare(self, number: int = 1, task: str = TASK, **keys: Any) -> Path:
        """Write what the watcher would have."""
        directory = self.attempt(number)
        directory.mkdir(parents=True, exist_ok=True)
        head = "".join(f"{key}: {value}\n" for key, value in {"executor": "model", **keys}.items())
        (directory / "brief.md").write_text(f"---\n{head}---\n{task}\n")
        (directory / "token").write_text(f"scope-1-{number}-abc\n")
        (directory / "lock").touch()
        return directory

    def start(self, number: int = 1, *, program: str = QUICK, **more: Any) -> subprocess.Popen[str]:
        """Start the worker of an attempt."""
        directory = self.attempt(number)
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", program, str(directory)],
            cwd=self.cwd,
            env={**self.env(number), **more.pop("env", {})},
            text=True,
            errors="surrogateescape",
            **{**streams, **more},
        )
        self.started.append(process)
        return process

    def env(self, number: int = 1) -> dict[str, str]:
        """What the wrapper gives the worker."""
        return {
            "HOME": str(self.base),
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "SCOPE_ATTEMPT": f"{self.root}/1/{number}",
            "SCOPE_SESSION": "1",
            "SCOPE_BRIEF": str(self.attempt(number) / "brief.md"),
            "SCOPE_SANDBOX": "1",  # no watcher is started from here
        }

    def run(self, *turns: Any, task: str = TASK, number: int = 1, code: int = 0, **more: Any) -> str:
        """Run an attempt against these turns and return what stands in the pane; fail unless it exits with the code."""
        self.provider.script(task, *turns)
        if not (self.attempt(number) / "brief.md").exists():
            self.prepare(number, task)
        process = self.start(number, **more)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == code, (process.returncode, said, self.lines(number)[-3:])
        assert "Traceback" not in said, said
        return str(said)

    def lines(self, number: int = 1, *kinds: str) -> list[dict[str, Any]]:
        """The trajectory of an attempt, or its lines of some kinds."""
        try:
            text = (self.attempt(number) / "trajectory.jsonl").read_text()
        except FileNotFoundError:
            return []
        made = [json.loads(line) for line in text.split("\n")[:-1]]
        return [line for line in made if not kinds or line["kind"] in kinds]

    def observations(self, number: int = 1) -> list[str]:
        """What the model was told of its calls."""
        return [line["text"] for line in self.lines(number, "observation")]

    def result(self, number: int = 1) -> str:
        """What the model gave back."""
        return (self.attempt(number) / "result.md").read_text()

    def report(self, number: int = 1) -> dict[str, Any]:
        """Why the attempt failed."""
        return dict(json.loads((self.attempt(number) / "report.json").read_text()))

    def usage(self, number: int = 1) -> dict[str, Any]:
        """What it took."""
        return dict(json.loads((self.attempt(number) / "usage.json").read_text()))

    def activity(self) -> str:
        """What it says that it does."""
        try:
            return (self.session / "activity").read_text()
        except FileNotFoundError:
            return ""

    def send(self, text: str, name: str = "00000000000000000001.1.1", kind: str = "send") -> Path:
        """Put a message into the session's mailbox, whole: a worker may look at any time."""
        for part in ("tmp", "new", "cur"):
            (self.session / "inbox" / part).mkdir(parents=True, exist_ok=True)
        aside = self.session / "inbox" / "tmp" / name
        aside.write_text(f"---\nkind: {kind}\nfrom: person\n---\n{text}")
        return aside.rename(self.session / "inbox" / "new" / name)

    def until_in(self, words: str, path: str = "said") -> None:
        """Wait until a file in the working directory holds the words."""
        until(lambda: words in self.read(path), what=f"{words} in {path}")

    def read(self, path: str) -> str:
        """A file in the working directory; empty where there is none."""
        try:
            return (self.cwd / path).read_text()
        except FileNotFoundError:
            return ""

    def left_over(self) -> list[int]:
        """The processes that carry the mark of this session."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    raw = Path(f"/proc/{entry}/environ").read_bytes()
                    state = Path(f"/proc/{entry}/stat").read_text().rpartition(") ")[2][0]
                except OSError:
                    continue
                if f"SCOPE_ATTEMPT={self.root}/".encode() in raw and state != "Z":
                    found.append(int(entry))
        return found


class Terminal:
    """A worker at a terminal, whose keyboard and screen the test holds."""

    def __init__(self, shop: Workshop, *, program: str = QUICK, **env: str) -> None:
        self.master, slave = pty.openpty()
        self._screen = b""
        self.process = shop.start(
            program=program, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, preexec_fn=_take_terminal,
            env={"TERM": "xterm-256color", **env},
        )  # fmt: skip
        os.close(slave)
        os.set_blocking(self.master, False)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())

    @property
    def screen(self) -> str:
        """All that was shown so far."""
        try:
            while piece := os.read(self.master, 1 << 16):
                self._screen += piece
        except OSError:
            pass
        return self._screen.decode("utf-8", "replace")

    def wait(self) -> int:
        """Wait for the worker's end and return its exit code."""
        until(lambda: (self.screen, self.process.poll())[1] is not None)
        return int(self.process.returncode)

    def close(self) -> None:
        """Let go of the terminal."""
        os.close(self.master)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
