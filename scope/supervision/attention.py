"""Attention: which session is meant, whether it is a ward, and how it stands."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING, Final

from scope.errors import ScopeError
from scope.supervision.observation import observe
from scope.supervision.strategy import slots
from scope.supervision.wards.ward import SETTLED_S

if TYPE_CHECKING:
    from scope.laws.case import Case
    from scope.laws.ids import SessionId
    from scope.supervision.effects import Effects
    from scope.supervision.observation.senses import Senses
    from scope.supervision.panes import Panes
    from scope.supervision.wards.log import Log
    from scope.supervision.wards.roster import Roster
    from scope.supervision.wards.ward import Ward

_TRY_AGAIN_S: Final = 1.0
_CLEARS_S: Final = 0.05
_GOING_S: Final = 0.5
_TYPES_S: Final = 0.05


class Attention:
    """Looks at one session at a time, and sees to it that it is watched."""

    def __init__(
        self,
        root: str,
        roster: Roster,
        senses: Senses,
        panes: Panes,
        held: slots.Slots,
        effects: Effects,
        log: Log,
        boot: str,
    ) -> None:
        self.root = root
        self.roster = roster
        self.senses = senses
        self.panes = panes
        self.slots = held
        self.effects = effects
        self.log = log
        self.boot = boot

    def meet(self, session: SessionId, now: float) -> Ward | None:
        """Return the ward that a session is or becomes; None for one that has ended, is gone, or is being made."""
        try:
            known = self.roster.wards.get(session)
            if known is not None and not known.is_there():
                known.missed_at = now if known.missed_at is None else known.missed_at
                if now - known.missed_at < _GOING_S and not os.path.exists(known.directory):
                    # Perhaps all of the root is being removed just now: nothing must be written into it.
                    self.senses.look_at(session, known.missed_at + _GOING_S)
                    return None
                self.log.say(f"session {session} is gone: its directory was removed")
                self.effects.lose(known, now)
                known = None
            if self.effects.is_clearing(session):
                self.senses.look_at(session, now + _CLEARS_S)  # its mark is that of the session before it
                return None
            ward = self.roster.meet(session, now)
            if ward is None and session in self.roster.newcomers and self.senses.watch_newcomer(session):
                ward = self.roster.meet(session, now)  # what came between the look and the watch told nobody
            if ward is None:
                if session in self.roster.newcomers:
                    self.senses.look_at(session, now + _TRY_AGAIN_S / 2)
                return None
            if known is not None:
                if self.roster.read_again(ward, now):
                    self.senses.look_at(session, now + SETTLED_S)
            else:
                self.effects.welcome(ward)
            self.senses.watch_session(ward, now)
        except Exception as error:  # noqa: BLE001 - one session's trouble is not the others'
            self.log.once(session, f"session {session} is left alone: {said(error)}")
            self.senses.look_at(session, now + _TRY_AGAIN_S)
            return None
        return ward

    def case(self, ward: Ward, now: float) -> Case:
        """Return how a ward stands, and deliver what was sent to it."""
        if ward.chronicle.is_at_work:
            ward.is_lending = slots.is_lending(ward.attempt_directory)
            self.slots.count(ward)
            if not ward.takes_messages and self.effects.deliveries.type_waiting(ward):
                self.senses.look_at(ward.session, now + _TYPES_S)
        pane = self.panes.of(ward)
        return observe.case(ward, pane=pane, world=self.roster.world, root=self.root, now=now, boot=self.boot)


def said(error: Exception) -> str:
    """Say an expected error in its line, and one of our own making with its traceback."""
    if isinstance(error, ScopeError):
        return str(error)
    return "a bug in scope: " + "".join(traceback.format_exception(error))
