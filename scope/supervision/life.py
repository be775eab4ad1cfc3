"""The life of a watcher: take the lock, supervise, go."""

from __future__ import annotations

import os
import traceback

from scope.errors import ScopeError
from scope.store import layout, locks, roots
from scope.supervision.log import Log
from scope.supervision.watcher import Watcher

_SETTLE_S = 0.2


def live(root: str, *, once: bool = False, in_foreground: bool = False) -> int:
    """Be the watcher of a root, unless there is one; return an exit code.

    The lock is tried for a moment: those who only look at it hold it for an instant.
    """
    log = Log(root, also_on_stderr=in_foreground)
    os.umask(0o077)
    try:
        roots.refuse_untrusted(root)
        roots.check_format(root)
        lock = locks.take(layout.watcher_lock(root), within_s=_SETTLE_S)
        if lock is None:
            return 0
        with lock:
            os.ftruncate(lock.descriptor, 0)
            os.write(lock.descriptor, f"{os.getpid()}\n".encode())
            watcher = Watcher(root, log)
            watcher.senses.listen_for_signals()
            log.say(f"watcher {os.getpid()} begins")
            watcher.run(once=once)
            log.say(f"watcher {os.getpid()} ends")
    except ScopeError as error:
        log.say(f"watcher {os.getpid()} gives up: {error}")
        return error.exit_code
    except Exception:  # noqa: BLE001 - the last words of a process that nobody looks at
        log.say(f"watcher {os.getpid()} failed:\n{traceback.format_exc()}")
        return 1
    return 0
