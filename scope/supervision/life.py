"""The life of a watcher: take the lock, supervise, go."""

from __future__ import annotations

import contextlib
import os
import traceback

from scope.errors import Environment, ScopeError
from scope.sessions.processes import daemon
from scope.store import layout, locks, roots, rundir
from scope.supervision.wards.log import Log
from scope.supervision.watcher import Watcher

_SETTLE_S = 0.2
_TICK_NS = 10_000_000  # the time of a file may be of the tick before; whoever starts one removes an older stop first


def live(root: str, *, once: bool = False, in_foreground: bool = False, started_ns: int | None = None) -> int:
    """Be the watcher of a root, unless there is one; return an exit code.

    `started_ns` is when somebody started this process: if the watcher was stopped since, that was meant for it, too.

    The lock is tried for a moment: those who only look at it hold it for an instant. When somebody
    removes its file, another may hold a new one: this watcher goes, and sees to it that there is one.
    """
    log = Log(root, also_on_stderr=in_foreground)
    os.umask(0o077)
    try:
        if _was_stopped_since(root, started_ns):
            return 0
        if not _supervise(root, log, once=once, in_foreground=in_foreground, started_ns=started_ns):
            log.say(f"watcher {os.getpid()} leaves: somebody removed the file of its lock")
            daemon.ensure(root)
    except ScopeError as error:
        if in_foreground or once:
            raise
        log.say(f"watcher {os.getpid()} gives up: {error}")
        return error.exit_code
    except Exception:  # noqa: BLE001 - the last words of a process that nobody looks at
        log.say(f"watcher {os.getpid()} failed:\n{traceback.format_exc()}")
        return 1
    return 0


def _was_stopped_since(root: str, started_ns: int | None) -> bool:
    try:
        return started_ns is not None and os.stat(rundir.watcher_stop(root)).st_mtime_ns + _TICK_NS > started_ns
    except OSError:
        return False


def _supervise(root: str, log: Log, *, once: bool, in_foreground: bool, started_ns: int | None) -> bool:
    """Supervise with the lock in hand, if it can be had; return False when it was taken away."""
    roots.refuse_untrusted(root)
    roots.check_format(root)
    with contextlib.suppress(OSError):
        os.mkdir(layout.run(root), 0o700)  # whatever is in it can be made again
    lock = locks.take(rundir.watcher_lock(root), within_s=_SETTLE_S)
    if lock is None:
        if in_foreground or once:
            raise Environment("there is a watcher already for", root, hint="scope watch stop, or: scope watch status")
        return True
    with lock:
        os.ftruncate(lock.descriptor, 0)
        os.write(lock.descriptor, f"{os.getpid()}\n".encode())
        if _was_stopped_since(root, started_ns):  # after its pid is there: who stops it now finds it, or was heard here
            return True
        watcher = Watcher(root, log)
        watcher.senses.listen_for_signals()
        log.say(f"watcher {os.getpid()} begins")
        try:
            if not watcher.run(once=once, is_ours=lock.is_in_place):
                return False
        finally:
            watcher.hooks.close()
            watcher.runner.hang_up()
        log.say(f"watcher {os.getpid()} ends")
    return True
