"""The tree above the sessions: everything that one session's decisions mean for the others, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scope.laws import case as verdicts
from scope.laws.configuration import Configuration
from scope.laws.fingerprint import fingerprint
from scope.laws.task import Task
from scope.skills.runbooks import Shelf
from scope.supervision.escalation.membership import kin_of
from scope.supervision.experience.equipment import Armoury
from scope.supervision.experience.learning import Learning
from scope.supervision.observation import diagnosis, dossier
from scope.supervision.strategy.orientation import Orientation
from scope.supervision.strategy.strategic import Strategic
from scope.supervision.strategy.supervisors import Supervisors

if TYPE_CHECKING:
    from scope.laws.case import Case, Verdict
    from scope.laws.ids import SessionId
    from scope.supervision.wards.log import Log
    from scope.supervision.wards.roster import Roster
    from scope.supervision.wards.ward import Ward

_ORDERED: Final = frozenset({"restart"})


class Tree:
    """Supervisors, groups and context, behind one door for the watcher."""

    def __init__(self, root: str, boot: str, roster: Roster, log: Log) -> None:
        self._root = root
        self._roster = roster
        self._shelf = Shelf(root)
        self.settings = Configuration()
        self.supervisors = Supervisors(root, boot, log)
        self.strategic = Strategic(root, boot, roster, self.supervisors, self._shelf, log)
        self.orientation = Orientation(root, boot, roster, self.supervisors, self.strategic, self._shelf)
        self.armoury = Armoury(root)
        self._learning = Learning(root, self.armoury, self._shelf.rules, log)

    def configure(self, settings: Configuration) -> None:
        """Take new settings."""
        self.settings = settings
        self.orientation.gauges.triggers = settings.triggers

    def may(self, ward: Ward, verdict: Verdict, now: float) -> bool:
        """Put a restart into the history before it commits; False if its like, decided in one moment, took the last.

        Raises StoreFault.
        """
        if not isinstance(verdict, verdicts.Again) or verdict.choice is None or verdict.choice.play not in _ORDERED:
            return True
        name, attempt = self.supervisors.name_of(ward, self.settings.supervision.span), ward.chronicle.attempt
        if not self.supervisors.is_ordered(name, ward.session, attempt):
            declared = self.supervisors.declared(ward, now)
            if not self.supervisors.is_restart_allowed(name, self.settings.supervision, declared, now):
                return False
            self.supervisors.restarted(name, ward.session, attempt, now)
        return True

    def before(self, ward: Ward, verdict: Verdict, seen: Case, now: float) -> dict[str, Any]:
        """Do what must be on disk before a verdict commits, and return what its line says of it; raises StoreFault."""
        groups = self.strategic.groups
        if isinstance(verdict, verdicts.Ask) and verdict.question:
            return {"escalation": groups.ask(ward.session, ward.chronicle.attempt, verdict.question, now)}
        if not isinstance(verdict, verdicts.Escalate) or verdict.group:
            return {}
        gave_up = seen.given_up_by or verdict.gives_up
        if gave_up:
            return {"group": groups.join(f"supervisor:{gave_up}", "", now, for_person=True, supervisor=gave_up)}
        failure = seen.failure
        task = ward.task if isinstance(ward.task, Task) else Task()
        if failure is None:
            alike = fingerprint(job_type=task.job_type, of_class="cycle", check="", error=verdict.why)
            return {"group": groups.join(alike, "", now, for_person=True, error=verdict.why)}
        alike = f"{failure.fingerprint}:person" if verdict.for_person else failure.fingerprint
        error = failure.headline[:200]
        return {"group": groups.join(alike, kin_of(task), now, for_person=verdict.for_person, error=error)}

    def prepare(self, ward: Ward) -> None:
        """Write what a ward's last decision says beside its own files, before its state is published."""
        story, line = ward.chronicle, ward.chronicle.last
        move = line.get("move")
        is_over = move in ("recover", "fail") or (move == "reopen" and story.failed != "")
        if is_over and story.attempt and line.get("kind") not in ("dependency", "escalated"):
            if move == "fail" and not story.failed:
                story.failed = str(line.get("kind", ""))
            if story.failed:
                dossier.write_failure(ward, diagnosis.of(ward, self._shelf.rules)[0])
        self._learning.learn(ward, line)
        if move == "ask" and line.get("question"):
            self.strategic.present(ward)
        if move == "escalate" and line.get("gives_up"):
            self.supervisors.give_up(str(line["gives_up"]))
        if move == "again" and line.get("play") in _ORDERED:
            name = self.supervisors.name_of(ward, self.settings.supervision.span)
            self.supervisors.restarted(name, ward.session, story.attempt, story.ordered_at)

    def count(self, ward: Ward) -> None:
        """Take note of how a session stands now."""
        self.supervisors.count(ward)
        self.strategic.membership.count(ward)

    def siblings(self, ward: Ward) -> set[SessionId]:
        """Return the sessions that a decision about this one may concern at once."""
        move = ward.chronicle.last.get("move")
        name = ward.task.supervisor if isinstance(ward.task, Task) else ""
        if not name or move not in ("again", "escalate", "stop", "recover"):
            return set()
        return {other.session for other in self.supervisors.children(name) if other is not ward}

    def drop(self, ward: Ward) -> None:
        """Let go of a session that has ended, or is gone."""
        self.supervisors.drop(ward)
        self.orientation.admission.switchboard.drop(ward)
        self.strategic.membership.forget(ward)
        self.orientation.waits.set(ward.session, ())
