"""A private world for one test: its own HOME, project, tmux sockets, and the real `scope` in it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SCOPE = str(Path(sys.executable).parent / "scope")
PATIENCE_S = 30.0


def until(predicate: Callable[[], Any], within: float = PATIENCE_S, what: str = "") -> Any:
    """Wait for a predicate to become true and return what it gave; fail the test when it does not."""
    deadline = time.monotonic() + within
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within} s: {what or predicate}")
        time.sleep(0.005)


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def _is_said(path: Path) -> bool:
    """Tell whether a file has content, or something else was put in its place."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return status.st_size > 0 or not stat.S_ISREG(status.st_mode)


class World:
    """One isolated machine: nothing in it sees, or is seen by, another test or the developer."""

    def __init__(self) -> None:
        # Short, for a socket's path must fit into 107 bytes.
        self.base = Path(tempfile.mkdtemp(prefix="sw", dir="/tmp"))
        self.home = self.base / "home"
        self.project = self.base / "project"
        for place in (self.home, self.project, self.base / "t"):
            place.mkdir(mode=0o700)
        self.env = {
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "TMUX_TMPDIR": str(self.base / "t"),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        }

    @property
    def root(self) -> Path:
        """The `.scope` directory."""
        return self.project / ".scope"

    def session(self, session: str) -> Path:
        """The directory of a session."""
        return self.root / "sessions" / session

    def attempt(self, session: str, number: int = 1) -> Path:
        """The directory of an attempt."""
        return self.session(session) / "attempts" / str(number)

    def run(
        self,
        *words: str,
        code: int | None = None,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        text: str | None = None,
        within: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run `scope WORDS`; with `code`, fail the test unless it exits with that."""
        try:
            done = subprocess.run(
                [SCOPE, *words],
                cwd=cwd or self.project,
                env={**self.env, **(env or {})},
                input=text,
                stdin=subprocess.DEVNULL if text is None else None,
                capture_output=True,
                text=True,
                errors="surrogateescape",
                timeout=within,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            decided = [path.read_text()[-2000:] for path in sorted(self.root.glob("sessions/*/decisions.jsonl"))[-4:]]
            error.add_note("\n".join((self.log()[-3000:], *decided)))
            raise
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr, self.log())
        return done

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        """Start `scope WORDS` and return the process."""
        return subprocess.Popen(
            [SCOPE, *words],
            cwd=more.pop("cwd", self.project),
            env={**self.env, **more.pop("env", {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def spawn(self, *words: str, **more: Any) -> str:
        """Spawn a session and return its id."""
        return self.run("spawn", *words, code=0, **more).stdout.strip()

    def sh(self, script: str, *options: str) -> str:
        """Spawn a shell script as a session."""
        return self.spawn(*options, "--", "sh", "-c", script)

    def wait(self, *words: str, code: int | None = 0, within: float = 60.0) -> str:
        """Wait for sessions and return what is printed."""
        return self.run("wait", *words, code=code, within=within).stdout

    def state(self, session: str) -> str:
        """What the state file says; pending where there is none."""
        try:
            return (self.session(session) / "state").read_text().strip() or "pending"
        except FileNotFoundError:
            return "pending"

    def until_state(self, session: str, *states: str, within: float = PATIENCE_S) -> str:
        """Wait until a session is in one of these states."""
        until(lambda: self.state(session) in states, within, f"{session} is {self.state(session)}: {self.log()}")
        return self.state(session)

    def until_spawned(self, session: str) -> None:
        """Wait until a session is there: a directory of that name may be an id that is only just being taken."""
        until(lambda: (self.session(session) / "task.md").exists(), what=f"{session} spawned: {self.log()}")

    def until_started(self, session: str, number: int = 1) -> None:
        """Wait until an attempt has begun, and has said so; its session's state may follow an instant later."""
        started = self.attempt(session, number) / "started"
        until(lambda: _is_said(started), what=f"{session} begun: {self.log()}")

    def decisions(self, session: str) -> list[dict[str, Any]]:
        """Every line that the watcher committed for a session; not what it is just writing."""
        whole = (self.session(session) / "decisions.jsonl").read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def moves(self, session: str) -> list[str]:
        """The moves of a session, without what commits to nothing."""
        return [line["move"] for line in self.decisions(session) if line["move"] not in ("hold", "note")]

    def events(self) -> list[dict[str, Any]]:
        """Every event."""
        return json.loads(self.run("events", "--json", code=0).stdout)

    def configure(self, **settings: str) -> None:
        """Make the root with settings of its own."""
        self.run("init", code=0)
        self.configure_text("".join(f"{key}: {value}\n" for key, value in settings.items()))

    def configure_text(self, text: str) -> None:
        """Write `config.yaml` as it is given, at once: a watcher may be reading it."""
        self.run("init", code=0)
        aside = self.base / "config.yaml"
        aside.write_text(text)
        aside.replace(self.root / "config.yaml")

    def log(self) -> str:
        """What the watcher said."""
        with contextlib.suppress(OSError):
            return (self.root / "run" / "watcher.log").read_text()
        return ""

    def watcher_pid(self) -> int | None:
        """The pid of the living watcher."""
        said = self.run("watch", "status", "--json") if self.root.exists() else None
        return json.loads(said.stdout)["pid"] if said and said.stdout else None

    def kill_watcher(self) -> None:
        """Kill the watcher with -9."""
        pid = self.watcher_pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
            until(lambda: not is_alive(pid))

    def tmux(self, *words: str, check: bool = True) -> str:
        """Run a command on the root's own tmux server."""
        name = json.loads((self.root / "run" / "tmux").read_text())["name"]
        return subprocess.run(
            ["tmux", "-N", "-L", name, *words], env=self.env, capture_output=True, text=True, check=check
        ).stdout

    def tmux_pid(self) -> int:
        """The pid of the root's tmux server."""
        return int(json.loads((self.root / "run" / "tmux").read_text())["pid"])

    def marked(self, text: str = "") -> list[int]:
        """The living processes that carry a SCOPE_ATTEMPT of this world which contains `text`."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    raw = Path(f"/proc/{entry}/environ").read_bytes()
                    stat = Path(f"/proc/{entry}/stat").read_text().rpartition(") ")[2]
                    mark = f"SCOPE_ATTEMPT={self.base}".encode()
                    if mark in raw and text.encode() in raw[raw.index(mark) :].split(b"\0")[0] and stat[0] != "Z":
                        found.append(int(entry))
        return found

    def close(self) -> None:
        """End everything that this world started, by id, and remove it."""
        pids = self.marked()
        with contextlib.suppress(OSError, ValueError, KeyError, subprocess.TimeoutExpired):
            pids.append(self.watcher_pid() or 0)
        with contextlib.suppress(OSError, ValueError, KeyError):
            pids.append(self.tmux_pid())
        for pid in pids + self._of_this_world():
            if pid:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.base, ignore_errors=True)

    def _of_this_world(self) -> list[int]:
        """Watchers and tmux servers of this world, also those whose root is gone: they carry its TMUX_TMPDIR."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid():
                with contextlib.suppress(OSError):
                    if f"TMUX_TMPDIR={self.base}/".encode() in Path(f"/proc/{entry}/environ").read_bytes():
                        found.append(int(entry))
        return found
