"""Models: what the router adds to a call, what a worker weighs, and a hundred of them at once.

- router: the same calls, to the same provider in the same run, through the router's socket and by
  `litellm.acompletion` called directly in one process; processor time of that process, and wall time
  of one call after the other, in alternating rounds.
- worker: from the start of a worker to its first request, beside a bare interpreter, in pairs.
- crowd: a hundred sessions of twenty steps each, the provider answering after 200 ms.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from scope.models import tokens
from scope.models.client import Router
from tests.bench.paired import BARE, Row, judged, percentile, timed
from tests.driver import World, until

if TYPE_CHECKING:
    from collections.abc import Iterator

CROWD = 100
STEPS = 20
LATENCY_S = 0.2
_ROUND = 50
_DIRECT = """\
import asyncio, os, sys, time
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm
litellm.suppress_debug_info = True
url, body = sys.argv[1], {"messages": [{"role": "user", "content": "bench"}], "max_tokens": 64}
async def main():
    for line in sys.stdin:
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            await litellm.acompletion(model="openai/small", api_base=url, api_key="x", **body)
        print(time.perf_counter() - began, time.process_time() - cpu, flush=True)
asyncio.run(main())
"""
_CONFIG = """\
max_running: 400
triggers: {{disk: 100%}}
models:
  levels:
    0: [{{model: openai/small, base_url: "{url}", price: {{input: 1, output: 2}}}}]
"""


@contextmanager
def _provided(delay_s: float, steps: int) -> Iterator[str]:
    argv = [sys.executable, "-m", "tests.bench.providing", str(delay_s), str(steps)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.stdin.close()


@contextmanager
def _studio(url: str) -> Iterator[World]:
    world = World()
    try:
        world.configure_text(_CONFIG.format(url=url))
        yield world
    finally:
        world.close()


def _cpu_s(pid: int) -> float:
    # In nanoseconds, thread by thread; /proc/PID/stat counts in hundredths of a second.
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _rss_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1])
    return 0


def _router_pid(world: World) -> int:
    lock = world.root / "run" / "router.lock"
    until(lambda: lock.exists() and lock.read_text().strip().isdigit())
    return int(lock.read_text())


def router(count: int) -> list[Row]:
    """What a call costs through the router, beside litellm called directly."""
    with _provided(0.0, 1) as url, _studio(url) as world:
        world.sh("exec sleep 100000", "--level", "0")
        world.until_started("1")
        router = Router(str(world.root), tokens.make(str(world.root), "1", 1))
        body = {"messages": [{"role": "user", "content": "bench"}], "max_tokens": 64}
        until(lambda: router.get("/v1/models").status == 200)
        pid = _router_pid(world)
        direct = subprocess.Popen(
            [sys.executable, "-c", _DIRECT, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert direct.stdin is not None
        assert direct.stdout is not None
        walls: list[float] = []
        works: list[float] = []
        ours: list[float] = []
        theirs: list[float] = []
        for number in range(-2, max(3, count // _ROUND)):
            direct.stdin.write(f"{_ROUND}\n")
            direct.stdin.flush()
            wall_s, cpu_s = map(float, direct.stdout.readline().split())
            before, began = _cpu_s(pid), time.perf_counter()
            for call in range(_ROUND):
                assert router.chat(body, f"bench-{number}-{call}", 30.0).status == 200
            own_wall_s, own_cpu_s = time.perf_counter() - began, _cpu_s(pid) - before
            if number >= 0:
                walls.append(own_wall_s / wall_s)
                works.append(own_cpu_s / cpu_s)
                ours.append(own_wall_s / _ROUND * 1000)
                theirs.append(wall_s / _ROUND * 1000)
        direct.stdin.close()
        direct.wait(30)
    rows = []
    for kind, ratios in (("wall", walls), ("processor", works)):
        spread = (
            f"p10 {percentile(ratios, 10):.2f}, p90 {percentile(ratios, 90):.2f} ({len(ratios)} rounds of {_ROUND})"
        )
        measured = f"{median(ratios):.2f} x ({median(ours):.1f} ms)" if kind == "wall" else f"{median(ratios):.2f} x"
        beside = f"`litellm.acompletion` {median(theirs):.1f} ms"
        rows.append(Row(f"a call through the router, {kind}", measured, spread, judged(median(ratios), 1.5), beside))
    return rows


def worker(count: int) -> list[Row]:
    """From a worker's start to its first request, beside a bare interpreter."""
    ratios: list[float] = []
    ours: list[float] = []
    with _studio("http://127.0.0.1:1/v1") as world:
        place = world.attempt("1")
        place.mkdir(parents=True)
        (world.session("1") / "task.md").write_text("think\n")
        (place / "brief.md").write_text("---\nexecutor: model\n---\nthink\n")
        (place / "token").write_text("none\n")
        env = {**world.env, "SCOPE_SESSION": "1", "SCOPE_ATTEMPT": f"{world.root}/1/1"}
        argv = [sys.executable, "-P", "-m", "scope.executors.model", str(place)]
        (world.root / "run").mkdir(exist_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(world.root / "run" / "router.socket"))
            listener.listen()
            for number in range(-3, count):
                for name in ("trajectory.jsonl", "usage.json"):
                    (place / name).unlink(missing_ok=True)
                bare = timed(BARE, env, str(world.project)).wall_ms
                began = time.perf_counter()
                process = subprocess.Popen(
                    argv, env=env, cwd=world.project, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
                )
                connection, _ = listener.accept()
                own = (time.perf_counter() - began) * 1000
                process.kill()
                process.wait()
                connection.close()
                if number >= 0:
                    ratios.append(own / bare)
                    ours.append(own)
    spread = f"p10 {percentile(ratios, 10):.2f}, p90 {percentile(ratios, 90):.2f}"
    measured = f"{median(ratios):.2f} x ({median(ours):.1f} ms)"
    return [Row("a worker's start to its first request", measured, spread, judged(median(ratios), 4.0), "`-c pass`")]


