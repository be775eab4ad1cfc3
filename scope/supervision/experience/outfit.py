"""The outfit of an attempt: its files and its argv, as its supervisor's plan changes the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.executors import orders
from scope.executors.orders import Terms
from scope.laws.plan import carried_out
from scope.laws.task import Task
from scope.sessions.records import allowance
from scope.supervision.experience import hindsight

if TYPE_CHECKING:
    from collections.abc import Callable

    from scope.laws.configuration import Configuration
    from scope.laws.identity import Identity
    from scope.supervision.experience.equipment import Armoury
    from scope.supervision.wards.ward import Ward


def outfit(
    ward: Ward, root: str, settings: Configuration, agent: Callable[[str], Identity | None], armoury: Armoury
) -> tuple[str, ...]:
    """Write what an attempt is given and return what runs it; nothing where its task cannot be read any more.

    Raises StoreFault.
    """
    if not isinstance(ward.task, Task):  # a committed start had a task, unless somebody has edited it since
        return ()
    plan = ward.chronicle.plan
    is_first = ward.chronicle.tries == 0
    equipment = armoury.equip(ward.session, ward.task, settings.learning, is_first=is_first)
    # The first of them are the better ones, and have the last word.
    learnt = {name: value for skill in reversed(equipment.skills) for name, value in skill.variables}
    task = carried_out(ward.task, plan, agent(plan.assignee) if plan.assignee else None, learnt)
    terms = Terms(
        root=root,
        session=ward.session,
        attempt=ward.chronicle.attempt,
        advice=plan.advice,
        children=allowance.children(ward.directory, task, settings.budgets),
        steps=settings.models.steps,
        equipment=equipment,
        digest="" if is_first else hindsight.of(ward),
    )
    return orders.prepare(ward.directory, ward.attempt_directory, task, terms)
