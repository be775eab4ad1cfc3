"""How attempts ended that a check, a signal or a person judged: what is done without a skill is seen from these.

One line each in `outcomes.jsonl`, of all work that has a job type, an entity type or signals.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import MISSING, asdict, dataclass, fields
from itertools import repeat
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from scope.laws.skill import Skill, Subject, fits
from scope.store import journal, skilldir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.skills.library import Entry

Verifier: TypeAlias = Literal["check", "signal", "human"]

_KNOWN: Final = frozenset(("job_type", "entity_type", "signals"))
_LISTS: Final = ("signals", "skills", "control")
_OUTCOMES: Final = ("success", "failure")
_VERIFIERS: Final = ("check", "signal", "human")
REMEMBERED: Final = 1 << 13
"""How many of the last ids a tally knows: what is written again after a crash is among them."""

_Kind: TypeAlias = tuple[str, str, tuple[str, ...]]  # job_type, entity_type, signals
_Match: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
_Counts: TypeAlias = list[int]  # successes, failures
_Counted: TypeAlias = tuple[_Kind, int, tuple[str, ...]]  # the kind of work, how it ended, the skills that it was about


@dataclass(frozen=True, slots=True)
class Ending:
    """How one attempt ended; skills are written `name@revision`, the costs in dollars, None where nobody knows.

    `id` is `<session>/<attempt>`: written twice, it counts once.
    """

    id: str
    time: str
    session: str
    attempt: int
    job_type: str = ""
    entity_type: str = ""
    entity: str = ""
    signals: tuple[str, ...] = ()
    executor: str = ""
    fingerprint: str = ""  # of a failure
    headline: str = ""  # of a failure
    skills: tuple[str, ...] = ()  # given
    control: tuple[str, ...] = ()  # held back
    advice_from: str = ""  # the level whose advice it had
    outcome: Literal["success", "failure"] = "failure"
    verifier: Verifier = "check"
    cost: float | None = None
    seconds: float = 0.0
    escalation_cost: float | None = None  # what advisors took for its advice
    is_replay: bool = False


def record(root: str, ending: Ending) -> None:
    """Append how an attempt ended; the same one again changes nothing. Raises StoreFault."""
    journal.append(skilldir.outcomes(root), asdict(ending))


def read(root: str) -> tuple[Ending, ...]:
    """Return every ending once, where it first stood and as it last was written; raises StoreFault.

    A line that is none is passed over.
    """
    found: dict[str, Ending] = {}
    for _, line in journal.read(skilldir.outcomes(root)):
        if _is_ending(line):
            kept: dict[str, Any] = {name: line[name] for name in _TYPES if name in line}
            kept |= {name: tuple(line[name]) for name in _LISTS if name in line}
            found[line["id"]] = Ending(**kept)
    return tuple(found.values())


class Tally:
    """How often work of each kind succeeds without a skill, for a process that lives long: it reads on where it was.

    It keeps counts, not lines; and the last few thousand ids, so that what is written twice counts once.
    """

    def __init__(self, root: str) -> None:
        self._path = skilldir.outcomes(root)
        self._inode = 0
        self._offset = 0
        self._forget()

    def look(self) -> None:
        """Read what was written since; all of it, where another file is there. Raises StoreFault."""
        try:
            status = os.stat(self._path)
            inode, size = status.st_ino, status.st_size
        except OSError:
            inode, size = 0, 0  # if it is there all the same, reading it says why
        if inode != self._inode or size < self._offset:
            self._forget()
            self._inode = inode
        for offset, line in journal.read(self._path, self._offset):
            self._offset = offset
            if _is_ending(line):
                self._take(line)

    def without(self, entry: Entry) -> tuple[int, int]:
        """Return how often work that the skill is for succeeded and failed without it.

        Replays do not count, nor do attempts with advice; those from which the skill was held back
        stand in its own evidence. Of its `match` those keys decide that an ending knows: a skill
        with none of them is for no kind of work that is told apart here.
        """
        match = tuple((key, values) for key, values in entry.skill.match if key in _KNOWN)
        if match not in self._fitting:
            self._fitting[match] = self._sum(match)
        kinds, good, bad = self._fitting[match]
        about = self._about.get(entry.skill.name, {})
        for kind in kinds & about.keys():
            good, bad = good - about[kind][0], bad - about[kind][1]
        return good, bad

    def _forget(self) -> None:
        self._offset = 0
        self._all: dict[_Kind, _Counts] = {}
        self._by_job: dict[str, set[_Kind]] = {}
        self._about: dict[str, dict[_Kind, _Counts]] = {}
        self._last: OrderedDict[str, _Counted | None] = OrderedDict()
        self._fitting: dict[_Match, tuple[frozenset[_Kind], int, int]] = {}

    def _take(self, line: Mapping[str, Any]) -> None:
        """Count a line, in place of the one with its id."""
        counted = _counted(line)
        before = self._last.pop(line["id"], None)
        if before is not None:
            self._count(before, -1)
        if counted is not None:
            self._count(counted, 1)
        self._last[line["id"]] = counted
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)

    def _count(self, counted: _Counted, step: int) -> None:
        kind, ended, names = counted
        if kind not in self._all:
            self._all[kind] = [0, 0]
            self._by_job.setdefault(kind[0], set()).add(kind)
        self._all[kind][ended] += step
        for name in names:
            about = self._about.setdefault(name, {})
            if kind not in about:
                about[kind] = [0, 0]
            about[kind][ended] += step
        if self._fitting:
            self._fitting = {}

    def _sum(self, match: _Match) -> tuple[frozenset[_Kind], int, int]:
        """Return the kinds of work that a match is for, with all that succeeded and failed of them."""
        if not match:
            return frozenset(), 0, 0
        wanted = Skill("", match=match)
        jobs = dict(match).get("job_type")
        near = self._all if jobs is None else self._by_job.get(jobs[0], ())
        kinds = frozenset(kind for kind in near if not fits(wanted, Subject(kind[0], kind[1], frozenset(kind[2]))))
        return kinds, sum(self._all[kind][0] for kind in kinds), sum(self._all[kind][1] for kind in kinds)


_NUMBER: Final = (int, float)
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    field.name: str for field in fields(Ending)
} | {
    "attempt": int, "signals": list, "skills": list, "control": list, "seconds": _NUMBER,
    "cost": (*_NUMBER, type(None)), "escalation_cost": (*_NUMBER, type(None)), "is_replay": bool,
}  # fmt: skip
_DEFAULTS: Final = tuple(
    None if field.default is MISSING else [] if _TYPES[field.name] is list else field.default
    for field in fields(Ending)
)


def _is_ending(line: Mapping[str, Any]) -> bool:
    """Tell whether a line is one; there are many, so this is quick."""
    if not all(map(isinstance, map(line.get, _TYPES, _DEFAULTS), _TYPES.values())):
        return False
    if line.get("outcome", "failure") not in _OUTCOMES or line.get("verifier", "check") not in _VERIFIERS:
        return False
    words = (*line.get("signals", ()), *line.get("skills", ()), *line.get("control", ()))
    if not all(map(isinstance, words, repeat(str))):
        return False
    # No sum survives what is no number.
    try:
        return isfinite((line.get("cost") or 0.0) + (line.get("escalation_cost") or 0.0) + line.get("seconds", 0.0))
    except OverflowError:
        return False  # a whole number beyond every sum


def _counted(line: Mapping[str, Any]) -> _Counted | None:
    """Return what an ending counts for; None for what shows nothing about work without a skill."""
    if line.get("is_replay") or line.get("advice_from"):
        return None
    kind = (line.get("job_type", ""), line.get("entity_type", ""), tuple(sorted(line.get("signals", ()))))
    words = (*line.get("skills", ()), *line.get("control", ()))
    names = tuple({word.partition("@")[0] for word in words}) if words else ()
    return kind, int(line.get("outcome") != "success"), names
