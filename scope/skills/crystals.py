"""Crystals: skills of the project's own that the machine writes when advice led to a verified success.

The machine changes only what it wrote. Which revisions those are stands in the evidence, written
before the file is: killed between any two writes, it finds its own again, and doing it once more
changes nothing. Skills of the home and those that ship are never changed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from scope.laws import crystal
from scope.laws.skill import Skill, Subject, fits, revision
from scope.skills import evidence, versions
from scope.skills.library import Broken
from scope.skills.page import written
from scope.store import atomic, layout, locks, skilldir

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scope.laws.crystal import Lesson
    from scope.skills.library import Entry, Library

_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Crystal:
    """What became of a lesson: the skill that has it now with its revision, or why there is none."""

    kind: Literal["created", "amended", "kept", "refused"]
    name: str
    path: str
    revision: str
    why: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A skill that has to do with the lesson, as its file is now."""

    entry: Entry
    is_ours: bool  # the machine may change it
    was_given: bool

    def as_kept(self, why: str) -> Crystal:
        return Crystal("kept", self.entry.skill.name, self.entry.path, self.entry.revision, why)


def crystallise(root: str, library: Library, lesson: Lesson, given: Sequence[str]) -> Crystal | None:
    """Keep what was learned as a skill of the project's, given the names of those that the work had; once only.

    A skill of ours that is near is amended, and one that says it already is kept; what a person
    wrote stays as it is. None where there is nothing to learn, or somebody edits faster than this.
    What tampers with verification is refused. Raises StoreFault.
    """
    fresh = crystal.candidate(lesson)
    if fresh is None:
        return None
    why = crystal.tampers(fresh)
    if why:
        return Crystal("refused", fresh.name, "", "", why)
    names = frozenset(word.partition("@")[0] for word in given)
    lock = skilldir.crystals_lock(root)
    atomic.directory(lock.rpartition("/")[0])
    # Of two that learn the same at once, in other words perhaps, the second must see what the first has made.
    with locks.hold(lock):
        for _ in range(_TRIES):
            made = _attempt(root, library, lesson, fresh, names)
            if made is not None:
                return made
    return None


def _attempt(root: str, library: Library, lesson: Lesson, fresh: Skill, given: frozenset[str]) -> Crystal | None:
    """Do it once; None where a file was changed meanwhile."""
    library.look()
    for found in sorted(_alike(library, lesson, given), key=lambda found: _precedence(found, lesson)):
        said = _amend(found, lesson) if found.is_ours else _leave(found, lesson)
        if isinstance(said, Crystal):
            return said
        if said == "changed":
            return None
    return _create(root, library, lesson, fresh)


def _alike(library: Library, lesson: Lesson, given: frozenset[str]) -> Iterable[_Found]:
    """Yield the skills that have the same remedy, or are for the same failure, whoever wrote them."""
    for entry in library.entries():
        if crystal.is_alike(entry.skill, lesson):
            known = evidence.written_revisions(evidence.read(entry.evidence)) if entry.place == "project" else ()
            is_ours = entry.revision in known and crystal.is_near(entry.skill, lesson)
            yield _Found(entry, is_ours, entry.skill.name in given)


def _precedence(found: _Found, lesson: Lesson) -> tuple[bool, bool, bool, str]:
    """Sort key: those that say it already, then those that were given and failed, each time ours first."""
    is_same = crystal.is_same_remedy(found.entry.skill, lesson)
    return not is_same, not found.was_given, not found.is_ours, found.entry.skill.name


def _amend(found: _Found, lesson: Lesson) -> Crystal | Literal["", "changed"]:
    entry, skill = found.entry, found.entry.skill
    if not found.was_given and not crystal.is_set_alike(skill, lesson):
        return ""  # it was not tried: both remedies may be good, each for other work
    after = crystal.amended(skill, lesson, has_failed=found.was_given)
    if after is None:
        return found.as_kept("it says so already")
    why = crystal.tampers(after)
    if why:
        return Crystal("refused", skill.name, entry.path, entry.revision, why)
    page = written(after)
    _claim(entry.evidence, page, lesson)
    if not versions.replace_if(entry.path, entry.revision, page):
        return "changed"
    return Crystal("amended", skill.name, entry.path, revision(page), f"version {after.version}")


def _leave(found: _Found, lesson: Lesson) -> Crystal | Literal[""]:
    """Keep what is not ours to change, where it is for this work and has not failed at it."""
    subject = Subject(lesson.job_type, lesson.entity_type, frozenset(lesson.signals))
    if found.was_given or fits(found.entry.skill, subject):
        return ""
    by = "a person wrote it" if found.entry.place in ("project", "agent") else f"it is of the {found.entry.place}"
    return found.as_kept(f"{by}, and it is for such work")


def _create(root: str, library: Library, lesson: Lesson, fresh: Skill) -> Crystal | None:
    path = f"{layout.skills(root)}/{fresh.name}.md"
    text = atomic.read(path)
    if text is not None:
        return Crystal("kept", fresh.name, path, revision(text), "there is a skill of that name")
    held = library.find(fresh.name)
    if held is not None and not isinstance(held, Broken) and held.place == "project":
        return Crystal("kept", fresh.name, held.path, held.revision, "there is a skill of that name")
    page = written(fresh)
    _claim(skilldir.evidence(path), page, lesson)
    if not versions.create(path, page):
        return None
    return Crystal("created", fresh.name, path, revision(page), fresh.description)


def _claim(path: str, page: str, lesson: Lesson) -> None:
    """Say whose revision it will be, before it is there; once is enough."""
    at = revision(page)
    if at not in evidence.written_revisions(evidence.read(path)):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        by = crystal.source_of(lesson.level)
        evidence.claim(path, evidence.Written(at, by, lesson.session, lesson.attempt, stamp))
