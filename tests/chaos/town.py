"""The town that a walk goes through: its settings, who works and supervises in it, what is known there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.plan import Plan
    from tests.driver import World

INTENSITY = 5
PERIOD_S = 600.0
_SETTINGS = """\
grace: 300ms
escalation: {group_wait: 100ms, group_interval: 300ms, repeat_interval: 1h}
triggers: {disk: 100%, every: 100ms}
"""
_RUNBOOK = """\
---
name: switch
description: The switch is off.
match: {error: "the switch is off"}
class: wrong_approach
apply: {vars: {switch: "on"}}
---
Turn it on.
"""


def build(world: World, plan: Plan) -> None:
    """Make the root with everything that is declared in it."""
    supervision = f"supervision: {{pause: 50ms, pause_at_most: 1s, intensity: {INTENSITY}, period: {int(PERIOD_S)}}}\n"
    world.configure_text(f"{_SETTINGS}{supervision}max_running: {plan.slots}\n")
    for name in ("ann", "bob"):
        _identity(world, name, {"env": f"{{WORD: {name}}}"})
    for one in plan.supervisors:
        keys = {"role": "supervisor", "supervisor": one.above, "strategy": one.strategy}
        keys |= {"intensity": str(one.intensity), "period": str(int(PERIOD_S))}
        _identity(world, one.name, keys | {"playbook": f"[{', '.join(one.playbook)}]"})
    place = world.root / "skills" / "runbooks"
    place.mkdir(parents=True)
    (place / "switch.md").write_text(_RUNBOOK)


def _identity(world: World, name: str, keys: dict[str, str]) -> None:
    place = world.root / "agents" / name
    place.mkdir(parents=True)
    (place / "identity.md").write_text("".join(("---\n", *(f"{key}: {said}\n" for key, said in keys.items()), "---\n")))
