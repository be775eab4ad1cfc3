"""kill -9 of the watcher between advice and evidence: no skill doubled, no evidence lost or counted twice."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from scope.skills import evidence, outcomes
from scope.skills.library import load
from tests.driver import until
from tests.supervision.test_alike import write_runbook
from tests.supervision.test_crashes import consistent, mortal
from tests.supervision.test_deaths import lives
from tests.supervision.test_learning import SWITCH

if TYPE_CHECKING:
    from tests.driver import World

STRIDE = 4
STEPS = range(1, int(os.environ.get("DEATHS", "240")), int(os.environ.get("DEATHS_EVERY", "7")))
SETTINGS = """\
grace: 300ms
escalation: {group_wait: 20ms, group_interval: 10s, levels: [rules, human]}
learning: {control_arm: 0}
triggers: {disk: 100%}
"""
ALONE = {"SCOPE_SANDBOX": "1"}


def spawn(world: World, job: str) -> str:
    """Spawn work of a kind, without starting a watcher."""
    return world.run(
        "spawn", "--playbook", "default", "--job-type", job, "--signal", "old-house", "--var", "switch=off",
        "--check", "true", "--", "sh", "-c", SWITCH, "sh", "{{ switch }}", env=ALONE, code=0,
    ).stdout.strip()  # fmt: skip


def walk(world: World, at: int) -> None:
    """Take one failure to its skill, and the skill to its evidence, with a watcher that dies before its step `at`."""
    job = f"light-{at}"
    first, second = spawn(world, job), ""
    dying = mortal(world, at)
    until(lambda: not lives(dying) or world.state(first) == "done", what=f"learned, step {at}")
    if lives(dying):
        second = spawn(world, job)
        until(lambda: not lives(dying) or world.state(second) == "done", what=f"used, step {at}")
    if lives(dying):
        dying.terminate()
    dying.wait()
    world.wait(first)
    second = second or spawn(world, job)
    world.wait(second)
    root = str(world.root)
    made = [entry for entry in load(root).entries() if ("job_type", (job,)) in entry.skill.match]
    assert len(made) == 1, at
    assert made[0].skill.version == 1, at
    assert not world.attempt(second, 2).exists(), at
    witnessed = [(line.id, line.outcome) for line in evidence.read(made[0].evidence).outcomes]
    assert witnessed == [(f"{second}/1", "success")], at
    judged = [(line.id, line.outcome) for line in outcomes.read(root) if line.job_type == job]
    assert judged == [(f"{first}/1", "failure"), (f"{first}/2", "success"), (f"{second}/1", "success")], at


@pytest.mark.parametrize("shard", range(STRIDE))
def test_a_watcher_that_dies_while_it_learns_neither_forgets_nor_learns_twice(world: World, shard: int) -> None:
    """From the failure over the advice, the retry and the skill to the evidence of its first use."""
    world.configure_text(SETTINGS)
    write_runbook(world)
    for at in STEPS[shard::STRIDE]:
        walk(world, at)
    consistent(world)
