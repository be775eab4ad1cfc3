"""What was learned when advice led to a verified success, as a skill: a new one, or one that is amended.

Pure: where skills lie, and who may change them, is known to `skills.crystals`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scope.laws import procedure, tampering
from scope.laws.ids import LONGEST_NAME, is_id, is_name
from scope.laws.procedure import ABANDON, IN_VAIN, NOT_WHEN, ORIGIN, PRECONDITIONS, STEPS, VERIFY
from scope.laws.skill import Skill
from scope.laws.slug import slug, telling

if TYPE_CHECKING:
    from collections.abc import Iterable

SOURCE: Final = "escalation-"
"""How the source of a skill begins that the machine made."""

_KNOWN: Final = ("job_type", "entity_type", "signals")
_ORIGINS: Final = 3
_DIGITS: Final = 6
_LONGEST_SUBJECT: Final = 24
_LONGEST_REMEDY: Final = LONGEST_NAME - _LONGEST_SUBJECT - _DIGITS - 2
_LONGEST_HEADLINE: Final = 110
_LONGEST_ABOUT: Final = 100
_LONGEST_SIGNAL: Final = 64
_MOST_SIGNALS: Final = 16
_LONGEST_VALUE: Final = 4000
_MOST_VARIABLES: Final = 32
_LEVELS: Final = {"rules": "1"}
_RENDERING: Final = ("command", "template")


@dataclass(frozen=True, slots=True)
class Lesson:
    """One advice that led to a verified success: the remedy, the failure that it mended, and the work.

    `tried` is what was tried in vain, a line each; `session` and `attempt` are those that succeeded.
    """

    level: str  # rules, 2, 3, human
    instructions: str
    variables: tuple[tuple[str, str], ...]
    reasoning: str
    fingerprint: str
    headline: str
    job_type: str
    entity_type: str
    signals: tuple[str, ...]
    check: str
    executor: str
    tried: tuple[str, ...]
    session: str
    attempt: int
    runbook: str = ""  # of the rules


def source_of(level: str) -> str:
    """Return the source of a skill by who advised it."""
    level = _LEVELS.get(level, level)
    return f"{SOURCE}l{level}" if level.isascii() and level.isdigit() else f"{SOURCE}{slug(level, 16) or 'unknown'}"


def candidate(lesson: Lesson) -> Skill | None:
    """Return the skill that a lesson comes to; None where nothing tells which work it is for, or what to do.

    The same lesson makes the same skill, under the same name.
    """
    match = _match(lesson)
    variables = _variables(lesson.variables)
    steps = procedure.steps(lesson.instructions, variables)
    if not match or not steps:
        return None
    parts = {
        PRECONDITIONS: procedure.preconditions(match),
        STEPS: steps,
        NOT_WHEN: _not_when(variables),
        ABANDON: _abandon(lesson),
        VERIFY: _verify(lesson),
        IN_VAIN: procedure.listed(lesson.tried),
        ORIGIN: _origin((), lesson),
    }
    return Skill(
        name=_name(lesson, match, variables),
        description=_description(lesson, match, steps),
        match=match,
        variables=variables,
        fingerprint=procedure.plain(lesson.fingerprint, 64),
        source=source_of(lesson.level),
        body=procedure.compose(parts),
    )


def is_near(skill: Skill, lesson: Lesson) -> bool:
    """Tell whether a skill that the machine made is the same remedy for nearly the same work.

    Then it is amended rather than doubled.
    """
    return skill.source.startswith(SOURCE) and is_alike(skill, lesson)


def is_alike(skill: Skill, lesson: Lesson) -> bool:
    """Tell the same of any skill, whoever made it.

    The job and what it works on are the same, and so is the failure or the remedy; nothing else is
    asked of the work than what a lesson knows, and something would still be when their signals are
    reduced to what both have.
    """
    match = _match(lesson)
    if any(key not in _KNOWN for key, _ in skill.match):
        return False
    # First what is quickly told: most skills of a library are for other work.
    mine, theirs = dict(skill.match), dict(match)
    if any(mine.get(key) != theirs.get(key) for key in ("job_type", "entity_type")) or not _common(skill, match):
        return False
    fresh = candidate(lesson)
    if fresh is None:
        return False
    if skill.fingerprint and skill.fingerprint == fresh.fingerprint:
        return True
    if fresh.variables and is_set_alike(skill, lesson):
        return True
    return bool(lesson.instructions.strip()) and _says(skill, lesson)


def is_set_alike(skill: Skill, lesson: Lesson) -> bool:
    """Tell whether both set the same variables to the same values."""
    return sorted(skill.variables) == sorted(_variables(lesson.variables))


def is_same_remedy(skill: Skill, lesson: Lesson) -> bool:
    """Tell whether a skill already says what the lesson says is to be done.

    Commands and templates do what their variables say: how it is worded is nothing to them.
    """
    is_rendered = bool(skill.variables) and lesson.executor in _RENDERING
    return is_set_alike(skill, lesson) and (is_rendered or _says(skill, lesson))


def amended(skill: Skill, lesson: Lesson, *, has_failed: bool = True) -> Skill | None:
    """Return a skill that was near with what the lesson adds; None where it says all that already.

    Of its signals those stay that this work has as well: it gets wider, never narrower. Where it
    was given and has failed, the remedy that mended it takes the place of its own, which is
    remembered as tried in vain.
    """
    fresh = candidate(lesson)
    match = () if fresh is None else _common(skill, fresh.match)
    if fresh is None or not match:
        return None
    is_replaced = has_failed and not is_same_remedy(skill, lesson)
    old, new = procedure.sections(skill.body), procedure.sections(fresh.body)
    origins = _sessions(procedure.items(old.get(ORIGIN, "")))
    if not is_replaced and match == skill.match:
        return None  # that it helped once more is evidence, and no news
    tried = [*procedure.items(old.get(IN_VAIN, "")), *procedure.items(new.get(IN_VAIN, ""))]
    steps = old.get(STEPS) or procedure.steps(old.get("", ""), skill.variables)
    parts = {**old, STEPS: steps, PRECONDITIONS: procedure.preconditions(match)}
    if is_replaced:
        parts |= {title: new.get(title, "") for title in (STEPS, NOT_WHEN, ABANDON, VERIFY)}
        tried.append(f"version {skill.version}: {_formerly(skill, fresh, steps)}")
    parts |= {IN_VAIN: procedure.listed(dict.fromkeys(tried)), ORIGIN: _origin(origins, lesson)}
    return replace(
        skill,
        description=fresh.description if is_replaced else skill.description,
        match=match,
        variables=fresh.variables if is_replaced else skill.variables,
        source=fresh.source if is_replaced else skill.source,
        version=skill.version + 1,
        body=procedure.compose(parts),
    )


def tampers(skill: Skill) -> str:
    """Say what in a skill no skill may say, with why; nothing where there is nothing."""
    variables = (f"{name}={value}" for name, value in skill.variables)
    found = tampering.findings("\n".join((skill.description, *skill.when, *variables, skill.body)))
    return f"{found[0].why}: {found[0].words}" if found else ""


def _match(lesson: Lesson) -> tuple[tuple[str, tuple[str, ...]], ...]:
    # Only what a file can carry as it is: anything else would be true of no work.
    signals = dict.fromkeys(word for word in lesson.signals if word.isprintable() and 0 < len(word) <= _LONGEST_SIGNAL)
    pairs = (
        ("job_type", (lesson.job_type,) if is_name(lesson.job_type) else ()),
        ("entity_type", (lesson.entity_type,) if is_name(lesson.entity_type) else ()),
        ("signals", tuple(signals)[:_MOST_SIGNALS]),
    )
    return tuple((name, values) for name, values in pairs if values)


def _common(skill: Skill, match: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the match that both meet: the signals of a skill that the other has as well."""
    held = dict(match).get("signals", ())
    pairs = (
        (key, tuple(value for value in values if value in held) if key == "signals" else values)
        for key, values in skill.match
    )
    return tuple((key, values) for key, values in pairs if values)


