"""A machine whose mounts are those of `~/mountinfo`, for every Python of a world whose PYTHONPATH leads here."""

from __future__ import annotations

import builtins
import os
from typing import Any

_open = builtins.open


def _mounted(path: Any, *more: Any, **named: Any) -> Any:
    if path == "/proc/self/mountinfo":
        path = os.path.expanduser("~/mountinfo")
    return _open(path, *more, **named)


builtins.open = _mounted
