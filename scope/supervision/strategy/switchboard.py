"""The switchboard: whether there is a router for the work that needs one, and what waits for want of one.

Alive is its held lock. Where its keys come from files or from a password manager the watcher starts
it by itself; where they come from a person's environment, the work is parked, visibly, until a
command of that person brings them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from scope.models import starting
from scope.store import atomic, layout, rundir

if TYPE_CHECKING:
    from scope.laws.configuration import Configuration
    from scope.laws.ids import SessionId
    from scope.supervision.wards.ward import Ward

_TRY_AGAIN_S: Final = 2.0
_TRY_AGAIN_AT_MOST_S: Final = 60.0
NO_MODEL: Final = "no model is configured (models.levels in config.yaml)"


class Switchboard:
    """Starts the router for whoever needs it, and knows who is parked."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._due = 0.0
        self._times = 0  # it was started and did not stay
        self._parked: set[SessionId] = set()

    def why_not(self, ward: Ward, level: int | None, settings: Configuration, now: float) -> str:
        """Return why a session that works at this level cannot be served now; nothing where it can.

        Starts the router where that can be done. Raises StoreFault.
        """
        roster = settings.models.roster
        if roster.is_empty:
            return self._park(ward, NO_MODEL)
        if level is None or not roster.levels.get(level):
            said = "its role" if level is None else f"level {level}"
            return self._park(ward, f"no model is configured for {said} (models in config.yaml)")
        why = self._router(level, settings, now)
        return self._park(ward, why) if why else self._let_go(ward)

    def drop(self, ward: Ward) -> None:
        """Let go of a session that has ended, or is gone."""
        self._let_go(ward)

    def _router(self, level: int, settings: Configuration, now: float) -> str:
        roster = settings.models.roster
        if starting.is_alive(self._root):
            self._due, self._times = 0.0, 0
            return starting.ensure(self._root, roster, level)  # it may lack the key of this level
        if now >= self._due:
            self._due = now + min(_TRY_AGAIN_AT_MOST_S, _TRY_AGAIN_S * 2**self._times)
            self._times += 1
            return starting.ensure(self._root, roster, level)
        return starting.why_not_here(roster, level)

    def _park(self, ward: Ward, why: str) -> str:
        """Say in the session's directory that it is parked, and in `run/` that somebody is."""
        self._parked.add(ward.session)
        path = layout.parked(ward.directory)
        if ward.parked != why:
            atomic.replace(path, f"{why}\n", is_durable=False)
            ward.parked = why
        wanted = rundir.router_wanted(self._root)
        if not os.path.exists(wanted):
            atomic.replace(wanted, f"{why}\n", is_durable=False)
        return why

    def _let_go(self, ward: Ward) -> str:
        if ward.parked != "":
            atomic.remove(layout.parked(ward.directory))
            ward.parked = ""
        self._parked.discard(ward.session)
        if not self._parked:
            atomic.remove(rundir.router_wanted(self._root))
        return ""
