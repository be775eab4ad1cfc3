"""The brief of an attempt: exactly what its executor is given, and afterwards the record of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.store import atomic, attemptdir, document, frontmatter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.laws.group import Advice
    from scope.laws.schema import Node
    from scope.laws.task import Task

SKILLS: Final = "## Skills"
ADVICE: Final = "## Advice"
BEFORE: Final = "## What failed before"
_PARTS: Final = (SKILLS, ADVICE, BEFORE)
_BETWEEN: Final = "\n\n"


@dataclass(frozen=True, slots=True)
class Given:
    """A skill as an attempt is given it; its variables are those that it set."""

    name: str
    revision: str
    description: str
    body: str
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Equipment:
    """The skills that were given, those held back as a control (name, revision), and why others were left out."""

    skills: tuple[Given, ...] = ()
    control: tuple[tuple[str, str], ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What a brief says was given: skills and controls as name and revision, whose advice, and the variables."""

    skills: tuple[tuple[str, str], ...] = ()
    control: tuple[tuple[str, str], ...] = ()
    advice_from: str = ""
    variables: tuple[tuple[str, str], ...] = ()


def compose(task: Task, advice: Advice | None, equipment: Equipment, digest: str, resumes: int) -> str:
    """Return the whole of `brief.md`; what skills and advice set stands in the task's variables already."""
    keys: dict[str, str | tuple[str, ...] | dict[str, str]] = {"executor": task.executor}
    if task.command:
        keys["command"] = task.argv()
    if task.templates:
        keys["templates"] = dict(task.templates)
    if resumes:
        keys["resumes"] = str(resumes)
    for name in ("check", "cwd", "agent", "role"):
        if getattr(task, name):
            keys[name] = getattr(task, name)
    if task.level is not None:
        keys["level"] = str(task.level)
    if task.vars:
        keys["vars"] = dict(task.vars)
    if equipment.skills:
        keys["skills"] = tuple(_marked((skill.name, skill.revision) for skill in equipment.skills))
    if equipment.control:
        keys["control"] = tuple(_marked(equipment.control))
    if equipment.left_out:
        keys["left_out"] = dict(equipment.left_out)
    if advice is not None:
        keys["advice_from"] = advice.level
    return frontmatter.write(keys, _body(task, advice, equipment, digest))


def recorded(attempt_directory: str) -> Record:
    """Return what an attempt was given; nothing where its brief is not there, or is none. Raises StoreFault."""
    return record_of(read(attempt_directory))


def record_of(given: document.Document) -> Record:
    """Return what a brief says was given."""
    keys = given.keys
    said = keys.get("vars")
    return Record(
        skills=_parted(keys.get("skills")),
        control=_parted(keys.get("control")),
        advice_from=str(keys.get("advice_from") or ""),
        variables=tuple((name, str(value)) for name, value in said.items()) if isinstance(said, dict) else (),
    )


def is_of(task: Task, attempt_directory: str) -> bool:
    """Tell whether an attempt was given this task, with whatever is put behind its words. Raises StoreFault."""
    body, words = read(attempt_directory).body.strip(), task.body.strip()
    return body == words or body.startswith(tuple(f"{words}{_BETWEEN}{part}\n".lstrip() for part in _PARTS))


def read(attempt_directory: str) -> document.Document:
    """Return an attempt's brief; an empty one where it is not there, or is none. Raises StoreFault."""
    try:
        return document.parse(atomic.read(attemptdir.brief(attempt_directory)) or "")
    except (document.Unfinished, document.Malformed):
        return document.Document()


def _body(task: Task, advice: Advice | None, equipment: Equipment, digest: str) -> str:
    # What a person answered may be a bare "once more".
    told = (advice.instructions.strip() or advice.reasoning.strip()) if advice is not None else ""
    behind = [
        (SKILLS, _BETWEEN.join(map(_shown, equipment.skills))),
        (ADVICE, told),
        (BEFORE, digest.strip()),
    ]
    parts = [f"{heading}{_BETWEEN}{words}" for heading, words in behind if words]
    if not parts:
        return task.body
    return _BETWEEN.join(filter(None, (task.body.rstrip(), *parts))) + "\n"


def _shown(skill: Given) -> str:
    return _BETWEEN.join(filter(None, (f"### {skill.name}", skill.description.strip(), skill.body.strip())))


def _marked(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}@{revision}" for name, revision in pairs]


def _parted(listed: Node) -> tuple[tuple[str, str], ...]:
    marks = [mark for mark in listed if isinstance(mark, str)] if isinstance(listed, list) else []
    return tuple((name, revision) for name, _, revision in (mark.partition("@") for mark in marks))
