"""Learning: which of 10,000 skills some work is given, and what it costs the watcher to learn from an attempt.

- match: 10,000 skills of 500 job types lie in a root, with 20,000 outcomes and evidence beside those that
  fit; a matching is timed in one process, as the watcher does it at each start, beside one walk over the
  files that looks at each (`os.scandir` and `stat`), which is the least that notices an edit by hand.
- lesson: sessions that a check judges, with a job type and a skill each, beside as many without a job
  type; the processor time of the watcher per session, of one run.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

from scope.laws.skill import Skill, Subject
from scope.skills import evidence, matching, outcomes
from scope.skills.evidence import Outcome
from scope.skills.library import Library
from scope.skills.outcomes import Ending, Tally
from scope.skills.page import written
from tests.bench.paired import Row, judged, percentile
from tests.bench.sessions import watched_world
from tests.driver import World, until

SKILLS = 10_000
JOBS = 500
GOAL_MS = 50.0
SESSIONS = 200
_SETTINGS = "learning: {control_arm: 0}\ntriggers: {disk: 100%}\n"


def match(count: int) -> list[Row]:
    """Which of 10,000 skills a task is given."""
    with TemporaryDirectory() as base:
        os.environ["SCOPE_HOME"] = f"{base}/home"
        root = f"{base}/.scope"
        place = Path(root, "skills", "category", "bench")
        place.mkdir(parents=True)
        for number in range(SKILLS):
            job = f"job-{number % JOBS}"
            skill = Skill(f"skill-{number}", "Do it.", match=(("job_type", (job,)),), body=f"1. Step {number}.")
            (place / f"skill-{number}.md").write_text(written(skill))
            if number % JOBS == 0:
                path = str(place / f"skill-{number}.evidence.jsonl")
                for session in range(5):
                    evidence.record(path, Outcome(f"{session}/1", "", skill.name, "x", "treated", "success", "check"))
        for session in range(2 * SKILLS):
            outcomes.record(root, Ending(f"{session}/1", "", str(session), 1, job_type=f"job-{session % JOBS}"))
        library, tally = Library(root), Tally(root)
        subject = Subject(job_type="job-0")
        walks, ours = [], []
        for number in range(-3, count):
            began = time.perf_counter()
            _walk(str(place))
            between = time.perf_counter()
            tally.look()
            found = matching.match(library, subject, "", tally.without)
            ended = time.perf_counter()
            assert len(found.chosen) == matching.AT_MOST
            if number >= 0:
                walks.append(1000 * (between - began))
                ours.append(1000 * (ended - between))
    middle, plain = median(ours), median(walks)
    spread = f"p10 {percentile(ours, 10):.1f}, p90 {percentile(ours, 90):.1f} ms ({count} samples)"
    measured = f"{middle:.1f} ms ({middle / plain:.2f} x)"
    return [Row("10,000 skills matched", measured, spread, judged(middle, GOAL_MS, "ms"), f"a walk {plain:.1f} ms")]


def _walk(place: str) -> None:
    with os.scandir(place) as entries:
        for entry in entries:
            entry.stat(follow_symlinks=False)


def lesson(count: int) -> list[Row]:
    """What it costs the watcher to learn from an attempt that was judged."""
    plain = _spent(["--check", "true"])
    taught = _spent(["--check", "true", "--job-type", "bench"])
    ratio = f"{taught / plain:.2f} x ({taught:.1f} ms)"
    return [Row("a session that is learned from, watcher's cpu", ratio, "-", "-", f"one that is not {plain:.1f} ms")]


def _spent(options: list[str]) -> float:
    """Return the watcher's processor time for each of many sessions, in milliseconds."""
    with watched_world() as world:
        (world.root / "config.yaml").write_text(_SETTINGS)
        place = world.root / "skills"
        place.mkdir()
        (place / "bench.md").write_text(
            written(Skill("bench", "Do it.", match=(("job_type", ("bench",)),), body="1. Do."))
        )
        watcher = psutil.Process(world.watcher_pid())
        before = sum(watcher.cpu_times()[:2])
        sessions = [world.spawn(*options, "--", "true") for _ in range(SESSIONS)]
        until(lambda: _are_done(world, sessions), within=120)
        return 1000 * (sum(watcher.cpu_times()[:2]) - before) / SESSIONS


def _are_done(world: World, sessions: list[str]) -> bool:
    time.sleep(0.05)
    return all(world.state(session) == "done" for session in sessions)
