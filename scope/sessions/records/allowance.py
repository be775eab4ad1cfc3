"""What a session may spend: as people raised it, over its task, over the settings of its root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.laws import budget
from scope.laws.budget import UNBOUNDED, Budget
from scope.laws.configuration import CHILDREN
from scope.store import atomic, document, layout

if TYPE_CHECKING:
    from scope.laws.configuration import Budgets
    from scope.laws.task import Task


def raised(directory: str) -> Budget:
    """Return what people raised a session's budget to; what cannot be read raises nothing."""
    text = atomic.read(layout.raised(directory), atomic.SMALL)
    if not text:
        return UNBOUNDED
    try:
        keys, _ = document.mapping(text)
    except document.Malformed:
        return UNBOUNDED
    found = budget.parse((name, value) for name, value in keys.items() if isinstance(value, str))
    return UNBOUNDED if isinstance(found, str) else found


def inclusive(session: str, directory: str, task: Task, budgets: Budgets) -> Budget:
    """Return what a session may spend with all below it; raises StoreFault."""
    is_top = "." not in session
    usual = budgets.tree if is_top and not budgets.tree.is_empty else budgets.session
    return raised(directory).over(task.allowance()).over(usual)


def children(directory: str, task: Task, budgets: Budgets) -> int:
    """Return how many children a session may have; raises StoreFault."""
    # They are counted one by one, not with all below them, so that a tree's bound says nothing of them.
    said = raised(directory).over(task.allowance()).over(budgets.session).children
    return CHILDREN if said is None else said


def own(session: str, budgets: Budgets) -> Budget:
    """Return what a session may spend by itself, where its tree has a bound of its own."""
    return budgets.session if "." not in session and not budgets.tree.is_empty else UNBOUNDED
