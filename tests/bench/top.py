"""The dashboard: what it costs to look at a thousand live sessions.

`scope top` runs in a pane of 80 by 24 of a tmux server of its own. All sessions are written by hand and run;
this process changes them ten times a second as a watcher and workers would, on the other core. What is measured
is the processor time of all threads of the dashboard, in percent of one core.

- quiet: nothing happens; then one session anywhere changes its state with each update.
- busy: twenty sessions change their states with each update, all rows that are shown change what they do, the
  log of the selected one grows, and the ledger does.
- begin: from the command to the first screen, and the interpreter beside it.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.paired import BARE, Row, judged, percentile, timed
from tests.cli.top.glass import Glass
from tests.driver import World, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIVE = 1000
FAMILY = 10
EVERY_S = 0.1
GOAL_PERCENT = 5.0
_SHOWN = 16
_UPDATES = 100


def ids() -> list[str]:
    """A hundred families of ten."""
    numbers = (divmod(number, FAMILY) for number in range(LIVE))
    return [f"{family + 1}.{child}" if child else str(family + 1) for family, child in numbers]


@contextmanager
def _crowd() -> Iterator[World]:
    world = World()
    try:
        world.run("init", code=0)
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        lines = []
        for number, session in enumerate(ids()):
            attempt = world.attempt(session)
            attempt.mkdir(parents=True)
            (world.session(session) / "task.md").write_text(f'---\ncommand: [make]\ncreated: "{made}"\n---\n')
            (world.session(session) / "state").write_text("running\n")
            (attempt / "output.log").write_text("at work\n" * 50)
            said = {"id": session, "name": f"worker-{number}", "title": "make", "executor": "command", "created": made}
            lines.append(json.dumps({**said, "labels": {}}) + "\n")
        (world.root / "run" / "index.jsonl").write_text("".join(lines))
        yield world
    finally:
        world.close()


def quiet(count: int) -> list[Row]:
    """Nothing, and one change of state with each update."""
    with _crowd() as world:
        glass = _begun(world)
        known = ids()
        rows = [_row("nothing happens", glass, count, lambda _: None)]
        what = "one changes its state with each update"
        return [*rows, _row(what, glass, count, lambda number: _change(world, known[number * 37 % LIVE], number))]


def busy(count: int) -> list[Row]:
    """As much as there is to be seen."""
    with _crowd() as world:
        glass = _begun(world)
        known = ids()

        def work(number: int) -> None:
            for step in range(20):
                _change(world, known[(number * 37 + step * 101) % LIVE], number)
            for session in known[:_SHOWN]:
                _replace(world.session(session) / "activity", f"step {number}\n")
            for path, line in (
                (world.attempt(known[0]) / "output.log", f"line {number}"),
                (world.root / "ledger.jsonl", json.dumps({"session": known[number % LIVE], "cost": 0.01})),
            ):
                with path.open("a") as stream:
                    stream.write(f"{line}\n")

        return [_row("20 states, every shown row, a log and costs with each update", glass, count, work)]


def begin(count: int) -> list[Row]:
    """From the command to the first screen."""
    with _crowd() as world:
        times = []
        bare = []
        for _ in range(max(3, count // 20)):
            bare.append(timed(BARE, world.env, str(world.project)).wall_ms)
            glass = Glass(world)
            began = time.monotonic()
            glass.top(shows=f"{LIVE} sessions")
            times.append((time.monotonic() - began) * 1000)
            glass.close_terminal()
        spread = f"p10 {percentile(times, 10):.0f}, p90 {percentile(times, 90):.0f} ms"
        what = f"`scope top` to its first screen, {LIVE} live"
        return [Row(what, f"{median(times):.0f} ms", spread, "-", f"`-c pass` {median(bare):.1f} ms")]


def _begun(world: World) -> Glass:
    glass = Glass(world)
    glass.top(shows=f"{LIVE} sessions")
    time.sleep(1.0)
    return glass


def _row(what: str, glass: Glass, count: int, work: Callable[[int], object]) -> Row:
    """Do some work ten times a second, and return what the dashboard took meanwhile."""
    pid = glass.pid()
    updates = max(20, min(count, _UPDATES))
    began, before, late = time.monotonic(), _cpu_s(pid), 0
    for number in range(updates):
        work(number)
        left_s = began + (number + 1) * EVERY_S - time.monotonic()
        late += left_s < 0
        time.sleep(max(0.0, left_s))
    took_s = time.monotonic() - began
    percent = (_cpu_s(pid) - before) / took_s * 100
    until(lambda: "sessions" in glass.screen())
    spread = f"{updates} updates, {updates / took_s:.1f} a second, {late} late"
    what = f"`scope top`, {LIVE} live: {what}"
    return Row(what, f"{percent:.2f} % of a core", spread, judged(percent, GOAL_PERCENT, "%"), "80 x 24, 10 a second")


def _change(world: World, session: str, number: int) -> None:
    state = "recovering" if number % 2 else "running"
    _replace(world.session(session) / "state", f"{state}\n")
    with (world.root / "events.jsonl").open("a") as stream:
        stream.write(json.dumps({"seq": number, "session": session, "to": state}) + "\n")


def _replace(path: Path, text: str) -> None:
    aside = path.with_name(f"{path.name}.new")
    aside.write_text(text)
    os.rename(aside, path)


def _cpu_s(pid: int) -> float:
    # In nanoseconds, thread by thread; /proc/PID/stat counts in hundredths of a second.
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
