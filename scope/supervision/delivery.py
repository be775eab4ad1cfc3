"""Delivering what people send to a command session: typed into its pane, then confirmed or reported.

A message is taken before it is typed, so that a crash in between loses it visibly (undelivered)
rather than types it twice.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import TmuxUnreachable
from scope.sessions.records import wishes
from scope.store import atomic, attemptdir, layout, maildir
from scope.supervision.wards import clock
from scope.tmux import keyboard
from scope.tmux.server import Refused

if TYPE_CHECKING:
    from scope.supervision.wards.ward import Ward
    from scope.tmux.server import Server

_CONFIRM_S: Final = 2.0
_SETTLES_S: Final = 0.15
_VISIT_S: Final = 0.02


@dataclass(slots=True)
class _Typed:
    ward: Ward
    name: str
    tty: str
    settled: float
    deadline: float
    was_unread: bool = False


class Deliveries:
    """The messages that were typed and not yet read."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._typed: list[_Typed] = []

    def next_visit(self, now: float) -> float | None:
        """Return when to look again whether something was read."""
        return now + _VISIT_S if self._typed else None

    def type_waiting(self, ward: Ward) -> bool:
        """Type the oldest message that waits, if the pane can take it; tell whether some still wait.

        Raises StoreFault; TmuxUnreachable leaves the message where it is.
        """
        box = layout.inbox(ward.directory)
        names = [n for n in maildir.waiting(box) if wishes.kind_of(f"{box}/new/{n}") == "send"]
        if not names:
            return False
        pane = ward.pane
        if pane is None or pane.is_dead or any(typed.ward is ward for typed in self._typed):
            return True
        if not os.path.exists(attemptdir.started(ward.attempt_directory)):
            return True
        text = wishes.text_of(atomic.read(f"{box}/new/{names[0]}") or "")
        maildir.take(box, names[0], "")
        try:
            keyboard.press(self._server, pane, text)
        except (keyboard.Untypable, Refused, TmuxUnreachable) as error:
            self._report(ward, names[0], f"a message could not be typed: {error}")
        else:
            typed_at = clock.since_boot()
            self._typed.append(_Typed(ward, names[0], pane.tty, typed_at + _SETTLES_S, typed_at + _CONFIRM_S))
            self.confirm(typed_at)
        return len(names) > 1

    def confirm(self, now: float) -> None:
        """Flag what was read as delivered, and take back what nobody reads; raises StoreFault."""
        for typed in list(self._typed):
            unread = keyboard.unread(typed.tty)
            # The kernel takes a moment to hand on what was typed: nothing unread means something only after it.
            is_read = unread == 0 and (typed.was_unread or now >= typed.settled)
            # A program may read a line and be gone, terminal and all, before anybody can ask.
            if is_read or unread is None:
                self._typed.remove(typed)
                maildir.flag(layout.inbox(typed.ward.directory), typed.name, "S")
                if unread is None and typed.was_unread:
                    typed.ward.note("it ended right after a message was typed; whether it read it, nobody knows")
                continue
            typed.was_unread = typed.was_unread or unread != 0
            if now >= typed.deadline:
                self._typed.remove(typed)
                keyboard.withdraw(typed.tty)
                self._report(typed.ward, typed.name, "a message was typed, but nothing read it; it was taken back")

    @staticmethod
    def interrupted(ward: Ward) -> None:
        """Report the messages that an earlier watcher took and of which it said nothing more."""
        for name in maildir.unfinished(layout.inbox(ward.directory)):
            Deliveries._report(ward, name, "a message was being typed when the watcher died")

    @staticmethod
    def _report(ward: Ward, name: str, why: str) -> None:
        maildir.flag(layout.inbox(ward.directory), name, "F")
        ward.note(why)
