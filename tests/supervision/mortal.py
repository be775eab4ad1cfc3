"""A watcher that kills itself with -9 before its Nth change to the world: `python mortal.py ROOT N`.

Every system call that writes, creates, renames, removes or starts something is a step. The product
knows nothing of this.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

_STEPS = {"os.link", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.utime"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def arm(at: int) -> None:
    """Let this process die before its step `at`; 0: never."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, details: tuple[Any, ...]) -> None:
        if event in _STEPS or (event == "open" and isinstance(details[2], int) and details[2] & _WRITING):
            step()

    def counted(function: Any) -> Any:
        def wrapper(*words: Any, **more: Any) -> Any:
            step()
            return function(*words, **more)

        return wrapper

    sys.addaudithook(hook)
    os.write = counted(os.write)
    os.fsync = counted(os.fsync)
    signal.pidfd_send_signal = counted(signal.pidfd_send_signal)
    # Before and after a tmux command: it may have happened although nobody lived to hear of it.
    subprocess.run = counted(subprocess.run)
    before = subprocess.run

    def after(*words: Any, **more: Any) -> Any:
        done = before(*words, **more)
        step()
        return done

    subprocess.run = after


if __name__ == "__main__":
    arm(int(sys.argv[2]))
    from scope.supervision.life import live

    sys.exit(live(sys.argv[1]))
