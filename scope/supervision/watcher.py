"""The watcher: one loop, `act(decide(orient(observe(sense()))))`, for all sessions of one root.

It costs nothing when nothing happens, and everything that it knows it can find again in the files:
killed at any instruction, the next one goes on.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scope.errors import ScopeError
from scope.laws.case import Hold, Start
from scope.laws.configuration import Configuration
from scope.laws.reconcile import decide
from scope.sessions.records import configuration
from scope.supervision import act
from scope.supervision.attention import Attention, said
from scope.supervision.effects import Effects
from scope.supervision.figures.metrics import Metrics
from scope.supervision.notification.hooks import Hooks
from scope.supervision.notification.occasions import Occasions
from scope.supervision.observation.senses import Senses
from scope.supervision.panes import Panes
from scope.supervision.reboot import STAGGERED, Stagger
from scope.supervision.strategy import slots
from scope.supervision.strategy.tree import Tree
from scope.supervision.wards import clock
from scope.supervision.wards.bulletin import Bulletin
from scope.supervision.wards.roster import Roster
from scope.tmux.runner import TmuxRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from scope.laws.case import Case, Verdict
    from scope.laws.ids import SessionId
    from scope.supervision.wards.log import Log
    from scope.supervision.wards.ward import Ward

RESYNC_S: Final = 10.0
_BLIND_RESYNC_S: Final = 0.2
_BLIND_EACH_S: Final = 0.002  # so that a thousand sessions are not looked at all the time
_START_AT_ONCE: Final = 12
_TRY_AGAIN_S: Final = 1.0
_GOING_S: Final = 0.5
_LOOKS_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """One session, how it stands, and what is to be done about it."""

    ward: Ward
    case: Case
    verdict: Verdict


class Watcher:
    """Supervises the sessions of one root; the caller holds its lock."""

    def __init__(self, root: str, log: Log) -> None:
        self.root = root
        self.log = log
        self.boot = clock.boot_id()
        self.settings = Configuration()
        self.runner = TmuxRunner(root)
        self.roster = Roster(root)
        self.senses = Senses(root)
        self.slots = slots.Slots(0)
        self.panes = Panes(self.runner, self.senses, log)
        self.tree = Tree(root, self.boot, self.roster, log)
        self.metrics = Metrics(root, log)
        self.hooks = Hooks(root, self.senses, log)
        self.occasions = Occasions(root, self.hooks, self.roster, self.runner.exec_argv)
        bulletin = Bulletin(root, self.occasions.changed)
        self.effects = Effects(root, self.runner, self.roster, self.senses, self.slots, bulletin, self.tree)
        self.attention = Attention(root, self.roster, self.senses, self.panes, self.slots, self.effects, log, self.boot)
        self.stagger = Stagger(self.boot)
        self._inode = os.stat(root).st_ino
        self._next_resync = 0.0

    def run(self, *, is_ours: Callable[[], bool], once: bool = False) -> bool:
        """Supervise until told to stop or until the root is gone; `once`: until nothing is due now.

        Returns False when the root is no longer ours to supervise; asked after every sleep.
        """
        while not self.senses.is_stopping and not self.is_root_gone():
            woken = self.sense(at_once=once and not self.hooks.is_busy)
            if not is_ours():
                if self._is_root_going():
                    continue
                return False
            if once and not woken and not self.hooks.is_busy:
                break
            self.act(self.decide(self.orient(self.observe(woken))))
        if self.is_root_gone():
            self.runner.abandon()
        else:
            self.metrics.write(self.roster, self.tree, clock.since_boot(), at_once=True)
        return True

    def is_root_gone(self) -> bool:
        """Tell whether the root was removed, or is another now."""
        try:
            return os.stat(self.root).st_ino != self._inode
        except FileNotFoundError:
            return True
        except OSError:
            return False  # unknown is not gone

    def _is_root_going(self) -> bool:
        """Tell whether the root is gone in a moment, as when somebody is removing all of it."""
        deadline = clock.since_boot() + _GOING_S
        while not self.is_root_gone():
            if clock.since_boot() >= deadline:
                return False
            time.sleep(_LOOKS_S)
        return True

    def sense(self, *, at_once: bool = False) -> set[SessionId]:
        """Wait for something to happen, and return the sessions that may have changed."""
        now = clock.since_boot()
        if self.senses.is_blind:  # perhaps only since this round
            self._next_resync = min(self._next_resync, now + self._pause_s())
        due = [
            self._next_resync,
            self.senses.next_deadline(),
            self.effects.next_visit(now),
            self.tree.strategic.next_visit(),
            self.hooks.next_visit(now),
        ]
        longest_s = 0.0 if at_once else min(when for when in due if when is not None) - now
        woken = self.senses.wait(longest_s)
        now = clock.since_boot()
        self.hooks.step(now)
        woken |= self.senses.due(now)
        if now >= self._next_resync or self.senses.sees_all_at_once:
            woken |= self._everything(now)
        return woken | self._settle(now) | self._gather(now)

    def _everything(self, now: float) -> set[SessionId]:
        self.senses.sees_all_at_once = False
        # The first look knows nobody yet; the second, soon after, checks what the watcher before left.
        first = not self._next_resync
        self._next_resync = now + self._pause_s(first=first)
        self.senses.ask_again()
        self._configure()
        left_alone = first and self.runner.server.is_running() is True
        self.panes.look(self.roster.wards.values(), everything=bool(self.roster.wards) or left_alone)
        self._try("removed", self.roster.remember_removed)
        if not first:
            self.tree.strategic.look_again()
            self.metrics.write(self.roster, self.tree, now)
        self._try("tidy", lambda: self.effects.tidy(self.panes, now))
        for ward in self.roster.wards.values():
            self._try(ward.session, lambda ward=ward: act.correct(ward))  # type: ignore[misc]
        return set(self.roster.wards) | self.roster.unknown() | set(self.roster.newcomers)

    def _pause_s(self, *, first: bool = False) -> float:
        if self.senses.is_blind:
            return min(RESYNC_S, _BLIND_RESYNC_S + _BLIND_EACH_S * len(self.roster.wards))
        return _TRY_AGAIN_S if first else RESYNC_S

    def _settle(self, now: float) -> set[SessionId]:
        closed: set[SessionId] = set()
        self._try("settle", lambda: closed.update(self.effects.settle(now)))
        return closed

    def _gather(self, now: float) -> set[SessionId]:
        """Take the groups of like failures as far as they go now."""
        concerned: set[SessionId] = set()
        edited, self.senses.edited = self.senses.edited, set()
        self.tree.strategic.edited(edited)
        if self.tree.strategic.groups.open:
            self.senses.watch_escalations()
        self._try("groups", lambda: concerned.update(self.tree.strategic.step(self.settings, now)))
        self.occasions.gather(self.tree.strategic.groups)
        return concerned

    def _configure(self) -> None:
        try:
            self.settings = configuration.load_kept(self.root)
        except ScopeError as error:
            what = "the configuration stays as it was"
            if self.settings == Configuration():  # perhaps this watcher has never read one
                last = configuration.last(self.root)
                what = "the built-in settings hold" if last is None else "the last one that could be taken holds"
                self.settings = last or self.settings
            self.log.once("config", f"{what}: {error}")
        for problem in self.tree.orientation.problems():
            self.log.once(problem, f"not taken: {problem}")
        self.slots.limit = slots.limit(self.settings)
        self.effects.endings.grace_s = self.settings.grace
        self.hooks.configure(self.settings.hooks)
        self.stagger.every_s = self.settings.recovery.stagger
        self.tree.configure(self.settings)

    def observe(self, woken: set[SessionId]) -> list[tuple[Ward, Case]]:
        """Look at the sessions that may have changed, and at those whose turn a free slot makes it."""
        now = clock.since_boot()
        wards = [ward for ward in (self.attention.meet(session, now) for session in woken) if ward is not None]
        self.tree.strategic.begin()
        waiting = self.slots.next_up(self.roster.wards, _START_AT_ONCE)
        wards += [ward for ward in waiting if ward.session not in woken]
        self._finish([ward for ward in wards if ward.is_incomplete], now)
        wards = [ward for ward in wards if not ward.is_incomplete]
        self.panes.look(wards)
        seen = []
        for ward in wards:
            try:
                seen.append((ward, self.attention.case(ward, now)))
            except Exception as error:  # noqa: BLE001 - one session's trouble is not the others'
                self._trouble(ward, error, now)
        return seen

    def orient(self, seen: list[tuple[Ward, Case]]) -> list[tuple[Ward, Case]]:
        """Put each case into its context, and what has begun before what has not, the most urgent first."""
        now = clock.since_boot()
        if seen:
            self.tree.orientation.admission.look()
        placed = []
        for ward, case in seen:
            try:
                whole, look_again_s = self.tree.orientation.place(ward, case, self.settings, now)
            except Exception as error:  # noqa: BLE001 - one session's trouble is not the others'
                self._trouble(ward, error, now)
                continue
            if look_again_s is not None:
                self.senses.look_at(ward.session, now + look_again_s)
            placed.append((ward, whole))
        return sorted(placed, key=lambda pair: (pair[1].state == "pending", pair[0].precedence))

    def decide(self, seen: list[tuple[Ward, Case]]) -> list[Step]:
        """Decide about each session, handing out the free slots in order."""
        now = clock.since_boot()
        free = {False: min(self.slots.free, _START_AT_ONCE), True: self.slots.free_for_help}
        steps = []
        for ward, case in seen:
            verdict = decide(case)
            is_help = ward.is_help
            if isinstance(verdict, Start) and free[is_help] <= 0:
                verdict = decide(replace(case, has_slot=False))
                self.slots.queue(ward.session)
            elif isinstance(verdict, Start) and (left_s := self.stagger.left_s(ward, now)):
                verdict = Hold(STAGGERED, look_again_s=left_s)
                self.slots.leave(ward.session)
            else:
                free[is_help] -= isinstance(verdict, Start)
                self.slots.leave(ward.session)
            steps.append(Step(ward, case, verdict))
        return steps

    def act(self, steps: list[Step]) -> None:
        """Commit the verdicts, then carry them out."""
        now = clock.since_boot()
        for step in steps:
            try:
                self._commit(step, now)
            except Exception as error:  # noqa: BLE001 - one session's trouble is not the others'
                self._trouble(step.ward, error, now)
        self._finish([step.ward for step in steps if step.ward.is_incomplete], now)
        self._try("index", self.roster.write_index)
        self.panes.note_server()
        if self.slots.next_up(self.roster.wards, 1):
            self.senses.look_at(steps[0].ward.session if steps else next(iter(self.roster.wards)), now)

    def _commit(self, step: Step, now: float) -> None:
        ward, verdict = step.ward, step.verdict
        if not self.tree.may(ward, verdict, now):
            self.senses.look_at(ward.session, now)
            return
        if isinstance(verdict, Start):
            self.stagger.begun(ward, now)
        if not isinstance(verdict, Hold):
            also = self.tree.before(ward, verdict, step.case, now)
            if also:
                self.senses.watch_escalations()
            act.commit(ward, verdict, step.case, self.boot, now, also)
            self.slots.count(ward)
            for sibling in self.tree.siblings(ward):
                self.senses.look_at(sibling, now)
            return
        if verdict.look_again_s is not None:
            self.senses.look_at(ward.session, now + verdict.look_again_s)
        if step.case.attempt is not None and step.case.attempt.exit is not None:
            self.senses.watch_log(ward)
        if step.case.state in ("pending", "escalated", "deferred") or step.case.is_awaiting:
            act.commit(ward, verdict, step.case, self.boot, now)
        self.effects.rest(ward)

    def _finish(self, wards: list[Ward], now: float) -> None:
        for ward, error in self.effects.finish(wards, now):
            self._trouble(ward, error, now)

    def _trouble(self, ward: Ward, error: Exception, now: float) -> None:
        """Leave a session as it is for a moment: what could not be written is neither started nor killed."""
        ward.is_resumed = True
        self.log.once(ward.session, f"session {ward.session}: {said(error)}; it is tried again")
        self.senses.look_at(ward.session, now + _TRY_AGAIN_S)

    def _try(self, what: str, work: Callable[[], object]) -> None:
        try:
            work()
        except ScopeError as error:
            self.log.once(what, f"{error}; it is tried again")
