"""What to do about one session: a pure and total function of what was observed.

Level-triggered: it looks at how things stand, never at what happened, so that a missed event
costs time and nothing else. Whatever is irreversible needs two independent signs.
"""

from __future__ import annotations

from typing import assert_never

from scope.laws.case import (
    Abort,
    Adopt,
    Again,
    Ask,
    AttemptView,
    Case,
    Fail,
    Hold,
    Recover,
    Reopen,
    Start,
    Stop,
    StopReason,
    Succeed,
    Verdict,
)
from scope.laws.durations import words

_TMUX_SILENT = "tmux does not answer, so nothing is known and nothing is done"


def decide(case: Case) -> Verdict:
    """Return the one next step for a session."""
    match case.state:
        case "pending":
            return _pending(case)
        case "running":
            return _running(case)
        case "recovering":
            return _recovering(case)
        case "waiting":
            return _waiting(case)
        case "deferred" | "escalated":
            return Abort(case.abort_wish) if case.abort_wish else Hold("it is not its turn")
        case "done" | "failed" | "aborted":
            return _ended(case)
        case _:
            assert_never(case.state)


def _pending(case: Case) -> Verdict:
    attempt = case.attempt
    if attempt is not None and not attempt.is_closed:
        return _clear_away(attempt, "abort" if case.abort_wish else "retry")
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.wish:
        return Adopt(case.wish)
    if case.problem:
        return Ask(case.problem)
    blocked = _blocked(case)
    if blocked is not None:
        return blocked
    if not case.is_server_known:
        return Hold(_TMUX_SILENT, look_again_s=1.0)
    if case.unstarted and attempt is not None and not attempt.is_other_boot:
        backoff_s = 0.2 * 4**case.unstarted - attempt.age_s
        if backoff_s > 0:
            return Hold("the last attempt did not begin; it is tried again after a while", look_again_s=backoff_s)
    if not case.has_slot:
        return Hold("all slots are taken (max_running)")
    return Start(1 if attempt is None else attempt.number + 1)


def _blocked(case: Case) -> Verdict | None:
    dependencies = case.dependencies
    if dependencies.missing:
        return Fail("dependency", f"there is no session '{dependencies.missing[0]}' to come after")
    if dependencies.failed:
        return Fail("dependency", f"'{dependencies.failed[0]}', which it comes after, was not done")
    if dependencies.unmet:
        return Hold(f"after {', '.join(dependencies.unmet)}")
    return None


def _waiting(case: Case) -> Verdict:
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.wish:
        return Adopt(case.wish)
    if case.problem:
        return Hold(case.problem)
    return Again("task.md can be read now")


def _recovering(case: Case) -> Verdict:
    attempt = case.attempt
    if attempt is not None and not attempt.is_closed:
        return _clear_away(attempt, "abort" if case.abort_wish else "retry")
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.wish:
        return Adopt(case.wish)
    return Again("the attempt before is closed")


def _ended(case: Case) -> Verdict:
    if not case.wish:
        return Hold("it has ended")
    if case.abort_wish:
        # Reopened, it would be aborted at once. The wish is taken all the same: a redirect's task is the one
        # that a later retry runs, and nobody waits for what will not come.
        return Adopt(case.wish)
    return Reopen(case.wish)


def _clear_away(attempt: AttemptView, reason: StopReason) -> Verdict:
    if attempt.stopping is None:
        return Stop(reason, "nothing of the attempt before may go on")
    return Hold("the attempt is being ended", look_again_s=0.05)


def _running(case: Case) -> Verdict:
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
    if attempt.pane == "unknown":
        return Hold(_TMUX_SILENT, look_again_s=1.0)
    if attempt.pane == "alive" or attempt.is_wrapper_alive:
        return _alive(case, attempt)
    return _pane_gone(case, attempt)


def _stopping(case: Case, attempt: AttemptView, reason: StopReason) -> Verdict:
    if not attempt.is_closed:
        return Hold(f"the attempt is being ended ({reason})", look_again_s=0.05)
    if reason == "abort":
        return Abort(case.abort_wish or "it was being aborted")
    if reason == "redirect":
        return Recover("redirected", "it was given another task", costs_retry=False)
    if attempt.exit == 0:
        return Succeed(attempt.has_check, "it ended well while it was being ended")
    limits = case.limits
    match reason:
        case "timeout":
            return _over(case, "timeout", f"it took longer than {words(limits.timeout_s or 0)}")
        case "idle":
            return _over(case, "timeout", f"it printed nothing for {words(limits.idle_timeout_s or 0)}")
        case "unstarted":
            return _unstarted(case)
        case "leftover" | "retry":
            return _lost(case, attempt, "its process was killed, and what it left behind was ended")
        case _:
            assert_never(reason)


def _exited(case: Case, attempt: AttemptView, code: int) -> Verdict:
    if not attempt.is_captured:
        return Hold("the end of its output is being written", look_again_s=0.02)
    if code == 0:
        return Succeed(attempt.has_check, "exit 0, and its check passed" if attempt.has_check else "exit 0")
    if attempt.has_check:
        return _over(case, "check", f"exit 0, but its check failed with exit {code}")
    return _over(case, "exit", f"exit {code}")


def _alive(case: Case, attempt: AttemptView) -> Verdict:
    limits = case.limits
    if not attempt.has_started:
        left_s = limits.start_within_s - attempt.age_s
        if left_s <= 0:
            return Stop("unstarted", f"it did not begin within {words(limits.start_within_s)}")
        return Hold("it is being started", look_again_s=left_s)
    look_again_s: float | None = None
    if limits.timeout_s is not None:
        look_again_s = limits.timeout_s - attempt.age_s
        if look_again_s <= 0:
            return Stop("timeout", f"it takes longer than {words(limits.timeout_s)}")
    if limits.idle_timeout_s is not None:
        idle_left_s = limits.idle_timeout_s - attempt.silent_s
        if idle_left_s <= 0:
            return Stop("idle", f"it has printed nothing for {words(limits.idle_timeout_s)}")
        look_again_s = idle_left_s if look_again_s is None else min(look_again_s, idle_left_s)
    return Hold("it runs", look_again_s)


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
    return _over(case, "lost", why)


def _unstarted(case: Case) -> Verdict:
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.unstarted + 1 >= case.limits.unstarted_at_most:
        return Fail("lost", f"it could not be started {case.unstarted + 1} times in a row")
    return Recover("unstarted", "the attempt ended before it began", costs_retry=False)


def _over(case: Case, kind: str, why: str) -> Verdict:
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.tries < case.limits.retries:
        return Recover(kind, why, costs_retry=True)
    return Fail(kind, why)
