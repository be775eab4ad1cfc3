"""How an attempt of a model ends: what the loop raises, and what stands on disk by then."""

from __future__ import annotations

import json

from scope.sessions.records import reports
from scope.store import atomic, attemptdir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

DONE: Final = 0
FAILED: Final = 1
UNFORESEEN: Final = 70
REFUSED: Final = 75  # not run, or parked: it costs no retry
LONGEST_RESULT: Final = 1 << 24


class Ended(Exception):
    """The attempt is over; `code` is what the worker exits with, `words` its last line."""

    def __init__(self, code: int, how: str, words: str) -> None:
        self.code = code
        self.how = how  # done, failed, parked, closed
        self.words = words
        super().__init__(words)


class Terminated(BaseException):
    """Somebody ended the worker by a signal."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


def used(attempt_directory: str, uses: Mapping[str, str]) -> None:
    """Write what the model says of the skills that it was given: a name and a word each. Raises StoreFault."""
    if uses:
        atomic.replace(attemptdir.uses(attempt_directory), json.dumps(uses) + "\n")


def done(attempt_directory: str, result: str) -> Ended:
    """Write what the caller gets; doing it again changes nothing. Raises StoreFault."""
    text = atomic.writable(result, LONGEST_RESULT)
    atomic.replace(attemptdir.returned(attempt_directory), text if text.endswith("\n") else f"{text}\n")
    return Ended(DONE, "done", "done")


def failed(attempt_directory: str, of_class: str, message: str, *, needs: str = "", tried: Sequence[str] = ()) -> Ended:
    """Report why the attempt fails. Raises StoreFault."""
    reports.report(attempt_directory, of_class, needs=needs, message=message, tried=tried)
    return Ended(FAILED, "failed", f"failed ({of_class}): {message}")


def parked(attempt_directory: str, message: str, until: str) -> Ended:
    """Report that nothing may be spent now; `until` is empty where nobody has named a time. Raises StoreFault."""
    reports.report(attempt_directory, "quota", message=message, until=until)
    return Ended(REFUSED, "parked", f"parked until {until}: {message}" if until else f"parked: {message}")
