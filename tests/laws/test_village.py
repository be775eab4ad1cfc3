"""Sessions that fail alike, in a tree that decides as the watcher does: nobody is lost, nobody asked about twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from scope.laws.case import Limits
from scope.laws.configuration import Escalation
from scope.laws.failure import Failure
from scope.laws.group import RULES, Advise, Ask, Climb, Consult, Release, Send, Settle
from scope.laws.playbook import Standing
from scope.laws.states import TERMINAL
from tests.laws.land import Care, Land
from tests.laws.village import Council, Village

if TYPE_CHECKING:
    from scope.laws.plays import Play

meetings = settings(max_examples=150, deadline=None, database=None)
PLAYBOOKS: Final[tuple[tuple[Play, ...], ...]] = (
    ("reframe", "escalate"),
    ("escalate",),
    ("restart", "reframe", "escalate"),
    ("restart", "escalate"),
    ("reframe",),
)
GATHER: Final = 5
ABORT: Final = 6
LADDERS: Final = (("rules", "2", "3", "human"), ("rules", "human"), ("human",), ("2", "rules", "human"))


@dataclass(frozen=True, slots=True)
class Soul:
    """One session: what its supervisor may do, how often it may try, and whose advice helps it."""

    playbook: tuple[Play, ...]
    retries: int
    is_helped_by_rules: bool
    is_helped_by_people: bool
    changes: bool = False  # with advice that does not help, it fails of something else


souls = st.builds(
    Soul,
    playbook=st.sampled_from(PLAYBOOKS),
    retries=st.integers(0, 2),
    is_helped_by_rules=st.booleans(),
    is_helped_by_people=st.booleans(),
    changes=st.booleans(),
)
families = st.lists(souls, min_size=1, max_size=5)
answers = st.lists(st.sampled_from(["retry", "try it at night", "fail", "pass"]), max_size=3)
orders = st.lists(st.sampled_from([*range(6), *range(6), *range(6), *range(6, 11)]), max_size=40)
ladders = st.sampled_from(LADDERS)


COUNSELS: Final[tuple[dict[str, str], ...]] = ({}, {"2": "do that"}, {"2": "", "3": "do that"}, {"2": "a", "3": "b"})


def _village(
    family: list[Soul],
    said: list[str],
    ladder: tuple[str, ...] = LADDERS[0],
    counsels: dict[str, str] | None = None,
    *,
    is_known: bool = True,
) -> Village:
    council = Council(Escalation(levels=ladder), lambda fingerprint: is_known and fingerprint == "v1-a", said, counsels)
    lands = [
        Land(Limits(retries=soul.retries), Care(Standing(soul.playbook)), str(number))
        for number, soul in enumerate(family, 1)
    ]

    def helps(land: Land) -> bool:
        soul = family[int(land.name) - 1]
        levels = [_level(council, group, serial) for group, serial in land.advised]
        land.failing = Failure("exit", "unknown", "v1-b" if levels and soul.changes else "v1-a")
        by_rules = soul.is_helped_by_rules and RULES in levels
        return by_rules or (soul.is_helped_by_people and any(level != RULES for level in levels))

    return Village(lands, council, helps)


def _level(council: Council, group: str, serial: int) -> str:
    advices = [verdict for identity, verdict, _ in council.story if identity == group and isinstance(verdict, Advise)]
    return advices[serial - 1].advice.level


def _live(village: Village, order: list[int]) -> None:
    """Let everybody go on, at first in any order whatsoever: the watcher looks at who happens to be woken."""
    for number in order:
        if number == GATHER:
            village.gather()
            _at_most_one_goes_first(village.council)
        elif number % ABORT < len(village.lands):
            land = village.lands[number % ABORT]
            land.is_abort_wished = land.is_abort_wished or number >= ABORT
            village.look(land)
    village.settle()


def _at_most_one_goes_first(council: Council) -> None:
    for group in council.groups.values():
        going = [land for land in council.members(group) if (word := council.word(land)) and word.call == "go"]
        if group.phase == "trying":
            assert [land.name for land in going] in ([], [group.canary])
        elif group.phase != "released":
            assert going == []


@meetings
@given(families, answers, orders, ladders, st.sampled_from(COUNSELS), st.booleans())
def test_nobody_is_lost(
    family: list[Soul],
    said: list[str],
    order: list[int],
    ladder: tuple[str, ...],
    counsels: dict[str, str],
    is_known: bool,
) -> None:
    """Each is done, has failed, or a person is asked about it; with `escalate` nobody fails by a machine's word."""
    village = _village(family, said, ladder, counsels, is_known=is_known)
    _live(village, order)
    for land, soul in zip(village.lands, family, strict=True):
        assert land.state in TERMINAL or village.is_asked_about(land)
        if land.state == "failed" and "escalate" in soul.playbook:
            assert any(
                isinstance(verdict, Settle) and verdict.verdict == "fail" for _, verdict, _ in village.council.story
            )


@meetings
@given(families, answers, orders, ladders, st.sampled_from(COUNSELS))
def test_a_person_is_asked_about_a_group_once_and_again_only_after_an_answer(
    family: list[Soul], said: list[str], order: list[int], ladder: tuple[str, ...], counsels: dict[str, str]
) -> None:
    """However many fail, and in whatever order: between two questions of a group lies its person's advice."""
    village = _village(family, said, ladder, counsels)
    _live(village, order)
    for identity in village.council.groups:
        told = [verdict for group, verdict, _ in village.council.story if group == identity]
        is_open = False
        for verdict in told:
            assert not (isinstance(verdict, Ask) and is_open)
            is_open = (is_open or isinstance(verdict, Ask)) and not isinstance(verdict, Advise | Settle)


