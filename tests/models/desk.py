"""A root with a router of its own, the scripted provider behind it, and raw HTTP to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scope.models import tokens
from scope.store import layout
from tests.driver import until

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE_S = 60.0
KEY = "sk-secret-of-the-provider-0123456789"


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.raw)

    @property
    def text(self) -> str:
        """What the model said."""
        return str(self.json["choices"][0]["message"]["content"])

    @property
    def code(self) -> str:
        """The error's one word."""
        return str(self.json["error"]["code"])

    @property
    def chunks(self) -> list[Any]:
        """The events of a stream; [DONE] as a word."""
        events = [line.removeprefix("data: ") for line in self.raw.decode().split("\n\n") if line]
        return ["DONE" if event == "[DONE]" else json.loads(event) for event in events]


@dataclass
class Desk:
    """A private root in a private home; ends what it started."""

    base: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="sr", dir="/tmp")))
    routers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.base / "home"
        self.root = self.base / "p" / ".scope"
        for place in (self.home, self.root):
            place.mkdir(mode=0o700, parents=True)
        self.env = {
            "HOME": str(self.home),
            "SCOPE_HOME": str(self.home / ".scope"),
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.base),
        }
        script = "from scope.store import roots; roots.make()"
        subprocess.run([sys.executable, "-c", script], cwd=self.root.parent, env=self.env, check=True)

    def configure(self, text: str) -> None:
        """Write `config.yaml`."""
        (self.root / "config.yaml.new").write_text(text)
        (self.root / "config.yaml.new").rename(self.root / "config.yaml")

    def session(self, session: str = "1", attempt: int = 1, task: str = "", brief: str = "") -> str:
        """Make a session with an attempt by hand, and return its token."""
        directory = Path(layout.session(str(self.root), session))
        place = Path(layout.attempt(str(directory), attempt))
        place.mkdir(mode=0o700, parents=True)
        if not (directory / "task.md").exists():
            (directory / "task.md").write_text(f"---\nexecutor: model\n{task}---\nDo it.\n")
        (place / "brief.md").write_text(brief or "---\nexecutor: model\n---\nDo it.\n")
        return tokens.make(str(self.root), session, attempt)

    def start(
        self,
        keys: dict[str, str] | None = None,
        *,
        is_awaited: bool = True,
        program: Sequence[str] = ("-P", "-m", "scope.models"),
    ) -> subprocess.Popen[bytes]:
        """Start a router as `scope` does: keys through stdin."""
        argv = [sys.executable, *program, str(self.root)]
        with (self.base / "stderr").open("ab") as stderr:
            process = subprocess.Popen(
                argv, env=self.env, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr
            )
        self.routers.append(process)
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # one that leaves at once reads nothing
            process.stdin.write(json.dumps({"keys": keys or {"TEST_KEY": KEY}}).encode())
            process.stdin.close()
        if is_awaited:
            until(lambda: self.is_ready(process.pid) or process.poll() is not None, PATIENCE_S, "a router")
        return process

    def is_ready(self, pid: int) -> bool:
        """Tell whether that router answers."""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            return bool(self.get("/v1/health", within_s=5).json["pid"] == pid)
        return False

    @property
    def socket(self) -> str:
        """Where the router listens."""
        try:
            return str(json.loads((self.root / "run" / "router").read_text())["socket"])
        except (OSError, ValueError):
            return str(self.root / "run" / "router.socket")

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str = "",
        identity: str = "",
        within_s: float = PATIENCE_S,
    ) -> Said:
        """Make one request over the unix socket."""
        connection = _Connection(self.socket, within_s)
        headers = {"Connection": "close"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if identity:
            headers["X-Request-Id"] = identity
        try:
            connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
            answer = connection.getresponse()
            return Said(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, token: str = "", within_s: float = PATIENCE_S) -> Said:
        """GET."""
        return self.request("GET", path, token=token, within_s=within_s)

    def chat(self, token: str, words: str, identity: str = "", within_s: float = PATIENCE_S, **more: Any) -> Said:
        """Ask a model."""
        body = {"model": "default", "messages": [{"role": "user", "content": words}], **more}
        return self.request("POST", "/v1/chat/completions", body, token, identity, within_s)

    def ledger(self) -> list[dict[str, Any]]:
        """All lines of the ledger."""
        path = self.root / "ledger.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def log(self) -> str:
        """What the router said of itself."""
        path = self.root / "run" / "router.log"
        return path.read_text() if path.exists() else ""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a router with -9."""
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        """End every router of this desk and remove it."""
        for process in self.routers:
            if process.poll() is None:
                process.kill()
            process.wait()
        shutil.rmtree(self.base, ignore_errors=True)