def crowd(count: int) -> list[Row]:
    """A hundred sessions of twenty steps at once."""
    with _provided(LATENCY_S, STEPS) as url, _studio(url) as world:
        warm = world.spawn("warm up")
        world.wait(warm)
        pid = _router_pid(world)
        before, began = _cpu_s(pid), time.perf_counter()
        sessions = [world.spawn(f"job {number}") for number in range(CROWD)]
        weights: dict[int, int] = {}
        ended: set[str] = set()
        while len(ended) < CROWD:
            for other in world.marked():
                try:
                    if b"scope.executors.model" in Path(f"/proc/{other}/cmdline").read_bytes():
                        weights[other] = max(weights.get(other, 0), _rss_kb(other))
                except OSError:
                    continue
            ended = {
                session for session in sessions if world.state(session) in ("done", "failed", "aborted", "escalated")
            }
            time.sleep(0.2)
        wall_s, cpu_s = time.perf_counter() - began, _cpu_s(pid) - before
        done = sum(world.state(session) == "done" for session in sessions)
        lines = [json.loads(line) for line in (world.root / "ledger.jsonl").read_text().splitlines()]
        calls = [line for line in lines if line["session"] in sessions]
        lost = CROWD * STEPS - len({line["id"] for line in calls if line["outcome"] == "ok"})
        rss = Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]
    heavy = [weight / 1024 for weight in weights.values()]
    what = f"{CROWD} model sessions of {STEPS} steps, provider {LATENCY_S * 1000:.0f} ms"
    return [
        Row(f"{what}: lost calls", f"{lost} of {CROWD * STEPS}", f"{done} sessions done", judged(lost, 0, ""), "-"),
        Row(f"{what}: memory of a worker", f"{median(heavy):.1f} MB", f"max {max(heavy):.1f} MB ({len(heavy)} seen)",
            judged(median(heavy), 25, "MB"), "RSS"),
        Row(f"{what}: all of it", f"{wall_s:.1f} s", f"router: {cpu_s / len(calls) * 1000:.1f} ms of CPU a call, "
            f"{int(rss) / 1024:.0f} MB", "-", f"{STEPS * LATENCY_S:.0f} s of latency"),
    ]  # fmt: skip
