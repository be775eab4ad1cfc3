"""What has happened in a root since it was made, counted: a line of a journal is taken once, and nothing goes back."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from scope.laws import exposition
from scope.laws.resolution import LEVELS
from scope.laws.states import TERMINAL
from scope.sessions.keeping import departures, figures
from scope.sessions.keeping.figures import Trace
from scope.sessions.records import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.resolution import Resolution
    from scope.sessions.keeping.departures import Departure

_UNKNOWN: Final = "unknown"
_OUTCOMES: Final = ("success", "failure")
BUCKETS: Final = (10.0, 60.0, 300.0, 1800.0, 7200.0, 43200.0, math.inf)
"""The bounds of the times to resolution, in seconds."""

COUNTED: Final[Mapping[str, tuple[str, tuple[str, ...], str]]] = {
    "sessions_ended": ("state", tuple(sorted(TERMINAL)), "Sessions that ended, by how."),
    "sessions_resolved": (
        "level",
        (*LEVELS, _UNKNOWN),
        "Sessions that ended, by the highest level that had a hand in it; without those aborted before.",
    ),
    "sessions_escalated": ("", ("",), "Sessions that ended and had been escalated."),
    "failures": ("", ("",), "Attempts that failed, of sessions that ended."),
    "failures_recurred": ("", ("",), "Failures of which the like had been resolved before."),
    "restarts": ("", ("",), "Restarts that supervisors ordered."),
    "supervisors_gave_up": ("", ("",), "How often a supervisor restarted too often and gave up."),
    "escalations_opened": ("kind", ("failure", "question", "supervisor"), "Groups of like failures, and questions."),
    "escalations_asked": ("", ("",), "Escalations that were put before a person."),
    "attempts_first": ("outcome", _OUTCOMES, "First attempts that were judged, without replays of skills."),
    "attempts_later": ("outcome", _OUTCOMES, "Further attempts that were judged."),
    "attempts_cost_usd": ("", ("",), "What judged attempts cost, where it is known."),
    "advice_cost_usd": ("", ("",), "What advisors cost for judged attempts, where it is known."),
}
"""Each counter: its label and that label's known values, and what it means."""

_SOLVED_AT_MOST: Final = 2048
_SETTLED_AT_MOST: Final = 256
_IDS_AT_MOST: Final = 1024
_LARGEST: Final = 1e15


class Counters:
    """The counters of one root, with the place up to which each journal was counted."""

    def __init__(self, root: str, said: Mapping[str, Any]) -> None:
        self._root = root
        self.offsets = {name: int(value) for name, value in _numbers(said.get("offsets"))}
        self._counts = dict(_numbers(said.get("counts")))
        solved = said.get("solved")
        pairs = solved.items() if isinstance(solved, dict) else ()
        self._solved = OrderedDict((name, time) for name, time in pairs if isinstance(time, str))
        settled = said.get("settled")
        self._settled = OrderedDict.fromkeys(map(str, settled if isinstance(settled, list) else ()))
        self._traces: dict[str, Trace] = {}
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._gone: dict[str, Departure] | None = None  # only who counts from the beginning meets one that went

    def as_json(self) -> dict[str, Any]:
        """Return what the next watcher goes on with."""
        return {"offsets": self.offsets, "counts": self._counts, "solved": self._solved, "settled": [*self._settled]}

    def count(self, name: str, value: str = "") -> float:
        """Return a counter, of one value of its label."""
        return self._counts.get(f"{name} {value}", 0.0)

    def values_of(self, name: str) -> list[str]:
        """Return the values of a counter's label that have occurred."""
        return [key.partition(" ")[2] for key in self._counts if key.partition(" ")[0] == name]

    def take(self, journal: str, line: Mapping[str, Any]) -> None:
        """Count what a line of a journal tells; what is none of its lines changes nothing."""
        match journal:
            case "events" if figures.is_event(line):
                self._event(line)
            case "groups":
                self._group(line)
            case "restarts":
                self._add("restarts", amount=line.get("event") == "restart")
                self._add("supervisors_gave_up", amount=line.get("event") == "gave_up")
            case "outcomes":
                self._outcome(line)
            case _:
                pass

    def _event(self, line: Mapping[str, Any]) -> None:
        session = line["session"]
        known = self._traces.get(session)
        # Of one whose beginning was not seen, there may be more to tell.
        trace = known or Trace(is_troubled=line.get("from") != "pending")
        trace.take(line)
        if trace.state not in TERMINAL:
            self._traces[session] = trace
            return
        self._traces.pop(session, None)
        if self._gone is None and not record.exists(self._root, session):
            self._gone = departures.read(self._root)
        gone = (self._gone or {}).get(session)
        if not (gone is not None and gone.is_the_watchers) and not figures.is_the_watchers(self._root, session):
            self._ended(figures.resolved(self._root, session, trace, frozenset(self._settled), gone))

    def _ended(self, found: Resolution) -> None:
        self._add("sessions_ended", found.state)
        if not found.is_counted:
            return
        self._add("sessions_resolved", found.level or _UNKNOWN)
        self._add("sessions_escalated", amount=found.is_escalated)
        self._add("failures", amount=len(found.setbacks))
        for setback in found.setbacks:
            solved = self._solved.get(setback.fingerprint) if setback.fingerprint else None
            self._add("failures_recurred", amount=solved is not None and solved < setback.time)
        if found.state == "done":
            for setback in found.setbacks:
                if setback.fingerprint:
                    self._solved.setdefault(setback.fingerprint, found.ended)
            while len(self._solved) > _SOLVED_AT_MOST:
                self._solved.popitem(last=False)
        if found.took_s is not None:
            bound = next(bound for bound in BUCKETS if found.took_s <= bound)
            self._add("resolution_seconds", exposition.number(bound))
            self._add("resolution_seconds_sum", amount=found.took_s)

    def _group(self, line: Mapping[str, Any]) -> None:
        match line.get("move"):
            case "open":
                self._add("escalations_opened", "supervisor" if line.get("supervisor") else "failure")
            case "question":
                self._add("escalations_opened", "question")
                self._add("escalations_asked")
            case "ask":
                self._add("escalations_asked")
            case "settle":
                self._settled[str(line.get("group", ""))] = None
                if len(self._settled) > _SETTLED_AT_MOST:
                    self._settled.popitem(last=False)
            case _:
                pass

    def _outcome(self, line: Mapping[str, Any]) -> None:
        identity, outcome = line.get("id"), line.get("outcome")
        if not isinstance(identity, str) or outcome not in _OUTCOMES or line.get("is_replay") or identity in self._ids:
            return
        self._ids[identity] = None  # after a crash a line may be written twice
        if len(self._ids) > _IDS_AT_MOST:
            self._ids.popitem(last=False)
        self._add("attempts_first" if line.get("attempt") == 1 else "attempts_later", outcome)
        self._add("attempts_cost_usd", amount=_amount(line.get("cost")))
        self._add("advice_cost_usd", amount=_amount(line.get("escalation_cost")))

    def _add(self, name: str, value: str = "", *, amount: float = 1) -> None:
        if amount:
            self._counts[f"{name} {value}"] = self.count(name, value) + amount


def _numbers(said: object) -> list[tuple[str, float]]:
    pairs = said.items() if isinstance(said, dict) else ()
    return [(str(name), _amount(value)) for name, value in pairs]


def _amount(value: object) -> float:
    """Return a number that can be added up; none for what is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and 0 <= value < _LARGEST else 0.0  # type: ignore[operator,return-value]
