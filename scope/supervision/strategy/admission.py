"""Admission: what keeps an attempt from beginning, other than the sessions that it comes after."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scope.laws.ids import parent
from scope.laws.roster import level_of
from scope.laws.task import Task
from scope.sessions.records import allowance, pausing
from scope.sessions.records.reading import read_task
from scope.store import layout
from scope.supervision.strategy.switchboard import Switchboard

if TYPE_CHECKING:
    from scope.laws.configuration import Configuration
    from scope.supervision.strategy.gauges import Gauges
    from scope.supervision.strategy.supervisors import Supervisors
    from scope.supervision.wards.roster import Roster
    from scope.supervision.wards.ward import Ward


class Admission:
    """Looks at the router, at budgets of children and at the disk."""

    def __init__(self, root: str, roster: Roster, supervisors: Supervisors, gauges: Gauges) -> None:
        self._root = root
        self._roster = roster
        self._supervisors = supervisors
        self._gauges = gauges
        self.switchboard = Switchboard(root)
        self.paused = ""

    def look(self) -> None:
        """Look whether people have paused the root: in each round, after its sessions were met.

        What was spawned while it is paused can be met only once that can be seen.
        """
        self.paused = pausing.words(self._root)

    def unserved(self, ward: Ward, task: Task, settings: Configuration, now: float) -> str:
        """Say why no router serves a session that needs one; nothing where it is served, or needs none."""
        if not task.is_routed:
            return ""
        agent = self._supervisors.identity(task.agent, now) if task.agent else None
        level = level_of(settings.models.roster, task.level, task.role, agent.level if agent is not None else None)
        return self.switchboard.why_not(ward, level, settings, now)

    def too_many(self, ward: Ward, settings: Configuration) -> str:
        """Say that a session is one child more than its parent may have; nothing where it is not."""
        above = parent(ward.session)
        if above is None or (isinstance(ward.task, Task) and ward.task.is_help):
            return ""
        directory = layout.session(self._root, above)
        other = self._roster.wards.get(above)
        task = read_task(directory) if other is None else other.task
        said = task if isinstance(task, Task) else Task()
        bound = allowance.children(directory, said, settings.budgets)
        # Ids are given out in order and never twice, so the last number says how many there have been.
        if int(ward.session.rpartition(".")[2]) <= bound:
            return ""
        return f"the budget of session {above} allows {bound} children"

    def full(self, task: Task, settings: Configuration, now: float) -> str:
        """Say that the disk under a session's directory is too full; nothing where it is not, or nobody knows."""
        directory = os.path.join(os.path.dirname(self._root), task.cwd)
        percent = self._gauges.fullness(directory, now)
        if percent is None or percent <= settings.triggers.disk:
            return ""
        return f"the disk under {directory} is {percent:.0f} % full (triggers.disk: {settings.triggers.disk:.0f}%)"
