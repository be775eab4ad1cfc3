"""What to do about work that has ended well, while the signal that tells whether it was good is awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scope.laws.case import Abort, Adopt, Hold, Recover, Stop, Succeed
from scope.laws.durations import words
from scope.laws.running import over

if TYPE_CHECKING:
    from scope.laws.case import Case, LateView, Verdict

_NEAR_S: Final = 30.0  # what is further off, the watcher's slow look finds in time
_AT_ONCE_S: Final = 0.02


def awaiting(case: Case, late: LateView) -> Verdict:
    """Return the next step: a person's wish, the signal's verdict, what follows when it is overdue, or patience.

    Nothing of it runs, so no limit counts but the signal's own.
    """
    attempt = case.attempt
    if attempt is None:
        return Recover("lost", "it waits without an attempt", costs_retry=False)
    if attempt.stopping is not None and not attempt.is_closed:
        return Hold(f"what is left of the attempt is being ended ({attempt.stopping})", look_again_s=0.05)
    if case.abort_wish and not attempt.is_closed:
        return Stop("abort", case.abort_wish)
    if case.abort_wish or attempt.stopping == "abort":
        return Abort(case.abort_wish or "it was being aborted")
    if case.wish == "redirect":
        return Recover("redirected", "it was given another task", costs_retry=False)
    if case.wish:
        return Adopt(case.wish)
    return _told(case, late)


def _told(case: Case, late: LateView) -> Verdict:
    if late.verdict == "good":
        return Succeed(verified=True, why=f"exit 0, and {late.says}")
    if late.verdict == "bad":
        return over(case, "check", late.says)
    if not late.is_read:
        return Hold("what has come is being read", look_again_s=_AT_ONCE_S)
    left_s = late.left_s
    if left_s is not None and left_s <= 0:
        within = words(late.appointment.late.within_s or 0.0)
        besides = f"; {late.says}" if late.says else ""
        return over(case, "check", f"the signal '{late.appointment.late.signal}' did not come within {within}{besides}")
    why = f"{late.waits}; {late.says}" if late.says else late.waits
    return Hold(why, look_again_s=left_s if left_s is not None and left_s <= _NEAR_S else None)
