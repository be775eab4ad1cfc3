"""Equipment: the skills that an attempt begins with, and those held back to see what goes well without them."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.executors.brief import Equipment, Given
from scope.laws import skill as law
from scope.laws.crystal import SOURCE
from scope.skills import matching
from scope.skills.library import Broken, Library
from scope.skills.outcomes import Tally

if TYPE_CHECKING:
    from scope.laws.configuration import Learning
    from scope.laws.task import Task
    from scope.skills.library import Entry
    from scope.skills.matching import Candidate

ACTIVE_ARM: Final = 0.02
"""How often a skill is held back at most that is known to help."""
_TOLD_OF: Final = 12
_WIDE: Final = 1 << 32


class Armoury:
    """The library and how its skills do, for a process that lives long."""

    def __init__(self, root: str) -> None:
        self.library = Library(root)
        self.tally = Tally(root)

    def equip(self, session: str, task: Task, settings: Learning, *, is_first: bool) -> Equipment:
        """Return what an attempt of a session begins with.

        In the control arm a session's first attempt goes without a skill of the machine's: always
        the same sessions for a skill, whoever asks. The next attempts have it.
        """
        if task.is_help:
            return Equipment()
        if task.skill:
            return self._named(task)
        subject = law.of_task(task)
        if not (task.is_thinking or subject.job_type or subject.entity_type or subject.signals or subject.labels):
            return Equipment()
        with suppress(StoreFault):  # what cannot be read of the past keeps no work from beginning
            self.tally.look()
        found = matching.match(
            self.library,
            subject,
            task.agent,
            self.tally.without,
            at_most=settings.inject,
            active_cap=settings.active_cap,
        )
        held = [one for one in found.chosen if is_first and _is_control(session, one, settings.control_arm)]
        return Equipment(
            skills=tuple(given(one.entry) for one in found.chosen if one not in held),
            control=tuple((one.entry.skill.name, one.entry.revision) for one in held),
            left_out=found.left_out[:_TOLD_OF],
        )

    def _named(self, task: Task) -> Equipment:
        self.library.look(task.agent)
        entry = self.library.find(task.skill, task.agent)
        if entry is None or isinstance(entry, Broken):
            return Equipment(left_out=((task.skill, "there is no such skill" if entry is None else str(entry)),))
        return Equipment(skills=(given(entry),))


def given(entry: Entry) -> Given:
    """Return a skill as an attempt is given it."""
    skill = entry.skill
    return Given(skill.name, entry.revision, skill.description, skill.body, skill.variables)


def _is_control(session: str, candidate: Candidate, control_arm: float) -> bool:
    skill, standing = candidate.entry.skill, candidate.standing
    # A person's own skill is a person's word.
    if standing.is_trusted or not skill.source.startswith(SOURCE):
        return False
    arm = min(control_arm, ACTIVE_ARM) if standing.verdict == "active" else control_arm
    drawn = hashlib.sha256(f"{session}\0{skill.name}".encode()).digest()[:4]
    return int.from_bytes(drawn, "big") < arm * _WIDE
