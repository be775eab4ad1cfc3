"""Recovery: from a worker's death to its next attempt's first instruction, and a crowd that fails alike.

- again: 200 sessions live. One more reads the clock and is killed; its playbook says restart, and the
  first program of the next attempt reads the clock again. The goal is 100 ms plus what a bare
  `tmux new-session` takes to its first instruction, measured in the same rounds on a server of its own.
- alike: N sessions fail at once with one fingerprint and are escalated; the processor time of the
  watcher until all of them are asked about, per session, for a small and a large crowd of one run.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from statistics import median

from scope.tmux.server import CONFIG
from tests.bench.paired import Row, judged, percentile
from tests.bench.sessions import watched_world
from tests.driver import World, until

LIVE = 200
CROWDS = (250, 1000)
GOAL_MS = 100.0
_DIES = """\
case $SCOPE_ATTEMPT in
*/1) date +%s%N >"died.$SCOPE_SESSION"; kill -9 $PPID $$ ;;
*) exec date +%s%N >"again.$SCOPE_SESSION" ;;
esac
"""
_SETTINGS = """\
max_running: 400
supervision: {intensity: 100000, inhibit_after: 100000}
escalation: {group_wait: 1s, group_interval: 1s}
triggers: {disk: 100%}
"""


def again(count: int) -> list[Row]:
    """From a worker's death to its next attempt's first instruction, with others live."""
    with watched_world() as world:
        (world.root / "config.yaml").write_text(_SETTINGS)
        world.run("watch", "stop", code=0)
        live = [world.sh("echo at work; exec sleep 100000") for _ in range(LIVE)]
        for session in live:
            world.until_started(session)
        configuration = world.base / "raw.conf"
        configuration.write_text(CONFIG)
        subprocess.run(["tmux", "-L", "raw", "-f", str(configuration), "start-server"], env=world.env, check=True)
        ours: list[float] = []
        raws: list[float] = []
        for number in range(-2, count):
            raw, own = _raw(world, number), _own(world)
            if number >= 0:
                raws.append(raw)
                ours.append(own)
    middle, plain = median(ours), median(raws)
    spread = f"p10 {percentile(ours, 10):.1f}, p90 {percentile(ours, 90):.1f}, max {max(ours):.1f} ms ({count} samples)"
    goal = judged(middle, GOAL_MS + plain, "ms")
    what = f"worker's death to its next attempt's first instruction, {LIVE} live"
    return [Row(what, f"{middle:.1f} ms", spread, goal, f"raw tmux start {plain:.1f} ms")]


def _raw(world: World, number: int) -> float:
    said = world.base / f"raw{number}"
    began = time.time_ns()
    argv = ["sh", "-c", f"exec date +%s%N >{said}"]
    subprocess.run(["tmux", "-L", "raw", "-N", "new-session", "-d", "-s", "raw", *argv], env=world.env, check=True)
    until(lambda: said.exists() and said.read_text().endswith("\n"))
    subprocess.run(["tmux", "-L", "raw", "-N", "kill-session", "-t", "=raw"], env=world.env, check=False)
    return (int(said.read_text()) - began) / 1e6


def _own(world: World) -> float:
    session = world.sh(_DIES, "--playbook", "restart")
    came = world.project / f"again.{session}"
    until(lambda: came.exists() and came.read_text().endswith("\n"))
    world.until_state(session, "done")
    time.sleep(0.05)
    return (int(came.read_text()) - int((world.project / f"died.{session}").read_text())) / 1e6


def alike(_: int) -> list[Row]:
    """What a crowd that fails alike costs the watcher, per session."""
    figures = {crowd: _crowd(crowd) for crowd in CROWDS}
    small, large = (figures[crowd] for crowd in CROWDS)
    what = f"watcher's processor time for each of N that fail alike: N {CROWDS[1]} / N {CROWDS[0]}"
    said = f"{large[0]:.2f} / {small[0]:.2f} ms; all asked about after {large[1]:.1f} / {small[1]:.1f} s"
    escalations = f"{large[2]} group, {large[3]} escalation"
    return [Row(what, f"{large[0] / small[0]:.2f} x", said, judged(large[0] / small[0], 1.3), escalations)]


def _crowd(crowd: int) -> tuple[float, float, int, int]:
    world = World()
    try:
        world.configure_text(_SETTINGS)
        for number in range(1, crowd + 1):
            directory = world.session(str(number))
            directory.mkdir(parents=True)
            (directory / "task.md").write_text(
                '---\ncommand: [sh, -c, "echo error: no moon; exit 1"]\nplaybook: [escalate]\nby: cli\n---\n'
            )
        began = time.monotonic()
        world.run("watch", code=0)
        asked = [world.session(str(number)) / "question" for number in range(1, crowd + 1)]
        until(lambda: all(path.exists() for path in asked), within=600)
        took_s = time.monotonic() - began
        fields = Path(f"/proc/{world.watcher_pid()}/stat").read_text().rpartition(") ")[2].split()
        spent_ms = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1000
        decided = [json.loads(line) for line in (world.root / "escalations" / "groups.jsonl").read_text().splitlines()]
        groups = sum(line["move"] == "open" for line in decided)
        return spent_ms / crowd, took_s, groups, len(list((world.root / "escalations").glob("*.md")))
    finally:
        world.close()
