"""Who belongs to which group of like failures: its members, its canary, and those that would fail the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scope.laws.fingerprint import fingerprint
from scope.laws.group import Member
from scope.laws.ids import SessionId
from scope.laws.states import TERMINAL
from scope.laws.task import Task
from scope.store import layout
from scope.supervision.escalation import inbox
from scope.supervision.observation import returns
from scope.supervision.wards import chronicle

if TYPE_CHECKING:
    from scope.laws.group import Group, Outcome
    from scope.supervision.escalation.groups import Groups
    from scope.supervision.wards.roster import Roster
    from scope.supervision.wards.ward import Ward

_PHASES_AT_WORK: Final = ("gathering", "trying", "asking")


def twin_of(task: Task) -> str:
    """Return what only sessions with the same work at the same place have in common."""
    work = "\0".join(task.command) or task.body
    return fingerprint(job_type=task.job_type, of_class=task.cwd, check=_check(task), error=work)


def kin_of(task: Task) -> str:
    """Return what sessions have in common that would fail in the same way: their job type, else the very same work."""
    return (
        fingerprint(job_type=task.job_type, of_class="job", check=_check(task), error="")
        if task.job_type
        else (twin_of(task))
    )


def _check(task: Task) -> str:
    return task.check or str(task.late or "")


class Membership:
    """The members of all groups; `dirty` are the groups for which something may have changed."""

    def __init__(self, root: str, groups: Groups, roster: Roster) -> None:
        self._root = root
        self._groups = groups
        self._roster = roster
        self.dirty: set[str] = set()
        self.cleared: set[str] = set()  # of whose kind a session went well, begun since a person was asked
        self._whose: dict[SessionId, str] = {}
        self._canaries: dict[SessionId, str] = {}
        self._advisors: dict[SessionId, str] = {}
        self._held: dict[str, set[SessionId]] = {}

    def count(self, ward: Ward) -> None:
        """Take note of how a session stands: a member of its group, a canary, or neither."""
        story = ward.chronicle
        ring = self._groups.open.get(story.group) if story.state == "escalated" else None
        if ring is None:
            self._leave(ward.session)
            self._count_question(ward)
        else:
            member = member_of(ward)
            if self._whose.get(ward.session) != story.group:
                self._leave(ward.session)
            if ring.members.get(ward.session) != member:
                ring.members[ward.session] = member
                self._whose[ward.session] = story.group
                self.dirty.add(story.group)
                ring.failed_assignees |= {story.plan.assignee} - {""}
                ring.twins |= {twin_of(ward.task)} if isinstance(ward.task, Task) else set()
            inbox.mark(ward, ring)
        self._tell_of(ward.session)
        if story.state == "done" and self._groups.open and isinstance(ward.task, Task):
            self._went_well(twin_of(ward.task), story.begun)

    def _count_question(self, ward: Ward) -> None:
        story = ward.chronicle
        ring = self._groups.open.get(story.escalation)
        if ring is not None and not (story.state == "waiting" and story.asking):
            self.dirty.add(story.escalation)  # nobody waits for that answer any more
            ring = None
        inbox.mark(ward, ring)

    def _went_well(self, twin: str, begun: float) -> None:
        """The very same work, begun since a person was asked, went well: that is news."""
        for identity, ring in self._groups.open.items():
            if twin in ring.twins and ring.group.phase == "asking" and begun > ring.group.changed:
                self.cleared.add(identity)
                self.dirty.add(identity)

    def forget(self, ward: Ward) -> None:
        """Let go of a session that ended or is gone."""
        self._leave(ward.session)
        self._tell_of(ward.session)

    def _tell_of(self, session: SessionId) -> None:
        """A group looks again when its canary or its advisor has changed."""
        self.dirty |= {group for whose in (self._canaries, self._advisors) if (group := whose.get(session, ""))}

    def consult(self, group: str, advisor: str) -> None:
        """Take note of who is asked for advice."""
        self._advisors = {one: whose for one, whose in self._advisors.items() if whose != group}
        self._advisors[SessionId(advisor)] = group

    def _leave(self, session: SessionId) -> None:
        identity = self._whose.pop(session, "")
        ring = self._groups.open.get(identity)
        if ring is not None and ring.members.pop(session, None) is not None:
            self.dirty.add(identity)

    def send(self, group: str, canary: str) -> None:
        """Take note of who goes first."""
        self._canaries = {one: whose for one, whose in self._canaries.items() if whose != group}
        self._canaries[SessionId(canary)] = group

    def outcome(self, group: Group) -> Outcome:
        """Return how the canary fares with the advice: only what it was sent for counts for or against that."""
        canary = SessionId(group.canary)
        if not canary or canary not in self._roster.world:
            return "gone" if canary else ""
        self._canaries[canary] = group.id
        ward = self._roster.wards.get(canary)
        story = ward.chronicle if ward is not None else chronicle.read(layout.session(self._root, canary))
        has_gone = (group.id, group.serial) in story.advised
        if not has_gone:
            # Redirected, its advice is forgotten with its task; else it is about to go.
            return "running" if story.state == "escalated" and story.group == group.id else "gone"
        if story.state == "done":
            # What was given back once has gone well when it has landed, and not before.
            return "done" if returns.has_landed(self._root, canary, story) else "running"
        is_the_same = str(story.last.get("fingerprint", "")) == group.fingerprint.partition(":")[0]
        if story.state == "escalated" or story.state in TERMINAL:
            return "failed" if is_the_same and story.state != "aborted" else "gone"
        return "gone" if story.state == "deferred" else "running"

    def inhibits(self, ward: Ward, after: int) -> tuple[str, str]:
        """Return why a session must not begin before its like, and the group that a person is asked about."""
        task = ward.task
        if not self._groups.open or not isinstance(task, Task) or ward.chronicle.attempt:
            return "", ""
        kin = kin_of(task)
        for identity, ring in self._groups.open.items():
            is_of_it = ring.kin == kin and not ring.group.supervisor and ring.question is None
            # What is spawned after a person was asked may be their remedy, tried.
            is_newer = ring.group.phase == "asking" and ward.signature[0] > ring.asked_ns
            if not is_of_it or is_newer or ring.group.phase not in _PHASES_AT_WORK:
                continue
            failed = sum(not member.is_held for member in ring.members.values())
            if failed < after:
                continue
            self._held.setdefault(identity, set()).add(ward.session)
            if ring.group.phase == "asking":
                return "", identity
            return f"{failed} like it failed; a remedy is tried first (group {identity})", ""
        return "", ""

    def concerned(self, group: str) -> set[SessionId]:
        """Return the sessions that a change of a group concerns: its members, and those that it held."""
        ring = self._groups.open.get(group)
        return (set(ring.members) if ring is not None else set()) | self._held.pop(group, set())


def member_of(ward: Ward) -> Member:
    """Return how a session stands as a member of its group."""
    story = ward.chronicle
    retries = ward.task.retries + story.grants if isinstance(ward.task, Task) else 0
    return Member(
        session=ward.session,
        tried=frozenset(number for group, number in story.advised if group == story.group),
        precedence=ward.precedence,
        is_spent=story.tries > retries,
        is_bound=story.is_bound_to_rules,
        is_held=story.is_inhibited,
    )
