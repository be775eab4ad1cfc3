"""Where a skill stands by its evidence: what to believe of it, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from scope.laws import posterior
from scope.skills.evidence import Outcome, Verifier, Word

if TYPE_CHECKING:
    from scope.laws.posterior import Verdict
    from scope.skills.evidence import Evidence

Status: TypeAlias = Literal["probation", "admitted", "active", "quarantined"]
_COUNTING: Final[tuple[str, ...]] = get_args(Verifier)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a skill stands: `n` verified outcomes with it, what to believe, and what follows.

    `posterior` is the expected rate of success, `lower` what it exceeds with 95 % probability;
    `admitted`: a replay succeeded with nothing but the skill as it is now.
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
    admitted: bool = False
    has_failed_replay: bool = False

    @property
    def status(self) -> Status:
        """The verdict in a word; one in probation that a replay succeeded with is admitted."""
        return "admitted" if self.admitted and self.verdict == "probation" else self.verdict


def base_rate(found: Evidence, successes: int = 0, failures: int = 0) -> float:
    """Return how often the job succeeds without the skill: its controls, and other outcomes of the job without it.

    Drawn towards one half, which it is where nothing is known: one failure proves no rate of zero.
    """
    control = [line for line in found.outcomes if line.arm == "control" and line.verifier in _COUNTING]
    good = successes + sum(line.outcome == "success" for line in control)
    return (good + 1) / (successes + failures + len(control) + 2)


def standing(found: Evidence, rate: float = posterior.UNKNOWN_RATE, revision: str = "") -> Standing:
    """Return where a skill stands that is at `revision`, given the rate of success without it.

    Every verified outcome with the skill counts, whether it was followed or not: what a model says
    of its own work decides nothing. A person's last word comes first. `quarantined` holds until it
    is lifted; `lifted` and `trusted` begin anew, so that only what came after them can quarantine
    the skill again; and `trusted` is for one revision: what the machine writes later needs it again.
    A replay that failed quarantines its revision as a word would.
    """
    words = found.words
    last = words[-1] if words else None
    begun = max((at for at, line in enumerate(found.lines) if isinstance(line, Word) and _renews(line)), default=-1)
    since = found.lines[begun + 1 :]
    counted = [line for line in since if isinstance(line, Outcome) and _counts(line)]
    successes = sum(line.outcome == "success" for line in counted)
    failures = len(counted) - successes
    believed = posterior.posterior(successes, failures, rate)
    verdict = posterior.verdict(successes, failures, rate)
    is_trusted = last is not None and last.said == "trusted" and last.revision == revision
    is_held = last is not None and last.said == "quarantined"
    replays = [line for line in found.admissions if line.revision == revision and line.outcome != "begun"]
    has_failed_replay = bool(replays) and replays[-1].outcome == "failure" and replays[-1] in since
    if is_held or has_failed_replay:
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
        admitted=bool(replays) and replays[-1].outcome == "success",
        has_failed_replay=has_failed_replay,
    )


def _renews(word: Word) -> bool:
    return word.said in ("lifted", "trusted")


def _counts(line: Outcome) -> bool:
    return line.arm == "treated" and line.verifier in _COUNTING