def _variables(given: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found = {}
    for name, value in given:
        kept = "".join(c for c in value if c.isprintable() or c in "\n\t")
        if name.isidentifier() and name.isascii() and len(name) <= LONGEST_NAME and len(kept) <= _LONGEST_VALUE:
            found[name] = kept
    return tuple(sorted(found.items())[:_MOST_VARIABLES])


def _description(lesson: Lesson, match: tuple[tuple[str, tuple[str, ...]], ...], steps: str) -> str:
    said = dict(match)
    work = ", ".join(said.get("job_type", ()) + said.get("entity_type", ())) or ", ".join(said.get("signals", ()))
    about = f"{procedure.plain(work, _LONGEST_ABOUT)}: {procedure.plain(procedure.first_step(steps), _LONGEST_ABOUT)}"
    about = about if about.endswith((".", "!", "…", ":")) else f"{about}."
    headline = procedure.plain(lesson.headline, _LONGEST_HEADLINE)
    said_so = f" Use when it fails with: {headline}"
    return about + (said_so if headline and not tampering.findings(said_so) else " Use when such work fails.")


def _not_when(variables: tuple[tuple[str, str], ...]) -> str:
    names = procedure.plain(", ".join(name for name, _ in variables), 50)
    undeclared = [f"The task declares none of these: {names}."] if names else []
    return procedure.listed(["It fails with another error than the one below.", *undeclared])


def _abandon(lesson: Lesson) -> str:
    headline = procedure.plain(lesson.headline, _LONGEST_HEADLINE)
    shown = procedure.listed([f"The same error comes again: {headline}"]) if headline else ""
    said = procedure.listed(procedure.abandoned(lesson.instructions))
    return "\n".join(part for part in (said, shown or procedure.listed(["The same error comes again."])) if part)


def _verify(lesson: Lesson) -> str:
    said = procedure.listed(procedure.verified_by(lesson.instructions))
    return "\n\n".join(part for part in (said, procedure.verification(lesson.check)) if part)


def _formerly(skill: Skill, fresh: Skill, steps: str) -> str:
    """Say in a line what a remedy was that did not help."""
    set_otherwise = [f"{name}={value}" for name, value in skill.variables if (name, value) not in fresh.variables]
    words = procedure.in_a_line(steps, _LONGEST_ABOUT)
    return procedure.plain("; ".join((*set_otherwise, *([words] if words else []))), _LONGEST_ABOUT)


def _told(lesson: Lesson) -> str:
    level = {"rules": "a rule", "human": "a person"}.get(lesson.level, f"level {slug(lesson.level, 12) or '?'}")
    session = procedure.plain(lesson.session, 24) if is_id(lesson.session) else slug(lesson.session, 24)
    return f"session {session}, attempt {lesson.attempt}, advised by {level}"


def _sessions(origins: Iterable[str]) -> tuple[str, ...]:
    return tuple(line for line in origins if line.startswith("session "))


def _origin(sessions: tuple[str, ...], lesson: Lesson) -> str:
    """Return where it comes from: the last sessions that taught it, and why in the words of the newest."""
    others = [line for line in sessions if line != _told(lesson)]
    reason = procedure.plain(lesson.reasoning, 80)
    return procedure.listed([*others[1 - _ORIGINS :], _told(lesson), *([f"because: {reason}"] if reason else [])], 300)


def _steps(skill: Skill) -> str:
    parts = procedure.sections(skill.body)
    return parts.get(STEPS) or procedure.steps(parts.get("", ""), skill.variables)


def _says(skill: Skill, lesson: Lesson) -> bool:
    """Tell whether the words of both are the same, whatever they set."""
    return procedure.steps(lesson.instructions, skill.variables) == _steps(skill)


def _name(
    lesson: Lesson, match: tuple[tuple[str, tuple[str, ...]], ...], variables: tuple[tuple[str, str], ...]
) -> str:
    said = dict(match)
    subject = next(slug(said[key][0], _LONGEST_SUBJECT) for key in _KNOWN if key in said)
    remedies = (lesson.instructions, " ".join(word for pair in variables for word in pair), lesson.headline)
    told = (slug(telling(text), _LONGEST_REMEDY) for text in remedies)
    # The name of a rule tells more than the words that it begins with.
    remedy = slug(lesson.runbook, _LONGEST_REMEDY) or next(filter(None, told), "")
    parts = (lesson.fingerprint, *(word for key, values in match for word in (key, *values)))
    text = "".join(f"{len(part)}:{part}" for part in parts)
    digits = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return "-".join(word for word in (subject, remedy, digits) if word)
