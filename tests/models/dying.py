"""`python dying.py STEP ROOT`: a router that is killed with -9 before its STEP-th write, counted from its first call.

A write is what a power cut or kill -9 may fall between: a line of a journal, or a file put in place.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from typing import Any

from scope.models import life
from scope.models.lines import Lines
from scope.store import atomic

_steps = int(sys.argv[1])
_seen = itertools.count(1)
_append, _replace, _remove = Lines.append, atomic.replace, atomic.remove


def _count(what: str) -> None:
    if next(_seen) == _steps:
        sys.stderr.write(f"killed before {what}\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def _dying_append(self: Lines, line: dict[str, Any]) -> None:
    _count(f"a line {sorted(line)[:3]}")
    _append(self, line)


def _dying_replace(path: str, text: str, **more: Any) -> None:
    if "/replies/" in path:
        _count("the reply")
    _replace(path, text, **more)


def _dying_remove(path: str) -> None:
    if "/replies/" in path:
        _count("the old reply's end")
    _remove(path)


Lines.append = _dying_append  # type: ignore[method-assign]
atomic.replace = _dying_replace
atomic.remove = _dying_remove
sys.exit(life.live(sys.argv[2]))
