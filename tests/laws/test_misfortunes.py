"""A session that has a supervisor and always fails: it ends, or a person is asked, within its bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from scope.laws.case import Escalate, Hold, Limits, Verdict
from scope.laws.configuration import Escalation
from scope.laws.failure import CLASSES, Class, Failure
from scope.laws.playbook import QUOTA_PAUSES_AT_MOST, Standing
from scope.laws.policy import Policy
from scope.laws.reconcile import decide
from scope.laws.states import TERMINAL
from tests.laws.cases import playbooks
from tests.laws.land import TROUBLES, Care, Land
from tests.laws.test_walks import limits, wanderings
from tests.laws.village import Council


@dataclass(frozen=True, slots=True)
class Misfortune:
    """What becomes of one attempt: what befalls it before it ends, how it ends, and what that is called."""

    of_class: Class
    fingerprint: str
    is_diagnosed: bool
    end: str
    before: str


misfortunes = st.lists(
    st.builds(
        Misfortune,
        of_class=st.sampled_from(CLASSES),
        fingerprint=st.sampled_from(["v1-a", "v1-b", "v1-c"]),
        is_diagnosed=st.booleans(),
        end=st.sampled_from(["exit 1", "report", "kill"]),
        before=st.sampled_from(["time", "time", "reboot", "sibling", "full"]),
    ),
    min_size=1,
    max_size=6,
)
cares = st.builds(
    lambda playbook, is_default, variations, trigger, intensity, period_s, restarts: Care(
        Standing(playbook, is_default, attempts_trigger=trigger, variations=variations, assignees=("ann", "bob")),
        intensity,
        period_s,
        list(restarts),
    ),
    playbooks,
    st.booleans(),
    st.integers(0, 2),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from([3.0, 60.0, 600.0]),
    st.lists(st.just(0.0), max_size=1),
)


def _step(land: Land, council: Council) -> Verdict:
    """Let the watcher look at the session and at its groups once."""
    land.now += 0.001  # the clock goes on, also where what is left to wait is too short for a float
    land.word = council.word(land)
    verdict = decide(land.case())
    if isinstance(verdict, Escalate):
        council.join(land, for_person=verdict.for_person)
    land.obey(verdict)
    due = council.step(land.now)
    if land.state == "escalated" and isinstance(verdict, Hold) and due is not None:
        land.now = max(land.now, due) + 0.001
    return verdict


def _is_over(land: Land, council: Council) -> bool:
    if land.state == "escalated" and land.group:
        return council.groups[land.group].phase == "asking"
    return land.state in TERMINAL and not land.wishes


def _suffer(land: Land, council: Council, fates: list[Misfortune]) -> int:
    """Let every attempt fail as is fated, the last one ever again; return how many were disturbed."""
    begun = disturbed = 0
    for _ in range(800):
        if _is_over(land, council):
            return disturbed
        _step(land, council)
        land.end_what_is_being_ended()
        land.happen("free")
        if not land.is_alive:
            continue
        land.happen("begin")
        if land.attempts > begun:
            fate = fates[min(begun, len(fates) - 1)]
            land.failing = Failure("exit", _class(fate), fate.fingerprint, is_diagnosed=fate.is_diagnosed)
            begun += 1
            if begun <= len(fates):  # the world does not go on for ever, only the failures do
                land.happen(fate.before)
                disturbed += fate.before in {"reboot", "sibling"}
        land.happen(fate.end)
        land.happen("time")
    raise AssertionError(f"it goes on for ever: {land.state}, {decide(land.case())}")


def _class(fate: Misfortune) -> Class:
    # Only a report says of itself that a quota ran out; what an attempt printed is found out later.
    return fate.of_class if fate.of_class != "quota" or fate.end == "report" else "unknown"


def _council(land: Land) -> Council:
    council = Council(Escalation(), lambda fingerprint: fingerprint == "v1-a")
    council.lands = [land]
    return council


@wanderings
@given(st.integers(0, 4), cares, misfortunes)
def test_supervised_work_that_always_fails_ends_or_asks_a_person(
    retries: int, care: Care, fates: list[Misfortune]
) -> None:
    """Whatever it fails of; never more attempts than its retries and what was no failure of the work."""
    land = Land(Limits(retries=retries), care)
    council = _council(land)
    disturbed = _suffer(land, council, fates)
    assert land.state in {"failed", "escalated"}
    assert land.tries <= 1 + retries
    assert land.attempts <= 1 + retries + land.free
    # Each fingerprint may be reassigned once to each, and advised once; neither costs a retry after a quota.
    assert land.free <= disturbed + QUOTA_PAUSES_AT_MOST + 3 * 2 + 3
    if "escalate" in care.standing.playbook:
        assert land.state == "escalated"


@wanderings
@given(st.integers(0, 6), cares, misfortunes)
def test_no_period_ever_holds_more_restarts_than_the_intensity(
    retries: int, care: Care, fates: list[Misfortune]
) -> None:
    """Counted over all children of a supervisor, and also where a policy says to try again."""
    fates = [replace(fate, of_class="unknown") for fate in fates]
    care.standing = replace(care.standing, policy=Policy("p", then="retry"))
    before = len(care.restarts)
    land = Land(Limits(retries=retries), care)
    _suffer(land, _council(land), fates)
    assert land.attempts <= 1 + retries + land.free
    for number, start in enumerate(care.restarts):
        within = [time for time in care.restarts[number:] if time - start <= care.period_s]
        assert len(within) <= max(care.intensity, before)


@wanderings
@given(limits, cares, st.lists(st.sampled_from([*TROUBLES, "decide", "decide", "decide", "end"]), max_size=60))
def test_after_any_storm_supervised_work_ends_or_a_person_is_asked(
    limits: Limits, care: Care, storm: list[str]
) -> None:
    """No storm leaves it where nobody looks."""
    land = Land(limits, care)
    council = _council(land)
    for event in storm:
        if event == "decide":
            _step(land, council)
        elif event == "end":
            land.end_what_is_being_ended()
        else:
            land.happen(event)
    land.happen("tmux answers")
    land.happen("free")
    land.happen("take the abort back")
    _suffer(land, council, [Misfortune("unknown", "v1-a", is_diagnosed=False, end="exit 1", before="time")])
    assert land.state in TERMINAL or _is_over(land, council)


def test_an_abort_reaches_what_a_person_is_asked_about() -> None:
    """Nobody has to answer first."""
    land = Land(Limits(retries=1), Care(Standing(("escalate",))))
    council = _council(land)
    _suffer(land, council, [Misfortune("unknown", "v1-b", is_diagnosed=False, end="exit 1", before="time")])
    assert land.state == "escalated"
    land.happen("abort")
    _step(land, council)
    assert land.state == "aborted"
    assert council.groups["e1"].phase == "closed"
