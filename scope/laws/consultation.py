"""What an advisor is asked: the work, what it may set, everything that failed and was advised before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scope.laws.setback import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scope.laws.setback import Setback
    from scope.laws.task import Task

_TOKENS: Final = 3000
_TEXT: Final = 4000
_SHORT: Final = 500
_SESSIONS: Final = 20
_PLACES: Final = 5


@dataclass(frozen=True, slots=True)
class Consultation:
    """A case before an advisor: the work that stands for all of its group, and its history.

    `advice` are the entries of `escalation_advice`; `in_vain` what did not help in like cases before,
    a line each; `skills` the names of those that the work began with.
    """

    level: str
    sessions: tuple[str, ...]
    error: str
    task: Task
    setbacks: tuple[Setback, ...] = ()
    advice: tuple[Mapping[str, Any], ...] = ()
    in_vain: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    places: tuple[str, ...] = ()  # where they work, each once


def question(case: Consultation) -> str:
    """Return the whole question, as markdown, for somebody who has seen nothing of it."""
    parts = [
        _headline(case),
        _work(case.task),
        _variables(case.task),
        _part("What failed", digest(case.setbacks, _TOKENS)),
        _part("Skills that it began with", "\n".join(f"- {name}" for name in case.skills)),
        _part("Advice so far, none of which sufficed", _advice(case.advice)),
        _part("What did not help in like cases before", "\n".join(f"- {line}" for line in case.in_vain)),
        _wanted(case),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _headline(case: Consultation) -> str:
    count = len(case.sessions)
    who = f"Session {case.sessions[0]}" if count == 1 else f"{count} sessions"
    listed = ""
    if count > 1:
        more = " …" if count > _SESSIONS else ""
        listed = (
            f"\n\nThey are {', '.join(case.sessions[:_SESSIONS])}{more}; what follows is of one that stands for all."
        )
    if len(case.places) > 1:
        listed += f"\n\nThey work in different places: {', '.join(case.places[:_PLACES])}."
    return f"# {who} failed: {case.error[:_SHORT] or 'without a word'}{listed}"


def _work(task: Task) -> str:
    facts = [f"- done by: {_executor(task)}"]
    if task.command:
        facts.append(f"- command: `{' '.join(task.command)[:_TEXT]}`")
    facts += [f"- writes `{file}` from the template `{template}`" for file, template in task.templates]
    if task.is_checked:
        facts.append(
            f"- it is good when this succeeds: `{task.check[:_TEXT]}`" if task.check else f"- check: {task.late}"
        )
    for name, value in (("job type", task.job_type), ("entity type", task.entity_type), ("cwd", task.cwd)):
        if value:
            facts.append(f"- {name}: {value}")
    if task.signals:
        facts.append(f"- signals: {', '.join(task.signals)}")
    words = f"\n\n{task.body.strip()[:_TEXT]}" if task.body.strip() else ""
    return _part("The work", "\n".join(facts) + words)


def _executor(task: Task) -> str:
    match task.executor:
        case "model":
            return "a cheap model with a shell, which will read your instructions"
        case "template":
            return "templates, rendered with the variables below; no instruction reaches them but by a variable"
        case _:
            return "a command; your instructions reach it by the variables below, and as text in $SCOPE_BRIEF"


def _variables(task: Task) -> str:
    if not task.vars:
        return _part("Variables", "It declares none: `variables` must be empty.")
    lines = "\n".join(f"- {name} = {value[:_SHORT]!r}" for name, value in task.vars)
    return _part("Variables that you may set, with their values now", lines)


def _advice(advice: Sequence[Mapping[str, Any]]) -> str:
    told = []
    for given in advice:
        lines = [f"### From {given.get('from_level', '?')}: {given.get('outcome') or 'it did not suffice'}"]
        lines += [str(given[key])[:_TEXT] for key in ("reasoning", "instructions") if given.get(key)]
        variables = given.get("variables")
        if isinstance(variables, dict) and variables:
            lines.append("Set: " + ", ".join(f"{name} = {str(value)[:_SHORT]!r}" for name, value in variables.items()))
        told.append("\n\n".join(lines))
    return "\n\n".join(told)


def _wanted(case: Consultation) -> str:
    also = " Say in `insufficient` why the advice before did not suffice." if case.advice else ""
    said = (
        "Instructions for whoever tries again, from a clean state, with the work above and nothing else: numbered "
        "steps, what must hold before, when to give up. Set variables where one is the remedy. The check stays as it "
        f"is.{also}"
    )
    return _part("What is wanted", said)


def _part(heading: str, text: str) -> str:
    return f"## {heading}\n\n{text}" if text.strip() else ""
