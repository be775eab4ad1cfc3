"""The seeded chaos walk: whatever is killed, stopped or wished, every session reaches its right end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chaos.plan import plan
from tests.chaos.walk import walk

if TYPE_CHECKING:
    import pytest

    from tests.driver import World


def test_a_walk_through_chaos_ends_well(world: World, seed: int, request: pytest.FixtureRequest) -> None:
    """Nothing is lost, doubled or forgotten; on failure the walk can be walked again by its seed."""
    sessions = request.config.getoption("--chaos-sessions")
    problems = walk(world, plan(seed, sessions))
    again = f"pytest tests/chaos --chaos-seed {seed} --chaos-sessions {sessions}"
    assert not problems, "\n".join([again, *problems])


def test_a_plan_depends_on_its_seed_alone(seed: int) -> None:
    """The same seed, the same acts; another, others."""
    assert plan(seed, 12) == plan(seed, 12)
    assert plan(seed, 12).steps != plan(seed + 1, 12).steps
