"""A week in minutes: so many short sessions, one after another, with `gc` running beside them.

Of the root's files, the watcher's descriptors and its memory, what is left must not grow with the
number of sessions that there ever were: each is taken at every tenth of the way, after a `gc`, and
the figure is the last beside the first of them.

`listing` measures `ls --json` with many ended sessions, per session, beside one with few.
"""

from __future__ import annotations

import os
import time
from statistics import median

import psutil

from tests.bench.paired import BARE, Row, timed
from tests.bench.scale import SETTINGS, lay_down, limit, watcher
from tests.driver import SCOPE, World, until

SESSIONS = 20_000
AT_ONCE = 200
PARTS = 10
ENDED = (1_000, 10_000)


def week(_: int) -> list[Row]:
    """Twenty thousand short sessions with `gc` running: files, descriptors, memory."""
    world = World()
    try:
        world.configure_text(SETTINGS)
        began, taken = time.monotonic(), []
        for first in range(1, SESSIONS + 1, AT_ONCE):
            short(world, first, AT_ONCE)
            world.run("gc", "--older", "0s", "--keep", "0", code=0, within=300)
            if (first + AT_ONCE - 1) % (SESSIONS // PARTS) == 0:
                taken.append(figures(world))
        took_s = time.monotonic() - began
        rows = [
            Row(
                f"{name} after {SESSIONS} short sessions, beside after {SESSIONS // PARTS}",
                f"{last:g}",
                f"first {early:g}, most {max(row[at] for row in taken):g}",
                limit(last, goal(early), ""),
                "-",
            )
            for at, (name, goal) in enumerate(KINDS.items())
            for early, last in [(taken[0][at], taken[-1][at])]
        ]
        return [*rows, Row("sessions a second, with `gc`", f"{SESSIONS / took_s:.0f}", f"{took_s:.0f} s", "-", "-")]
    finally:
        world.close()


def short(world: World, first: int, number: int) -> None:
    """Have so many short sessions made, run and ended."""
    lay_down(world, number, "exit 0", first)
    world.run("watch", code=0)
    ends = [world.session(str(name)) / "result.md" for name in range(first, first + number)]
    until(lambda: all(end.exists() for end in ends), within=300)
    until(lambda: all(world.state(str(name)) == "done" for name in range(first, first + number)), within=60)


KINDS = {
    "files of the root outside archive/": lambda early: early * 1.5,
    "descriptors of the watcher": lambda early: early + 10,
    "memory of the watcher, MiB": lambda early: early * 1.5,
}


def figures(world: World) -> tuple[float, float, float]:
    """Return the files of the root beside its archive, and the watcher's descriptors and MiB."""
    files = sum(len(names) for place, _, names in os.walk(world.root) if "/archive" not in place)
    own = psutil.Process(watcher(world))
    return files, own.num_fds(), round(own.memory_info().rss / 2**20, 1)


def listing(count: int) -> list[Row]:
    """`ls --json` with ten thousand ended sessions, beside one thousand."""
    world = World()
    try:
        world.configure_text(SETTINGS)
        there, times = 0, {}
        for number in ENDED:
            for first in range(there + 1, number + 1, AT_ONCE):
                short(world, first, AT_ONCE)
            there = number
            argv, where = [SCOPE, "ls", "--json"], (world.env, str(world.project))
            bare = [timed(BARE, *where).wall_ms for _ in range(5)]
            own = [timed(argv, *where).wall_ms for _ in range(max(5, count // 20))]
            times[number] = (median(own), median(own) / median(bare))
        few, many = (times[number] for number in ENDED)
        ratio, goal = many[0] / few[0], ENDED[1] / ENDED[0]
        said = f"{many[0]:.0f} / {few[0]:.0f} ms; {many[1]:.1f} / {few[1]:.1f} x a bare interpreter"
        what = f"`scope ls --json`, {ENDED[1]} ended / {ENDED[0]} ended"
        return [Row(what, f"{ratio:.1f} x", said, limit(ratio, goal, "x"), "-")]
    finally:
        world.close()
