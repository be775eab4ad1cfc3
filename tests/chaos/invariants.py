"""What must hold after every walk, judged from the files and from what the walk did."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scope.store import document, journal
from tests.chaos import recoveries
from tests.chaos.gatherings import judge_groups, mismatches
from tests.chaos.plan import KINDS
from tests.chaos.traces import FOREVER, processes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.chaos.plan import Plan
    from tests.chaos.traces import Ledger
    from tests.driver import World

_TOLD = ("at", "move", "attempt", "kind", "why", "play", "argument", "fingerprint", "group", "serial", "reason")
_TERMINAL = ("done", "failed", "aborted")
_MANY_KILLS = 5
_OF_ONE_MIND_WITHIN_S = 8.0
_ORDERED = ("report", "stuck", "memory", "cpu", "cycle", "budget", "sibling", "supervisor", "timeout")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as it was left behind."""

    session: str
    number: int
    path: Path
    kind: str
    has_started: bool
    exit: int | None
    since: float
    until: float
    is_reported: bool

    @property
    def is_good(self) -> bool:
        """Whether it ended well, and did not say otherwise."""
        return self.exit == 0 and not self.is_reported


class Judge:
    """Holds a world against its ledger."""

    def __init__(self, world: World, ledger: Ledger, plan: Plan) -> None:
        self.world = world
        self.ledger = ledger
        self.plan = plan
        self.ran: list[str] = []
        self.sessions: list[str] = []
        self._tasks: dict[str, dict[str, Any]] = {}

    def judge_inbox(self, within_s: float) -> None:
        """Add to the ledger what the inbox says too much or too little, if that stays so."""
        deadline = time.monotonic() + within_s
        while found := mismatches(self.world, {session: self._said(session) for session in self._all()}):
            if time.monotonic() > deadline:
                self.ledger.problems += [f"{what} ({time.time():.3f})" for what in found]
                return
            time.sleep(0.05)

    def judge(self) -> None:
        """Add to the ledger whatever does not hold."""
        self.ran, self.sessions = _lines(self.world.project / "ran"), self._all()
        for session in sorted(set(self.ledger.printed) - set(self.sessions)):
            self._say(session, "its id was printed, and there is no such session")
        for line in _lines(self.world.project / "violations"):
            self.ledger.problems.append(line)
        for mark, count in Counter(self.ran).items():
            if count > 1:
                self.ledger.problems.append(f"{mark} ran {count} times")
        for session in self.sessions:
            attempts = self._attempts(session)
            self._judge_state(session, attempts)
            self._judge_costs(session)
            self._judge_messages(session)
            for attempt in attempts:
                self._judge_attempt(attempt)
            task = self._task(session)
            if _is_supervised(task):
                for what in recoveries.judge_session(self.world, session, task, self._said(session)):
                    self._say(session, what, attempts)
        said = {session: self._said(session) for session in self.sessions}
        self.ledger.problems += judge_groups(self.world, self.ledger, said)
        self.ledger.problems += recoveries.judge_intensity(self.world, self.plan)
        self.judge_inbox(_OF_ONE_MIND_WITHIN_S)
        self._judge_events()
        self._judge_leftovers()
        log = self.world.log()
        if re.search(r"failed:|Traceback|a bug in scope", log):
            self.ledger.problems.append("the watcher failed; see its log")

    def _judge_state(self, session: str, attempts: list[Attempt]) -> None:
        state = self.world.state(session)
        begun = [attempt for attempt in attempts if attempt.has_started]
        if [attempt.number for attempt in attempts] != list(range(1, len(attempts) + 1)):
            self._say(session, f"its attempts are numbered {[attempt.number for attempt in attempts]}")
        if state not in _TERMINAL:
            self._say(session, f"it is {state} in the end", attempts)
        elif state == "done" and recoveries.is_passed(self.world, self._said(session)):
            pass
        elif state == "done" and (not begun or begun[-1].exit != 0 or begun[-1] is not attempts[-1]):
            self._say(session, "it is done, and its last attempt did not exit with 0", attempts)
        elif state == "failed" and begun and begun[-1].is_good and begun[-1] is attempts[-1]:
            self._say(session, "it failed, and its last attempt exited with 0", attempts)
        elif state == "aborted" and not self.ledger.was_wished(session, "abort"):
            self._say(session, "it was aborted, and nobody wished it", attempts)
        is_steered = self.ledger.was_wished(session, "abort", "retry", "redirect")
        if not is_steered and not _is_supervised(self._task(session)):
            self._judge_unwished(session, state, attempts)

    def _judge_unwished(self, session: str, state: str, attempts: list[Attempt]) -> None:
        """Nobody steered it: then its attempts alone say how it must have ended."""
        task = self._task(session)
        retries, after = int(task["retries"]), [str(other) for other in task["after"]]
        begun = [attempt for attempt in attempts if attempt.has_started]
        if len(begun) > retries + 1:
            self._say(session, f"it has {retries} retries and began {len(begun)} times", attempts)
        if any(attempt.exit == 0 for attempt in begun[:-1]):
            self._say(session, "it went on after an attempt that succeeded", attempts)
        if state != "failed" or len(begun) == retries + 1:
            return
        last = _decisions(self.world, session)[-1]
        kind = last.get("kind")
        if kind == "dependency" and after and all(self.world.state(other) == "done" for other in after):
            if not any(self.ledger.was_wished(other, "abort", "retry", "redirect") for other in after):
                self._say(session, "it failed for a dependency that is done", attempts)
        elif kind != "dependency":
            kills = sum(touch.what == "infrastructure" for touch in self.ledger.touches)
            if kills < _MANY_KILLS or "could not be started" not in str(last.get("why")):
                self._say(session, f"it failed with {retries + 1 - len(begun)} tries left", attempts)

    def _judge_attempt(self, attempt: Attempt) -> None:
        """What nobody touched exits as its kind does, and all that it printed is in its log."""
        mark = f"{self.world.root}/{attempt.session}/{attempt.number}"
        if not attempt.has_started:
            if mark in self.ran:
                self._say(attempt.session, f"attempt {attempt.number} ran and has not started")
            return
        if attempt.kind not in KINDS:
            self._say(attempt.session, f"attempt {attempt.number} was given '{attempt.kind}'")
            return
        kind = KINDS[attempt.kind]
        if attempt.is_reported or self._was_ordered_to_end(attempt):
            return
        span = (attempt.session, attempt.number, attempt.since, attempt.until)
        if kind.name == "late" or self.ledger.touched(*span, "infrastructure", "kill", "abort", "redirect"):
            return
        if attempt.exit not in kind.exits:
            self._say(attempt.session, f"nobody touched attempt {attempt.number} ({kind.name}): exit {attempt.exit}")
        if mark not in self.ran:
            self._say(attempt.session, f"nobody touched attempt {attempt.number}, and it did not run")
        # The bytes are on their way for a moment after the exit; who kills the server then, loses them.
        if self.ledger.touched(attempt.session, attempt.number, attempt.since, attempt.until + 4):
            return
        log = (attempt.path / "output.log").read_text(errors="replace").replace("\r\n", "\n")
        wanted = [f"begin {mark}"]
        if kind.name == "lines":
            wanted += [f"line {number} of {mark}" for number in range(1, 1501)]
        if attempt.exit == 0:
            wanted += [f"end {mark}"]
        lines = log.splitlines()
        if [line for line in lines if mark in line and "spawn" not in line][: len(wanted)] != wanted:
            self._say(
                attempt.session, f"the log of attempt {attempt.number} ({kind.name}) is not whole: {log[-300:]!r}"
            )

    def _judge_costs(self, session: str) -> None:
        """A retry is paid for by an attempt that had begun."""
        for line in _decisions(self.world, session):
            if line.get("move") == "recover" and line.get("costs_retry"):
                number = int(line["attempt"])
                if not (self.world.attempt(session, number) / "started").exists():
                    self._say(session, f"attempt {number} never began and cost a retry")

    def _judge_messages(self, session: str) -> None:
        """No message is lost or doubled, and none is typed twice."""
        box = self.world.session(session) / "inbox"
        there = [path.read_text() for part in ("new", "cur") for path in (box / part).glob("*")]
        output = "".join(path.read_text(errors="replace") for path in self.world.session(session).rglob("output.log"))
        for text in self.ledger.sent.get(session, []):
            if sum(text in message.splitlines() for message in there) != 1:
                self._say(session, f"'{text}' is not in the mailbox once")
            if output.count(f"heard <{text}>") > 1:
                self._say(session, f"'{text}' was heard more than once")

    def _judge_events(self) -> None:
        events = self.world.events()
        if [event["seq"] for event in events] != list(range(1, len(events) + 1)):
            self.ledger.problems.append("the events have gaps")
        states: dict[str, str] = {}
        for event in events:
            if event["from"] != states.get(event["session"], "pending"):
                self._say(event["session"], f"an event does not follow: {event}")
            if not recoveries.can_follow(event["from"], event["to"]):
                self._say(event["session"], f"no state follows so: {event}")
            states[event["session"]] = event["to"]
        for session in self.sessions:
            if states.get(session, "pending") != self.world.state(session):
                self._say(
                    session, f"its events end in {states.get(session)}, its state says {self.world.state(session)}"
                )
            result = self.world.session(session) / "result.md"
            if result.exists() and f"\nstate: {self.world.state(session)}\n" not in result.read_text():
                self._say(session, f"it is {self.world.state(session)}, its result says {result.read_text()[:200]!r}")

    def _judge_leftovers(self) -> None:
        for seen in processes(self.world):
            path = self.world.attempt(seen.session, seen.attempt)
            if (path / "closed").exists() or self.world.state(seen.session) == "aborted":
                self._say(seen.session, f"process {seen.pid} of attempt {seen.attempt} outlived its end")

    def _was_ordered_to_end(self, attempt: Attempt) -> bool:
        return any(
            line["move"] == "stop" and line["attempt"] == attempt.number and line["reason"] in _ORDERED
            for line in self._said(attempt.session)
        )

    def _all(self) -> list[str]:
        return sorted(path.parent.name for path in (self.world.root / "sessions").glob("*/task.md"))

    def _said(self, session: str) -> list[dict[str, Any]]:
        return _decisions(self.world, session)

    def _task(self, session: str) -> dict[str, Any]:
        if session not in self._tasks:
            keys = document.parse((self.world.session(session) / "task.md").read_text()).keys
            self._tasks[session] = {"retries": 0, "after": [], **keys}
        return self._tasks[session]

    def _attempts(self, session: str) -> list[Attempt]:
        numbers = sorted(int(path.name) for path in (self.world.session(session) / "attempts").glob("[0-9]*"))
        return [_attempt(self.world, session, number) for number in numbers]

    def _say(self, session: str, what: str, attempts: list[Attempt] | None = None) -> None:
        self.ledger.problems.append(f"{session}: {what}")
        for attempt in attempts or []:
            self.ledger.problems.append(f"    {attempt.number} {attempt.kind}: {attempt.has_started} {attempt.exit}")
        for line in _decisions(self.world, session):
            told = {name: line[name] for name in _TOLD if name in line}
            self.ledger.problems.append(f"    {told}")


def _attempt(world: World, session: str, number: int) -> Attempt:
    path = world.attempt(session, number)
    brief = path / "brief.md"
    found = re.search(r"actor\.sh[\"']?[,\s-]+[\"']?([a-z-]+)", brief.read_text()) if brief.exists() else None
    started, code = path / "started", path / "exit"
    has_started = started.exists()
    return Attempt(
        session=session,
        number=number,
        path=path,
        kind=found.group(1) if found else "",
        has_started=has_started,
        exit=int(code.read_text()) if code.exists() else None,
        since=started.stat().st_mtime if has_started else 0.0,
        until=code.stat().st_mtime if code.exists() else FOREVER,
        is_reported=(path / "report.json").exists(),
    )


def _is_supervised(task: Mapping[str, Any]) -> bool:
    return any(task.get(key) for key in ("playbook", "variations", "assignable", "supervisor"))


def _decisions(world: World, session: str) -> list[dict[str, Any]]:
    """Return the lines that the watcher wrote, without what chaos has put between them."""
    path = str(world.session(session) / "decisions.jsonl")
    return [line for _, line in journal.read(path) if "move" in line]


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
