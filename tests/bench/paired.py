"""Timing whole processes beside a baseline of the same run, and saying how noisy the machine was.

A machine that others use is slow and fast by turns, so nothing is compared with a time of another
minute: each measured process has its own baseline, run right before it, and what counts is the
median of the ratios of such pairs.
"""

from __future__ import annotations

import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WARM_UP = 5
BARE = (sys.executable, "-c", "pass")


@dataclass(frozen=True, slots=True)
class Run:
    """One process from before its fork until it was reaped."""

    wall_ms: float
    cpu_ms: float  # user and system, of it and the children that it reaped
    said: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    measured: str
    spread: str
    goal: str
    baseline: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """Runs of a baseline and of what is measured, in the order A B A B."""

    baseline: list[Run]
    measured: list[Run]

    def rows(self, what: str, goal: float | None) -> list[Row]:
        """Return the line for the wall time, which has the goal, and the one for the processor time."""
        lines = []
        for kind, bare, own in (
            ("wall", [run.wall_ms for run in self.baseline], [run.wall_ms for run in self.measured]),
            ("cpu", [run.cpu_ms for run in self.baseline], [run.cpu_ms for run in self.measured]),
        ):
            ratios = [ours / theirs for ours, theirs in zip(own, bare, strict=True) if theirs]
            aim = judged(median(ratios), goal) if kind == "wall" else "-"
            spread = f"p10 {percentile(ratios, 10):.2f}, p90 {percentile(ratios, 90):.2f}"
            spread += f", best/best {min(own) / min(bare):.2f}"
            measured = f"{median(ratios):.2f} x ({median(own):.1f} ms)"
            lines.append(Row(f"{what}, {kind}", measured, spread, aim, f"`-c pass` {median(bare):.1f} ms"))
        return lines


def judged(value: float, goal: float | None, unit: str = "x") -> str:
    """Return the goal and whether it is met, for a person to read; nothing fails by it."""
    return "-" if goal is None else f"<= {goal:g} {unit}, {'met' if value <= goal else 'MISSED'}"


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def timed(argv: Sequence[str], env: Mapping[str, str], cwd: str) -> Run:
    """Run a process to its end; it must exit with 0."""
    with tempfile.TemporaryFile() as out:  # takes more than a pipe would without a reader
        began = time.perf_counter()
        process = subprocess.Popen(
            argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_ms = (time.perf_counter() - began) * 1000
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().decode()
    if process.returncode:
        raise RuntimeError(f"{' '.join(argv)} exited with {process.returncode}")
    return Run(wall_ms, (usage.ru_utime + usage.ru_stime) * 1000, said)


def pairs(
    argv: Sequence[str], env: Mapping[str, str], cwd: str, count: int, after: Callable[[Run], object] | None = None
) -> Pairs:
    """Run the bare interpreter and a command in turn; `after` lets come to rest what a run set going."""
    bare: list[Run] = []
    own: list[Run] = []
    for number in range(WARM_UP + count):
        first, second = timed(BARE, env, cwd), timed(argv, env, cwd)
        if after is not None:
            after(second)
        if number >= WARM_UP:
            bare.append(first)
            own.append(second)
    return Pairs(bare, own)


def table(rows: Sequence[Row]) -> str:
    """Return the lines as a markdown table."""
    head = ("what", "ratio or ms (median)", "p99 or spread", "goal", "baseline of the same run")
    lines = [head, ("---",) * len(head)]
    lines += [(row.what, row.measured, row.spread, row.goal, row.baseline) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def noise(env: Mapping[str, str], cwd: str, count: int = 30) -> str:
    """Say how steady the machine is, by the bare interpreter, and what it is."""
    bare = [timed(BARE, env, cwd).wall_ms for _ in range(count)]
    tmux = subprocess.run(["tmux", "-V"], capture_output=True, text=True, check=False).stdout.strip()
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return (
        f"`python -c pass` {min(bare):.1f} / {median(bare):.1f} / {max(bare):.1f} ms (min / median / max of {count}); "
        f"load {load}; {len(os.sched_getaffinity(0))} cores; python {platform.python_version()}; {tmux}"
    )
