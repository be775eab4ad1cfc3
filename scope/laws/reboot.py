"""What becomes of a session that was at work when the machine was restarted, to be read before it happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from scope.laws.case import Case

Next: TypeAlias = Literal["resumed", "again", "judged", "aborted", "held"]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What comes next, and why."""

    next: Next
    why: str


def prospect(case: Case, *, resumes: int = 0, question: str = "") -> Prospect:
    """Return what the watcher will make of a session whose latest attempt is of another boot.

    `resumes` is the attempt whose trajectory the next one continues, `question` what a person is asked about it.
    """
    attempt = case.attempt
    is_open = attempt is not None and not attempt.is_closed and case.state in ("running", "waiting")
    if is_open and attempt is not None and attempt.exit is not None and not case.is_awaiting:
        return Prospect("judged", f"it ended before the restart with exit {attempt.exit}, and nobody had looked yet")
    if case.abort_wish:
        return Prospect("aborted", case.abort_wish)
    if case.problem:
        return Prospect("held", case.problem)
    if case.is_awaiting:
        return Prospect("held", "its work has ended, and it waits for its signal")
    if case.state == "escalated":
        return Prospect("held", question or "its like are diagnosed first")
    if case.state == "waiting" and not is_open:
        return Prospect("held", question or "it waits for a person")
    blocked = (*case.dependencies.unmet, *case.dependencies.failed, *case.dependencies.missing)
    if case.state == "pending" and blocked:
        return Prospect("held", f"after {', '.join(blocked)}")
    if case.paused:
        return Prospect("held", case.paused)
    if resumes:
        return Prospect("resumed", f"it goes on where attempt {resumes} was")
    if case.state == "deferred":
        return Prospect("again", "after its pause")
    return Prospect("again", "from its beginning, which costs no retry" if is_open else "from its beginning")
