"""kill -9 of the watcher before each step of each move: the move is finished or undone, never doubled."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.driver import until
from tests.supervision.test_crashes import consistent, mortal

if TYPE_CHECKING:
    import subprocess

    from tests.driver import World

STRIDE = 4
STEPS = range(1, int(os.environ.get("DEATHS", "420")), int(os.environ.get("DEATHS_EVERY", "17")))
SETTINGS = """\
grace: 300ms
escalation: {group_wait: 20ms, group_interval: 10s}
supervision: {pause: 20ms, intensity: 1000}
triggers: {disk: 100%}
"""
WORK = """\
echo "$SCOPE_ATTEMPT" >> ran
test -e well || { echo error: the moon is down; exit 3; }
echo end
"""
PLAYS = ["restart ", "vary 0", "defer ", "escalate 1"]


def plays(world: World, session: str) -> list[str]:
    """Return the supervisor's moves."""
    return [f"{line['play']} {line['argument']}" for line in world.decisions(session) if line.get("play")]


def is_asked(world: World, sessions: list[str]) -> bool:
    """Tell whether a person is asked about all of them."""
    return all((world.session(session) / "question").exists() for session in sessions)


def answer(world: World, group: str) -> None:
    """Answer as a person with an editor does: no command runs that would start a watcher."""
    path = world.root / "escalations" / f"{group}.md"
    text = path.read_text()
    if "\nanswer:\n" in text:
        aside = path.with_suffix(".new")
        aside.write_text(text.replace("\nanswer:\n", "\nanswer: retry\n"))
        aside.rename(path)


def lives(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a watcher lives."""
    return process.poll() is None


def walk(world: World, at: int) -> None:
    """Take two sessions that fail alike through all moves, with a watcher that dies before its step `at`."""
    (world.project / "well").unlink(missing_ok=True)
    options = ("--playbook", "restart,vary,defer,escalate", "--variation", "env:A=1")
    alone = {"SCOPE_SANDBOX": "1"}
    sessions = [
        world.run("spawn", *options, "--", "sh", "-c", WORK, env=alone, code=0).stdout.strip() for _ in range(2)
    ]
    dying = mortal(world, at)
    until(lambda: not lives(dying) or is_asked(world, sessions), what=f"asked, step {at}")
    if lives(dying):
        (world.project / "well").touch()
        answer(world, (world.session(sessions[0]) / "question").read_text().split()[0])
        until(lambda: not lives(dying) or all(world.state(s) == "done" for s in sessions), what=f"done, step {at}")
    if lives(dying):
        dying.terminate()
    dying.wait()
    if not (world.project / "well").exists():
        world.run("wait", *sessions, code=3)
        (world.project / "well").touch()
        answer(world, (world.session(sessions[0]) / "question").read_text().split()[0])
    world.wait(*sessions)
    for session in sessions:
        assert plays(world, session) == PLAYS, at
        ran = [mark for mark in (world.project / "ran").read_text().split() if f"/{session}/" in mark]
        assert len(ran) == len(set(ran)) == 5, (at, ran)
        recovered = [line["attempt"] for line in world.decisions(session) if line["move"] == "recover"]
        assert recovered == [1, 2, 3, 4], at


@pytest.mark.parametrize("shard", range(STRIDE))
def test_a_watcher_that_dies_within_any_move_neither_loses_nor_doubles_it(world: World, shard: int) -> None:
    """Restart, vary, defer, escalate, the canary and the release: each happens once, whatever step it died before."""
    world.configure_text(SETTINGS)
    walks = STEPS[shard::STRIDE]
    for at in walks:
        walk(world, at)
    consistent(world)
    decided = [json.loads(line) for line in (world.root / "escalations" / "groups.jsonl").read_text().splitlines()]
    asked = [line["group"] for line in decided if line["move"] == "ask"]
    assert len(asked) == len(set(asked))
    history = [json.loads(line) for line in (world.root / "restarts.jsonl").read_text().splitlines()]
    restarts = [(line["session"], line["attempt"]) for line in history]
    assert len(restarts) == len(set(restarts)) == 2 * len(walks)
    files = [path.read_text() for path in (world.root / "escalations").glob("e*.md")]
    until(lambda: all("\nstate: answered" in path.read_text() for path in (world.root / "escalations").glob("e*.md")))
    assert len(files) == len(asked)
