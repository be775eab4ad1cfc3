"""`python -m scope.supervision ROOT [STARTED]`: the watcher as a process of its own, and when it was started."""

from __future__ import annotations

import sys

from scope.supervision.life import live

sys.exit(live(sys.argv[1], started_ns=int(sys.argv[2]) if len(sys.argv) > 2 else None))  # noqa: PLR2004
