"""What to do about an attempt that runs, or that was seen to end."""

from __future__ import annotations

from typing import Final

from scope.laws.case import (
    Abort,
    Adopt,
    Ask,
    AttemptView,
    Await,
    Case,
    Fail,
    Hold,
    Recover,
    Reply,
    Stop,
    StopReason,
    Succeed,
    Verdict,
)
from scope.laws.durations import words
from scope.laws.failure import NOT_THE_WORKS, POINTLESS_TO_REPEAT

# Why an attempt was ended, as the kind of failure that this is, and in words.
_OVER: Final[dict[str, tuple[str, str]]] = {
    "timeout": ("timeout", "it took longer than {}"),
    "idle": ("timeout", "it printed nothing for {}"),
    "report": ("report", "it reported that it cannot go on"),
    "stuck": ("stuck", "it showed no progress"),
    "memory": ("memory", "it took more memory than its supervisor lets it"),
    "cpu": ("cpu", "it kept a processor busy without progress"),
    "cycle": ("cycle", "it waited for sessions that waited for it"),
    "budget": ("budget", "all attempts together may take {}"),
}
_FREE: Final[dict[str, str]] = {
    "redirect": "it was given another task",
    "sibling": "it begins again together with a sibling",
    "supervisor": "its supervisor gave up",
}
TMUX_SILENT: Final = "tmux does not answer, so nothing is known and nothing is done"


def running(case: Case) -> Verdict:
    """Return the next step for a session with an attempt at work, also one that waits for an answer."""
    attempt = case.attempt
    if attempt is None:
        return Recover("lost", "it runs without an attempt", costs_retry=False)
    if attempt.stopping is not None:
        return _stopping(case, attempt, attempt.stopping)
    if attempt.exit is not None:
        return _exited(case, attempt, attempt.exit)
    if attempt.is_closed:
        return _lost(case, attempt, "the attempt was closed by another hand")
    if case.abort_wish:
        return Stop("abort", case.abort_wish)
    if case.wish == "redirect":
        return Stop("redirect", "it was given another task")
    if case.wish:
        return Adopt(case.wish)
    ordered = _ordered_to_end(case, attempt)
    if ordered is not None:
        return ordered
    if attempt.pane == "unknown":
        return Hold(TMUX_SILENT, look_again_s=1.0)
    if attempt.pane == "alive" or attempt.is_wrapper_alive:
        return _alive(case, attempt)
    return _pane_gone(case, attempt)


def _ordered_to_end(case: Case, attempt: AttemptView) -> Verdict | None:
    """Return the order to end an attempt that is not over, but cannot or must not go on."""
    if attempt.reported:
        return Stop("report", f"it reported that it cannot go on ({attempt.reported})")
    if case.given_up_by:
        return Stop("supervisor", f"its supervisor '{case.given_up_by}' restarted more often than it may, and gave up")
    if case.goes_along_with:
        return Stop(
            "sibling", f"it begins again together with '{case.goes_along_with}', as its supervisor's strategy says"
        )
    if case.cycle:
        return Stop("cycle", f"a circle of waiting: {' waits for '.join((*case.cycle, case.cycle[0]))}")
    return None


def _stopping(case: Case, attempt: AttemptView, reason: StopReason) -> Verdict:
    if not attempt.is_closed:
        return Hold(f"the attempt is being ended ({reason})", look_again_s=0.05)
    if reason == "abort":
        return Abort(case.abort_wish or "it was being aborted")
    if reason == "redirect":
        return Recover("redirected", _FREE[reason], costs_retry=False)
    if attempt.exit == 0 and not attempt.reported:
        return _well(case, attempt, "it ended well while it was being ended")
    if reason == "unstarted":
        return _unstarted(case)
    if reason in ("leftover", "retry"):
        return _lost(case, attempt, "its process was killed, and what it left behind was ended")
    if reason in _FREE:
        return Recover(reason, _FREE[reason], costs_retry=False)
    kind, why = _OVER[reason]
    limits = case.limits
    limit_s = {"timeout": limits.timeout_s, "idle": limits.idle_timeout_s, "budget": limits.budget_s}.get(reason)
    return over(case, kind, why.format(words(limit_s or 0)))


def _exited(case: Case, attempt: AttemptView, code: int) -> Verdict:
    if not attempt.is_captured:
        return Hold("the end of its output is being written", look_again_s=0.02)
    if attempt.reported:
        return over(case, "report", f"exit {code}, and it reported that it cannot go on")
    if code == 0:
        return _well(case, attempt, "exit 0, and its check passed" if attempt.has_check else "exit 0")
    if attempt.has_check:
        return over(case, "check", f"exit 0, but its check failed with exit {code}")
    return over(case, "exit", f"exit {code}")


