"""Figures: what `scope stats` costs where 10,000 sessions have ended, and half as many; and the watcher's own count.

- stats: whole processes beside a bare interpreter. The root was written by hand: every session has its two
  events and its outcome, every tenth was escalated and has its decisions. That twice as many take twice the
  time (less what a process costs at all) is what is promised; the ratio stands in the spread.
- metrics: what a look at one more ended session takes a watcher that has counted the 10,000, in one process.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from scope.skills.outcomes import Ending
from scope.store import journal, rundir, skilldir
from scope.supervision.figures import metrics as kept
from tests.bench.paired import Row, pairs, percentile
from tests.cli.village import Village, at
from tests.driver import SCOPE, World

if TYPE_CHECKING:
    from scope.supervision.figures.counters import Counters

SESSIONS = 10_000
_ESCALATED = 10


def stats(count: int) -> list[Row]:
    """`scope stats` of 10,000 sessions and of 5,000."""
    rows: list[Row] = []
    for sessions in (SESSIONS // 2, SESSIONS):
        world = World()
        try:
            _fill(world, sessions)
            measured = pairs([SCOPE, "stats", "--by", "all", "--json"], world.env, str(world.project), count)
            rows += measured.rows(f"stats of {sessions:,} sessions", None)
        finally:
            world.close()
    return rows


def metrics(count: int) -> list[Row]:
    """One more ended session, for a watcher that has counted 10,000."""
    world = World()
    try:
        made = _fill(world, SESSIONS)
        counters = kept.restored(str(world.root))
        began = time.perf_counter()
        while kept.follow(str(world.root), counters):
            pass
        first_ms = 1000 * (time.perf_counter() - began)
        times = [_one_more(made, world, counters, SESSIONS + 1 + number) for number in range(count)]
    finally:
        world.close()
    spread = f"p10 {percentile(times, 10):.2f}, p90 {percentile(times, 90):.2f} ms ({count} samples)"
    return [Row("one more session counted", f"{median(times):.2f} ms", spread, "-", f"all at first {first_ms:.0f} ms")]


def _one_more(made: Village, world: World, counters: Counters, number: int) -> float:
    made.well(str(number), 20)
    began = time.perf_counter()
    kept.follow(str(world.root), counters)
    return 1000 * (time.perf_counter() - began)


def _fill(world: World, sessions: int) -> Village:
    world.run("init", code=0)
    root = str(world.root)
    made = Village(Path(root))
    for number in range(1, sessions + 1):
        session, day = str(number), 1 + number * 28 // sessions
        if number % _ESCALATED:
            made.well(session, day)
        else:
            made.resolved(session, day, "rules", fingerprint=f"1-{number % 7}")
        ending = asdict(Ending(f"{session}/1", at(day), session, 1, job_type="bench", outcome="success"))
        journal.append(skilldir.outcomes(root), ending, is_durable=False)
        journal.append(rundir.index(root), {"id": session, "executor": "command", "labels": {}}, is_durable=False)
    return made
