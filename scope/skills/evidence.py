"""How a skill did: lines that only grow, beside its file, and what they amount to.

Two kinds of lines: an outcome for each attempt that had the skill, or was kept from it as a
control, and a person's word. Evidence lies beside the skill's file, also in the home; only that of
a skill that ships, which nobody may be able to write to, lies in the root: `skills/evidence/`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from scope.laws import posterior
from scope.store import atomic, journal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.posterior import Verdict

Arm: TypeAlias = Literal["treated", "control"]
Use: TypeAlias = Literal["followed", "ignored", "misapplied", "unknown"]
Verifier: TypeAlias = Literal["check", "human"]
Result: TypeAlias = Literal["success", "failure"]
Said: TypeAlias = Literal["quarantined", "lifted", "trusted"]

_KIND: Final = "kind"
_VERDICT: Final = "verdict"
_ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "arm": get_args(Arm), "use": get_args(Use), "outcome": get_args(Result)
}  # fmt: skip
_SAID: Final[Mapping[str, Said]] = {"quarantined": "quarantined", "lifted": "lifted", "trusted": "trusted"}
_COUNTING: Final[tuple[str, ...]] = get_args(Verifier)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended that had the skill, or was kept from it.

    `id` is unique (`<session>/<attempt>`), so that what is written twice counts once; `cost` is in
    dollars, None where nobody knows it; only outcomes with a `verifier` of `Verifier` count.
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
class Evidence:
    """All lines in their order; each outcome once, where it first stood and as it last was written."""

    lines: tuple[Outcome | Word, ...] = ()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every attempt, also those that do not count."""
        return tuple(line for line in self.lines if isinstance(line, Outcome))

    @property
    def words(self) -> tuple[Word, ...]:
        """Everything that people decided."""
        return tuple(line for line in self.lines if isinstance(line, Word))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a skill stands: `n` verified outcomes with it, what to believe, and what follows.

    `posterior` is the expected rate of success, `lower` what it exceeds with 95 % probability.
    """

    n: int
    successes: int
    failures: int
    base_rate: float
    posterior: float
    lower: float
    verdict: Verdict
    cost_per_success: float | None
    is_trusted: bool = False
    is_by_person: bool = False


def record(path: str, outcome: Outcome) -> None:
    """Append one outcome; the same one again changes nothing. Raises StoreFault."""
    _append(path, {_KIND: "outcome", **asdict(outcome)})


def say(path: str, word: Word) -> None:
    """Append a person's word. Raises StoreFault."""
    _append(path, {_KIND: _VERDICT, **asdict(word)})


def read(path: str) -> Evidence:
    """Return the evidence in a file, none where there is no file; a line that is none is passed over.

    Raises StoreFault where it cannot be read.
    """
    found: dict[str, Outcome | Word] = {}
    for offset, line in journal.read(path):
        parsed = _word(line) if line.get(_KIND) == _VERDICT else _outcome(line)
        if isinstance(parsed, Outcome):
            found[parsed.id] = parsed
        elif parsed is not None:
            found[f"\0{offset}"] = parsed
    return Evidence(tuple(found.values()))


def base_rate(evidence: Evidence, successes: int = 0, failures: int = 0) -> float:
    """Return how often the job succeeds without the skill: its controls, and other outcomes of the job without it.

    Drawn towards one half, which it is where nothing is known: one failure proves no rate of zero.
    """
    control = [line for line in evidence.outcomes if line.arm == "control" and line.verifier in _COUNTING]
    good = successes + sum(line.outcome == "success" for line in control)
    return (good + 1) / (successes + failures + len(control) + 2)


def standing(evidence: Evidence, rate: float = posterior.UNKNOWN_RATE, revision: str = "") -> Standing:
    """Return where a skill stands that is at `revision`, given the rate of success without it.

    Every verified outcome with the skill counts, whether it was followed or not: what a model says
    of its own work decides nothing. A person's last word comes first. `quarantined` holds until it
    is lifted; `lifted` and `trusted` begin anew, so that only what came after them can quarantine
    the skill again; and `trusted` is for one revision: what the machine writes later needs it again.
    """
    words = evidence.words
    last = words[-1] if words else None
    begun = max((at for at, line in enumerate(evidence.lines) if isinstance(line, Word) and _renews(line)), default=-1)
    counted = [line for line in evidence.lines[begun + 1 :] if isinstance(line, Outcome) and _counts(line)]
    successes = sum(line.outcome == "success" for line in counted)
    failures = len(counted) - successes
    believed = posterior.posterior(successes, failures, rate)
    verdict = posterior.verdict(successes, failures, rate)
    is_trusted = last is not None and last.said == "trusted" and last.revision == revision
    is_held = last is not None and last.said == "quarantined"
    if is_held:
        verdict = "quarantined"
    elif is_trusted and verdict == "probation":
        verdict = "active"
    priced = [line for line in counted if line.cost is not None]
    bought = sum(line.outcome == "success" for line in priced)
    return Standing(
        n=len(counted),
        successes=successes,
        failures=failures,
        base_rate=rate,
        posterior=believed.mean,
        lower=believed.lower,
        verdict=verdict,
        cost_per_success=sum(line.cost or 0.0 for line in priced) / bought if bought else None,
        is_trusted=is_trusted,
        is_by_person=is_held or is_trusted,
    )


def _renews(word: Word) -> bool:
    return word.said in ("lifted", "trusted")


def _counts(line: Outcome) -> bool:
    return line.arm == "treated" and line.verifier in _COUNTING


def _append(path: str, line: dict[str, object]) -> None:
    atomic.directory(path.rpartition("/")[0])
    journal.append(path, line)


def _outcome(line: Mapping[str, object]) -> Outcome | None:
    kept = {field.name: line[field.name] for field in fields(Outcome) if field.name in line}
    for name, value in kept.items():
        if name == "cost":
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
                return None
        elif not isinstance(value, int if name == "attempt" else str):
            return None
    if any(kept.get(name, known[0]) not in known for name, known in _ALLOWED.items()):
        return None
    try:
        return Outcome(**kept)  # type: ignore[arg-type]
    except TypeError:
        return None  # it lacks what every outcome has


def _word(line: Mapping[str, object]) -> Word | None:
    time, revision = line.get("time"), line.get("revision")
    said = _SAID.get(str(line.get("said")))
    if said is None or not isinstance(time, str) or not isinstance(revision, str):
        return None
    return Word(said, time, revision, str(line.get("by", "person")))
