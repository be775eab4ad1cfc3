"""The strategic loop: like failures together, across the whole tree.

One diagnosis for a group, one canary with the remedy, then all the others; a person hears of it
once. What is decided is in `laws.grouping`, what was decided in `supervision.escalation.groups`.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from scope.errors import ScopeError
from scope.laws import group as verdicts
from scope.laws.configuration import Escalation
from scope.laws.group import Advice, View, Word
from scope.laws.grouping import decide_group, reminder, word_for
from scope.laws.ids import SessionId
from scope.store import layout
from scope.supervision.escalation import inbox
from scope.supervision.escalation.groups import Groups
from scope.supervision.escalation.membership import Membership, member_of
from scope.supervision.notification.herald import Herald
from scope.supervision.observation import diagnosis
from scope.supervision.strategy.consultations import Consultations

if TYPE_CHECKING:
    from scope.laws.configuration import Configuration
    from scope.laws.group import GroupVerdict
    from scope.skills.runbooks import Shelf
    from scope.supervision.escalation.groups import Ring
    from scope.supervision.strategy.supervisors import Supervisors
    from scope.supervision.wards.log import Log
    from scope.supervision.wards.roster import Roster
    from scope.supervision.wards.ward import Ward

_STEPS_AT_MOST: Final = 16
_TRY_AGAIN_S: Final = 1.0


class Strategic:
    """Sees all groups; its `step` never waits."""

    def __init__(self, root: str, boot: str, roster: Roster, supervisors: Supervisors, shelf: Shelf, log: Log) -> None:
        self.groups = Groups(root, boot)
        self.membership = Membership(root, self.groups, roster)
        self._root = root
        self._roster = roster
        self._supervisors = supervisors
        self._shelf = shelf
        self._log = log
        self._knows_all = False  # every session was met, so that who is missing is gone
        self._due: dict[str, float] = {}
        self._consultations = Consultations(root, roster)
        self._last_rung = 0  # the last level of the ladder below a person's
        self._settings = Escalation()
        self._herald = Herald(root, log)

    def edited(self, identities: set[str]) -> None:
        """Look again at what people may have written into the inbox."""
        for identity in identities & self.groups.open.keys():
            # What was removed is written again, and what was closed without an answer is opened again.
            ring = self.groups.open[identity]
            ring.is_shown = ring.is_shown and inbox.stands(self._root, identity)
            self.membership.dirty.add(identity)

    def begin(self) -> None:
        """Begin to decide about groups, once every session was met; one whose task is being edited has not left."""
        if self._knows_all:
            return
        if not any(
            os.path.exists(layout.decisions(layout.session(self._root, session))) for session in self._roster.newcomers
        ):
            self.look_again()

    def look_again(self) -> None:
        """Look at every group again: what nobody told of may have happened."""
        self._knows_all = True
        self.edited(set(self.groups.open))

    def word(self, ward: Ward) -> Word:
        """Return what a member's group says to it."""
        ring = self.groups.open.get(ward.chronicle.group)
        if not ward.chronicle.group:
            return Word("nothing", "it was given another task")
        if ring is None:
            return Word("nothing", f"group {ward.chronicle.group} was closed", ward.chronicle.group)
        return word_for(ring.group, member_of(ward), self._last_rung)

    def present(self, ward: Ward) -> None:
        """Put a ward's question before a person, before its state says that one is awaited; raises StoreFault."""
        ring = self.groups.open.get(ward.chronicle.escalation)
        if ring is not None:
            self._show(ring, time.monotonic())

    def answer_to(self, ward: Ward) -> verdicts.Answer | None:
        """Return what a person answered to the question of a ward's attempt."""
        return inbox.answer(self._root, ward.chronicle.escalation) if ward.chronicle.escalation else None

    def next_visit(self) -> float | None:
        """Return when a group is due."""
        looks = [self._herald.next_look] if self._herald.next_look is not None else []
        return min([*self._due.values(), *looks], default=None)

    def step(self, settings: Configuration, now: float) -> set[SessionId]:
        """Take every group as far as it goes now; return the sessions that this concerns. Raises StoreFault."""
        concerned: set[SessionId] = set()
        self._settings = settings.escalation
        self._last_rung = len(settings.escalation.levels) - 2
        if not self._knows_all:
            return concerned
        due = {identity for identity, when in self._due.items() if when <= now}
        dirty, self.membership.dirty = self.membership.dirty | due, set()
        for identity in sorted(dirty):
            self._due.pop(identity, None)
            try:
                for _ in range(_STEPS_AT_MOST):
                    ring = self.groups.open.get(identity)
                    if ring is None or not self._take(ring, settings, now, concerned):
                        break
            except Exception as error:  # noqa: BLE001 - one group's trouble is not the others'
                said = str(error) if isinstance(error, ScopeError) else f"a bug in scope: {error!r}"
                self._log.once(f"group {identity}", f"group {identity}: {said}; it is tried again")
                self._due[identity] = now + _TRY_AGAIN_S
        inbox.close(self._root, self.groups.stale)
        self.membership.dirty |= self._herald.look(self.groups.open.values(), settings, now, is_news=bool(dirty))
        return concerned

    def _take(self, ring: Ring, settings: Configuration, now: float, concerned: set[SessionId]) -> bool:
        """Take one step with a group; tell whether there may be another."""
        group = ring.group
        if ring.question is not None:
            return self._question(ring, now, concerned)
        if group.phase != "asking":
            self._show(ring, now)  # an answer that was taken is settled before anything new is asked
        if group.supervisor:
            self._resume(ring, now)
        if group.phase == "consulting":
            self._consultations.place(ring, settings)
            self.membership.consult(group.id, group.advisor)
        verdict = decide_group(self._view(ring, settings, now), settings.escalation, now)
        if isinstance(verdict, verdicts.Wait):
            if verdict.look_again_s is not None:
                self._due[group.id] = now + verdict.look_again_s
            self._show(ring, now)
            return False
        if group.phase == "consulting" and not isinstance(verdict, verdicts.Advise):
            self._consultations.dismiss(ring)
        if not isinstance(verdict, verdicts.Tell):  # which concerns the person alone
            concerned |= self.membership.concerned(group.id)
        if group.phase == "asking" and isinstance(verdict, verdicts.Advise | verdicts.Settle):
            self._adopt(group.id)
        self._commit(ring, verdict, now)
        self.membership.cleared.discard(group.id)
        self._show(ring, now)
        for session in ring.members:
            if session in self._roster.wards:
                inbox.mark(self._roster.wards[session], ring)
        return True

    def _adopt(self, identity: str) -> None:
        """Make the policy that an answer asks for; raises StoreFault."""
        trouble = inbox.adopt(self._root, identity)
        if trouble:
            self._log.once(f"policy of {identity}", f"{identity} was answered, but makes no policy: {trouble}")

    def _question(self, ring: Ring, now: float, concerned: set[SessionId]) -> bool:
        assert ring.question is not None
        session, attempt, number = ring.question
        ward = self._roster.wards.get(SessionId(session))
        story = ward.chronicle if ward is not None else None
        if story is None or story.state != "waiting" or (story.attempt, story.asking) != (attempt, number):
            is_young = now - ring.group.opened < _TRY_AGAIN_S
            if is_young and story is not None and story.attempt == attempt and not story.asking:
                self._due[ring.group.id] = now + _TRY_AGAIN_S  # its line is still being written
                return False
            self._adopt(ring.group.id)  # its session may have taken the answer before it was seen here
            self.groups.commit(ring.group.id, "close", now, why="it was answered, or nobody asks any more")
            return False
        self._show(ring, now)
        if inbox.answer(self._root, ring.group.id) is not None:
            concerned.add(SessionId(session))
            return False
        view = View(ring.group, is_acked=inbox.is_acked(self._root, ring.group.id))
        verdict = reminder(view, self._settings, now)
        if isinstance(verdict, verdicts.Tell):
            self._commit(ring, verdict, now)
            self._show(ring, now)
        elif verdict.look_again_s is not None:
            self._due[ring.group.id] = now + verdict.look_again_s
        return False

    def _show(self, ring: Ring, now: float) -> None:
        if ring.is_shown:
            return
        sessions = sorted(ring.members) if ring.question is None else [SessionId(ring.question[0])]
        wards = [self._roster.wards[session] for session in sessions if session in self._roster.wards]
        ring.is_shown = inbox.show(self._root, ring, wards, self._settings)
        if not ring.is_shown:
            # Somebody is at it, or has left it unreadable: no reason to look all the time.
            again = now + _TRY_AGAIN_S
            self._due[ring.group.id] = min(self._due.get(ring.group.id, again), again)
        for ward in wards:
            inbox.mark(ward, ring)

    def _commit(self, ring: Ring, verdict: GroupVerdict, now: float) -> None:
        group = ring.group
        commit = self.groups.commit
        match verdict:
            case verdicts.Climb(rung, why):
                commit(group.id, "climb", now, rung=rung, why=why)
            case verdicts.Consult(rung):
                advisor = self._consultations.reserve(ring)
                commit(group.id, "consult", now, rung=rung, advisor=advisor)
            case verdicts.Advise(rung, advice, why):
                said = inbox.advice_words(advice)
                commit(group.id, "advise", now, rung=rung, serial=group.serial + 1, advice=said, why=why)
            case verdicts.Send(canary):
                commit(group.id, "send", now, canary=canary)
                self.membership.send(group.id, canary)
            case verdicts.Release(why):
                commit(group.id, "release", now, why=why)
            case verdicts.Ask(rung):
                commit(group.id, "ask", now, rung=rung, members=len(ring.members), ns=time.time_ns())
            case verdicts.Tell(severity):
                commit(group.id, "tell", now, severity=severity, members=len(ring.members))
            case verdicts.Settle(word):
                commit(group.id, "settle", now, verdict=word)
            case verdicts.Close(why):
                commit(group.id, "close", now, why=why)
            case verdicts.Wait():
                pass

    def _resume(self, ring: Ring, now: float) -> None:
        """What follows from a word on a supervisor that gave up: it, and all below it, begin anew. Done once."""
        group = ring.group
        if group.phase not in ("trying", "released", "settled"):
            return
        key = f"{group.id}/{group.serial}/{group.phase if group.phase == 'settled' else 'advised'}"
        above = self._supervisors.above(group.supervisor, now)
        by_above = group.advice is not None and group.advice.level not in verdicts.GRANTING
        if above is not None and by_above and group.phase != "settled":
            self._supervisors.restarted(above.name, group.supervisor, group.serial, now)
        for name in self._supervisors.given_up_below(group.supervisor, now):
            self._supervisors.resume(name, key)

    def _view(self, ring: Ring, settings: Configuration, now: float) -> View:
        group = ring.group
        is_gathering, is_consulting = group.phase == "gathering", group.phase == "consulting"
        remedy, folds = self._remedy(ring, settings, now) if is_gathering else (None, "")
        obstacle = self._obstacle(ring, settings) if is_gathering else ""
        return View(
            group=group,
            members=tuple(ring.members.values()),
            outcome=self.membership.outcome(group) if group.phase == "trying" else "",
            remedy=remedy,
            folds_into=folds,
            is_served=is_gathering and not obstacle,
            obstacle=obstacle,
            counsel=self._consultations.counsel(ring) if is_consulting else None,
            answer=inbox.answer(self._root, group.id) if group.phase == "asking" and ring.is_shown else None,
            is_cleared=group.id in self.membership.cleared,
            is_acked=group.phase == "asking" and inbox.is_acked(self._root, group.id),
        )

    def _obstacle(self, ring: Ring, settings: Configuration) -> str:
        """Say why the next level of the ladder cannot be asked; nothing where it is a model's, and can."""
        level = next(iter(settings.escalation.levels[ring.group.rung + 1 :]), "")
        if ring.group.is_for_person or ring.group.supervisor or not level.isdecimal():
            return f"level {level} is no model's"
        return self._consultations.obstacle(level, settings)

    def _remedy(self, ring: Ring, settings: Configuration, now: float) -> tuple[Advice | None, str]:
        """Return what the level below a person advises, or the supervisor above that gave up as well."""
        if ring.group.supervisor:
            above = self._supervisors.above(ring.group.supervisor, now)
            if above is None:
                return None, ""
            if not self._supervisors.is_restart_allowed(above.name, settings.supervision, above, now):
                self._supervisors.give_up(above.name)
                return None, above.name
            reason = f"'{above.name}' restarts '{ring.group.supervisor}'"
            return Advice(f"supervisor {above.name}", reasoning=reason), ""
        ladder = settings.escalation.levels[ring.group.rung + 1 :]
        if ring.group.is_for_person or ladder[:1] != (verdicts.RULES,):
            return None, ""
        for session in sorted(ring.members, key=lambda one: ring.members[one].precedence):
            ward = self._roster.wards.get(session)
            if ward is not None and not ring.members[session].is_spent and ward.chronicle.failed:
                remedy = diagnosis.of(ward, self._shelf.rules)[1]
                if remedy is not None:
                    return remedy, ""
        return None, ""
