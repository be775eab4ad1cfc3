"""One walk: the steps of a plan in a world, then everything is let go on until it has ended."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING

from tests.chaos import town
from tests.chaos.hand import Hand
from tests.chaos.invariants import Judge
from tests.chaos.traces import Ledger

if TYPE_CHECKING:
    from tests.chaos.plan import Plan
    from tests.driver import World

_ENDS_WITHIN_S = 90.0
_CALM_WITHIN_S = 2.0
_OF_ONE_MIND_WITHIN_S = 8.0
_RESTS = ("done", "failed", "aborted", "escalated", "waiting", "pending")
_ENDED = ("done", "failed", "aborted")


def walk(world: World, plan: Plan) -> list[str]:
    """Walk, and return what does not hold."""
    ledger = Ledger()
    town.build(world, plan)
    hand = Hand(world, ledger)
    for step in plan.steps:
        hand.do(step)
    hand.let_everything_go_on()
    (world.project / "go").touch()
    ledger.note("go")
    judge = Judge(world, ledger, plan)
    _calm_down(world, hand, judge)
    (world.project / "well").touch()
    ledger.note("well")
    _settle(world, hand, _ENDS_WITHIN_S + plan.sessions)
    ledger.note("settled")
    judge.judge()
    if not ledger.problems:
        return []
    return [*ledger.problems, "", "acts:", *ledger.acts, "", "watcher.log:", world.log()]


def on_disk(world: World) -> list[str]:
    """Every session that has a task."""
    return sorted(path.parent.name for path in (world.root / "sessions").glob("*/task.md"))


def _calm_down(world: World, hand: Hand, judge: Judge) -> None:
    """Nobody answers, until only a person could go on: then the inbox names all who wait, and nobody else."""
    hand.desk.clear_up()
    world.run("watch")
    deadline = time.monotonic() + _CALM_WITHIN_S
    while time.monotonic() < deadline and any(world.state(session) not in _RESTS for session in on_disk(world)):
        time.sleep(0.05)
    judge.judge_inbox(_OF_ONE_MIND_WITHIN_S)


def _answer_until_all_has_ended(world: World, hand: Hand, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        hand.desk.answer_all()
        sessions = on_disk(world)
        done = world.run("wait", "--timeout", "1", *sessions)
        if done.returncode not in (0, 1, 3, 124):
            hand.ledger.problems.append(f"wait exits with {done.returncode}: {done.stderr[:500]}")
        if all(world.state(session) in _ENDED for session in sessions):
            return


def _settle(world: World, hand: Hand, within_s: float) -> None:
    """Wait until everything has ended, also what is spawned meanwhile."""
    ledger = hand.ledger
    waited: list[str] = []
    _answer_until_all_has_ended(world, hand, within_s)
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
        if flying.returncode not in (0, 1, 3) or "Traceback" in complaints:
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
