"""Skills: what work of a kind should know before it begins, as markdown that people edit.

The frontmatter says which work a skill is for and the body what to do; how well it has done is
never in the file (`skills.evidence`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from scope.laws import schema
from scope.laws.ids import is_name
from scope.laws.schema import Key, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.schema import Node
    from scope.laws.task import Task

KEYS: Final[tuple[Key, ...]] = (
    Key("name", "name", "what it is called; the file's name without .md", "monorepo-biome"),
    Key("description", "text", "what it is about, and when to use it", "Add Biome to a monorepo. Use when …"),
    Key("when", "words", "criteria in words; without `match` one of them must score", "[one large context]"),
    Key("match", "nested", "the work it is for: every value must be true of it", "{job_type: add-biome}"),
    Key("expect", "nested", "what its user is expected to do, to tell deviations by", "{first: [peek]}"),
    Key("apply", "nested", "what a template or a command takes: values for declared variables", "{vars: {flags: -q}}"),
    Key("fingerprint", "word", "the failure that it came from; of several from one, one is given", "1-0a1b2c3d4e5f"),
    Key("source", "word", "who wrote it: a person, or an escalation's level", "escalation-l1"),
    Key("version", "count", "goes up with every change", "3"),
)
APPLY: Final[tuple[Key, ...]] = (Key("vars", "mapping", "variables with values", "{flags: -q}"),)

SCORES_AT: Final = 0.5
"""The share of a criterion's words that the work must share for the criterion to count as met."""