def _well(case: Case, attempt: AttemptView, why: str) -> Verdict:
    if case.late is not None:
        return Await(case.late.waits, case.late.appointment)
    return Succeed(attempt.has_check, why)


def _alive(case: Case, attempt: AttemptView) -> Verdict:
    limits = case.limits
    if not attempt.has_started:
        left_s = limits.start_within_s - attempt.age_s
        if left_s <= 0:
            return Stop("unstarted", f"it did not begin within {words(limits.start_within_s)}")
        return Hold("it is being started", look_again_s=left_s)
    question = case.question
    if question is not None and question.is_waiting and question.answer is not None:
        return Reply(f"answered by {question.by}", question.number, question.answer, question.by)
    if case.state == "waiting":
        # Time spent waiting for a person counts against nothing.
        return _asking(case)
    if question is not None and question.is_waiting:
        return Ask(question.text, question.number)
    return _timed(case, attempt)


def _asking(case: Case) -> Verdict:
    question = case.question
    if question is None or not question.is_waiting:
        return Reply("nobody waits for the answer any more", question.number if question else 0, None, "")
    return Hold(question.text, look_again_s=question.due_s)


def _timed(case: Case, attempt: AttemptView) -> Verdict:
    limits = case.limits
    if attempt.spinning:
        taken = {"memory": "it takes more memory than its supervisor lets it", "cpu": "it spins without progress"}
        return Stop(attempt.spinning, taken[attempt.spinning])
    clocks: list[tuple[float | None, float, StopReason, str]] = [
        (limits.timeout_s, attempt.age_s, "timeout", "it takes longer than {}"),
        (limits.idle_timeout_s, attempt.silent_s, "idle", "it has printed nothing for {}"),
        (limits.budget_s, case.spent_s, "budget", "all attempts together may take {}"),
        (limits.no_progress_s, attempt.progress_s, "stuck", "it has shown no progress for {}"),
    ]
    left: list[float] = []
    for limit_s, passed_s, reason, why in clocks:
        if limit_s is None:
            continue
        if passed_s >= limit_s:
            return Stop(reason, why.format(words(limit_s)))
        left.append(limit_s - passed_s)
    if limits.expected_s is not None:
        # Stuck or complex? What goes on showing progress is complex, and is left alone.
        window_s = limits.no_progress_s or limits.expected_s / 2
        left_s = max(limits.expected_s - attempt.age_s, window_s - attempt.progress_s)
        if left_s <= 0:
            said = f"it was expected to take {words(limits.expected_s)} and shows no progress"
            return Stop("stuck", said)
        left.append(left_s)
        if attempt.age_s >= limits.expected_s:
            return Hold("it takes longer than expected, but shows progress: complex, not stuck", min(left))
    return Hold("it runs", min(left, default=None))


def _pane_gone(case: Case, attempt: AttemptView) -> Verdict:
    limits = case.limits
    if attempt.is_lock_held:
        left_s = limits.leftover_after_s - attempt.ended_s
        if left_s > 0:
            return Hold("its pane is gone, but its lock is still held", look_again_s=left_s)
        return Stop("leftover", "its pane and its wrapper are gone, and something of it still holds the lock")
    if not attempt.has_started:
        return _unstarted(case)
    if attempt.pane_status is not None:
        # The wrapper exits with the code that it publishes, so this is the second copy.
        return _exited(case, attempt, attempt.pane_status)
    if not attempt.is_captured:
        return Hold("the end of its output is being written", look_again_s=0.02)
    return _lost(case, attempt, "its process was killed: its pane is gone, its lock is free, it left no exit code")


def _lost(case: Case, attempt: AttemptView, why: str) -> Verdict:
    if not attempt.has_started:
        return _unstarted(case)
    if attempt.is_other_boot:
        return Recover("lost", "the machine was restarted", costs_retry=False)
    return over(case, "lost", why)


def _unstarted(case: Case) -> Verdict:
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.unstarted + 1 >= case.limits.unstarted_at_most:
        return Fail("lost", f"it could not be started {case.unstarted + 1} times in a row")
    return Recover("unstarted", "the attempt ended before it began", costs_retry=False)


def over(case: Case, kind: str, why: str) -> Verdict:
    """Return what follows from an attempt that failed: another, its supervisor's move, or the end."""
    if case.abort_wish:
        return Abort(case.abort_wish)
    reported = case.attempt.reported if case.attempt is not None else ""
    if reported in NOT_THE_WORKS:
        return Recover(kind, why, costs_retry=False)
    if case.is_supervised:
        return Recover(kind, why, costs_retry=True)
    if reported in POINTLESS_TO_REPEAT or kind == "budget":
        return Fail(kind, f"{why} ({reported or kind}): the same again would not help")
    if case.tries < case.limits.retries:
        return Recover(kind, why, costs_retry=True)
    return Fail(kind, why)
