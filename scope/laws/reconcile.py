"""What to do about one session: a pure and total function of what was observed.

Level-triggered: it looks at how things stand, never at what happened, so that a missed event
costs time and nothing else. Whatever is irreversible needs two independent signs.
"""

from __future__ import annotations

from typing import assert_never

from scope.laws.awaiting import awaiting
from scope.laws.case import Abort, Adopt, Again, Ask, Case, Escalate, Fail, Hold, Reopen, Start, Verdict
from scope.laws.recovery import clear_away, deferred, escalated, recovering
from scope.laws.running import TMUX_SILENT, running


def decide(case: Case) -> Verdict:
    """Return the one next step for a session."""
    match case.state:
        case "pending":
            return _pending(case)
        case "running":
            return running(case)
        case "recovering":
            return recovering(case)
        case "waiting":
            return _waiting(case)
        case "deferred":
            return deferred(case)
        case "escalated":
            return escalated(case)
        case "done" | "failed" | "aborted":
            return _ended(case)
        case _:
            assert_never(case.state)


def _pending(case: Case) -> Verdict:
    attempt = case.attempt
    if attempt is not None and not attempt.is_closed:
        return clear_away(attempt, "abort" if case.abort_wish else "retry")
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.wish:
        return Adopt(case.wish)
    if case.problem:
        return Ask(case.problem)
    upward = _upward(case)
    if upward is not None:
        return upward
    blocked = _blocked(case)
    if blocked is not None:
        return blocked
    if not case.is_server_known:
        return Hold(TMUX_SILENT, look_again_s=1.0)
    if case.unstarted and attempt is not None and not attempt.is_other_boot:
        backoff_s = 0.2 * 4**case.unstarted - attempt.age_s
        if backoff_s > 0:
            return Hold("the last attempt did not begin; it is tried again after a while", look_again_s=backoff_s)
    if case.held:
        return Hold(case.held, look_again_s=5.0)
    if not case.has_slot:
        return Hold("all slots are taken (max_running)")
    return Start(1 if attempt is None else attempt.number + 1)


def _upward(case: Case) -> Verdict | None:
    """Return the verdict for work that cannot begin as things stand, and waiting alone would not help."""
    if case.too_many:
        return Fail("budget", case.too_many)
    if case.given_up_by:
        return Escalate(f"its supervisor '{case.given_up_by}' gave up", None, for_person=True)
    if case.inhibited_by:
        why = f"those like it failed, and a person is asked about them (group {case.inhibited_by})"
        return Escalate(why, None, group=case.inhibited_by)
    if case.cycle:
        why = f"a circle of waiting: {' comes after '.join((*case.cycle, case.cycle[0]))}"
        return Escalate(why, None, for_person=True) if case.is_supervised else Fail("cycle", why)
    return None


def _blocked(case: Case) -> Verdict | None:
    dependencies = case.dependencies
    if dependencies.missing:
        return Fail("dependency", f"there is no session '{dependencies.missing[0]}' to come after")
    if dependencies.failed:
        return Fail("dependency", f"'{dependencies.failed[0]}', which it comes after, was not done")
    if dependencies.unmet:
        return Hold(f"after {', '.join(dependencies.unmet)}")
    return Hold(case.paused) if case.paused else None


def _waiting(case: Case) -> Verdict:
    attempt = case.attempt
    if case.late is not None and case.is_awaiting:
        return awaiting(case, case.late)
    if attempt is not None and (not attempt.is_closed or attempt.stopping is not None):
        return running(case)  # it asks a person something, and is alive
    if case.abort_wish:
        return Abort(case.abort_wish)
    if case.wish:
        return Adopt(case.wish)
    if case.problem:
        return Hold(case.problem)
    return Again("task.md can be read now")


def _ended(case: Case) -> Verdict:
    if not case.wish:
        return Hold("it has ended")
    if case.abort_wish:
        # Reopened, it would be aborted at once. The wish is taken all the same: a redirect's task is the one
        # that a later retry runs, and nobody waits for what will not come.
        return Adopt(case.wish)
    if case.wish == "return" and case.state != "done":
        return Adopt(case.wish)  # what was given back is no longer its work
    return Reopen(case.wish)
