"""How many children a session may have: told by their numbers, bounded by its budget."""

from __future__ import annotations

import os

from scope.errors import Failed
from scope.laws.ids import is_count
from scope.sessions.records import allocation
from scope.store import atomic, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

BOUND: Final = "SCOPE_CHILDREN"
"""The variable by which the watcher tells an attempt how many children its session may have."""

_USUAL: Final = 1000


def refuse_too_many(root: str, session: str) -> None:
    """Raise Failed where a session has as many children as it may have.

    What the watcher told its own session is believed while there is room; before anybody is refused,
    the files are asked, for its budget may have been raised since.
    """
    number = count(root, session)
    told = os.environ.get(BOUND, "") if os.environ.get("SCOPE_SESSION") == session else ""
    if is_count(told) and number < int(told):
        return
    if not told and number < _USUAL and not _is_bounded(root, session):
        return
    bound = _bound(root, session)
    if number >= bound:
        why = f"it has {number} {'child' if number == 1 else 'children'}, as many as its budget allows"
        raise Failed("cannot spawn below", session, why, f"scope budget {session} children={2 * bound or 1}")


def count(root: str, session: str) -> int:
    """Return how many children a session has had: their numbers are given in order, and never twice."""
    prefix = f"{session}."
    names = (name[len(prefix) :] for name in allocation.all_ids(root) if name.startswith(prefix))
    numbers = (int(name) for name in names if "." not in name)
    return max(allocation.remembered(root).get(prefix, 0), *numbers, 0)


def _is_bounded(root: str, session: str) -> bool:
    """Tell whether some file may say how many; without reading YAML, which takes longer than all the rest."""
    directory = layout.session(root, session)
    places = (layout.task(directory), layout.raised(directory), layout.config(root), layout.config(layout.home()))
    return any("children" in (atomic.read(path) or "") for path in places)


def _bound(root: str, session: str) -> int:
    from scope.laws.task import Task  # noqa: PLC0415 - only where it may be reached
    from scope.sessions.records import allowance, configuration  # noqa: PLC0415 - imports yaml
    from scope.sessions.records.reading import read_task  # noqa: PLC0415 - imports yaml

    directory = layout.session(root, session)
    task = read_task(directory)
    budgets = configuration.load(root).budgets
    return allowance.children(directory, task if isinstance(task, Task) else Task(), budgets)
