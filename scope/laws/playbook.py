"""Which recovery move comes next: a pure and total function of the failure, what was tried, and how things stand.

The laws, held by property tests: no move is made twice on one fingerprint unless a person said
something new; no more restarts than the intensity allows; every case ends, at a person or in `failed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.laws.durations import words
from scope.laws.plays import BY_DEFAULT, HELPING, Play

if TYPE_CHECKING:
    from scope.laws.failure import Failure
    from scope.laws.plays import Played
    from scope.laws.policy import Policy

QUOTA_PAUSES_AT_MOST: Final = 12
_SHORT: Final = 12  # of a commit
OVER_INTENSITY: Final = "its supervisor has restarted as often as its intensity allows"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a supervisor sees and the worker cannot: budgets, siblings, policies, what is left to try."""

    playbook: tuple[Play, ...] = ()
    is_default: bool = False  # nobody gave the playbook
    attempts_left: int = 0
    attempts: int = 0  # that failed
    age_s: float = 0.0  # since its first attempt
    attempts_trigger: int = 0
    wall_time_trigger_s: float | None = None
    is_restart_allowed: bool = True  # the supervisor's intensity
    declared: str = ""  # the declared supervisor, which gives up over its intensity
    variations: int = 0
    assignees: tuple[str, ...] = ()
    failed_assignees: frozenset[str] = frozenset()  # here or on a sibling, on this fingerprint
    pause_s: float = 0.0  # the backoff of a deferral
    pauses: int = 0  # deferrals so far
    blocks: int = 0  # sessions downstream that wait for this one
    siblings: int = 0  # others that failed like it
    has_rules: bool = True  # advisors below the person may know something
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The move that comes next, and why each move before it in the playbook was passed over."""

    play: Play | None  # None: nothing is left, it has failed
    argument: str
    why: str
    alternatives: tuple[tuple[str, str], ...] = ()


def choose(failure: Failure, played: tuple[Played, ...], standing: Standing) -> Choice:
    """Return the next move for a failed attempt."""
    against: list[tuple[str, str]] = []
    trigger = _triggered(standing)
    for play in standing.playbook:
        argument = _argument(play, failure, played, standing)
        reason = _against(play, argument, failure, played, standing, trigger)
        if reason is None:
            return Choice(
                play, argument or "", _because(play, argument or "", failure, standing, trigger), tuple(against)
            )
        against.append((play, reason))
    if failure.of_class == "quota":
        return _park(failure, standing, tuple(against))
    tried = "; ".join(f"{play}: {reason}" for play, reason in against)
    return Choice(None, "", f"{_named(failure)}, and no move is left ({tried or 'no playbook'})", tuple(against))


def _park(failure: Failure, standing: Standing, against: tuple[tuple[str, str], ...]) -> Choice:
    """A quota that ran out is no failure of the work: whatever the playbook lacks, it waits, though not for ever."""
    if standing.pauses >= QUOTA_PAUSES_AT_MOST:
        return Choice(None, "", f"{_named(failure)}, {standing.pauses} times in a row", against)
    why = "a quota ran out, which is no failure of the work: later again"
    return Choice("defer", str(standing.pauses + 1), why, against)


def _triggered(standing: Standing) -> str:
    """Return the trigger that ends local recovery, or nothing."""
    if standing.attempts_trigger and standing.attempts >= standing.attempts_trigger:
        return f"{standing.attempts} attempts have failed"
    limit_s = standing.wall_time_trigger_s
    if limit_s is not None and standing.age_s >= limit_s:
        return f"it has been at it for more than {words(limit_s)}"
    return ""


def _argument(play: Play, failure: Failure, played: tuple[Played, ...], standing: Standing) -> str | None:
    """Return what tells this move from others of its name; None where there is none left."""
    done = {move.argument for move in played if move.play == play and move.fingerprint == failure.fingerprint}
    match play:
        case "vary":
            # The next one, also after another failure: that is what the last one has led to.
            tried = {move.argument for move in played if move.play == play}
            return next((str(n) for n in range(standing.variations) if str(n) not in tried), None)
        case "reassign":
            left = (name for name in standing.assignees if name not in standing.failed_assignees | done)
            return next(left, None)
        case "defer" if failure.of_class == "quota" or failure.until is not None or failure.until_done:
            # A named condition that has come is news, and so is the next one.
            return str(standing.pauses + 1) if standing.pauses < QUOTA_PAUSES_AT_MOST else None
        case "escalate":
            # Each escalation goes higher, or asks a person again who has answered: its group sees to that.
            return str(sum(move.play == play for move in played) + 1)
        case _:
            # From another commit it is not the same once more.
            return failure.base if failure.base not in done else None


def _against(
    play: Play,
    argument: str | None,
    failure: Failure,
    played: tuple[Played, ...],
    standing: Standing,
    trigger: str,
) -> str | None:
    """Say why a move is not to be made now, or nothing."""
    if play == "escalate" and _comes_back(failure, standing):
        return "a quota comes back by itself"
    is_free = play == "escalate" or (play == "defer" and failure.of_class == "quota")
    if failure.is_diagnosed and play not in HELPING[failure.of_class]:
        return f"does not help against '{failure.of_class}'"
    if trigger and not is_free:
        return trigger
    if standing.is_default and failure.of_class not in BY_DEFAULT.get(play, frozenset({failure.of_class})):
        return f"the default playbook does not hope for '{failure.of_class}'"
    if not is_free and standing.attempts_left <= 0:
        return "no attempt is left"
    if argument is None:
        return _used_up(play, standing, played)
    if play == "restart" and not standing.is_restart_allowed:
        return OVER_INTENSITY
    if play == "reframe" and not standing.has_rules:
        return "no advisor knows anything about it"
    return None


def _comes_back(failure: Failure, standing: Standing) -> bool:
    """A quota is waited for before anybody is asked, also where the playbook does not say so."""
    is_unsaid = "defer" not in standing.playbook
    return failure.of_class == "quota" and is_unsaid and standing.pauses < QUOTA_PAUSES_AT_MOST


def _used_up(play: Play, standing: Standing, played: tuple[Played, ...]) -> str:
    match play:
        case "vary":
            return "every variation was tried" if standing.variations else "there are no variations"
        case "reassign":
            return "every assignee has failed on it" if standing.assignees else "there is nobody to reassign it to"
        case _:
            times = sum(move.play == play for move in played)
            return f"made already, without effect ({times} so far)"


def _because(play: Play, argument: str, failure: Failure, standing: Standing, trigger: str) -> str:
    named = _named(failure)
    match play:
        case "restart":
            where = f"on top of {argument[:_SHORT]}" if argument else "in a fresh pane"
            return f"{named}: the same once more {where}"
        case "vary":
            return f"{named}: variation {int(argument) + 1} of {standing.variations}"
        case "reassign":
            return f"{named}: '{argument}' takes over"
        case "reframe":
            return f"{named}: its supervisor's advisor is asked for instructions"
        case "defer":
            return f"{named}: later again, what stands in the way may clear"
        case "escalate":
            return f"{named}: one level up" + (f", for {trigger}" if trigger else "")


def _named(failure: Failure) -> str:
    said = failure.message or failure.headline
    return f"{failure.of_class} ({said[:120]})" if said else f"{failure.of_class} ({failure.kind})"
