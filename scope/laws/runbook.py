"""Runbooks: what an error means and what to do about it, as rules that cost no token.

A runbook is a markdown file whose frontmatter says which failures it is for and whose body says what to do.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.laws import schema
from scope.laws.failure import CLASSES
from scope.laws.schema import Key, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scope.laws.schema import Node, Value
    from scope.laws.symptom import Symptom

KEYS: Final[tuple[Key, ...]] = (
    Key("name", "name", "what it is called; the file's name without .md", "python-module-missing"),
    Key("description", "word", "what it is about, and when to use it", "Python cannot import a module."),
    Key(
        "match", "mapping", "the failures it is for: any of error, class and job_type", "{error: 'Connection refused'}"
    ),
    Key("class", "word", "what such a failure is", "missing_context"),
    Key("apply", "mapping", "what the remedy sets: variables that the job declares", '{vars: {port: "0"}}'),
    Key("version", "count", "goes up with every change", "1"),
)
MATCH: Final[tuple[Key, ...]] = (
    Key("error", "word", "a regular expression, searched in each line of the symptom", "Connection refused"),
    Key("class", "word", "the class that the attempt itself reported", "task_too_big"),
    Key("job_type", "name", "the kind of work", "run-tests"),
)
APPLY: Final[tuple[Key, ...]] = (
    Key("vars", "mapping", "variables with values; named groups of the error may stand in them", "{module: '{{ m }}'}"),
)

_HOLE: Final = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_ESCAPED_OR_SET: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_SOMETHING: Final = "\0"
"""What stands for a set, a group, or one of several letters, where only the shape of a pattern is looked at."""

_NAMED: Final = re.compile(r"\?(?:P<\w+>|[a-zA-Z-]*:)")
_INNERMOST: Final = re.compile(r"\(([^()]*)\)")
_POSSESSIVE: Final = re.compile(r"(?:[*+?]|\{[0-9,]+\})\+")
_REPEATED: Final = re.compile(r"[*+]|\{[0-9]*,[0-9]*\}|\{[0-9]{2,}\}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One runbook: the failures it is for, what they are, and the remedy."""

    name: str
    description: str
    pattern: re.Pattern[str] | None
    match_class: str
    diagnosis: str
    variables: tuple[tuple[str, str], ...]
    instructions: str
    where: str
    match_job_type: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The rule that knows the failure, its variables filled in, and the line that it knew it by."""

    rule: Rule
    variables: tuple[tuple[str, str], ...] = ()
    line: str = ""


def parse(name: str, keys: Mapping[str, Node], body: str, where: str) -> Rule | Problem:
    """Return the runbook that the file `name`.md at `where` is, or the first thing that is wrong with it."""
    # `apply` nests one level deeper than any other key of people's.
    values = schema.values({key: {} if key == "apply" else node for key, node in keys.items()}, KEYS)
    if isinstance(values, Problem):
        return values
    try:
        match = _below("match", keys.get("match", {}), MATCH)
        applied = _below("apply", keys.get("apply", {}), APPLY)
        pattern = _pattern(_text(match.get("error")))
        variables = _variables(_pairs(applied.get("vars")), () if pattern is None else pattern.groupindex)
        rule = Rule(
            name=name,
            description=_text(values.get("description")),
            pattern=pattern,
            match_class=_class("match", _text(match.get("class"))),
            diagnosis=_class("class", _text(values.get("class"))) or _text(match.get("class")),
            variables=variables,
            instructions=body.strip(),
            where=where,
            match_job_type=_text(match.get("job_type")),
            version=int(_text(values.get("version", 1))),
        )
    except _Wrong as wrong:
        return wrong.problem
    return _lacking(rule, _text(values.get("name", name))) or rule


def diagnose(rules: Sequence[Rule], symptom: Symptom, of_class: str, job_type: str) -> Diagnosis | None:
    """Return what the first rule that knows the failure says: those that know the error before those for a class."""
    fitting = [rule for rule in rules if rule.match_class in ("", of_class) and rule.match_job_type in ("", job_type)]
    for rule in fitting:
        found = _recognised(rule, symptom.lines)
        if found is not None:
            return found
    general = next((rule for rule in fitting if rule.pattern is None), None)
    return Diagnosis(general, general.variables) if general else None


def _recognised(rule: Rule, lines: Iterable[str]) -> Diagnosis | None:
    for line in lines if rule.pattern else ():
        match = rule.pattern.search(line) if rule.pattern else None
        if match:
            return Diagnosis(rule, tuple(_filled(rule.variables, match)), line)
    return None


def _filled(variables: Iterable[tuple[str, str]], match: re.Match[str]) -> Iterable[tuple[str, str]]:
    groups = match.groupdict()
    for name, value in variables:
        # A variable whose group took no part has nothing to say.
        if all(groups[hole] is not None for hole in _HOLE.findall(value)):
            yield name, _HOLE.sub(lambda hole: groups[hole[1]], value)


class _Wrong(Exception):
    """What is wrong with one key."""

    def __init__(self, key: str, says: str) -> None:
        self.problem = Problem(key, says)
        super().__init__(says)


def _below(key: str, node: Node, known: Sequence[Key]) -> dict[str, Value]:
    if not isinstance(node, dict):
        raise _Wrong(key, f"'{key}' takes a mapping such as {{{known[0].name}: …}}")
    values = schema.values(node, known)
    if isinstance(values, Problem):
        raise _Wrong(key, f"in '{key}': {values.says}")
    return values


def _text(value: Value | None) -> str:
    return "" if value is None else str(value)


def _pairs(value: Value | None) -> dict[str, str]:
    return dict(value) if isinstance(value, tuple) else {}  # type: ignore[arg-type]


def _class(key: str, word: str) -> str:
    if word and word not in CLASSES:
        meant = nearest(word, list(CLASSES))
        raise _Wrong(key, f"'{word[:80]}' is no class" + (f", did you mean '{meant}'?" if meant else ""))
    return word


def _pattern(text: str) -> re.Pattern[str] | None:
    if not text:
        return None
    if _never_ends(text):
        # The supervisor of everything must not stop for one line that was printed.
        raise _Wrong(
            "match",
            "in 'error': a repeated group with a repetition in it, or with alternatives that begin alike, can take for "
            "ever; write the inner one, or the group, as ++ or *+",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(text)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise _Wrong("match", f"in 'error': no regular expression: {error}") from error


def _never_ends(text: str) -> bool:
    """Tell whether a group is repeated that can take one text in several ways, with nothing possessive about it.

    It can where it holds a repetition, or alternatives that may begin with the same letter.
    """
    left = _POSSESSIVE.sub("", _ESCAPED_OR_SET.sub(_in_place_of, text))
    while group := _INNERMOST.search(left):
        is_ambiguous = _REPEATED.search(group[1]) is not None or _begin_alike(group[1])
        if is_ambiguous and _REPEATED.match(left, group.end()):
            return True
        left = f"{left[: group.start()]}{_SOMETHING}{'*' if is_ambiguous else ''}{left[group.end() :]}"
    return False


def _in_place_of(found: re.Match[str]) -> str:
    """Return a letter for a sign that is escaped, always the same; else what stands for anything."""
    is_sign = found[0][0] == "\\" and not found[0][1].isalnum()
    return chr(0xE000 + ord(found[0][1]) % 0x1000) if is_sign else _SOMETHING


def _begin_alike(group: str) -> bool:
    """Tell whether two alternatives of a group may begin with the same letter."""
    firsts = [alternative[:1].casefold() for alternative in _NAMED.sub("", group, count=1).split("|")]
    return len(firsts) > 1 and (len(set(firsts)) < len(firsts) or any(one in ("", ".", _SOMETHING) for one in firsts))


def _variables(pairs: Mapping[str, str], groups: Iterable[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for name, text in pairs.items():
        if not (name.isidentifier() and name.isascii()):
            raise _Wrong("apply", f"'{name}' cannot be a variable's name")
        for hole in _HOLE.findall(text):
            if hole not in groups:
                meant = nearest(hole, list(groups))
                raise _Wrong(
                    "apply", f"the error has no group '{hole}'" + (f", did you mean '{meant}'?" if meant else "")
                )
        found.append((name, text))
    return tuple(found)


def _lacking(rule: Rule, called: str) -> Problem | None:
    if called != rule.name:
        return Problem("name", f"'{called}' is not the name of its file, '{rule.name}.md'")
    if not rule.description:
        return Problem("description", "there is no description: say what it is about and when to use it")
    if rule.pattern is None and not rule.match_class:
        return Problem("match", "it matches nothing: 'match' takes an error or a class")
    if not rule.diagnosis:
        return Problem("class", f"there is no class: say what the failure is ({', '.join(CLASSES)})")
    if not rule.instructions:
        return Problem("", "there are no instructions below the frontmatter")
    return None
