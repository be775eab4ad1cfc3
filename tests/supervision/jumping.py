"""A watcher whose time of day jumps a day forward and back at every look: `python jumping.py ROOT`."""

from __future__ import annotations

import itertools
import sys
import time

_real = time.time
_jumps = itertools.cycle((0.0, 86_400.0, -86_400.0, 400_000_000.0, -400_000_000.0))


def _jumping() -> float:
    return _real() + next(_jumps)


if __name__ == "__main__":
    time.time = _jumping
    from scope.supervision.life import live

    sys.exit(live(sys.argv[1]))
