"""The strategic loop: like failures together, across the whole tree.

One diagnosis for a group, one canary with the remedy, then all the others; a person hears of it
once. What is decided is in `laws.grouping`, what was decided in `supervision.groups`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from scope.laws import grouping
from scope.laws.fingerprint import fingerprint, normalised
from scope.laws.grouping import Advice, Member, View, Word, word_for
from scope.laws.task import Task
from scope.supervision import clock, diagnosis, inbox
from scope.supervision.groups import Groups

if TYPE_CHECKING:
    from scope.laws.configuration import Configuration
    from scope.laws.grouping import Group, GroupVerdict, Outcome
    from scope.laws.ids import SessionId
    from scope.skills.runbooks import Shelf
    from scope.supervision.groups import Ring
    from scope.supervision.log import Log
    from scope.supervision.roster import Roster
    from scope.supervision.supervisors import Supervisors
    from scope.supervision.ward import Ward

_STEPS_AT_MOST: Final = 16
_TRY_AGAIN_S: Final = 1.0
_PHASES_AT_WORK: Final = ("gathering", "trying", "asking")


def kin_of(task: Task) -> str:
    """Return what sessions have in common that would fail in the same way: the kind of work, not its numbers."""
    return fingerprint(job_type=task.job_type, of_class=task.cwd, check=task.check, error=normalised(task.title()))


class Strategic:
    """Sees all groups; its `step` never waits."""

    def __init__(self, root: str, boot: str, roster: Roster, supervisors: Supervisors, shelf: Shelf, log: Log) -> None:
        self.groups = Groups(root, boot)
        self._root = root
        self._roster = roster
        self._supervisors = supervisors
        self._shelf = shelf
        self._log = log
        self._dirty: set[str] = set()
        self._knows_all = False  # every session was met, so that who is missing is gone
        self._due: dict[str, float] = {}
        self._whose: dict[SessionId, str] = {}  # the group of each member
        self._canaries: dict[SessionId, str] = {}
        self._held: dict[str, set[SessionId]] = {}  # by group: those that would fail the same way
        self._cleared: set[str] = set()

    def count(self, ward: Ward) -> None:
        """Take note of how a session stands: a member of its group, a canary, or neither."""
        story = ward.chronicle
        if story.state == "escalated" and story.group in self.groups.open:
            ring = self.groups.open[story.group]
            member = _member(ward)
            if self._whose.get(ward.session) != story.group:
                self._leave(ward.session)
            if ring.members.get(ward.session) != member:
                ring.members[ward.session] = member
                self._whose[ward.session] = story.group
                self._dirty.add(story.group)
            inbox.mark(ward, ring)
        else:
            self._leave(ward.session)
            self._mark_question(ward)
        if ward.session in self._canaries:
            self._dirty.add(self._canaries[ward.session])
        if story.state == "done" and self.groups.open:
            self._clear(ward)

    def _leave(self, session: SessionId) -> None:
        identity = self._whose.pop(session, "")
        ring = self.groups.open.get(identity)
        if ring is not None and ring.members.pop(session, None) is not None:
            self._dirty.add(identity)

    def _mark_question(self, ward: Ward) -> None:
        story = ward.chronicle
        ring = self.groups.open.get(story.escalation)
        if ring is not None and not (story.state == "waiting" and story.asking):
            self._dirty.add(story.escalation)  # nobody waits for that answer any more
            ring = None
        inbox.mark(ward, ring)

    def _clear(self, ward: Ward) -> None:
        """A session of the same kind, begun since a person was asked, went well: that is news."""
        kin = kin_of(ward.task) if isinstance(ward.task, Task) else ""
        for identity, ring in self.groups.open.items():
            if ring.kin == kin and kin and ring.group.phase == "asking" and ward.chronicle.begun > ring.group.told:
                self._cleared.add(identity)
                self._dirty.add(identity)

    def forget(self, ward: Ward) -> None:
        """Let go of a session that ended or is gone."""
        self._leave(ward.session)
        if ward.session in self._canaries:
            self._dirty.add(self._canaries[ward.session])

    def edited(self, identities: set[str]) -> None:
        """Look again at what people may have written into the inbox."""
        for identity in identities & self.groups.open.keys():
            # What was removed is written again, and what was closed without an answer is opened again.
            ring = self.groups.open[identity]
            ring.is_shown = ring.is_shown and inbox.stands(self._root, identity)
            self._dirty.add(identity)

    def begin(self) -> None:
        """Begin to decide about groups: every session was met now."""
        if not self._knows_all:
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
        return word_for(ring.group, _member(ward))

    def inhibits(self, ward: Ward, after: int) -> tuple[str, str]:
        """Return why a session must not begin before its like, and the group that a person is asked about."""
        task = ward.task
        if not self.groups.open or not isinstance(task, Task) or ward.chronicle.attempt:
            return "", ""
        kin = kin_of(task)
        for identity, ring in self.groups.open.items():
            is_of_it = ring.kin == kin and not ring.group.supervisor and ring.question is None
            # What is spawned after a person was asked may be their remedy, tried.
            is_newer = ring.group.phase == "asking" and ward.signature[0] > ring.asked_ns
            if not is_of_it or is_newer or ring.group.phase not in _PHASES_AT_WORK:
                continue
            if len(ring.members) < after:
                continue
            self._held.setdefault(identity, set()).add(ward.session)
            if ring.group.phase == "asking":
                return "", identity
            return f"{len(ring.members)} like it failed; a remedy is tried first (group {identity})", ""
        return "", ""

    def present(self, ward: Ward) -> None:
        """Put a ward's question before a person, before its state says that one is awaited; raises StoreFault."""
        ring = self.groups.open.get(ward.chronicle.escalation)
        if ring is not None:
            self._show(ring)
            inbox.mark(ward, ring)

    def answer_to(self, ward: Ward) -> grouping.Answer | None:
        """Return what a person answered to the question of a ward's attempt."""
        return inbox.answer(self._root, ward.chronicle.escalation) if ward.chronicle.escalation else None

    def next_visit(self) -> float | None:
        """Return when a group is due."""
        return min(self._due.values(), default=None)

    def step(self, settings: Configuration, now: float) -> set[SessionId]:
        """Take every group as far as it goes now; return the sessions that this concerns. Raises StoreFault."""
        concerned: set[SessionId] = set()
        if not self._knows_all:
            return concerned
        due = {identity for identity, when in self._due.items() if when <= now}
        for identity in sorted(self._dirty | due):
            self._due.pop(identity, None)
            for _ in range(_STEPS_AT_MOST):
                ring = self.groups.open.get(identity)
                if ring is None or not self._take(ring, settings, now, concerned):
                    break
            self._dirty.discard(identity)
        inbox.close(self._root, self.groups.stale)
        return concerned

    def _take(self, ring: Ring, settings: Configuration, now: float, concerned: set[SessionId]) -> bool:
        """Take one step with a group; tell whether there may be another."""
        group = ring.group
        if ring.question is not None:
            return self._question(ring, now, concerned)
        if group.phase != "asking":
            self._show(ring)  # an answer that was taken is settled before anything new is asked
        verdict = grouping.decide_group(self._view(ring, settings, now), settings.escalation, now)
        if isinstance(verdict, grouping.Wait):
            if verdict.look_again_s is not None:
                self._due[group.id] = now + verdict.look_again_s
            self._show(ring)
            return False
        self._commit(ring, verdict, now)
        concerned |= ring.members.keys() | self._held.pop(group.id, set())
        self._cleared.discard(group.id)
        self._show(ring)
        for session in ring.members:
            if session in self._roster.wards:
                inbox.mark(self._roster.wards[session], ring)
        return True

    def _question(self, ring: Ring, now: float, concerned: set[SessionId]) -> bool:
        assert ring.question is not None
        session, attempt, number = ring.question
        ward = next((ward for one, ward in self._roster.wards.items() if one == session), None)
        story = ward.chronicle if ward is not None else None
        if story is None or story.state != "waiting" or (story.attempt, story.asking) != (attempt, number):
            is_young = now - ring.group.opened < _TRY_AGAIN_S
            if is_young and story is not None and story.attempt == attempt and not story.asking:
                self._due[ring.group.id] = now + _TRY_AGAIN_S  # its line is still being written
                return False
            self.groups.commit(ring.group.id, "close", now, why="it was answered, or nobody asks any more")
            return False
        assert ward is not None
        self._show(ring)
        if inbox.answer(self._root, ring.group.id) is not None:
            concerned.add(ward.session)
        return False

    def _show(self, ring: Ring) -> None:
        if not ring.is_shown:
            wards = [self._roster.wards[session] for session in sorted(ring.members) if session in self._roster.wards]
            if ring.question is not None:
                wards = [ward for one, ward in self._roster.wards.items() if one == ring.question[0]]
            ring.is_shown = inbox.show(self._root, ring, wards)
            if not ring.is_shown:
                # Somebody is at it, or has left it unreadable: no reason to look all the time.
                again = clock.since_boot() + _TRY_AGAIN_S
                self._due[ring.group.id] = min(self._due.get(ring.group.id, again), again)
            for ward in wards:
                inbox.mark(ward, ring)

    def _commit(self, ring: Ring, verdict: GroupVerdict, now: float) -> None:
        group = ring.group
        commit = self.groups.commit
        match verdict:
            case grouping.Climb(rung, why):
                commit(group.id, "climb", now, rung=rung, why=why)
            case grouping.Advise(rung, advice, why):
                said = inbox.advice_words(advice)
                commit(group.id, "advise", now, rung=rung, serial=group.serial + 1, advice=said, why=why)
                self._resume(ring, advice, now)
            case grouping.Send(canary):
                commit(group.id, "send", now, canary=canary)
                self._canaries = {one: whose for one, whose in self._canaries.items() if whose != group.id}
                self._canaries[next(one for one in ring.members if one == canary)] = group.id
            case grouping.Release(why):
                commit(group.id, "release", now, why=why)
            case grouping.Ask(rung):
                commit(group.id, "ask", now, rung=rung, members=len(ring.members), ns=time.time_ns())
            case grouping.Tell(severity):
                commit(group.id, "tell", now, severity=severity, members=len(ring.members))
            case grouping.Settle(word):
                commit(group.id, "settle", now, verdict=word)
            case grouping.Close(why):
                commit(group.id, "close", now, why=why)
            case grouping.Wait():
                pass

    def _resume(self, ring: Ring, advice: Advice, now: float) -> None:
        name = ring.group.supervisor
        if not name:
            return
        above = self._supervisors.above(name, now)
        if above is not None and advice.level not in grouping.GRANTING:
            self._supervisors.restarted(above.name, name, ring.group.serial, now)
        self._supervisors.resume(name)

    def _view(self, ring: Ring, settings: Configuration, now: float) -> View:
        group = ring.group
        return View(
            group=group,
            members=tuple(ring.members.values()),
            outcome=self._outcome(group) if group.phase == "trying" else "",
            remedy=self._remedy(ring, settings, now) if group.phase == "gathering" else None,
            answer=inbox.answer(self._root, group.id) if group.phase == "asking" and ring.is_shown else None,
            is_cleared=group.id in self._cleared,
        )

    def _remedy(self, ring: Ring, settings: Configuration, now: float) -> Advice | None:
        if ring.group.supervisor:
            above = self._supervisors.above(ring.group.supervisor, now)
            if above is None:
                return None
            if not self._supervisors.is_restart_allowed(above.name, settings.supervision, above, now):
                self._supervisors.give_up(above.name)
                return None
            return Advice(f"supervisor {above.name}", reasoning=f"'{above.name}' restarts '{ring.group.supervisor}'")
        if ring.group.rung >= 0 or ring.group.is_for_person:
            return None
        for session in sorted(ring.members, key=lambda one: ring.members[one].precedence):
            ward = self._roster.wards.get(session)
            if ward is not None and not ring.members[session].is_spent:
                remedy = diagnosis.of(ward, self._shelf.rules)[1]
                if remedy is not None:
                    return remedy
        return None

    def _outcome(self, group: Group) -> Outcome:
        """Return how the canary fares."""
        canary = next((one for one in self._roster.world if one == group.canary), None) if group.canary else None
        if not group.canary:
            return ""
        if canary is None:
            return "gone"
        ward = next((ward for one, ward in self._roster.wards.items() if one == canary), None)
        state = self._roster.world[canary]
        if ward is None or state in ("done", "failed", "aborted"):
            return "done" if state == "done" else "failed" if state == "failed" else "gone"
        self._canaries[ward.session] = group.id
        has_gone = (group.id, group.serial) in ward.chronicle.advised
        return "failed" if state == "escalated" and has_gone else "running"


def _member(ward: Ward) -> Member:
    story = ward.chronicle
    retries = ward.task.retries + story.grants if isinstance(ward.task, Task) else 0
    return Member(
        session=ward.session,
        tried=frozenset(number for group, number in story.advised if group == story.group),
        precedence=ward.precedence,
        is_spent=story.tries > retries,
        is_bound=story.is_bound_to_rules,
    )
