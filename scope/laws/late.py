"""Checks that come late: the work has ended, and whether it was good is known when a signal comes from outside."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from scope.laws import schema, signal
from scope.laws.schema import Key, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.schema import Node

KEYS: Final[tuple[Key, ...]] = (
    Key("signal", "name", "the name of the signal that tells", "next-ci-run"),
    Key("within", "duration", "how long it may take to come; without it, for ever", "2d"),
    Key("at_least", "share", "the share or rate that the signal must bring", "90%"),
)

_OUTCOMES: Final = {"success": True, "failure": False}
_ALL: Final = 100
_AS_GOOD_AS: Final = 1e-9  # 33.3% and 0.333 are one share, and differ in their last bit


@dataclass(frozen=True, slots=True)
class Late:
    """A check that comes late: the signal, how long it may take in seconds, and the share that it must bring."""

    signal: str
    within_s: float | None = None
    at_least: float | None = None

    def __str__(self) -> str:
        bound = "" if self.at_least is None else f" (at least {percent(self.at_least)})"
        return f"the signal '{self.signal}'{bound}"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A late check that is waited for, and since when; times in unix seconds."""

    late: Late
    ended: float  # when the attempt ended: what came before says nothing about it
    seen: int = 0  # how many bytes the signal's file had when that was seen

    @property
    def until(self) -> float | None:
        """When the signal is overdue; None: it may take for ever."""
        return None if self.late.within_s is None else self.ended + self.late.within_s

    def is_in_time(self, at: float) -> bool:
        """Tell whether what came at this moment counts: after the attempt's end, and before it is overdue."""
        return self.ended < at and (self.until is None or at <= self.until)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a signal says about the work: good, bad, or nothing; and in words what it brought."""

    verdict: Literal["good", "bad", "nothing"]
    words: str


def parse(keys: Mapping[str, Node]) -> Late | Problem:
    """Return the late check that a task's `check` is, or what is wrong with it."""
    values = schema.values(keys, KEYS)
    if isinstance(values, Problem):
        return Problem("check", f"in 'check': {values.says}")
    named, within_s, at_least = values.get("signal"), values.get("within"), values.get("at_least")
    if not isinstance(named, str):
        return Problem("check", "'check' is a shell line, or takes keys such as {signal: next-ci-run, within: 2d}")
    if within_s == 0:
        return Problem("check", "in 'check': 'within' takes a time above 0; leave it out for no limit")
    return Late(
        named,
        within_s if isinstance(within_s, float | int) else None,
        at_least if isinstance(at_least, float | int) else None,
    )


def judged(late: Late, data: Mapping[str, object]) -> Judgement:
    """Return what the data of a signal says about work that waits for it.

    With `at_least`, a number is compared: `value` (0.93, 93 or "93%": what is above 1 is a percentage, for the
    bound is a share), or else `passed` of `total`. Without it `ok` or `outcome` decides, and a signal
    that brings no data is good because it came. What cannot be compared so says nothing.
    """
    brought = signal.brought(data)
    if late.at_least is not None:
        return _compared(late.signal, late.at_least, brought)
    called = f"the signal '{late.signal}'"
    if not brought:
        return Judgement("good", f"{called} came")
    told: dict[str, object] = {name: brought[name] for name in ("ok", "outcome") if name in brought}
    verdicts = {_is_well(value) for value in told.values()}
    if len(verdicts) != 1 or None in verdicts:
        return Judgement("nothing", f"{called} brought nothing that decides ({signal.listed(brought)})")
    return Judgement("good" if True in verdicts else "bad", f"{called} brought {signal.listed(told)}")


def _compared(called: str, at_least: float, brought: Mapping[str, object]) -> Judgement:
    asked = f"at least {percent(at_least)} was asked for"
    share, words = _share(brought)
    if share is None:
        said = f"the signal '{called}' brought nothing to compare ({signal.listed(brought)})"
        return Judgement("nothing", f"{said}; {asked}")
    is_enough = share >= at_least - _AS_GOOD_AS
    return Judgement("good" if is_enough else "bad", f"the signal '{called}' brought {words}; {asked}")


def _share(brought: Mapping[str, object]) -> tuple[float | None, str]:
    """Return the share that data brings, and what it brings in words; None where it brings none."""
    if "value" in brought:
        share = _rate(brought["value"])
        return share, "" if share is None else percent(share)
    passed, total = _number(brought.get("passed")), _number(brought.get("total"))
    if passed is None or total is None or not 0 <= passed <= total or total == 0:
        return None, ""
    share = passed / total
    return share, f"{signal.plain(brought['passed'])} of {signal.plain(brought['total'])} ({percent(share)})"


def _rate(value: object) -> float | None:
    """Return the share that a value is; None for what is none, or more than all."""
    is_percentage = False
    if isinstance(value, str):
        text = value.strip()
        is_percentage = text.endswith("%")
        digits = text.removesuffix("%").strip()
        # `float` takes more than people write: nan, 1_000, 1e3.
        value = float(digits) if digits.isascii() and digits.replace(".", "", 1).isdigit() else None
    number = _number(value)
    if number is None or not 0 <= number <= _ALL:
        return None
    return number / _ALL if is_percentage or number > 1 else number


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _is_well(value: object) -> bool | None:
    """Return what one value of `ok` or `outcome` says; None for nothing."""
    if isinstance(value, bool):
        return value
    return _OUTCOMES.get(value) if isinstance(value, str) else None


def percent(share: float) -> str:
    """Say a share as people do: 90%, 99.5%."""
    return f"{share * _ALL:.6g}%"
