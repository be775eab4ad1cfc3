"""A simulated tree of supervised sessions: their groups, the runbooks, a person who answers or does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scope.laws.case import Escalate, Hold, Verdict
from scope.laws.group import (
    RULES,
    Advice,
    Advise,
    Answer,
    Ask,
    Climb,
    Close,
    Consult,
    Counsel,
    Group,
    GroupVerdict,
    Member,
    Release,
    Send,
    Settle,
    Tell,
    View,
    Wait,
    Word,
)
from scope.laws.grouping import decide_group, word_for
from scope.laws.reconcile import decide
from scope.laws.states import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scope.laws.configuration import Escalation
    from scope.laws.group import Outcome
    from tests.laws.land import Land

_STEPS_AT_ONCE: Final = 16


def moved(group: Group, verdict: GroupVerdict, members: int, now: float) -> Group:
    """Return the group after a verdict, as the watcher keeps it."""
    match verdict:
        case Climb(rung):
            return replace(group, phase="gathering", rung=rung, canary="", changed=now)
        case Consult(rung):
            return replace(group, phase="consulting", rung=rung, advisor="9", canary="", changed=now)
        case Advise(rung, advice):
            serial = group.serial + 1
            return replace(
                group, phase="trying", rung=rung, serial=serial, advice=advice, canary="", changed=now
            )  # fmt: skip
        case Send(canary):
            return replace(group, canary=canary)
        case Release():
            return replace(group, phase="released", changed=now)
        case Ask(rung):
            return replace(
                group, phase="asking", rung=rung, told=now or 1e-9, told_members=members, severity=0, changed=now
            )  # fmt: skip
        case Tell(severity):
            return replace(group, told=now or 1e-9, told_members=members, severity=severity)
        case Settle(verdict=word):
            return replace(group, phase="settled", verdict=word, changed=now)
        case Close():
            return replace(group, phase="closed", changed=now)
        case Wait():
            return group


class Council:
    """All groups of a village, and what was decided about each, in order."""

    def __init__(
        self,
        settings: Escalation,
        knows: Callable[[str], bool] = lambda _: False,
        answers: Iterable[str] = (),
        counsels: Mapping[str, str] | None = None,
    ) -> None:
        self.settings = settings
        self.counsels = counsels or {}  # what the advisors of a level say, if anything; no model for any other
        self.knows = knows
        self.answers = list(answers)
        self.groups: dict[str, Group] = {}
        self.story: list[tuple[str, GroupVerdict, float]] = []
        self.promised: set[tuple[str, int, str]] = set()  # group, advice and member to whom it was released
        self.lands: list[Land] = []

    def join(self, land: Land, *, for_person: bool) -> None:
        """Take a session that escalates into the group of its like."""
        assert land.failed is not None
        alike = f"{land.failed.fingerprint}:person" if for_person else land.failed.fingerprint
        known = [group for group in self.groups.values() if group.fingerprint == alike and group.phase != "closed"]
        assert len(known) <= 1, "two groups of one kind"
        if not known:
            identity = f"e{len(self.groups) + 1}"
            known = [Group(identity, alike, land.now, changed=land.now, is_for_person=for_person)]
            self.groups[identity] = known[0]
        land.group = known[0].id

    def members(self, group: Group) -> list[Land]:
        """Return the sessions that wait in a group."""
        return [land for land in self.lands if land.state == "escalated" and land.group == group.id]

    def step(self, now: float) -> float | None:
        """Take every group as far as it goes; return when one is due."""
        due: list[float] = []
        for identity in list(self.groups):
            for _ in range(_STEPS_AT_ONCE):
                group = self.groups[identity]
                view = self._view(group)
                verdict = decide_group(view, self.settings, now)
                if isinstance(verdict, Wait):
                    due += [] if verdict.look_again_s is None else [now + verdict.look_again_s]
                    break
                self._note(group, view, verdict, now)
                self.groups[identity] = moved(group, verdict, len(view.members), now)
            else:
                raise AssertionError(f"{identity} never rests: {self.story[-_STEPS_AT_ONCE:]}")
        return min(due, default=None)

    def word(self, land: Land) -> Word | None:
        """Return what a session's group says to it now."""
        is_in_one = land.state == "escalated" and land.group
        last = len(self.settings.levels) - 2
        return word_for(self.groups[land.group], member_of(land), last) if is_in_one else None

    def _note(self, group: Group, view: View, verdict: GroupVerdict, now: float) -> None:
        self.story.append((group.id, verdict, now))
        if isinstance(verdict, Advise | Settle) and view.answer is not None:
            self.answers.pop(0)
        if isinstance(verdict, Release):
            for member in view.members:
                is_able = not member.is_spent or (group.advice is not None and group.advice.level != RULES)
                if is_able and group.serial not in member.tried:
                    self.promised.add((group.id, group.serial, member.session))

    def _view(self, group: Group) -> View:
        members = self.members(group)
        is_known = self.knows(group.fingerprint) and any(not land.is_spent for land in members)
        is_first = group.phase == "gathering" and group.rung < 0 and not group.is_for_person
        return View(
            group,
            tuple(member_of(land) for land in members),
            self._outcome(group) if group.phase == "trying" else "",
            Advice(RULES, "do this") if is_known and is_first else None,
            Answer(self.answers[0]) if group.phase == "asking" and self.answers else None,
            is_served=self._next_level(group) in self.counsels,
            counsel=self._counsel(group),
        )

    def _next_level(self, group: Group) -> str:
        return next(iter(self.settings.levels[group.rung + 1 :]), "")

    def _counsel(self, group: Group) -> Counsel | None:
        if group.phase != "consulting":
            return None
        level = self.settings.levels[group.rung]
        words = self.counsels[level]
        return Counsel(Advice(level, words)) if words else Counsel(why_none="it said nothing that can be read")

    def _outcome(self, group: Group) -> Outcome:
        if not group.canary:
            return ""
        land = next(land for land in self.lands if land.name == group.canary)
        match land.state:
            case "done" | "failed":
                return land.state
            case "aborted":
                return "gone"
            case "escalated" if (group.id, group.serial) in land.advised:
                return "failed"
            case _:
                return "running"


