"""A session in a world that does what it likes: whatever happened, it comes to an end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from scope.laws.case import Escalate, Hold, Limits, Verdict
from scope.laws.configuration import Escalation
from scope.laws.failure import CLASSES, Failure
from scope.laws.playbook import QUOTA_PAUSES_AT_MOST, Standing
from scope.laws.policy import Policy
from scope.laws.reconcile import decide
from scope.laws.states import TERMINAL
from tests.laws.cases import playbooks
from tests.laws.land import EVENTS, TROUBLES, Care, Land
from tests.laws.village import Council

wanderings = settings(max_examples=250, deadline=None, database=None)
limits = st.builds(
    Limits,
    retries=st.integers(0, 3),
    timeout_s=st.none() | st.floats(1, 50),
    idle_timeout_s=st.none() | st.floats(1, 50),
    unstarted_at_most=st.integers(1, 5),
)
storms = st.lists(st.sampled_from([*EVENTS, "decide", "decide", "decide", "end"]), max_size=60)


def _weather(land: Land, storm: list[str]) -> None:
    """Let the events happen, with the watcher looking now and then."""
    for event in storm:
        if event == "decide":
            land.obey(decide(land.case()))
        elif event == "end":
            land.end_what_is_being_ended()
        else:
            land.happen(event)


def _calm(land: Land, outcome: str) -> int:
    """Let everything work from now on, each attempt ending with `outcome`; return the steps until all is still."""
    land.happen("tmux answers")
    land.happen("free")
    for step in range(400):
        verdict = decide(land.case())
        land.obey(verdict)
        if land.state in TERMINAL and isinstance(verdict, Hold):
            return step
        land.end_what_is_being_ended()
        land.happen("begin" if outcome != "kill before it began" else "kill")
        land.happen(outcome)
        land.happen("time")
    raise AssertionError(f"it goes on for ever: {land.state}, {decide(land.case())}")


@wanderings
@given(limits, storms, st.sampled_from(["exit 0", "exit 1", "kill", "kill but a child stays", "kill before it began"]))
def test_a_session_always_comes_to_an_end(limits: Limits, storm: list[str], outcome: str) -> None:
    """After any storm, a world in which each attempt ends is enough for the session to end and to stay so."""
    land = Land(limits)
    _weather(land, storm)
    _calm(land, outcome)
    assert land.state in TERMINAL


@wanderings
@given(limits, storms)
def test_an_abort_always_ends_a_session_that_would_run_for_ever(limits: Limits, storm: list[str]) -> None:
    """Also where nothing of it ends by itself and tmux is silent."""
    land = Land(limits)
    _weather(land, storm)
    land.happen("abort")
    land.happen("tmux falls silent")
    for _ in range(50):
        land.obey(decide(land.case()))
        land.end_what_is_being_ended()
    assert land.state in TERMINAL
    assert isinstance(decide(land.case()), Hold)


@wanderings
@given(limits, st.sampled_from(["exit 1", "kill", "kill but a child stays"]))
def test_a_task_that_always_fails_is_tried_once_and_then_once_for_each_retry(limits: Limits, outcome: str) -> None:
    """Neither more nor fewer attempts than was asked for."""
    land = Land(limits)
    _calm(land, outcome)
    assert land.state == "failed"
    assert land.attempts == 1 + limits.retries


@wanderings
@given(limits)
def test_a_task_that_never_begins_is_tried_as_often_as_is_sensible(limits: Limits) -> None:
    """Retries are for work that failed; what cannot be started has a count of its own."""
    land = Land(limits)
    _calm(land, "kill before it began")
    assert land.state == "failed"
    assert land.attempts == limits.unstarted_at_most
    assert land.tries == 0


@wanderings
@given(st.integers(0, 3), st.integers(0, 6))
def test_no_number_of_reboots_uses_up_a_retry(retries: int, reboots: int) -> None:
    """Each begins the attempt again; then it succeeds."""
    land = Land(Limits(retries=retries))
    for _ in range(reboots):
        for _ in range(8):
            land.obey(decide(land.case()))
            land.end_what_is_being_ended()
            land.happen("begin")
        land.happen("reboot")
    _calm(land, "exit 0")
    assert (land.state, land.tries, land.attempts) == ("done", 0, 1 + reboots)


def test_a_success_ends_the_session_at_the_first_attempt() -> None:
    """Nothing is tried twice that went well."""
    land = Land(Limits(retries=3))
    _calm(land, "exit 0")
    assert (land.state, land.attempts) == ("done", 1)


@dataclass(frozen=True, slots=True)
class Misfortune:
    """What becomes of one attempt: what befalls it before it ends, how it ends, and what that is called."""

    of_class: str
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
    for _ in range(3000):
        if _is_over(land, council):
            return disturbed
        _step(land, council)
        land.end_what_is_being_ended()
        land.happen("free")
        if not land.is_alive:
            continue
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


def _class(fate: Misfortune) -> str:
    # Only a report says of itself that a quota ran out; what an attempt printed is found out later.
    return fate.of_class if fate.of_class != "quota" or fate.end == "report" else "unknown"


def _council() -> Council:
    return Council(Escalation(), lambda fingerprint: fingerprint == "v1-a")


@wanderings
@given(st.integers(0, 4), cares, misfortunes)
def test_supervised_work_that_always_fails_ends_or_asks_a_person(
    retries: int, care: Care, fates: list[Misfortune]
) -> None:
    """Whatever it fails of; never more attempts than its retries and what was no failure of the work."""
    land, council = Land(Limits(retries=retries), care), _council()
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
    _suffer(land, _council(), fates)
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
    land, council = Land(limits, care), _council()
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
    land, council = Land(Limits(retries=1), Care(Standing(("escalate",)))), _council()
    _suffer(land, council, [Misfortune("unknown", "v1-b", is_diagnosed=False, end="exit 1", before="time")])
    assert land.state == "escalated"
    land.happen("abort")
    _step(land, council)
    assert land.state == "aborted"
    assert council.groups["e1"].phase == "closed"
