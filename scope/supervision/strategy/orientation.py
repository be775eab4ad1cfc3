"""Orient: put what was seen of one session into the context that the session itself cannot see.

Its supervisor and playbook, its siblings, the groups of like failures, the policies of people, the
state of the machine. What comes out is the whole case that the next decision rests on.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scope.laws import backoff, policy
from scope.laws.case import Deferral
from scope.laws.identity import triggers
from scope.laws.playbook import Standing
from scope.laws.plays import ordered
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.sessions.asking.policies import Drawer
from scope.sessions.records import allowance
from scope.supervision.experience.lessons import is_replay
from scope.supervision.observation import diagnosis, returns
from scope.supervision.strategy import slots
from scope.supervision.strategy.admission import Admission
from scope.supervision.strategy.gauges import Gauges
from scope.supervision.strategy.waits import Waits
from scope.supervision.wards.chronicle import RETURNED

if TYPE_CHECKING:
    from scope.laws.case import Case
    from scope.laws.configuration import Configuration, Triggers
    from scope.laws.failure import Failure
    from scope.laws.identity import Identity
    from scope.laws.plays import Play
    from scope.laws.policy import Policy
    from scope.skills.runbooks import Shelf
    from scope.supervision.escalation.groups import Ring
    from scope.supervision.strategy.strategic import Strategic
    from scope.supervision.strategy.supervisors import Supervisors
    from scope.supervision.wards.roster import Roster
    from scope.supervision.wards.ward import Ward


_LOOK_FOR_ROUTER_S: Final = 2.0


class Orientation:
    """What the watcher knows beyond one session."""

    def __init__(
        self, root: str, boot: str, roster: Roster, supervisors: Supervisors, strategic: Strategic, shelf: Shelf
    ) -> None:
        self._root = root
        self._boot = boot
        self._roster = roster
        self._supervisors = supervisors
        self._strategic = strategic
        self._shelf = shelf
        self._drawer = Drawer(root)
        self.waits = Waits()
        self.gauges = Gauges()
        self.admission = Admission(root, roster, supervisors, self.gauges)

    def place(self, ward: Ward, case: Case, settings: Configuration, now: float) -> tuple[Case, float | None]:
        """Return the case in its context, and in how many seconds that may have changed by itself."""
        task = ward.task if isinstance(ward.task, Task) else Task()
        declared = self._supervisors.declared(ward, now)
        playbook, is_default = playbook_of(task, declared, settings)
        self._supervisors.count(ward)
        circle, counts_s = self._circle(ward, case, now)
        case = replace(
            case,
            is_supervised=bool(playbook),
            cycle=circle if counts_s <= 0 else (),
            given_up_by=self._given_up_by(declared, now),
        )
        look_s: float | None = counts_s if counts_s > 0 else None
        match case.state:
            case "pending":
                case = self._before(ward, case, task, declared, settings, now)
            case "running" | "waiting" if not case.is_awaiting:
                case = self._at_work(ward, case, declared, settings, now)
                if bool(playbook) and self.gauges.are_needed:
                    look_s = settings.triggers.every
                if ward.parked:
                    look_s = _LOOK_FOR_ROUTER_S
            case "deferred":
                case = replace(case, deferral=self._deferral(ward, now))
            case _:
                pass
        if case.state == "escalated":
            case = replace(case, word=self._strategic.word(ward))
        if case.state in ("recovering", "escalated") and ward.chronicle.failed:
            case = self._after(ward, case, task, declared, (playbook, is_default), settings, now)
        return case, look_s

    def _circle(self, ward: Ward, case: Case, now: float) -> tuple[tuple[str, ...], float]:
        others = case.dependencies.unmet if case.state == "pending" else ()
        if case.state == "deferred" and self._deferral(ward, now).unmet:
            others = (self._deferral(ward, now).unmet,)
        if case.state == "running" and ward.is_lending:
            others = slots.waited_for(ward.attempt_directory)
        self.waits.set(ward.session, others)
        return self.waits.circle(ward.session, self._roster.world, now) if others else ((), 0.0)

    def _given_up_by(self, declared: Identity | None, now: float) -> str:
        """Return the highest supervisor above a session that has given up."""
        seen: set[str] = set()
        found = ""
        while declared is not None and declared.name not in seen:
            if self._supervisors.has_given_up(declared.name):
                found = declared.name
            seen.add(declared.name)
            declared = self._supervisors.above(declared.name, now)
        return found

    def _before(
        self, ward: Ward, case: Case, task: Task, declared: Identity | None, settings: Configuration, now: float
    ) -> Case:
        """Say whether an attempt that has not begun may begin."""
        admission = self.admission
        held, asked = admission.unserved(ward, task, settings, now), ""
        if declared is not None:
            other = self._supervisors.waits_for(ward, declared)
            held = f"first session {other} is ended, which begins again with it" if other else held
        if case.is_supervised and not task.is_help:
            reason, asked = self._strategic.membership.inhibits(ward, settings.supervision.inhibit_after)
            held = held or reason or admission.full(task, settings, now)
        too_many = admission.too_many(ward, settings)
        return replace(case, held=held, inhibited_by=asked, too_many=too_many, paused=admission.paused)

    def _at_work(self, ward: Ward, case: Case, declared: Identity | None, settings: Configuration, now: float) -> Case:
        limits = _triggers(settings, declared)
        if isinstance(ward.task, Task):
            bound = allowance.inclusive(ward.session, ward.directory, ward.task, settings.budgets).seconds
            case = replace(case, limits=replace(case.limits, budget_s=bound))
            if self.admission.unserved(ward, ward.task, settings, now):
                return case  # parked: nothing is to be expected of it
        if case.is_supervised:
            ward.is_watched_for_progress = limits.no_progress is not None or limits.cpu is not None
            case = replace(case, limits=replace(case.limits, no_progress_s=limits.no_progress))
        if declared is not None:
            case = replace(case, goes_along_with=self._supervisors.goes_along_with(ward, declared))
        attempt, question = case.attempt, case.question
        if attempt is not None and case.is_supervised and ward.pane is not None and self.gauges.are_needed:
            pids = (other.pane.pid for other in self._roster.wards.values() if other.pane is not None)
            excess = self.gauges.excess(ward.pane.pid, attempt.progress_s, now, pids)
            case = replace(case, attempt=replace(attempt, spinning=excess))
        if question is not None and question.is_waiting and question.answer is None:
            answer = self._strategic.answer_to(ward) if case.state == "waiting" else None
            options, task = self._options(ward, question.number), ward.task
            work = policy.Work(task.job_type, task.entity_type, task.labels) if isinstance(task, Task) else None
            known = policy.for_question(self._policies(), question.text, options, work)
            if answer is not None:
                case = replace(case, question=replace(question, answer=answer.text, by="a person"))
            elif known is not None:
                case = replace(case, question=replace(question, answer=known.answer, by=f"policy '{known.name}'"))
        return case

    @staticmethod
    def _options(ward: Ward, number: int) -> tuple[str, ...]:
        from scope.supervision.observation import inquiry  # noqa: PLC0415 - a question is rare

        return inquiry.read(ward.attempt_directory, number).options

    def _policies(self) -> tuple[Policy, ...]:
        now_s = time.time()
        return tuple(known for known in self._drawer.policies().policies if not policy.is_over(known, now_s))

    def problems(self) -> tuple[str, ...]:
        """Return what is wrong with the policies and the runbooks that people wrote: `path:line: what`."""
        return (*self._drawer.policies().problems, *self._shelf.library().problems)

    def _deferral(self, ward: Ward, now: float) -> Deferral:
        line = ward.chronicle.deferral
        until_done = str(line.get("until_done") or "")
        if until_done:
            state = self._roster.world.get(until_done)
            is_over = state is None or state in TERMINAL
            return Deferral(unmet="" if is_over else until_done, why=ward.chronicle.said)
        at, pause = line.get("at"), line.get("pause_s")
        if line.get("boot") != self._boot or not isinstance(at, float | int) or not isinstance(pause, float | int):
            return Deferral()
        return Deferral(left_s=max(0.0, at + pause - now), why=ward.chronicle.said)

    def _after(
        self,
        ward: Ward,
        case: Case,
        task: Task,
        declared: Identity | None,
        book: tuple[tuple[Play, ...], bool],
        settings: Configuration,
        now: float,
    ) -> Case:
        """Say of a failed attempt what can be tried, and what stands against it."""
        failure, remedy = diagnosis.of(ward, self._shelf.rules)
        story, limits = ward.chronicle, case.limits
        if not (case.is_supervised or failure.of_class == "quota" or story.failed == RETURNED):
            return case
        ward.urgency = self.waits.downstream(ward.session)
        name = self._supervisors.name_of(ward, settings.supervision.span)
        ring = self._strategic.groups.find(failure.fingerprint)
        standing = Standing(
            playbook=book[0] or returns.PLAYBOOK * (story.failed == RETURNED),
            is_default=book[1],
            attempts_left=limits.retries - story.tries + 1,
            attempts=story.tries,
            age_s=max(0.0, now - story.first_begun) if story.first_begun else 0.0,
            attempts_trigger=_triggers(settings, declared).attempts,
            wall_time_trigger_s=_triggers(settings, declared).wall_time,
            is_restart_allowed=self._supervisors.is_ordered(name, ward.session, story.attempt)
            or self._supervisors.is_restart_allowed(name, settings.supervision, declared, now),
            declared=declared.name if declared is not None else "",
            variations=len(task.variations),
            assignees=tuple(name for name in task.assignable if self._supervisors.identity(name, now) is not None),
            failed_assignees=self._failed_assignees(failure, ward),
            pause_s=backoff.delay_s(
                story.pauses + 1,
                f"{ward.session}/{story.attempt}",
                base_s=settings.supervision.pause,
                cap_s=settings.supervision.pause_at_most,
            ),
            pauses=story.pauses,
            blocks=ward.urgency,
            siblings=len(ring.members) if ring is not None else 0,
            has_rules=remedy is not None or ring is not None or _has_models(settings),
            policy=self._policy(failure, task, ring),
        )
        return replace(case, failure=failure, standing=standing)

    def _policy(self, failure: Failure, task: Task, ring: Ring | None) -> Policy | None:
        policies = self._policies()
        if ring is not None and ring.group.phase == "asking" and not ring.answers:
            # Made of the answer to this very case, which is there already, is taken next, and decides it.
            policies = tuple(known for known in policies if known.source != ring.group.id)
        if not policies:
            return None
        return policy.for_failure(
            policies,
            of_class=failure.of_class,
            fingerprint=failure.fingerprint,
            work=policy.Work(task.job_type, task.entity_type, task.labels),
            headline=failure.headline,
            failing=failure.failing,
        )

    def _failed_assignees(self, failure: Failure, ward: Ward) -> frozenset[str]:
        """Return who has failed on this fingerprint, here or elsewhere in the tree."""
        own = {ward.chronicle.plan.assignee} - {""}
        ring = self._strategic.groups.find(failure.fingerprint)
        own |= ring.failed_assignees if ring is not None else set()
        return frozenset(own)


def playbook_of(task: Task, declared: Identity | None, settings: Configuration) -> tuple[tuple[Play, ...], bool]:
    """Return a session's playbook, and whether nobody gave it one; empty where nobody supervises it."""
    if is_replay(task):
        return (), False  # it shows whether a skill helps, and that is all: nobody is to help it
    if task.playbook and task.playbook != ("default",):
        given = ordered(task.playbook)
        return (given, False) if not isinstance(given, str) else ((), False)
    if declared is not None and declared.playbook and not task.playbook:
        return declared.playbook, False
    if task.playbook or task.variations or task.assignable or declared is not None or task.executor != "command":
        return settings.supervision.playbook, True
    return (), False


def _triggers(settings: Configuration, declared: Identity | None) -> Triggers:
    """Return the triggers of the configuration, and over them those that its declared supervisor has of its own."""
    own = triggers(declared) if declared is not None and declared.triggers else {}
    # Each has been read by the shape of its key, which is its field's type.
    return settings.triggers if isinstance(own, str) else replace(settings.triggers, **own)  # type: ignore[arg-type]


def _has_models(settings: Configuration) -> bool:
    """Tell whether the ladder has a level at which there is a model."""
    levels = settings.models.roster.levels
    return any(level.isdecimal() and levels.get(int(level)) for level in settings.escalation.levels)
