"""Latencies: from the end of a command to the waiter's, and from a `spawn` to the command's beginning.

- wake: from the last instruction of a session's command until the `scope wait` that was started
  before is reaped by us. The command is a Python program that is blocked on a FIFO; let go, it
  reads CLOCK_MONOTONIC, writes it into an open file and calls `_exit`, so none of its interpreter's
  end is in the time. In it are: the wrapper shell, the watcher, the waiter and its exit. The
  baseline is the same program as a child of ours, reaped directly.
- start: from before the fork of `scope spawn` until the command's first program has run. That is
  `sh -c 'exec date +%s%N >FILE'` on both sides, so a shell's and date's start (the "program" of the
  baseline column, run as our own child) are in both times. The raw side is `tmux new-session -d`
  on a server of its own with scope's own options. The ratio is
  (spawn to first - one bare interpreter) / raw, each of the same round.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from scope.tmux.server import CONFIG
from tests.bench.paired import BARE, WARM_UP, Row, judged, percentile, timed
from tests.bench.sessions import REST_S, come_to_rest, watched_world
from tests.driver import SCOPE, World, until

if TYPE_CHECKING:
    from collections.abc import Callable

_LAST = (
    "import os, sys, time\n"
    "there = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT)\n"
    "os.read(os.open(sys.argv[1], os.O_RDONLY), 1)\n"
    "os.write(there, b'%d' % time.monotonic_ns())\n"
    "os._exit(0)\n"
)
_SIZE = ("-x", "200", "-y", "50")


def wake(count: int) -> list[Row]:
    """From the last instruction of a command to the return of the `wait` for it."""
    with watched_world() as world:
        ours: list[float] = []
        direct: list[float] = []
        for number in range(WARM_UP + count):
            here, there = _wake_of_child(world, number), _wake_of_wait(world, number)
            if number >= WARM_UP:
                direct.append(here)
                ours.append(there)
        middle, late = median(ours), percentile(ours, 99)
        spread = f"p99 {late:.1f} ms, max {max(ours):.1f} ms, min {min(ours):.1f} ms ({count} samples)"
        goal = f"median {judged(middle, 15, 'ms')}; p99 {judged(late, 50, 'ms')}"
        baseline = f"own child, reaped directly: {median(direct):.2f} ms, p99 {percentile(direct, 99):.2f} ms"
        return [Row("command's last instruction to `wait` returned", f"{middle:.1f} ms", spread, goal, baseline)]


def _wake_of_wait(world: World, number: int) -> float:
    gate, last, argv = _gated(world, f"session-{number}")
    session = world.spawn("--", *argv)
    world.until_started(session)
    waiter = subprocess.Popen(
        [SCOPE, "wait", session],
        env=world.env, cwd=world.project,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return _let_go(waiter, gate, last)


def _wake_of_child(world: World, number: int) -> float:
    gate, last, argv = _gated(world, f"child-{number}")
    return _let_go(subprocess.Popen(argv, env=world.env), gate, last)


def _gated(world: World, name: str) -> tuple[Path, Path, list[str]]:
    gate, last = world.base / f"{name}.gate", world.base / f"{name}.last"
    os.mkfifo(gate)
    return gate, last, [sys.executable, "-I", "-S", "-c", _LAST, str(gate), str(last)]


def _let_go(process: subprocess.Popen[bytes], gate: Path, last: Path) -> float:
    until(lambda: _is_at_rest(process.pid), what="the waiter is blocked")
    until(last.exists, what="the command is blocked")
    time.sleep(REST_S)
    os.close(os.open(gate, os.O_WRONLY))
    code = process.wait()
    returned = time.monotonic_ns()
    if code:
        raise RuntimeError(f"the waiter exited with {code}")
    time.sleep(REST_S)
    return (returned - int(last.read_text())) / 1e6


def _is_at_rest(pid: int) -> bool:
    before = _switches(pid)
    time.sleep(REST_S)
    return before is not None and before == _switches(pid)


def _switches(pid: int) -> list[str] | None:
    """Return how often a sleeping process was scheduled, None while it does not sleep."""
    said = Path(f"/proc/{pid}/status").read_text()
    return [line for line in said.splitlines() if "ctxt_switches" in line] if "S (sleeping)" in said else None


def start(count: int) -> list[Row]:
    """From `spawn` to the first instruction of the command, beside raw tmux."""
    with watched_world() as world:
        configuration = world.base / "raw.conf"
        configuration.write_text(CONFIG)
        raw_tmux = ["tmux", "-L", "raw"]
        subprocess.run([*raw_tmux, "-f", str(configuration), "start-server"], env=world.env, check=True)

        def raw(argv: list[str]) -> Callable[[], object]:
            subprocess.run(
                [*raw_tmux, "-N", "new-session", "-d", "-s", "raw", *_SIZE, "-c", "/", "--", *argv],
                env=world.env, cwd=world.project, check=True,
            )  # fmt: skip
            return lambda: subprocess.run([*raw_tmux, "kill-session", "-t", "=raw"], env=world.env, check=True)

        def spawned(argv: list[str]) -> Callable[[], object]:
            session = timed([SCOPE, "spawn", "--", *argv], world.env, str(world.project)).said.strip()
            return lambda: come_to_rest(world, session)

        def program(argv: list[str]) -> Callable[[], object]:
            subprocess.run(argv, env=world.env, check=True)
            return lambda: None

        times: list[tuple[float, float, float, float]] = []
        for number in range(WARM_UP + count):
            interpreter = timed(BARE, world.env, str(world.project)).wall_ms
            first = [_to_first(world, f"{kind.__name__}-{number}", kind) for kind in (program, raw, spawned)]
            times += [(interpreter, first[0], first[1], first[2])] if number >= WARM_UP else []
    interpreters, programs, raws, spawns = (list(column) for column in zip(*times, strict=True))
    ratios = [(ours - interpreter) / plain for interpreter, _, plain, ours in times]
    spread = f"p10 {percentile(ratios, 10):.2f}, p90 {percentile(ratios, 90):.2f}; p99 {percentile(spawns, 99):.1f} ms"
    baseline = f"raw {median(raws):.1f} ms, `-c pass` {median(interpreters):.1f} ms, program {median(programs):.1f} ms"
    measured = f"{median(ratios):.2f} x ({median(spawns):.1f} ms)"
    what = "`spawn` to the command's first instruction: (ours - interpreter) / raw"
    return [Row(what, measured, spread, judged(median(ratios), 3.0), baseline)]


def _to_first(world: World, name: str, begin: Callable[[list[str]], Callable[[], object]]) -> float:
    """Begin a program in some way and return the milliseconds until it said what time it was."""
    said = world.base / f"{name}.first"
    argv = ["sh", "-c", f"exec date +%s%N >{shlex.quote(str(said))}"]
    began = time.time_ns()
    rest = begin(argv)
    until(lambda: said.exists() and said.read_text().endswith("\n"), what=name)
    rest()
    return (int(said.read_text()) - began) / 1e6
