"""The outfit of an attempt: its files and its argv, as its supervisor's plan changes the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.executors import orders
from scope.executors.orders import Terms
from scope.laws.plan import carried_out
from scope.laws.task import Task
from scope.sessions import allowance

if TYPE_CHECKING:
    from collections.abc import Callable

    from scope.laws.configuration import Configuration
    from scope.laws.identity import Identity
    from scope.supervision.ward import Ward


def outfit(ward: Ward, root: str, settings: Configuration, agent: Callable[[str], Identity | None]) -> tuple[str, ...]:
    """Write what an attempt is given and return what runs it; nothing where its task cannot be read any more.

    Raises StoreFault.
    """
    if not isinstance(ward.task, Task):  # a committed start had a task, unless somebody has edited it since
        return ()
    plan = ward.chronicle.plan
    task = carried_out(ward.task, plan, agent(plan.assignee) if plan.assignee else None)
    terms = Terms(
        root=root,
        session=ward.session,
        attempt=ward.chronicle.attempt,
        advice=plan.advice,
        children=allowance.children(ward.directory, task, settings.budgets),
        steps=settings.models.steps,
    )
    return orders.prepare(ward.directory, ward.attempt_directory, task, terms)
