"""What to do between a failed attempt and the next: the supervisor's move, its group's word, a pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.laws.case import Abort, Adopt, Again, Case, Defer, Escalate, Fail, Hold, Stop, StopReason, Succeed, Verdict
from scope.laws.durations import words
from scope.laws.group import RULES, Advice, Word
from scope.laws.playbook import OVER_INTENSITY, Choice, choose
from scope.laws.plays import Played

if TYPE_CHECKING:
    from scope.laws.case import AttemptView
    from scope.laws.failure import Failure
    from scope.laws.playbook import Standing
    from scope.laws.policy import Policy

_ENDING = ("pass", "fail", "retry")  # a policy to escalate leads to where it waits already


def recovering(case: Case) -> Verdict:
    """Clear the attempt away, then make the supervisor's move."""
    attempt = case.attempt
    if attempt is not None and not attempt.is_closed:
        return clear_away(attempt, "abort" if case.abort_wish else "retry")
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.wish:
        return Adopt(case.wish)
    if case.given_up_by:
        return Escalate(f"its supervisor '{case.given_up_by}' gave up", None, for_person=True)
    if case.failure is None or case.standing is None:
        return Again("the attempt before is closed")
    return move(case, case.failure, case.standing)


def move(case: Case, failure: Failure, standing: Standing) -> Verdict:
    """Return the verdict for a supervisor's move after a failure."""
    policy = standing.policy
    if policy is not None:
        said = f"policy '{policy.name}' says so"
        match policy.then:
            case "pass":
                return Succeed(verified=False, why=f"{said}: let it pass")
            case "fail":
                return Fail(failure.kind, f"{said}: it has failed")
            case "escalate":
                return Escalate(f"{said}: to a person", None, for_person=True)
            case "retry" if _may_retry(case, policy, failure, standing):
                told = _told(policy, said)
                how = "once more, with what it says" if told else "the same once more"
                return Again(f"{said}: {how}", Choice("restart", f"policy {policy.name}", said), told)
            case _:
                pass
    choice = choose(failure, case.played, standing)
    if standing.declared and ("restart", OVER_INTENSITY) in choice.alternatives:
        why = f"supervisor '{standing.declared}' has restarted as often as it may: it gives up, and stops its children"
        return Escalate(why, None, for_person=True, gives_up=standing.declared)
    match choice.play:
        case None:
            return Fail(failure.kind, choice.why)
        case "defer":
            pause_s = failure.until if failure.until is not None else standing.pause_s
            if failure.until_done:
                return Defer(f"{choice.why}; until {failure.until_done} is done", choice, None, failure.until_done)
            return Defer(f"{choice.why}; for {words(pause_s)}", choice, pause_s)
        case "reframe" | "escalate":
            is_policy = failure.of_class == "policy" or failure.needs == "policy"
            return Escalate(choice.why, choice, for_person=is_policy and choice.play == "escalate")
        case _:
            return Again(choice.why, choice)


def _may_retry(case: Case, policy: Policy, failure: Failure, standing: Standing) -> bool:
    """Tell whether a policy may have it tried again: within its retries, and with the same words only once."""
    if standing.attempts_left <= 0 or not standing.is_restart_allowed:
        return False
    is_telling = bool(policy.advice or policy.variables)
    return not is_telling or Played("restart", f"policy {policy.name}", failure.fingerprint) not in case.played


def _told(policy: Policy, said: str) -> Word | None:
    """Return what a policy tells the next attempt, if it says anything."""
    if not (policy.advice or policy.variables):
        return None
    # It is a rule by now, though a person made it.
    return Word("go", said, advice=Advice(RULES, policy.advice, policy.variables, said))


def _decides(case: Case, failure: Failure, standing: Standing) -> bool:
    """Tell whether a policy ends the waiting of a case that its group holds."""
    policy = standing.policy
    if policy is None or policy.then not in _ENDING:
        return False
    return policy.then != "retry" or _may_retry(case, policy, failure, standing)


def deferred(case: Case) -> Verdict:
    """Wait for the pause or the condition, then go on."""
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.wish:
        return Adopt(case.wish)
    pause = case.deferral
    if case.cycle:
        return Again(f"it waits in a circle: {' for '.join((*case.cycle, case.cycle[0]))}; it goes on")
    if pause is not None and pause.unmet:
        return Hold(pause.why)
    if pause is not None and pause.left_s > 0:
        return Hold(pause.why, look_again_s=pause.left_s)
    return Again("what it was deferred for has come")


def escalated(case: Case) -> Verdict:
    """Do what its group of like failures says."""
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.wish:
        return Adopt(case.wish)
    word = case.word
    if word is None:
        return Hold("its group is being looked up", look_again_s=1.0)
    match word.call:
        case "go":
            return Again(word.why, word=word)
        case "fail":
            return Fail(case.failure.kind if case.failure else "escalated", word.why)
        case "pass":
            return Succeed(verified=True, why=word.why)
        case "nothing":
            if case.given_up_by:
                return Escalate(f"its supervisor '{case.given_up_by}' gave up", None, for_person=True)
            if case.failure is None or case.standing is None:
                return Again(word.why)
            return move(case, case.failure, case.standing)
        case "hold" if case.failure and case.standing and _decides(case, case.failure, case.standing):
            return move(case, case.failure, case.standing)  # a person's answer to all such cases came meanwhile
        case "hold":
            return Hold(word.why)


def clear_away(attempt: AttemptView, reason: StopReason) -> Verdict:
    """Have what is left of an attempt ended before anything else."""
    if attempt.stopping is None:
        return Stop(reason, "nothing of the attempt before may go on")
    return Hold("the attempt is being ended", look_again_s=0.05)
