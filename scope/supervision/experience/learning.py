"""Learning: what an attempt that was judged teaches. Evidence, what not to do, and skills from advice that helped.

All of it happens after the decision that ended the attempt was committed and before anybody sees the
new state, and may be done twice: each line has the attempt's id, and each file's name follows from
what it says. So kill -9 anywhere loses nothing and doubles nothing.
"""

from __future__ import annotations

import errno
from functools import partial
from typing import TYPE_CHECKING, Any, Final, get_args

from scope.errors import StoreFault
from scope.laws.group import HUMAN
from scope.laws.task import Task
from scope.skills import crystals, evidence, in_vain, outcomes
from scope.skills.evidence import Outcome, Use
from scope.skills.in_vain import Vain
from scope.skills.library import Entry
from scope.store import attemptdir, layout
from scope.supervision.experience import lessons
from scope.supervision.experience.replays import Replays
from scope.supervision.observation import diagnosis, dossier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scope.executors.brief import Record
    from scope.laws.failure import Failure
    from scope.laws.runbook import Rule
    from scope.skills.outcomes import Ending
    from scope.supervision.experience.equipment import Armoury
    from scope.supervision.wards.log import Log
    from scope.supervision.wards.ward import Ward

_JUDGED: Final = frozenset(("exit", "check", "report"))
_NOT_THE_WORKS: Final = frozenset(("lost", "quota", "budget", "resource", "transient", "policy", "dependency_cycle"))
_PASSING: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE))
_ADVISED: Final = "advised"
"""The verifier of an attempt that had a skill and newer advice: whose merit it is, nobody knows."""


