"""Which skills a piece of work is given: those that are for it and have done best, and few of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.laws import skill as law
from scope.laws import tampering
from scope.skills import evidence
from scope.skills.library import TIERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scope.laws.skill import Skill, Subject
    from scope.skills.evidence import Standing
    from scope.skills.library import Entry, Library

AT_MOST: Final = 3
TOKENS: Final = 3000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A skill and where it stands."""

    entry: Entry
    standing: Standing


@dataclass(frozen=True, slots=True)
class Selection:
    """What is given, the best first; and by name what was left out, with why."""

    chosen: tuple[Candidate, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def tokens(self) -> int:
        """About what the chosen ones take of a context."""
        return sum(candidate.entry.skill.tokens for candidate in self.chosen)


def select(
    candidates: Iterable[Candidate], subject: Subject, at_most: int = AT_MOST, tokens: int = TOKENS
) -> Selection:
    """Return the skills that this work is given.

    What is not for it, is quarantined, or tampers with verification is left out, the last unless a
    person vouched for it. The others are ranked by the lower bound of what is believed of them, in
    probation or not; then by the criterion that fits best, the nearer tier, and their names. Of
    those from one failure one is taken, and of all no more than fit.
    """
    chosen: list[Candidate] = []
    left_out: list[tuple[str, str]] = []
    fitting: list[Candidate] = []
    for candidate in candidates:
        why = law.fits(candidate.entry.skill, subject) or _unfit(candidate)
        if why:
            left_out.append((candidate.entry.skill.name, why))
        else:
            fitting.append(candidate)
    left = tokens
    origins: dict[str, str] = {}
    for candidate in sorted(fitting, key=lambda candidate: _rank(candidate, subject)):
        skill = candidate.entry.skill
        why = ""
        if skill.fingerprint in origins:
            why = f"it comes from the same failure as {origins[skill.fingerprint]}"
        elif len(chosen) >= at_most:
            why = f"{at_most} that did better are given already"
        elif skill.tokens > left:
            why = f"it takes {skill.tokens} tokens, and {left} are left"
        else:
            why = _tampers(skill) if not candidate.standing.is_trusted else ""
        if why:
            left_out.append((skill.name, why))
            continue
        chosen.append(candidate)
        left -= skill.tokens
        if skill.fingerprint:
            origins[skill.fingerprint] = skill.name
    return Selection(tuple(chosen), tuple(sorted(left_out)))


def match(
    library: Library,
    subject: Subject,
    agent: str = "",
    without: Callable[[Entry], tuple[int, int]] = lambda _: (0, 0),
    *,
    at_most: int = AT_MOST,
    tokens: int = TOKENS,
    is_exhaustive: bool = False,
) -> Selection:
    """Return the skills that this work is given, with the files and their evidence as they are now.

    `without` tells how often the skill's job succeeded and failed without it. With `is_exhaustive`
    every skill that was left out is named, else those that came near. What cannot be read of a
    skill's evidence leaves it out.
    """
    library.look(agent)
    near = library.entries(agent) if is_exhaustive else library.candidates(subject, agent)
    candidates, unread = [], []
    for entry in near:
        if not is_exhaustive and law.fits(entry.skill, subject):
            continue
        try:
            candidates.append(Candidate(entry, stand(entry, *without(entry))))
        except StoreFault as fault:
            unread.append((entry.skill.name, fault.line()))
    found = select(candidates, subject, at_most, tokens)
    return Selection(found.chosen, tuple(sorted((*found.left_out, *unread))))


def stand(entry: Entry, successes: int = 0, failures: int = 0) -> Standing:
    """Return where a skill stands by its evidence as it is now; raises StoreFault.

    `successes` and `failures` are those of its job without it, beside its own controls.
    """
    found = evidence.read(entry.evidence)
    return evidence.standing(found, evidence.base_rate(found, successes, failures), entry.revision)


def _unfit(candidate: Candidate) -> str:
    standing = candidate.standing
    if standing.verdict != "quarantined":
        return ""
    if standing.is_by_person:
        return "a person quarantined it"
    return f"quarantined: {standing.successes} of {standing.n} succeeded, without it {standing.base_rate:.0%} do"


def _rank(candidate: Candidate, subject: Subject) -> tuple[float, float, int, str]:
    entry = candidate.entry
    _, score = law.best_criterion(entry.skill, subject)
    return -round(candidate.standing.lower, 6), -score, TIERS.index(entry.tier), entry.skill.name


@lru_cache(maxsize=1024)
def _tampers(skill: Skill) -> str:
    variables = (f"{name}={value}" for name, value in skill.variables)
    found = tampering.findings("\n".join((skill.description, *skill.when, *variables, skill.body)))
    return f"{found[0].why}: {found[0].words}" if found else ""
