"""A root written by hand in which nothing moves: the test holds the lock that its watcher would hold."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from scope.store import locks, rundir

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver import World

_HOUR_S = 3600
_WHY = {"done": "exit 0", "failed": "exit 3", "aborted": "aborted by person"}


class Stillness:
    """Sessions in every state, as the files would say it."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.run("init", code=0)
        self.lock = locks.take(rundir.watcher_lock(str(world.root)))
        assert self.lock is not None
        os.write(self.lock.descriptor, f"{os.getpid()}\n".encode())

    def add(self, session: str, state: str, *, hours: float = 0, keys: str = "", body: str = "", why: str = "") -> Path:
        """Write a session that is `hours` and a half old, with more keys of its task in YAML."""
        place = self.world.session(session)
        place.mkdir()
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - (hours + 0.5) * _HOUR_S))
        (place / "task.md").write_text(f'---\ncommand: [make, all]\n{keys}created: "{made}"\n---\n{body}')
        (place / "state").write_text(f"{state}\n")
        why = why or _WHY.get(state, "")
        if why:
            line = {"seq": 1, "time": made, "session": session, "move": "hold", "why": why, "saw": {"state": state}}
            (place / "decisions.jsonl").write_text(json.dumps(line) + "\n")
        if state != "pending":
            self.attempt(session, 1, "compiling\nlinking\n")
        if state in _WHY:
            code = "" if state == "aborted" else f"exit: {why.removeprefix('exit ')}\n"
            head = f'session: {session}\nstate: {state}\nverified: false\nwhy: "{why}"\nattempt: 1\n{code}'
            (place / "result.md").write_text(f'---\n{head}ended: "2026-01-02T03:04:05.678Z"\n---\nlinking\n')
        return place

    def attempt(self, session: str, number: int, output: str) -> Path:
        """Write an attempt that printed this."""
        place = self.world.attempt(session, number)
        place.mkdir(parents=True)
        (place / "output.log").write_text(output)
        return place

    def close(self) -> None:
        """Give the lock back."""
        assert self.lock is not None
        self.lock.close()


def every_state(still: Stillness) -> None:
    """Fill it with a session in each state, a family, and words that are hard to print."""
    still.add("1", "done", hours=76, keys="name: build\nlabels: {team: web}\n", body="Build it, and say where it is.\n")
    still.add("2", "running", hours=29, keys="name: web-tests\nlabels: {team: web, kind: tests}\n")
    still.add("2.1", "done", hours=28, body="[bold]This is no markup[/bold]: a title that is longer than any table.\n")
    still.add("2.2", "failed", hours=27)
    still.add("2.10", "pending", hours=26, keys='after: ["2.2"]\n', why="waits for 2.2")
    still.add("2.2.1", "aborted", hours=25, body="Grüße an 東京, mit 😀 und Breite\n")
    still.add("3", "waiting", hours=24, keys="name: deploy\n", why="asks: may I deploy?")
    still.add("4", "recovering", hours=24, why="retries in 20s")
    still.add("5", "deferred", hours=24, why="the limit of 4 is reached")
    still.add("6", "escalated", hours=24, why="3 attempts were lost")
    for session, asked in (("3", "e1\nMay I deploy?\n"), ("6", "e2\nSession 6 failed: lost. What should it do?\n")):
        (still.world.session(session) / "question").write_text(asked)
    (still.world.session("2") / "activity").write_text("test 17 of 40: test_a_very_long_name_that_does_not_fit\n")
