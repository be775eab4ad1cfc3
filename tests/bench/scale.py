"""Scale: a thousand sessions that live at once, on the machine that runs this.

- live: so many tasks lie in the root when its watcher starts; from then until each command's first
  instruction. The baseline is a loop of bare `tmux new-session -d` on a server of its own with scope's
  own options, until as many first instructions. Then, with all of them alive: the memory that each
  takes beside its command (proportional set size of the tmux server, the shells and pipes in its panes,
  less the commands' own), the watcher's, the watcher's processor time while nothing happens, `ls`,
  `poll` and other commands beside the bare interpreter, and one `wait` for all of them while one
  `abort` ends them.
- event: the watcher's processor time from `spawn` to `done`, with few and with many others live, less what it
  takes in the same time while nothing happens (it looks at all of them every ten seconds).
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from scope.tmux.server import CONFIG
from tests.bench.paired import Row, pairs
from tests.bench.sessions import come_to_rest
from tests.driver import SCOPE, World, until

if TYPE_CHECKING:
    from collections.abc import Iterable

LIVE = 1000
FEW = 100
REST_S = 20.0
SETTLE_S = 3.0
SETTINGS = "max_running: 20000\ntriggers: {disk: 100%}\n"
WORK = "echo at work; exec sleep 100000"


def live(count: int) -> list[Row]:
    """A thousand live sessions: how fast they start, what they take, and how commands do among them."""
    world = World()
    try:
        raw_s = raw_starts(world, LIVE)
        world.configure_text(SETTINGS)
        lay_down(world, LIVE, WORK)
        began = time.monotonic()
        world.run("watch", code=0)
        pid = watcher(world)
        until(lambda: begun(world) == LIVE, within=300)
        took_s = time.monotonic() - began
        time.sleep(SETTLE_S)
        return [
            rate(raw_s, took_s),
            *memory(world, pid),
            at_rest(pid),
            *commands(world, count),
            *endings(world),
        ]
    finally:
        world.close()


def raw_starts(world: World, number: int) -> float:
    """Return the seconds that a loop of bare `tmux new-session` takes to so many first instructions."""
    configuration = world.base / "raw.conf"
    configuration.write_text(CONFIG)
    tmux = ["tmux", "-L", "raw"]
    subprocess.run([*tmux, "-f", str(configuration), "start-server"], env=world.env, check=True)
    marks = world.base / "raw"
    marks.mkdir()
    began = time.monotonic()
    for name in range(number):
        work = f": >{marks}/{name}; exec sleep 100000"
        subprocess.run(
            [*tmux, "-N", "new-session", "-d", "-s", f"s{name}", "sh", "-c", work], env=world.env, check=True
        )
    until(lambda: len(os.listdir(marks)) == number, within=300)
    took_s = time.monotonic() - began
    subprocess.run([*tmux, "kill-server"], env=world.env, check=True)
    return took_s


def lay_down(world: World, number: int, script: str, first: int = 1) -> None:
    """Write so many task files, as anybody may who makes sessions by hand."""
    for name in range(first, first + number):
        directory = world.session(str(name))
        directory.mkdir(parents=True)
        (directory / "task.new").write_text(f'---\ncommand: [sh, -c, "{script}"]\nby: cli\n---\n')
        (directory / "task.new").rename(directory / "task.md")


def begun(world: World) -> int:
    """Count the sessions whose first attempt has begun."""
    return sum((entry / "attempts" / "1" / "started").exists() for entry in (world.root / "sessions").iterdir())


def rate(raw_s: float, took_s: float) -> Row:
    """How fast they start, as a share of a bare loop's rate."""
    share = raw_s / took_s
    goal = f">= 0.5 x, {'met' if share >= 0.5 else 'MISSED'}"
    said = f"{share:.2f} x ({LIVE / took_s:.0f} a second)"
    return Row(f"{LIVE} sessions started", said, f"{took_s:.1f} s", goal, f"bare tmux loop {LIVE / raw_s:.0f} a second")


def memory(world: World, watcher_pid: int) -> list[Row]:
    """What a live session takes beside its command, and what the watcher takes."""
    server = psutil.Process(world.tmux_pid())
    family = [server, *server.children(recursive=True)]
    beside = sum(shared_kib(one.pid) for one in family if one.name() != "sleep") / LIVE / 1024
    own_mib = psutil.Process(watcher_pid).memory_info().rss / 2**20
    names = ", ".join(f"{name} {sum(one.name() == name for one in family)}" for name in sorted(kinds(family)))
    return [
        Row("memory of a live session beside its command", f"{beside:.2f} MiB", names, limit(beside, 3.0, "MiB"), "-"),
        Row(f"memory of the watcher, {LIVE} live", f"{own_mib:.0f} MiB", "-", limit(own_mib, 60.0, "MiB"), "-"),
    ]


