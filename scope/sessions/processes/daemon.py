"""Daemons of a root: making sure that a watcher lives, and starting what shall outlive this command."""

from __future__ import annotations

import os
import sys
import time

from scope.errors import Environment, TmuxMissing
from scope.store import atomic, locks, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Final

# What the watcher, and by it a session made by hand, is given; nothing else of the caller's.
KEPT: Final = (
    "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "PYTHONPATH", "SCOPE_HOME", "SCOPE_NO_INOTIFY",
    "SHELL", "TMPDIR", "TMUX_TMPDIR", "TZ", "USER", "XDG_RUNTIME_DIR",
)  # fmt: skip
MODULE: Final = "scope.supervision"
_BOOT: Final = "/proc/sys/kernel/random/boot_id"


def is_alive(root: str) -> bool:
    """Tell whether a watcher lives: alive is a held lock."""
    return locks.is_held(rundir.watcher_lock(root))


def boot_id() -> str:
    """Return what tells this boot from every other; empty where the system does not say."""
    return (atomic.read(_BOOT) or "").strip()


def stop_for_good(root: str) -> None:
    """Leave word that a person stopped the watcher: one that was started before does not begin.

    Within this boot the next command that needs a watcher starts one. After a reboot none does by itself.
    Raises StoreFault.
    """
    atomic.replace(rundir.watcher_stop(root), f"{boot_id()}\n")


def is_stopped(root: str) -> bool:
    """Tell whether a person stopped the watcher before the machine was restarted, and has not said a word since."""
    boot = (atomic.read(rundir.watcher_stop(root)) or "").strip()
    return bool(boot) and boot != boot_id()


def ensure(root: str, *, is_asked: bool = False) -> bool:
    """Start a watcher for the root unless one lives; tell whether this call started one.

    The root must be trusted. `is_asked`: a person wants the work to go on, also where they had stopped
    the watcher before a reboot; else that raises Environment. Raises TmuxMissing. Two that start at
    once are settled by the lock.
    """
    if is_alive(root) or os.environ.get("SCOPE_SANDBOX"):
        return False
    if not is_asked and is_stopped(root):
        why = "its watcher was stopped by hand, then the machine was restarted; what was asked for is kept"
        raise Environment("nothing goes on in", root, why, "scope recover --dry-run, then: scope recover")
    require_tmux()
    atomic.remove(rundir.watcher_stop(root))
    launch([MODULE, root, str(time.time_ns())], kept(), rundir.watcher_log(root))
    return True


def require_tmux() -> None:
    """Raise TmuxMissing where no tmux is on the path."""
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if os.access(os.path.join(directory, "tmux"), os.X_OK):
            return
    raise TmuxMissing("cannot find tmux", hint="install it (apt-get install tmux, brew install tmux), then try again")


def kept(more: Iterable[str] = ()) -> dict[str, str]:
    """Return what a daemon is given of this command's environment."""
    return {name: os.environ[name] for name in (*KEPT, *more) if name in os.environ}


def argv(words: Sequence[str]) -> list[str]:
    """Return what runs a module of ours with these words, whatever lies in the working directory."""
    return [sys.executable, "-P", "-m", *words]


def launch(words: Sequence[str], environment: Mapping[str, str], log: str, told: bytes = b"") -> None:
    """Run a module of ours by a double fork: no child of this session, no descriptor and no lock of it.

    What it is `told` comes on its standard input, and is at most as much as a pipe holds (64 KB).
    """
    reading, writing = os.pipe() if told else (-1, -1)
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        if told:
            os.close(reading)
            _tell(writing, told)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.chdir("/")
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        if told:
            os.dup2(reading, 0)
        _keep_last_words(log)
        os.closerange(3, _highest_descriptor() + 1)
        from scope.sessions.processes import logout  # noqa: PLC0415 - here it costs the command nothing

        whole = logout.proof(argv(words), environment)
        os.execve(whole[0], whole, dict(environment))
    finally:
        os._exit(127)


def _tell(writing: int, told: bytes) -> None:
    try:
        os.write(writing, told)
    except BrokenPipeError:
        pass  # it is gone already, and its log says why
    finally:
        os.close(writing)


def _keep_last_words(log: str) -> None:
    """Let what a daemon says that cannot even begin go to its log."""
    try:
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    except OSError:
        return


def _highest_descriptor() -> int:
    try:
        return max(map(int, os.listdir("/dev/fd")))
    except (OSError, ValueError):
        return 4096
