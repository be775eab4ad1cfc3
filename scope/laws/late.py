"""Checks that come late: the work has ended, and whether it was good is known when a signal comes from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.laws import schema
from scope.laws.schema import Key, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.schema import Node

KEYS: Final[tuple[Key, ...]] = (
    Key("signal", "name", "the name of the signal that tells", "next-ci-run"),
    Key("within", "duration", "how long it may take to come; without it, for ever", "2d"),
    Key("at_least", "share", "the share or rate that the signal must bring", "90%"),
)


@dataclass(frozen=True, slots=True)
class Late:
    """A check that comes late: the signal, how long it may take in seconds, and the share that it must bring."""

    signal: str
    within_s: float | None = None
    at_least: float | None = None

    def __str__(self) -> str:
        bound = "" if self.at_least is None else f" (at least {self.at_least:.0%})"
        return f"the signal '{self.signal}'{bound}"


def parse(keys: Mapping[str, Node]) -> Late | Problem:
    """Return the late check that a task's `check` is, or what is wrong with it."""
    values = schema.values(keys, KEYS)
    if isinstance(values, Problem):
        return Problem("check", f"in 'check': {values.says}")
    signal, within_s, at_least = values.get("signal"), values.get("within"), values.get("at_least")
    if not isinstance(signal, str):
        return Problem("check", "'check' is a shell line, or takes keys such as {signal: next-ci-run, within: 2d}")
    if within_s == 0:
        return Problem("check", "in 'check': 'within' takes a time above 0; leave it out for no limit")
    return Late(
        signal,
        within_s if isinstance(within_s, float | int) else None,
        at_least if isinstance(at_least, float | int) else None,
    )