def kinds(family: Iterable[psutil.Process]) -> set[str]:
    """Return the names of processes."""
    return {one.name() for one in family}


def shared_kib(pid: int) -> int:
    """Return the proportional set size of a process: what it shares is divided among those that share it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def limit(value: float, goal: float, unit: str) -> str:
    """Return a goal and whether it is met."""
    return f"<= {goal:g} {unit}, {'met' if value <= goal else 'MISSED'}"


def spent_s(pid: int) -> float:
    """Return the processor time of a process until now."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def at_rest(pid: int) -> Row:
    """What the watcher takes while nothing happens."""
    percent = resting(pid) * 100
    return Row(
        f"watcher while nothing happens, {LIVE} live",
        f"{percent:.2f} % of a core", f"over {REST_S:.0f} s", limit(percent, 2.0, "%"), "-",
    )  # fmt: skip


def resting(pid: int) -> float:
    """Return the share of a core that the watcher takes while nothing happens."""
    before = spent_s(pid)
    time.sleep(REST_S)
    return (spent_s(pid) - before) / REST_S


def commands(world: World, count: int) -> list[Row]:
    """Commands among a thousand live sessions, beside the bare interpreter."""
    where, few = (world.env, str(world.project)), max(5, count // 10)
    rows: list[Row] = []
    for words, goal in (
        (["ls", "--json"], 10.0),
        (["poll", str(LIVE)], 2.0),
        (["ls"], 25.0),
        (["tree"], 25.0),
        (["inbox"], 25.0),
        (["stats"], 25.0),
        (["cost"], 25.0),
        (["doctor"], 25.0),
        (["explain", str(LIVE)], 25.0),
        (["logs", str(LIVE)], 25.0),
        (["watch", "status"], 25.0),
        (["gc", "--dry-run"], 25.0),
        (["show", str(LIVE)], 25.0),
    ):
        rows += pairs([SCOPE, *words], *where, few).rows(f"`scope {' '.join(words)}`, {LIVE} live", goal)[:1]
    return rows


def endings(world: World) -> list[Row]:
    """One `wait` for all of them, while one `abort` ends all of them."""
    every = [str(name) for name in range(1, LIVE + 1)]
    waiter = world.start("wait", *every)
    time.sleep(SETTLE_S)
    began = time.monotonic()
    world.run("abort", *every, within=300)
    told_s = time.monotonic() - began
    waiter.communicate(timeout=300)
    took_s = time.monotonic() - began
    said = f"{LIVE / took_s:.0f} a second"
    return [
        Row(
            f"`abort` of {LIVE}, until one `wait` for all has ended",
            f"{took_s:.1f} s",
            said,
            "-",
            f"{told_s:.1f} s in `abort`",
        )
    ]


def event(count: int) -> list[Row]:
    """What one session costs the watcher from `spawn` to `done`, among few and among many."""
    world = World()
    try:
        world.configure_text(SETTINGS)
        figures, samples = {}, max(20, count // 4)
        for there, number in ((0, FEW), (FEW, LIVE)):
            others = len(list((world.root / "sessions").iterdir())) if there else 0
            lay_down(world, number - there, WORK, others + 1)
            world.run("watch")
            until(lambda wanted=others + number - there: begun(world) >= wanted, within=300)  # type: ignore[misc]
            time.sleep(SETTLE_S)
            figures[number] = one_by_one(world, samples)
        few, many = figures[FEW], figures[LIVE]
        said = f"{many:.2f} / {few:.2f} ms"
        what = f"watcher's processor time from `spawn` to `done`: {LIVE} live / {FEW} live"
        return [Row(what, f"{many / few:.2f} x", said, limit(many / few, 1.3, "x"), "-")]
    finally:
        world.close()


def one_by_one(world: World, count: int) -> float:
    """Return the milliseconds of the watcher for one session among those that live, less what it takes at rest."""
    pid = watcher(world)
    share = resting(pid)
    before, began = spent_s(pid), time.monotonic()
    for _ in range(count):
        come_to_rest(world, world.spawn("--", "true"))
    return (spent_s(pid) - before - share * (time.monotonic() - began)) * 1000 / count


def watcher(world: World) -> int:
    """Return the pid of the living watcher."""
    pid = until(world.watcher_pid)
    assert isinstance(pid, int)
    return pid