class Learning:
    """Learns from each attempt of a root that a check, a signal or a person judged."""

    def __init__(self, root: str, armoury: Armoury, rules: Callable[[], Sequence[Rule]], log: Log) -> None:
        self._root = root
        self._armoury = armoury
        self._rules = rules
        self._log = log
        self._replays = Replays(root, armoury)

    def learn(self, ward: Ward, line: dict[str, Any]) -> None:
        """Take what the attempt teaches that this decision ended, if it teaches anything.

        What cannot be kept keeps no session from its end; only a full disk raises StoreFault, which
        is tried again: nothing else can be written then, either.
        """
        task = ward.task
        if not isinstance(task, Task) or not ward.chronicle.attempt or task.is_help:
            return
        failure = self._failure(ward, line, task)
        if failure is None and not (line.get("move") == "succeed" and line.get("verified")):
            return
        record = lessons.record_of(ward.attempt_directory)
        if not (_is_of_a_kind(task) or record.skills or record.control):
            return
        ending = lessons.ending(ward, task, record, line, failure)
        self._keep(ward, lambda: outcomes.record(self._root, ending))
        self._armoury.library.look(task.agent)
        self._bear_witness(ward, task, record, ending)
        if lessons.is_replay(task):
            self._keep(ward, lambda: self._replays.judge(task, record, ending))
        elif failure is not None:
            self._keep(ward, lambda: self._remember(ward, failure, ending))
        # Whoever accepts what failed its check has mended nothing; what came back passed its check all the time.
        elif ending.verifier != HUMAN and not ward.chronicle.returned:
            self._keep(ward, lambda: self._crystallise(ward, task))

    def _keep(self, ward: Ward, work: Callable[[], object]) -> None:
        """Keep one part of what was learned; where its place is not to be written, say so."""
        try:
            work()
        except StoreFault as fault:
            is_passing = isinstance(fault.__cause__, OSError) and fault.__cause__.errno in _PASSING
            if is_passing and str(fault.subject).startswith(f"{self._root}/"):
                raise
            self._log.once(f"learning {fault.subject}", f"session {ward.session}: not kept: {fault}")
            ward.note(f"what it taught could not be kept: {fault}")

    def _failure(self, ward: Ward, line: dict[str, Any], task: Task) -> Failure | None:
        """Return the failure that counts against the work; nothing where it was not judged, or not its fault."""
        saw = line.get("saw")
        has_just_ended = isinstance(saw, dict) and saw.get("state") in ("running", "waiting")
        if line.get("move") not in ("recover", "fail") or not task.is_checked or not has_just_ended:
            return None
        if not ward.chronicle.failed or (line.get("move") == "recover" and not line.get("costs_retry")):
            return None
        failure = diagnosis.of(ward, self._rules)[0]
        return failure if failure.kind in _JUDGED and failure.of_class not in _NOT_THE_WORKS else None

    def _bear_witness(self, ward: Ward, task: Task, record: Record, ending: Ending) -> None:
        """Append how the attempt did to the evidence of each skill that it had, or was kept from."""
        uses = self._uses(ward, task, record)
        for name, revision in (*record.skills, *record.control):
            entry = self._armoury.library.find(name, task.agent)
            if not isinstance(entry, Entry):
                continue
            is_treated = (name, revision) in record.skills
            is_own = entry.evidence.startswith(f"{self._root}/")
            outcome = Outcome(
                # Elsewhere it lies among that of other projects, whose sessions have the same ids.
                id=ending.id if is_own else f"{layout.mark(self._root, ward.session, ending.attempt)} {ending.time}",
                time=ending.time,
                skill=name,
                revision=revision,
                arm="treated" if is_treated else "control",
                outcome=ending.outcome,
                verifier=_ADVISED if ending.advice_from and ending.verifier != HUMAN else ending.verifier,
                use=uses.get(name, "unknown") if is_treated else "unknown",
                job=task.job_type,
                entity=ending.entity,
                fingerprint=ending.fingerprint,
                cost=ending.cost,
                session=ward.session,
                attempt=ending.attempt,
            )
            self._keep(ward, partial(evidence.record, entry.evidence, outcome))

    def _uses(self, ward: Ward, task: Task, record: Record) -> dict[str, Use]:
        """Say of each skill whether it was followed: a model says so itself, of variables the brief tells."""
        if task.is_thinking:
            said = lessons.said_in(attemptdir.uses(ward.attempt_directory))
            return {name: use for name, word in said.items() for use in get_args(Use) if use == word}
        held = dict(record.variables)
        found: dict[str, Use] = {}
        for name, _ in record.skills:
            entry = self._armoury.library.find(name, task.agent)
            wanted = dict(entry.skill.variables) if isinstance(entry, Entry) else {}
            declared = {key: value for key, value in wanted.items() if key in held}
            if declared:
                is_followed = all(held[key] == value for key, value in declared.items())
                found[name] = "followed" if is_followed else "ignored"
        return found

    def _remember(self, ward: Ward, failure: Failure, ending: Ending) -> None:
        """Remember advice after which the very same failed again."""
        given = lessons.advice_of(ward)
        known = dossier.history(ward)
        before = known.get(max((attempt for attempt in known if attempt < ending.attempt), default=0), {})
        if given is None or before.get("fingerprint") != failure.fingerprint:
            return
        in_vain.remember(
            self._root,
            Vain(
                id=ending.id,
                time=ending.time,
                fingerprint=failure.fingerprint,
                job_type=ending.job_type,
                level=str(given.get("from_level", "")),
                instructions=str(given.get("instructions", "")),
                variables=lessons.pairs(given.get("variables")),
                error=failure.headline,
                session=ward.session,
                attempt=ending.attempt,
            ),
        )

    def _crystallise(self, ward: Ward, task: Task) -> None:
        """Make a skill of the advice with which the attempt succeeded, and have it tried where that can be done."""
        lesson = lessons.lesson(ward, task)
        if lesson is None:
            return
        crystal = crystals.crystallise(self._root, self._armoury.library, lesson, lessons.failed_with(ward))
        if crystal is None:
            return
        done = {"created": "was made", "amended": "was amended", "refused": "was not made"}.get(crystal.kind)
        if done is not None:
            ward.note(f"skill '{crystal.name}' {done}{f': {crystal.why}' if crystal.why else ''}")
        if crystal.kind != "refused":
            self._armoury.library.look(task.agent)
            self._replays.begin(ward, task, crystal.name)


def _is_of_a_kind(task: Task) -> bool:
    return bool(task.job_type or task.entity_type or task.signals or task.skill)
