"""`python -m scope.supervision ROOT`: the watcher as a process of its own."""

from __future__ import annotations

import sys

from scope.supervision.life import live

sys.exit(live(sys.argv[1]))
