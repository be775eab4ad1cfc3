"""One walk: the steps of a plan in a world, then everything is let go on until it has ended."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from tests.chaos.hand import Hand
from tests.chaos.invariants import Judge
from tests.chaos.traces import Ledger

if TYPE_CHECKING:
    from tests.chaos.plan import Plan
    from tests.driver import World

_ENDS_WITHIN_S = 90.0


def walk(world: World, plan: Plan) -> list[str]:
    """Walk, and return what does not hold."""
    ledger = Ledger()
    world.configure(grace="300ms", max_running=str(plan.slots))
    hand = Hand(world, ledger)
    for step in plan.steps:
        hand.do(step)
    hand.let_everything_go_on()
    (world.project / "go").touch()
    ledger.note("go")
    _settle(world, hand, _ENDS_WITHIN_S + plan.sessions)
    ledger.note("settled")
    Judge(world, ledger, plan).judge()
    if not ledger.problems:
        return []
    return [*ledger.problems, "", "acts:", *ledger.acts, "", "watcher.log:", world.log()]


def on_disk(world: World) -> list[str]:
    """Every session that has a task."""
    return sorted(path.parent.name for path in (world.root / "sessions").glob("*/task.md"))


def _settle(world: World, hand: Hand, within_s: float) -> None:
    """Wait until everything has ended, also what is spawned meanwhile."""
    ledger = hand.ledger
    waited: list[str] = []
    while (sessions := on_disk(world)) != waited:
        waited = sessions
        done = world.run("wait", "--json", "--timeout", str(int(within_s)), *sessions, within=within_s + 30)
        if done.returncode not in (0, 1):
            ledger.problems.append(f"wait exits with {done.returncode}: {done.stderr[:500]}")
            return
        _compare(world, ledger, json.loads(done.stdout))
    for flying in hand.people.waits:
        try:
            _, complaints = flying.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            ledger.problems.append(f"a wait goes on although all has ended: {flying.args!r}")
            continue
        if flying.returncode not in (0, 1) or "Traceback" in complaints:
            ledger.problems.append(f"{flying.args!r} exits with {flying.returncode}: {complaints}")


def _compare(world: World, ledger: Ledger, told: list[dict[str, object]]) -> None:
    """Compare what `wait` tells with what the attempts have published."""
    for one in told:
        session, number = str(one["id"]), one["attempt"]
        if number is not None:
            path = world.attempt(session, int(str(number))) / "exit"
            code = int(path.read_text()) if path.exists() else None
            if code != one["exit"]:
                ledger.problems.append(f"{session}: wait says exit {one['exit']}, attempt {number} published {code}")
        if world.state(session) != one["state"]:
            ledger.problems.append(f"{session}: wait says {one['state']}, its file says {world.state(session)}")
