"""The daemons of a root: the watcher, the router, the tmux server and its socket, and who holds locks."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from scope.cli.checks.finding import Finding
from scope.errors import TmuxMissing, TmuxUnreachable
from scope.models import starting
from scope.sessions.processes import daemon, holder
from scope.store import locks, rundir
from scope.tmux import processes
from scope.tmux.address import default_socket, server_name
from scope.tmux.server import Refused, Server

if TYPE_CHECKING:
    from scope.tmux.server import Identity

_LONGEST_SOCKET: Final = 103  # of macOS; Linux takes four more
_HELD_FOR_S: Final = 1.0  # what takes longer is not at work


def watcher(root: str | None) -> list[Finding]:
    """Say whether the watcher lives."""
    if root is not None and not daemon.is_alive(root) and daemon.is_stopped(root):
        says = "it was stopped by hand, then the machine was restarted: nothing goes on by itself"
        return [Finding("watcher", False, says, "scope recover --dry-run, then: scope recover")]
    if root is None or not daemon.is_alive(root):
        return [Finding("watcher", True, "none lives; the next command that needs one starts it")]
    return [_living("watcher", rundir.watcher_lock(root))]


def router(root: str | None) -> list[Finding]:
    """Say whether the router lives."""
    if root is None or not starting.is_alive(root):
        return [Finding("router", True, "none lives; work that needs one starts it")]
    return [_living("router", rundir.router_lock(root))]


def _living(name: str, lock: str) -> Finding:
    pid = holder.pid(lock)
    holding = [process.pid for process in processes.holders(lock)]
    if not holding or pid in holding:
        return Finding(name, True, f"it lives, pid {pid or 'unknown'}")
    others = ", ".join(map(str, holding))
    says = f"its lock is held by another process ({others}), so none can live: nothing is done"
    return Finding(name, False, says, f"end that one, then any command starts the {name}: kill {holding[0]}", True)


def socket(root: str | None) -> list[Finding]:
    """Say whether the tmux server can be reached, or would be, once there is one."""
    if root is None:
        return []
    server = Server(root)
    identity = server.identity
    if identity is None or not server.is_running():
        return [_future(root)]
    try:
        server.run("display-message", "-p", "")
    except TmuxMissing:
        return []  # which is said already
    except (TmuxUnreachable, Refused) as error:
        return [_unreachable(server, identity, str(error))]
    return [Finding("tmux server", True, f"it lives, pid {identity.pid}, socket {identity.socket}", is_needed=True)]


def _future(root: str) -> Finding:
    path = default_socket(server_name(root))
    length = len(os.fsencode(path))
    if length > _LONGEST_SOCKET:
        says = f"the path of its socket would be {length} bytes long, which is too much: {path}"
        return Finding("tmux server", False, says, "export TMUX_TMPDIR=/tmp", True)
    return Finding("tmux server", True, f"none lives; the watcher starts one when there is work; its socket: {path}")


def _unreachable(server: Server, identity: Identity, why: str) -> Finding:
    if os.path.exists(identity.socket):
        says = f"pid {identity.pid} lives and does not answer: {why}"
        return Finding("tmux server", False, says, f"look at it: ps -fp {identity.pid}", True)

    def mend() -> str:
        server.bring_back(identity)
        return f"the tmux server, pid {identity.pid}, has its socket again: {identity.socket}"

    says = f"pid {identity.pid} lives, and its socket is gone: {identity.socket}"
    return Finding("tmux server", False, says, f"scope doctor --fix, or: kill -USR1 {identity.pid}", True, mend)


def held(root: str | None) -> list[Finding]:
    """Look for locks that somebody holds much longer than it takes to do what they are for."""
    if root is None:
        return []
    kept = [path for path in (rundir.names_lock(root), rundir.escalations_lock(root)) if locks.is_held(path)]
    deadline = time.monotonic() + _HELD_FOR_S
    while kept and time.monotonic() < deadline:
        time.sleep(_HELD_FOR_S / 20)
        kept = [path for path in kept if locks.is_held(path)]
    if not kept:
        return [Finding("locks", True, "nobody holds one for long")]
    return [_held(path) for path in kept]


def _held(path: str) -> Finding:
    holding = ",".join(str(process.pid) for process in processes.holders(path))
    says = f"{path} is held for long, by {holding or 'a process that hides itself'}: others wait for it"
    return Finding("locks", False, says, f"look at it: ps -fp {holding}" if holding else f"lsof {path}", True)