def member_of(land: Land) -> Member:
    """Return a session as its group sees it."""
    return Member(
        session=land.name,
        tried=frozenset(serial for group, serial in land.advised if group == land.group),
        precedence=(0, (int(land.name),)),
        is_spent=land.is_spent,
        is_bound=land.is_bound,
    )


class Village:
    """Sessions that fail until what they are told helps them; `helps` says whether it does."""

    def __init__(self, lands: list[Land], council: Council, helps: Callable[[Land], bool]) -> None:
        self.lands = council.lands = lands
        self.council = council
        self.helps = helps
        self.now = 0.0

    def look(self, land: Land) -> Verdict:
        """Let one session go one step: its watcher decides, and its attempt ends."""
        land.now = max(self.now, land.now)
        land.word = self.council.word(land)
        verdict = decide(land.case())
        if isinstance(verdict, Escalate):
            self.council.join(land, for_person=verdict.for_person)
        land.obey(verdict)
        land.end_what_is_being_ended()
        if land.is_alive:
            land.happen("begin")
            land.happen("exit 0" if self.helps(land) else "exit 1")
        self.now = max(self.now, land.now)
        return verdict

    def gather(self, *, patiently: bool = False) -> None:
        """Let the groups go as far as they go, and if nothing else happens, let the time pass until they go on."""
        due = self.council.step(self.now)
        if patiently and due is not None:
            self.now = max(self.now, due) + 0.001

    def settle(self, rounds: int = 400) -> None:
        """Let everything go on until nothing changes any more."""
        for _ in range(rounds):
            before = (len(self.council.story), [(land.state, land.attempts) for land in self.lands])
            verdicts = [self.look(land) for land in self.lands]
            self.gather()
            if all(isinstance(verdict, Hold) for verdict in verdicts):
                self.gather(patiently=True)
                after = (len(self.council.story), [(land.state, land.attempts) for land in self.lands])
                if before == after and self.is_at_rest:
                    return
        raise AssertionError(f"it never rests: {[(land.state, land.group) for land in self.lands]}")

    @property
    def is_at_rest(self) -> bool:
        """Whether every session has ended, or waits for a person."""
        return all(land.state in TERMINAL or self.is_asked_about(land) for land in self.lands)

    def is_asked_about(self, land: Land) -> bool:
        """Tell whether a person is asked about a session."""
        return land.state == "escalated" and bool(land.group) and self.council.groups[land.group].phase == "asking"

    def asks(self) -> dict[str, int]:
        """Return how often a person was asked, for each group."""
        said = [identity for identity, verdict, _ in self.council.story if isinstance(verdict, Ask)]
        return {identity: said.count(identity) for identity in said}
