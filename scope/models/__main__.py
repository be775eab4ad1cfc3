"""`python -m scope.models ROOT`: the router as a process of its own; keys come on stdin, as JSON."""

from __future__ import annotations

import sys

from scope.models.life import live

sys.exit(live(sys.argv[1]))
