"""What work that needs a model is held to before it is spawned: a level that is there, and its parent may give."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from scope.agents import identities
from scope.errors import BadInput, Environment, ScopeError
from scope.laws.ids import SessionId, parent
from scope.laws.roster import level_of
from scope.laws.task import Task
from scope.models import discovery, starting
from scope.sessions.records import configuration
from scope.sessions.records.reading import read_task
from scope.store import layout

if TYPE_CHECKING:
    from scope.laws.roster import Roster


def roster_for(root: str | None, task: Task) -> Roster:
    """Return the levels of a root, or of the home where there is no root yet.

    Raises Environment where no model is configured, BadInput for a role that nobody knows.
    """
    roster = configuration.load(root or layout.home()).models.roster
    if roster.is_empty:
        what = "cannot carry out words alone" if task.executor == "model" else "cannot use a level or a role"
        raise Environment(what, None, "no model is configured", _way_to_one(root))
    if task.role and task.role not in roster.roles:
        raise BadInput("there is no role", task.role, hint=f"the roles are {', '.join(roster.roles)}")
    return roster


def level_for(root: str, task: Task, above: str | None, roster: Roster) -> int:
    """Return the level at which a new session will work, given the one above it.

    Raises BadInput for a level above that of its parent, Environment for one without a model.
    """
    level = _own(root, task, roster)
    if above is not None:
        lowest, where = _lowest(root, above, roster)
        if level > lowest and _is_asked_for(root, task):
            why = f"session {where} works at level {lowest} and cannot give level {level}"
            raise BadInput("cannot spawn below", above, why, f"leave it out, or ask for less: --level {lowest}")
        level = min(level, lowest)
    if not roster.levels.get(level):
        known = ", ".join(str(number) for number in sorted(roster.levels) if roster.levels[number])
        hint = f"name one in {layout.config(root)}, or take another level: {known}"
        raise Environment("there is no model at level", str(level), hint=hint)
    return level


def start(root: str, session: str, level: int, roster: Roster) -> None:
    """Start the router, so that it loads while the session starts; say so where this command cannot."""
    why = starting.ensure(root, roster, level)
    if why:
        sys.stderr.write(
            f"warning: session {session} waits for a router, and none can be started here: {why}\n"
            "hint: run any scope command of this project where it is set, such as: scope ls\n"
        )


def ready(root: str) -> None:
    """Start the router where supervised work may need an advisor and this command has the keys; else say nothing.

    The work itself needs none, so that nothing of this is its failure.
    """
    with contextlib.suppress(ScopeError):
        settings = configuration.load(root)
        levels = settings.models.roster.levels
        if any(level.isdecimal() and levels.get(int(level)) for level in settings.escalation.levels):
            starting.ensure(root, settings.models.roster)


def _own(root: str, task: Task, roster: Roster) -> int:
    of_agent = None
    if task.agent:
        identity = identities.find(root, task.agent)
        of_agent = identity.level if identity is not None else None
    level = level_of(roster, task.level, task.role, of_agent)
    return 0 if level is None else level


def _lowest(root: str, session: str, roster: Roster) -> tuple[int, str]:
    """Return the lowest level of a session and those above it, and which has it; it is what its children may use."""
    lowest, where = sys.maxsize, session
    at: SessionId | None = SessionId(session)
    while at is not None:
        task = read_task(layout.session(root, at))
        if isinstance(task, Task):
            level = _own(root, task, roster)
            if level < lowest:
                lowest, where = level, at
            if task.by == "watcher":
                break  # the watcher gave it that level, whatever those above it have
        at = parent(at)
    return lowest, where


def _is_asked_for(root: str, task: Task) -> bool:
    if task.level is not None or task.role:
        return True
    identity = identities.find(root, task.agent) if task.agent else None
    return identity is not None and identity.level is not None


def _way_to_one(root: str | None) -> str:
    path = layout.config(root or layout.home())
    found = discovery.usable(os.environ)
    if not found:
        return f"write into {path}: {discovery.levels(discovery.EXAMPLE)}"
    rest = "; scope doctor lists the rest" if len(found) > 1 else ""
    return f"{found[0].says}, so write into {path}: {found[0].line}{rest}"
