"""Another machine, for every Python of a world whose PYTHONPATH leads here: no /proc, no pidfd, no clock of the boot.

As macOS and the BSDs are. What runs on it is the real thing; only what Linux alone gives is not there.
"""

from __future__ import annotations

import builtins
import errno
import os
import signal
import time
from typing import Any


def _without_proc(function: Any) -> Any:
    def found(path: Any = ".", *more: Any, **named: Any) -> Any:
        if isinstance(path, (str, bytes)) and f"{os.fsdecode(path)}/".startswith("/proc/"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return function(path, *more, **named)

    return found


builtins.open = _without_proc(builtins.open)
for _name in ("open", "stat", "listdir"):
    setattr(os, _name, _without_proc(getattr(os, _name)))
for _place, _name in ((os, "pidfd_open"), (os, "pipe2"), (signal, "pidfd_send_signal"), (time, "CLOCK_BOOTTIME")):
    if hasattr(_place, _name):
        delattr(_place, _name)
