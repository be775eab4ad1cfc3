"""The life of a router: take the lock, take the keys, serve, go when nobody may need it."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import sys
import time
import traceback
from functools import partial
from typing import TYPE_CHECKING, Final

from scope.errors import ScopeError
from scope.models import address, tokens
from scope.models.books import Books
from scope.models.faults import Fault
from scope.models.keys import Keys
from scope.models.ledger import Ledger
from scope.models.log import Log
from scope.models.replies import Replies
from scope.models.settings import Settings
from scope.models.standing import Standings
from scope.store import atomic, layout, locks, roots, rundir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from scope.models.server import Server
    from scope.store.locks import Lock

_SETTLE_S: Final = 0.2
_BACKLOG: Final = 512
_SYNC_S: Final = 0.2
_LOOK_S: Final = 1.0
_SCAN_S: Final = 30.0
_GRACE_S: Final = 2.0
_PR_SET_DUMPABLE: Final = 4


def live(root: str) -> int:
    """Be the router of a root, unless there is one; return an exit code."""
    os.umask(0o077)
    _close_to_others()
    log = Log(root, hidden=str)
    try:
        roots.refuse_untrusted(root)
        roots.check_format(root)
        atomic.directory(layout.run(root))
        lock = locks.take(rundir.router_lock(root), within_s=_SETTLE_S)
        if lock is None:
            return 0
        with lock:
            os.ftruncate(lock.descriptor, 0)
            os.write(lock.descriptor, f"{os.getpid()}\n".encode())
            keys = Keys(_handed())
            log = Log(root, keys.hidden)
            log.say(f"router {os.getpid()} begins")
            asyncio.run(_Router(root, keys, log, lock).run())
            log.say(f"router {os.getpid()} ends")
    except ScopeError as error:
        log.say(f"router {os.getpid()} gives up: {error}")
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    except Exception:  # noqa: BLE001 - the last words of a process that nobody looks at
        log.say(f"router {os.getpid()} failed:\n{traceback.format_exc()}")
        return 1
    return 0


def _close_to_others() -> None:
    """Let nobody of the same user read this process's memory, by a debugger or by a core file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _handed() -> Mapping[str, str]:
    """Return the keys that whoever started this router hands over on stdin; a terminal hands over none."""
    try:
        if os.isatty(0):
            return {}
        with open(0, "rb", closefd=False) as stream:
            raw = stream.read()
    except OSError:
        return {}
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    try:
        said = json.loads(raw or b"{}").get("keys", {})
        return {str(name): str(value) for name, value in said.items()}
    except (ValueError, AttributeError):
        return {}


class _Router:
    """One router while it lives."""

    def __init__(self, root: str, keys: Keys, log: Log, lock: Lock) -> None:
        self._root = root
        self._log = log
        self._lock = lock
        self._settings = Settings(root, log)
        self._standings = Standings(root)
        self._replies = Replies(root)
        self._books = Books(Ledger(root), self._replies)
        self._keys = keys
        self._leaving = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._path = ""

    async def run(self) -> None:
        """Serve until there is a reason to leave."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leaving.set)
        before = address.said(self._root)
        # Bound before litellm is loaded: who comes meanwhile waits in line.
        self._path = address.place(self._root, str(before.get("socket", "")))
        listener = address.listen(self._path, _BACKLOG)
        self._say_where()
        server = self._server()
        from aiohttp import web  # noqa: PLC0415 - after the lock, for it takes a while

        self._log.takes_warnings()
        self._runner = web.AppRunner(
            server.application(), access_log=None, shutdown_timeout=_GRACE_S / 2
        )  # it waits twice
        await self._runner.setup()
        await web.SockSite(self._runner, listener, backlog=_BACKLOG).start()
        port = before.get("port")
        if isinstance(port, int) and port:
            with contextlib.suppress(OSError):
                await self._open(port)
        self._say_where()
        try:
            await self._watch(server)
        finally:
            if self._is_ours():
                atomic.remove(self._path)
            await self._runner.cleanup()
            self._books.sync()

    def _server(self) -> Server:
        from scope.models.broker import Broker  # noqa: PLC0415 - as above
        from scope.models.gateway import Gateway  # noqa: PLC0415
        from scope.models.server import Server  # noqa: PLC0415

        settings = self._settings.now()
        with contextlib.suppress(ScopeError):
            self._books.begin(settings.models.roster)  # each call tries again, and says why not
            self._replies.forget_ended()
        gateway = Gateway()
        gateway.configure(settings.models.roster)
        broker = Broker(gateway, self._keys, self._books, self._replies, self._log)
        return Server(
            self._root, broker, gateway, self._standings, self._settings, self._replies, self._keys, self._log,
            self._port_for_tools, self._say_where,
        )  # fmt: skip

    async def _watch(self, server: Server) -> None:
        """Return when it is time to leave: asked to, nobody needs it, or the root or the lock is gone."""
        loop = asyncio.get_running_loop()
        scanned = looked = time.monotonic()
        while not self._leaving.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), _SYNC_S)
            await loop.run_in_executor(None, self._books.sync)
            now = time.monotonic()
            if now - looked < _LOOK_S:
                continue
            looked = now
            if not self._is_ours():
                self._log.say("the root, or the file of the lock, is gone")
                return
            idle_s = self._settings.now().models.idle
            is_idle = not server.under_way and now - server.last_request >= idle_s
            if is_idle and now - scanned >= min(_SCAN_S, idle_s):
                scanned = now
                if not self._standings.is_wanted():
                    return

    def _is_ours(self) -> bool:
        return os.path.isdir(self._root) and self._lock.is_in_place()

    async def _port_for_tools(self) -> int:
        if not self._port:
            wanted = self._settings.now().models.port
            try:
                await self._open(wanted)
            except OSError as error:
                raise Fault(503, "port", f"cannot listen on port {wanted}: {error.strerror}") from error
            self._say_where()
        return self._port

    async def _open(self, port: int) -> None:
        from aiohttp import web  # noqa: PLC0415 - loaded by now

        assert self._runner is not None
        listener = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
        await web.SockSite(self._runner, listener).start()
        self._port = listener.getsockname()[1]

    def _say_where(self) -> None:
        address.say(self._root, self._path, self._port, self._keys.marks(partial(tokens.mark, self._root)))
