"""How a skill did: lines that only grow, beside its file. What they amount to is in `skills.standing`.

Four kinds of lines: an outcome for each attempt that had the skill, or was kept from it as a
control; a person's word; how a replay with nothing but the skill ended; and which revisions the
machine wrote: it changes no other. Evidence lies beside the skill's file, also in the home; only that of
a skill that ships, which nobody may be able to write to, lies in the root: `skills/evidence/`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from scope.store import atomic, journal

if TYPE_CHECKING:
    from collections.abc import Mapping

Arm: TypeAlias = Literal["treated", "control"]
Use: TypeAlias = Literal["followed", "ignored", "misapplied", "unknown"]
Verifier: TypeAlias = Literal["check", "signal", "human"]
Result: TypeAlias = Literal["success", "failure"]
Said: TypeAlias = Literal["quarantined", "lifted", "trusted"]
Replayed: TypeAlias = Literal["begun", "success", "failure"]

_KIND: Final = "kind"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended that had the skill, or was kept from it.

    `id` is unique (`<session>/<attempt>`; outside of a root also that root and the time), so that
    what is written twice counts once; `cost` is in dollars, None where nobody knows it; only
    outcomes with a `verifier` of `Verifier` count.
    """

    id: str
    time: str
    skill: str
    revision: str
    arm: Arm
    outcome: Result
    verifier: str
    use: Use = "unknown"
    job: str = ""
    entity: str = ""
    fingerprint: str = ""
    cost: float | None = None
    session: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """What a person decided of a skill at a revision: keep it from work, no longer do, or vouch for it."""

    said: Said
    time: str
    revision: str
    by: str = "person"


@dataclass(frozen=True, slots=True)
class Admission:
    """How a replay in a clean work tree, with nothing but the skill at this revision, ended, or that it began."""

    session: str
    outcome: Replayed
    revision: str
    time: str
    by: str = "replay"


@dataclass(frozen=True, slots=True)
class Written:
    """A revision that the machine is about to write, by whose advice, and the attempt that taught it."""

    revision: str
    by: str
    session: str
    attempt: int
    time: str


Line: TypeAlias = Outcome | Word | Admission | Written
_KINDS: Final[Mapping[str, type[Line]]] = {
    "outcome": Outcome, "verdict": Word, "admission": Admission, "written": Written
}  # fmt: skip
_ALLOWED: Final[Mapping[tuple[type[Line], str], tuple[str, ...]]] = {
    (Outcome, "arm"): get_args(Arm),
    (Outcome, "use"): get_args(Use),
    (Outcome, "outcome"): get_args(Result),
    (Word, "said"): get_args(Said),
    (Admission, "outcome"): get_args(Replayed),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """All lines in their order; each outcome once, where it first stood and as it last was written."""

    lines: tuple[Line, ...] = ()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every attempt, also those that do not count."""
        return tuple(line for line in self.lines if isinstance(line, Outcome))

    @property
    def words(self) -> tuple[Word, ...]:
        """Everything that people decided."""
        return tuple(line for line in self.lines if isinstance(line, Word))

    @property
    def admissions(self) -> tuple[Admission, ...]:
        """Every replay that began or ended."""
        return tuple(line for line in self.lines if isinstance(line, Admission))

    @property
    def written(self) -> tuple[Written, ...]:
        """Every revision that the machine wrote, or was about to."""
        return tuple(line for line in self.lines if isinstance(line, Written))


def record(path: str, outcome: Outcome) -> None:
    """Append one outcome; the same one again changes nothing. Raises StoreFault."""
    _append(path, {_KIND: "outcome", **asdict(outcome)})


def say(path: str, word: Word) -> None:
    """Append a person's word. Raises StoreFault."""
    _append(path, {_KIND: "verdict", **asdict(word)})


def admit(path: str, found: Admission) -> None:
    """Append that a replay began, or how it ended. Raises StoreFault."""
    _append(path, {_KIND: "admission", **asdict(found)})


def claim(path: str, written: Written) -> None:
    """Append which revision the machine is about to write, so that it knows its own later. Raises StoreFault."""
    _append(path, {_KIND: "written", **asdict(written)})


def read(path: str) -> Evidence:
    """Return the evidence in a file, none where there is no file; a line that is none is passed over.

    Raises StoreFault where it cannot be read.
    """
    found: dict[str, Line] = {}
    for offset, line in journal.read(path):
        parsed = _parsed(line)
        if isinstance(parsed, Outcome):
            found[parsed.id] = parsed
        elif parsed is not None:
            found[f"\0{offset}"] = parsed
    return Evidence(tuple(found.values()))


def admission(evidence: Evidence, revision: str) -> Admission | None:
    """Return the last that is known of a replay with this revision; None where there was none."""
    return next((line for line in reversed(evidence.admissions) if line.revision == revision), None)


def written_revisions(evidence: Evidence) -> frozenset[str]:
    """Return the revisions that the machine wrote: what is at another one, a person wrote."""
    return frozenset(line.revision for line in evidence.written)


def _append(path: str, line: dict[str, object]) -> None:
    atomic.directory(path.rpartition("/")[0])
    journal.append(path, line)


def _parsed(line: Mapping[str, object]) -> Line | None:
    kind = _KINDS.get(str(line.get(_KIND, "outcome")))
    if kind is None:
        return None
    kept = {field.name: line[field.name] for field in fields(kind) if field.name in line}
    if not all(_is_value(kind, name, value) for name, value in kept.items()):
        return None
    try:
        return kind(**kept)  # type: ignore[arg-type]
    except TypeError:
        return None  # it lacks what every line of its kind has


def _is_sum(value: object) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False  # a whole number beyond every sum


def _is_value(kind: type[Line], name: str, value: object) -> bool:
    if name == "cost":
        return value is None or _is_sum(value)
    if name == "attempt":
        return isinstance(value, int)
    return isinstance(value, str) and value in _ALLOWED.get((kind, name), (value,))