@meetings
@given(families, answers, orders, ladders)
def test_the_level_that_is_asked_never_goes_down(
    family: list[Soul], said: list[str], order: list[int], ladder: tuple[str, ...]
) -> None:
    """Up one rung at a time, or straight to the person; never back to who has spoken already."""
    village = _village(family, said, ladder)
    _live(village, order)
    for identity in village.council.groups:
        rungs = [
            verdict.rung
            for group, verdict, _ in village.council.story
            if group == identity and isinstance(verdict, Climb | Advise | Ask)
        ]
        assert rungs == sorted(rungs)
        assert all(0 <= rung < len(ladder) for rung in rungs)


@meetings
@given(families, answers, orders)
def test_a_group_is_diagnosed_once_and_each_advice_is_first_tried_by_one(
    family: list[Soul], said: list[str], order: list[int]
) -> None:
    """Whoever else goes, goes after the canary was done; if it failed, nobody else goes with that advice."""
    village = _village(family, said)
    _live(village, order)
    council = village.council
    for identity in council.groups:
        by_rules = canary = serial = 0
        released: set[int] = set()
        sent: dict[int, list[str]] = {}
        for group, verdict, _ in council.story:
            if group != identity:
                continue
            serial += isinstance(verdict, Advise)
            by_rules += isinstance(verdict, Advise) and verdict.advice.level == RULES
            if isinstance(verdict, Send):
                sent.setdefault(serial, []).append(verdict.canary)
            if isinstance(verdict, Release):
                canary = int(sent[serial][-1])
                assert (identity, serial) in village.lands[canary - 1].advised
                released.add(serial)
        assert by_rules <= 1
        for number in range(1, serial + 1):
            goers = {land.name for land in village.lands if (identity, number) in land.advised}
            assert number in released or goers <= set(sent.get(number, []))


@meetings
@given(families, answers, orders)
def test_whoever_may_go_when_an_advice_has_worked_goes(family: list[Soul], said: list[str], order: list[int]) -> None:
    """Also while others of the group must not, or have tried it already."""
    village = _village(family, said)
    _live(village, order)
    for group, serial, name in village.council.promised:
        land = village.lands[int(name) - 1]
        assert (group, serial) in land.advised or land.is_abort_wished


@meetings
@given(families, answers, orders)
def test_nobody_tries_more_often_than_its_retries_and_what_people_granted(
    family: list[Soul], said: list[str], order: list[int]
) -> None:
    """The advice of rules is bound by the retries; each word of a person is one more attempt at most."""
    village = _village(family, said)
    _live(village, order)
    for land in village.lands:
        by_people = sum(_level(village.council, *advice) != RULES for advice in land.advised)
        assert land.attempts <= 1 + land.limits.retries + land.grants
        assert land.grants <= by_people <= len(said)


@given(st.integers(2, 5), st.integers(0, 2))
@meetings
def test_an_advice_that_helps_all_is_asked_of_nobody_else(count: int, retries: int) -> None:
    """One diagnosis, one canary, all the others; a person hears nothing of it."""
    family = [Soul(("reframe", "escalate"), retries + 1, is_helped_by_rules=True, is_helped_by_people=True)] * count
    village = _village(family, [])
    village.settle()
    story = [type(verdict) for _, verdict, _ in village.council.story]
    assert [land.state for land in village.lands] == ["done"] * count
    assert [story.count(kind) for kind in (Advise, Send, Release, Ask)] == [1, 1, 1, 0]


@given(st.integers(1, 5), orders)
@meetings
def test_an_advice_that_helps_nobody_costs_one_attempt_in_all(count: int, order: list[int]) -> None:
    """The canary's; the others wait, with their retries, for what a person says."""
    family = [Soul(("escalate",), 2, is_helped_by_rules=False, is_helped_by_people=False)] * count
    village = _village(family, [])
    _live(village, order)
    patient = [land for land in village.lands if not land.is_abort_wished]
    assert sum(max(0, land.attempts - 1) for land in patient) <= 1
    assert len({land.group for land in patient}) <= 1
    assert all(village.is_asked_about(land) for land in patient)


@given(st.integers(1, 5))
@meetings
def test_one_answer_serves_all_and_ends_what_it_says_is_over(count: int) -> None:
    """`fail` fails each, `pass` lets each pass."""
    for word, state in (("fail", "failed"), ("pass", "done")):
        family = [Soul(("escalate",), 2, is_helped_by_rules=False, is_helped_by_people=False)] * count
        village = _village(family, [word], is_known=False)
        village.settle()
        assert [land.state for land in village.lands] == [state] * count
        assert village.asks() == {"e1": 1}


@meetings
@given(families, answers, orders, st.sampled_from(COUNSELS[1:]))
def test_each_level_is_asked_once_about_a_group_between_two_words_of_a_person(
    family: list[Soul], said: list[str], order: list[int], counsels: dict[str, str]
) -> None:
    """One diagnosis for all that fail alike, and each higher advisor only after the one below."""
    village = _village(family, said, LADDERS[0], counsels)
    _live(village, order)
    for identity in village.council.groups:
        asked: list[int] = []
        for _, verdict, _ in (entry for entry in village.council.story if entry[0] == identity):
            if isinstance(verdict, Consult):
                asked.append(verdict.rung)
            if isinstance(verdict, Ask):
                asked.clear()
            assert asked == sorted(set(asked))
