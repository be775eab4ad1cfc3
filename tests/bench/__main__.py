"""`python -m tests.bench`: measure what was promised about speed, and print a table of it.

Nothing here fails for being slow, and pytest never runs it: a figure of a busy machine is a figure
of the machine. Run it on a quiet one, and look at the noise before the figures.
"""

from __future__ import annotations

import argparse
import os
import sys

from tests.bench import latency, learning, recovery, scale, sessions, stats, thinking, top, week
from tests.bench.paired import noise, table

MEASURES = {
    "poll": sessions.poll,
    "spawn": sessions.spawn,
    "wait": sessions.wait,
    "wake": latency.wake,
    "start": latency.start,
    "again": recovery.again,
    "alike": recovery.alike,
    "imports": sessions.imports,
    "router": thinking.router,
    "worker": thinking.worker,
    "crowd": thinking.crowd,
    "match": learning.match,
    "lesson": learning.lesson,
    "stats": stats.stats,
    "metrics": stats.metrics,
    "top": top.quiet,
    "top-busy": top.busy,
    "top-begin": top.begin,
    "live": scale.live,
    "event": scale.event,
    "listing": week.listing,
    "week": week.week,
}


def main() -> None:
    """Measure as asked and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, metavar="N", help="samples of each measure (default 200)")
    parser.add_argument(
        "--only", action="append", choices=MEASURES, metavar="NAME", help=f"one of {', '.join(MEASURES)}; repeatable"
    )
    given = parser.parse_args()
    if given.runs < 1:
        parser.error("--runs takes 1 or more")
    # The baseline is an interpreter of the same environment as scope's, and both may keep bytecode.
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    before = noise(environment, "/")
    rows = []
    for name in given.only or MEASURES:
        sys.stderr.write(f"{name} ...\n")
        rows += MEASURES[name](given.runs)
    after = noise(environment, "/")
    sys.stdout.write(f"{table(rows)}\n\nNoise before: {before}\n\nNoise after: {after}\n")


if __name__ == "__main__":
    main()
