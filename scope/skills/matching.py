"""Which skills a piece of work is given: those that are for it and have done best, and few of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.laws import crystal
from scope.laws import skill as law
from scope.laws.budget import dollars
from scope.skills import evidence, standing
from scope.skills.library import TIERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scope.laws.skill import Subject
    from scope.skills.library import Entry, Library
    from scope.skills.standing import Standing

AT_MOST: Final = 3
TOKENS: Final = 3000
ACTIVE_CAP: Final = 24

_tampers = lru_cache(maxsize=1024)(crystal.tampers)


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
    candidates: Iterable[Candidate],
    subject: Subject,
    at_most: int = AT_MOST,
    tokens: int = TOKENS,
    active_cap: int = ACTIVE_CAP,
) -> Selection:
    """Return the skills that this work is given.

    What is not for it, is quarantined, or tampers with verification is left out, the last unless a
    person vouched for it. The others are ranked by the lower bound of what is believed of them, in
    probation or not; then by the criterion that fits best, the nearer tier, and their names. Only
    the best `active_cap` are considered. Of those from one failure one is taken, where two would
    set a variable differently the one of the nearer tier, and of all no more than fit.
    """
    left_out: list[tuple[str, str]] = []
    fitting: list[Candidate] = []
    for candidate in candidates:
        why = law.fits(candidate.entry.skill, subject) or _unfit(candidate)
        if why:
            left_out.append((candidate.entry.skill.name, why))
        else:
            fitting.append(candidate)
    fitting.sort(key=lambda candidate: _rank(candidate, subject))
    left_out += [(late.entry.skill.name, f"only the best {active_cap} are considered") for late in fitting[active_cap:]]
    chosen: list[Candidate] = []
    for candidate in fitting[:active_cap]:
        why, beaten = _place(candidate, chosen, at_most, tokens)
        for other, why_not in beaten:
            chosen.remove(other)
            left_out.append((other.entry.skill.name, why_not))
        if why:
            left_out.append((candidate.entry.skill.name, why))
        else:
            chosen.append(candidate)
    return Selection(tuple(chosen), tuple(sorted(left_out)))


def match(
    library: Library,
    subject: Subject,
    agent: str = "",
    without: Callable[[Entry], tuple[int, int]] = lambda _: (0, 0),
    *,
    at_most: int = AT_MOST,
    tokens: int = TOKENS,
    active_cap: int = ACTIVE_CAP,
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
    found = select(candidates, subject, at_most, tokens, active_cap)
    return Selection(found.chosen, tuple(sorted((*found.left_out, *unread))))


def stand(entry: Entry, successes: int = 0, failures: int = 0) -> Standing:
    """Return where a skill stands by its evidence as it is now; raises StoreFault.

    `successes` and `failures` are those of its job without it, beside its own controls.
    """
    found = evidence.read(entry.evidence)
    return standing.standing(found, standing.base_rate(found, successes, failures), entry.revision)


def _place(
    candidate: Candidate, chosen: list[Candidate], at_most: int, tokens: int
) -> tuple[str, tuple[tuple[Candidate, str], ...]]:
    """Say why a candidate is not taken after those that are better; and which of them make way for it, with why."""
    skill = candidate.entry.skill
    akin = next((each.entry.skill.name for each in chosen if _origin(each) and _origin(each) == skill.fingerprint), "")
    if akin:
        return f"it comes from the same failure as {akin}", ()
    if len(chosen) >= at_most:
        return f"{at_most} that did better are given already", ()
    rivals = [(other, name) for other in chosen if (name := _disputed(candidate, other))]
    for other, name in rivals:
        if TIERS.index(other.entry.tier) <= TIERS.index(candidate.entry.tier):
            return f"it sets {name} otherwise than {other.entry.skill.name}", ()
    taken = Selection(tuple(chosen)).tokens - Selection(tuple(other for other, _ in rivals)).tokens
    if skill.tokens > tokens - taken:
        return f"it takes {skill.tokens} tokens, and {tokens - taken} are left", ()
    why = "" if candidate.standing.is_trusted else _tampers(skill)
    if why:
        return why, ()
    return "", tuple((other, f"it sets {name} otherwise than {skill.name}, which is nearer") for other, name in rivals)


def _origin(candidate: Candidate) -> str:
    return candidate.entry.skill.fingerprint


def _disputed(one: Candidate, other: Candidate) -> str:
    """Return the first variable that two skills set to different values; nothing where there is none."""
    values = dict(other.entry.skill.variables)
    return next((name for name, value in one.entry.skill.variables if values.get(name, value) != value), "")


def _unfit(candidate: Candidate) -> str:
    standing = candidate.standing
    if standing.verdict != "quarantined":
        return ""
    if standing.is_by_person:
        return "a person quarantined it"
    if standing.has_failed_replay:
        return "its replay failed"
    cost = "-" if standing.cost_per_success is None else dollars(standing.cost_per_success)
    done = f"{standing.successes} of {standing.n} succeeded (cost of a success: {cost})"
    return f"quarantined: {done}, without it {standing.base_rate:.0%} do"


def _rank(candidate: Candidate, subject: Subject) -> tuple[float, float, int, str]:
    entry = candidate.entry
    _, score = law.best_criterion(entry.skill, subject)
    return -round(candidate.standing.lower, 6), -score, TIERS.index(entry.tier), entry.skill.name
