"""The courier: carries notices to a person, in a process of its own, so that the watcher never waits.

Each try is written down before it is made and after. One that was begun and never ended (the
courier was killed in between) may have been heard: it is made once more, says so, and then not again.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from scope.errors import ScopeError
from scope.laws.backoff import delay_s
from scope.laws.configuration import Configuration, Notify
from scope.sessions.asking import escalations
from scope.sessions.asking.escalations import Escalation
from scope.sessions.records import configuration
from scope.store import inboxdir, journal, locks, rundir
from scope.supervision.notification import channels
from scope.supervision.notification.channels import Letter, Outcome
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.supervision.notification.channels import Channel

MODULE: Final = "scope.supervision.notification.courier"
TRIES_AT_MOST: Final = 5
_UNCERTAIN_AT_MOST: Final = 2
_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 60.0
_AGAIN: Final = " (perhaps a second time: the one who carried it died on the way)"


@dataclass(slots=True)
class Way:
    """How far one notice has come by one channel."""

    tries: int = 0
    uncertain: int = 0  # begun, and nobody knows how it ended
    is_over: bool = False

    def take(self, move: str) -> None:
        """Take one more line into account."""
        match move:
            case "begin":
                self.tries += 1
                self.uncertain += 1
            case "failed":
                self.uncertain -= 1
            case "sent" | "gave up" | "moot":
                self.is_over = True
            case _:
                pass


@dataclass(slots=True)
class Round:
    """What was told by which channel, from `deliveries.jsonl`; the courier is its one writer."""

    root: str
    ways: dict[tuple[int, str], Way] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    offset: int = 0

    def look(self) -> None:
        """Read what was written since the last look."""
        for offset, line in journal.read(inboxdir.deliveries(self.root), self.offset):
            self.offset = offset
            number = line.get("notice")
            if isinstance(number, int):
                self._take(number, str(line.get("by", "")), str(line.get("move", "")))

    def _take(self, number: int, by: str, move: str) -> None:
        if move == "done":
            self.done.add(number)
        else:
            self.ways.setdefault((number, by), Way()).take(move)

    def way(self, number: int, by: str) -> Way:
        """Return how far a notice has come by a channel."""
        return self.ways.setdefault((number, by), Way())

    def write(self, number: int, move: str, by: str = "", **more: object) -> None:
        """Write a line, and take it into account; raises StoreFault."""
        line = {"time": clock.stamp(), "notice": number, "move": move, **({"by": by} if by else {}), **more}
        journal.append(inboxdir.deliveries(self.root), line)
        self.look()


def deliver(root: str) -> None:
    """Carry every notice that has not come to its end; returns at once where another courier is at it."""
    lock = locks.take(rundir.courier_lock(root))
    if lock is None:
        return
    with lock:
        os.ftruncate(lock.descriptor, 0)
        os.write(lock.descriptor, f"{os.getpid()}\n".encode())
        carried = Round(root)
        carried.look()
        while pending := [line for line in notices(root) if line["notice"] not in carried.done]:
            for line in pending:
                _carry(root, line, carried)


def notices(root: str) -> list[dict[str, Any]]:
    """Return the notices that the watcher has committed to, the oldest first."""
    return [line for _, line in journal.read(inboxdir.notified(root)) if isinstance(line.get("notice"), int)]


def _carry(root: str, line: Mapping[str, Any], carried: Round) -> None:
    """Carry one notice by every channel, each as often as it takes, within bounds."""
    number = line["notice"]
    tries = 0
    while True:
        open_ways = [
            channel
            for channel in channels.every(root, _settings(root))
            if not carried.way(number, channel.name).is_over
        ]
        if not open_ways:
            carried.write(number, "done")
            return
        if tries:
            time.sleep(delay_s(tries, f"notice {number}", base_s=_PAUSE_S, cap_s=_LONGEST_PAUSE_S))
        tries += 1
        if not _is_wanted(root, line):
            for channel in open_ways:
                carried.write(number, "moot", channel.name, why="nobody waits for an answer any more")
            continue
        for channel in open_ways:
            _try(root, line, channel, carried)


def _try(root: str, line: Mapping[str, Any], channel: Channel, carried: Round) -> None:
    number = line["notice"]
    way = carried.way(number, channel.name)
    if way.uncertain >= _UNCERTAIN_AT_MOST:
        carried.write(number, "gave up", channel.name, why="twice begun, and nobody knows whether it was heard")
        return
    is_again = way.uncertain > 0
    carried.write(number, "begin", channel.name, attempt=way.tries + 1)
    outcome = attempt(channel, letter(root, line, is_again=is_again))
    if outcome.is_sent:
        carried.write(number, "sent", channel.name, **({"why": outcome.why} if outcome.why else {}))
        return
    carried.write(number, "failed", channel.name, why=outcome.why)
    if not outcome.may_again or way.tries >= TRIES_AT_MOST:
        carried.write(number, "gave up", channel.name, why=outcome.why)


def attempt(channel: Channel, told: Letter) -> Outcome:
    """Use a channel once; whatever it raises is a failure, named by its kind alone."""
    try:
        return channel.send(told)
    except Exception as error:  # noqa: BLE001 - its words may hold an address
        return Outcome(is_sent=False, why=f"it failed ({type(error).__name__})")


def letter(root: str, line: Mapping[str, Any], *, is_again: bool = False) -> Letter:
    """Return what is told of a notice."""
    title = str(line.get("title", "")) + (_AGAIN if is_again else "")
    facts = {
        "notice": line.get("notice"),
        "time": line.get("time"),
        "reasons": line.get("reasons"),
        "title": title,
        "message": line.get("message"),
        "cases": line.get("told"),
        "again": is_again,
        "root": root,
    }
    return Letter(title, str(line.get("message", "")), facts)


def _is_wanted(root: str, line: Mapping[str, Any]) -> bool:
    """Tell whether any of the cases still waits for a person."""
    cases = line.get("cases")
    if not isinstance(cases, dict):
        return True
    found = (escalations.read(root, str(identity)) for identity in cases)
    return any(not isinstance(each, Escalation) or (each.is_open and not each.is_acked) for each in found)


def _settings(root: str) -> Notify:
    try:
        return configuration.load(root).notify
    except ScopeError:
        return (configuration.last(root) or Configuration()).notify


if __name__ == "__main__":
    os.umask(0o077)
    deliver(sys.argv[1])
