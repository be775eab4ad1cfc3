"""Making sure that a watcher lives: probe its lock, and start one where the lock is free."""

from __future__ import annotations

import os
import sys
import time

from scope.errors import TmuxMissing
from scope.store import layout, locks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

# What the watcher, and by it a session made by hand, is given; nothing else of the caller's.
KEPT: Final = (
    "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "PYTHONPATH", "SCOPE_HOME", "SCOPE_NO_INOTIFY",
    "SHELL", "TMPDIR", "TMUX_TMPDIR", "TZ", "USER", "XDG_RUNTIME_DIR",
)  # fmt: skip
MODULE: Final = "scope.supervision"


def is_alive(root: str) -> bool:
    """Tell whether a watcher lives: alive is a held lock."""
    return locks.is_held(layout.watcher_lock(root))


def ensure(root: str) -> bool:
    """Start a watcher for the root unless one lives; tell whether this call started one.

    The root must be trusted. Raises TmuxMissing. Two that start at once are settled by the lock.
    """
    if is_alive(root) or os.environ.get("SCOPE_SANDBOX"):
        return False
    require_tmux()
    _start(root)
    return True


def require_tmux() -> None:
    """Raise TmuxMissing where no tmux is on the path."""
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if os.access(os.path.join(directory, "tmux"), os.X_OK):
            return
    raise TmuxMissing("cannot find tmux", hint="install it (apt-get install tmux, brew install tmux), then try again")


def _start(root: str) -> None:
    """Start the watcher by a double fork: no child of this session, no descriptor and no lock of it."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    argv = [sys.executable, "-P", "-m", MODULE, root, str(time.time_ns())]
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.chdir("/")
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        _keep_last_words(root)
        os.closerange(3, _highest_descriptor() + 1)
        os.execve(argv[0], argv, kept)
    finally:
        os._exit(127)


def _keep_last_words(root: str) -> None:
    """Let what a watcher says that cannot even begin go to its log."""
    try:
        os.dup2(os.open(layout.watcher_log(root), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    except OSError:
        return


def _highest_descriptor() -> int:
    try:
        return max(map(int, os.listdir("/dev/fd")))
    except (OSError, ValueError):
        return 4096
