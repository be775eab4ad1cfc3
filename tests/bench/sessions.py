"""Whole processes beside the bare interpreter, each in a world whose watcher runs and is at rest.

A run is timed from before its fork until it is reaped; before each one, `python -c pass` is timed
in the same environment. After a `spawn` its session may end before the next pair begins.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.bench.paired import Row, pairs
from tests.driver import SCOPE, World

if TYPE_CHECKING:
    from collections.abc import Iterator

REST_S = 0.03


@contextmanager
def watched_world() -> Iterator[World]:
    """Give a world whose watcher and tmux server run."""
    world = World()
    try:
        world.run("init", code=0)
        come_to_rest(world, world.spawn("--", "true"))
        yield world
    finally:
        world.close()


def come_to_rest(world: World, session: str) -> None:
    """Wait until a session is done and nothing works for it any more."""
    world.until_state(session, "done")
    time.sleep(REST_S)


def poll(count: int) -> list[Row]:
    """`scope poll` of a session that has ended and of one that runs."""
    with watched_world() as world:
        running = world.sh("echo at work; exec sleep 100000")
        world.until_started(running)
        time.sleep(0.3)
        where = (world.env, str(world.project))
        rows = pairs([SCOPE, "poll", "1"], *where, count).rows("`scope poll ID` (ended)", 2.0)
        return rows + pairs([SCOPE, "poll", running], *where, count).rows("`scope poll ID` (running)", 2.0)


def spawn(count: int) -> list[Row]:
    """`scope spawn -- true` while a watcher runs."""
    with watched_world() as world:
        spawned = pairs(
            [SCOPE, "spawn", "--", "true"],
            world.env,
            str(world.project),
            count,
            after=lambda run: come_to_rest(world, run.said.strip()),
        )
        return spawned.rows("`scope spawn -- true`", 3.0)


def wait(count: int) -> list[Row]:
    """`scope wait` of a session that has ended."""
    with watched_world() as world:
        return pairs([SCOPE, "wait", "1"], world.env, str(world.project), count).rows("`scope wait ID` (ended)", None)


def imports(_: int) -> list[Row]:
    """The modules that a command loads beyond those of the bare interpreter."""
    with watched_world() as world:
        bare = _loaded(world, ["-c", "pass"])
        rows = []
        for words in (["poll", "1"], ["wait", "1"], ["spawn", "--", "true"]):
            more = [name for name in _loaded(world, [SCOPE, *words]) if name not in bare]
            foreign = [name for name in more if not name.startswith("scope")]
            own = len(more) - len(foreign)
            what = f"modules of `scope {words[0]}`"
            rows.append(Row(what, f"{own} + {len(foreign)}", ", ".join(foreign) or "-", "-", f"{len(bare)} modules"))
        return rows


def _loaded(world: World, words: list[str]) -> list[str]:
    argv = [sys.executable, "-X", "importtime", *words]
    said = subprocess.run(argv, env=world.env, cwd=world.project, capture_output=True, text=True, check=True).stderr
    return [line.rpartition("|")[2].strip() for line in said.splitlines()[1:] if line.startswith("import time:")]
