"""What a supervisor has changed about a task: a variation, another assignee, advice from above."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scope.laws import variation
from scope.laws.schema import Refused
from scope.laws.task import wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.group import Advice
    from scope.laws.identity import Identity
    from scope.laws.task import Task
    from scope.laws.variation import Variation

NO_VARIATION = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """How the next attempt differs from the task as it was written."""

    variation: int = NO_VARIATION
    assignee: str = ""
    advice: Advice | None = None


def carried_out(task: Task, plan: Plan, assignee: Identity | None, learnt: Mapping[str, str] | None = None) -> Task:
    """Return the task as the next attempt is to carry it out.

    `learnt` are the values that skills set. Skills and advice set only variables that the task
    declares, and advice, which is newer, has the last word: neither becomes a command of its own.
    """
    if 0 <= plan.variation < len(task.variations):
        with suppress(Refused):  # the task was changed since, and the variation makes no sense of it any more
            task = varied(task, variation.parse(task.variations[plan.variation]))
    if assignee is not None:
        task = _by(task, assignee)
    set_to = {**(learnt or {}), **dict(plan.advice.variables if plan.advice is not None else ())}
    if set_to:
        declared = dict(task.vars)
        told = {name: value for name, value in set_to.items() if name in declared}
        task = replace(task, vars=tuple({**declared, **told}.items()))
    return task


def varied(task: Task, change: Variation) -> Task:
    """Return the task as the variation changes it; raise Refused where that makes no task."""
    match change.kind:
        case "env":
            changed = replace(task, env=tuple((dict(task.env) | dict([variation.pair(change)])).items()))
        case "args":
            if not task.command:
                raise variation.refused(variation.written(change), "the task has no command that takes arguments")
            changed = replace(task, command=task.command + variation.words(change))
        case "command":
            # A task of words alone is a model's; with a command it is a command's.
            executor = task.executor if task.command else "command"
            changed = replace(task, command=variation.words(change), executor=executor)
        case "timeout":
            changed = replace(task, timeout=variation.length_s(change))
    problem = wrong(changed)
    if problem:
        raise variation.refused(variation.written(change), problem.says)
    return changed


def _by(task: Task, assignee: Identity) -> Task:
    environment = {**dict(task.env), **dict(assignee.env), "SCOPE_AGENT": assignee.name}
    return replace(
        task,
        executor=assignee.executor or task.executor,
        command=assignee.command or task.command,
        env=tuple(environment.items()),
        cwd=assignee.cwd or task.cwd,
    )
