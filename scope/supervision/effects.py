"""The effects of verdicts on everything that is not a line in a file: panes, processes, watches."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from scope.errors import ScopeError, TmuxMissing, TmuxUnreachable
from scope.laws.states import TERMINAL
from scope.store import attemptdir, layout
from scope.supervision import act, launch
from scope.supervision.delivery import Deliveries
from scope.supervision.experience.outfit import outfit
from scope.supervision.wards.endings import Endings

if TYPE_CHECKING:
    from scope.laws.ids import SessionId
    from scope.supervision.observation.senses import Senses
    from scope.supervision.panes import Panes
    from scope.supervision.strategy.slots import Slots
    from scope.supervision.strategy.tree import Tree
    from scope.supervision.wards.bulletin import Bulletin
    from scope.supervision.wards.roster import Roster
    from scope.supervision.wards.ward import Ward
    from scope.tmux.runner import TmuxRunner


class Effects:
    """Carries out what was committed; each piece may be done twice."""

    def __init__(
        self,
        root: str,
        runner: TmuxRunner,
        roster: Roster,
        senses: Senses,
        slots: Slots,
        bulletin: Bulletin,
        tree: Tree,
    ) -> None:
        self.root = root
        self.runner = runner
        self.roster = roster
        self.senses = senses
        self.slots = slots
        self.bulletin = bulletin
        self.tree = tree
        self.endings = Endings(grace_s=5.0)
        self.deliveries = Deliveries(runner.server)
        self._ending: dict[str, SessionId] = {}

    def next_visit(self, now: float) -> float | None:
        """Return when an ending or a delivery needs its next step."""
        due = [when for when in (self.endings.next_visit(), self.deliveries.next_visit(now)) if when is not None]
        return min(due, default=None)

    def settle(self, now: float) -> set[SessionId]:
        """Take the next steps of endings and deliveries; return the sessions whose attempt is closed now."""
        self.deliveries.confirm(now)
        return {self._ending.pop(mark) for mark in self.endings.step(now) if mark in self._ending}

    def welcome(self, ward: Ward) -> None:
        """Take up a session where an earlier watcher left it."""
        self.deliveries.interrupted(ward)
        self.slots.count(ward)
        self.tree.count(ward)
        if ward.chronicle.attempt:
            self.senses.watch_attempt(ward)
        if not ward.chronicle.last:
            ward.is_incomplete = ward.is_resumed = False  # nothing was decided, so nothing follows

    def finish(self, wards: list[Ward], now: float) -> list[tuple[Ward, Exception]]:
        """Carry out the last decision of each ward; return those for which it must be tried again."""
        troubled: list[tuple[Ward, Exception]] = []
        starts = [ward for ward in wards if ward.chronicle.last.get("move") == "start"]
        for ward in wards:
            if ward not in starts:
                self._guarded(ward, now, troubled)
        if starts:
            try:
                agent = partial(self.tree.supervisors.identity, now=now)
                equip = partial(
                    outfit, root=self.root, settings=self.tree.settings, agent=agent, armoury=self.tree.armoury
                )
                troubled += launch.launch(starts, self.runner, self.senses, self.root, equip)
            except ScopeError as error:
                return troubled + [(ward, error) for ward in starts]
            left_out = [ward for ward, _ in troubled]
            for ward in starts:
                if ward not in left_out:
                    self._guarded(ward, now, troubled)
        return troubled

    def _guarded(self, ward: Ward, now: float, troubled: list[tuple[Ward, Exception]]) -> None:
        try:
            self.tree.prepare(ward)
            act.complete(ward, self.bulletin, lambda ward: self._end(ward, now))
            self.tree.count(ward)
        except Exception as error:  # noqa: BLE001 - one session's trouble is not the others'
            troubled.append((ward, error))
            return
        ward.is_resumed = False
        self.slots.count(ward)
        self.roster.world[ward.session] = ward.chronicle.state
        if not ward.chronicle.is_at_work:
            self._let_go(ward)
        if ward.chronicle.state in TERMINAL:
            self._part(ward, now)
        else:
            self.senses.look_at(ward.session, now)

    def lose(self, ward: Ward, now: float) -> None:
        """Let go of a session whose directory somebody removed, and end what runs of it: nobody could see it."""
        mark = layout.mark(self.root, ward.session, ward.chronicle.attempt)
        if ward.chronicle.attempt:
            self._ending[mark] = ward.session
            self.endings.begin(mark, "", now)
        for session in self.roster.lose(ward):
            self.senses.look_at(session, now)
        self._let_go(ward)
        self.tree.drop(ward)
        self.slots.drop(ward.session)
        self.bulletin.forget(ward.session)
        self.senses.forget_session(ward)

    def is_clearing(self, session: SessionId) -> bool:
        """Tell whether something is still being ended of a session that was removed."""
        return session not in self.roster.wards and any(
            whose == session and self.endings.is_open(mark) for mark, whose in self._ending.items()
        )

    def rest(self, ward: Ward) -> None:
        """Let a session out of care that has ended and of which nothing is wished."""
        if ward.chronicle.state in TERMINAL:
            self.roster.release(ward)
            self.senses.forget_session(ward)

    def tidy(self, panes: Panes, now: float) -> None:
        """Let go of panes that nobody let go of, and mend captures that somebody broke."""
        self.runner.control.drain()
        for view in panes.stale(self.roster.wards):
            self.runner.release(view)
        for view in panes.orphans(self.roster.wards):
            if not os.path.lexists(layout.session(self.root, view.session)):
                mark = layout.mark(self.root, view.session, view.attempt)
                self._ending[mark] = view.session
                self.endings.begin(mark, "", now)
        for ward, view in panes.uncaptured(self.roster.wards):
            self.runner.repipe(view, attemptdir.output(layout.attempt(ward.directory, view.attempt)))
            ward.note("for a moment its output was not captured: its pipe had ended, and was started again")

    def _end(self, ward: Ward, now: float) -> None:
        mark = layout.mark(self.root, ward.session, ward.chronicle.attempt)
        self._ending[mark] = ward.session
        self.endings.begin(mark, ward.attempt_directory, now)

    def _let_go(self, ward: Ward) -> None:
        self.senses.forget_attempt(ward)
        if ward.pane is None:
            return
        with suppress(TmuxUnreachable, TmuxMissing):  # the slow look finds the pane and tidies it
            self.runner.release(ward.pane)
        ward.pane = None

    def _part(self, ward: Ward, now: float) -> None:
        for session in self.roster.release(ward):
            self.senses.look_at(session, now)
        self.tree.drop(ward)
        self.slots.drop(ward.session)
        self.bulletin.forget(ward.session)
        self.senses.forget_session(ward)
        # A wish that came while the end was being written finds nobody watching: look once more.
        self.senses.look_at(ward.session, now)