_FINGERPRINT: Final = "fingerprint"
_CHARACTERS_PER_TOKEN: Final = 3
_DIGITS: Final = 12
_WORD: Final = re.compile(r"[^\W_]+")
_EMPTY_WORDS: Final = frozenset(
    _WORD.findall("""
    a about after again all also an and any are as at be been before being both but by can could did do does
    done each every few for from had has have how if in into is it its job just like may more most much must
    needs new no nor not of on one only or other our out over own per please same should so some such task tasks
    than that the their them then there these they this those to too under until up use used uses using very was
    we well were what when where which while who whose why will with within without work would you your
    """)
)


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill; `match` with the values that must all be true, `fingerprint` of the failure it came from."""

    name: str
    description: str = ""
    when: tuple[str, ...] = ()
    match: tuple[tuple[str, tuple[str, ...]], ...] = ()
    expect: Mapping[str, Node] = field(default_factory=dict, hash=False)
    variables: tuple[tuple[str, str], ...] = ()
    fingerprint: str = ""
    source: str = ""
    version: int = 1
    body: str = ""

    @property
    def tokens(self) -> int:
        """About what it takes of a context, at three characters to a token."""
        return -(-(len(self.description) + len(self.body)) // _CHARACTERS_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Subject:
    """The work that a skill is sought for; `fields` are those of its entity, and of what that belongs to."""

    job_type: str = ""
    entity_type: str = ""
    signals: frozenset[str] = frozenset()
    labels: tuple[tuple[str, str], ...] = ()
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    words: str = ""

    def values(self, name: str) -> frozenset[str]:
        """Return everything that this key of `match` can be compared with."""
        given = self.fields.get(name, frozenset())
        match name:
            case "job_type" | "entity_type":
                one = self.job_type if name == "job_type" else self.entity_type
                return given | {one} if one else given
            case "signals":
                return given | self.signals
            case _:
                return given | {value for key, value in self.labels if key == name}

    def significant(self) -> frozenset[str]:
        """Return the words that criteria are compared with: of the task, its kind and its signals."""
        return significant(" ".join((self.words, self.job_type, self.entity_type, *self.signals)))


def of_task(task: Task) -> Subject:
    """Return the subject that a task is, as far as its own file tells."""
    return Subject(
        job_type=task.job_type,
        entity_type=task.entity_type,
        signals=frozenset(task.signals),
        labels=task.labels,
        words=task.body or " ".join(task.command),
    )


def parse(name: str, keys: Mapping[str, Node], body: str) -> Skill | Problem:
    """Return the skill that the file `name`.md is, or the first thing that is wrong with it."""
    values = schema.values(keys, KEYS)
    if isinstance(values, Problem):
        return values
    called = values.get("name", name)
    if called != name:
        return Problem("name", f"it is called '{called}', and its file '{name}.md': give both one name")
    match = _match(keys.get("match"))
    variables = _variables(keys.get("apply"))
    if isinstance(match, Problem):
        return match
    if isinstance(variables, Problem):
        return variables
    expect, when = values.get("expect", {}), values.get("when", ())
    version, fingerprint = values.get("version", 1), str(values.get(_FINGERPRINT, ""))
    matched = dict(match).get(_FINGERPRINT, ())
    if len(matched) > 1 or (matched and fingerprint and matched[0] != fingerprint):
        return Problem("match", "a skill comes from one failure: give one fingerprint")
    assert isinstance(expect, dict)
    assert isinstance(when, tuple)
    assert isinstance(version, int)
    found = Skill(
        name=name,
        description=str(values.get("description", "")),
        when=tuple(str(criterion) for criterion in when if str(criterion).strip()),
        # Where it came from is no condition: work that has not failed yet has no fingerprint.
        match=tuple(pair for pair in match if pair[0] != _FINGERPRINT),
        expect=expect,
        variables=variables,
        fingerprint=fingerprint or next(iter(matched), ""),
        source=str(values.get("source", "")),
        version=version,
        body=body.strip("\n"),
    )
    if not found.body.strip() and not found.variables:
        return Problem("name", "it says nothing: neither words nor values for variables")
    return found


def fits(skill: Skill, subject: Subject) -> str:
    """Say why a skill is not for this work; nothing where it is.

    Every value of `match` must be true of the work. One without `match` is for work that meets at
    least one criterion of its `when`, and one with neither is never given by itself.
    """
    for name, wanted in skill.match:
        held = subject.values(name)
        missing = [value for value in wanted if value not in held]
        if missing:
            return f"{name} is {_listed(held)}, not {', '.join(missing)}"
    if skill.match:
        return ""
    if not skill.when:
        return "it says neither in match nor in when what it is for"
    best, score = best_criterion(skill, subject)
    return "" if score >= SCORES_AT else f"no criterion is met; the nearest, at {score:.0%}: {best}"


def scores(skill: Skill, subject: Subject) -> tuple[tuple[str, float], ...]:
    """Return each criterion of `when` with the share of its significant words that the work shares."""
    shared = subject.significant() if skill.when else frozenset()
    return tuple((criterion, _share(significant(criterion), shared)) for criterion in skill.when)


def best_criterion(skill: Skill, subject: Subject) -> tuple[str, float]:
    """Return the criterion that fits best with its score; the first of several."""
    return max(scores(skill, subject), key=lambda scored: scored[1], default=("", 0.0))


@lru_cache(maxsize=1 << 15)  # criteria are few, and compared with all work
def significant(text: str) -> frozenset[str]:
    """Return the words of a text that say what it is about, in small letters."""
    return frozenset(_WORD.findall(text.lower())) - _EMPTY_WORDS


def revision(text: str) -> str:
    """Return the revision of a skill's file: any other byte makes another one."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]


def _share(words: frozenset[str], shared: frozenset[str]) -> float:
    return len(words & shared) / len(words) if words else 0.0


def _match(node: Node) -> tuple[tuple[str, tuple[str, ...]], ...] | Problem:
    pairs = []
    for name, value in node.items() if isinstance(node, dict) else ():
        items = value if isinstance(value, list) else [value]
        values = tuple(item for item in items if isinstance(item, str) and item)
        if not is_name(name):
            return Problem("match", f"'match' takes names as keys, not '{name[:80]}'")
        if not values or len(values) != len(items):
            return Problem("match", f"'match.{name}' takes one value or a list of them")
        pairs.append((name, values))
    return tuple(pairs)


def _variables(node: Node) -> tuple[tuple[str, str], ...] | Problem:
    found = schema.values(node if isinstance(node, dict) else {}, APPLY)
    if isinstance(found, Problem):
        return Problem("apply", f"in 'apply': {found.says}")
    pairs = []
    for pair in found.get("vars", ()):  # type: ignore[union-attr]
        assert isinstance(pair, tuple)
        name, value = pair
        if not name.isidentifier() or not name.isascii():
            return Problem("apply", f"'{name[:80]}' cannot be a variable's name")
        pairs.append((name, value))
    return tuple(pairs)


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)) or "not given"
