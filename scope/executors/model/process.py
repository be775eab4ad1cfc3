"""A worker as a process: begun once, ended by a signal, and whatever goes wrong is told without a traceback."""

from __future__ import annotations

import io
import sys

from scope.errors import ScopeError, StoreFault
from scope.executors.model import ending, steering
from scope.executors.model.brief import Place
from scope.executors.model.transcript import Transcript
from scope.sessions.records import reports
from scope.store import attemptdir, journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def run(attempt_directory: str, work: Callable[[Place], int]) -> int:
    """Work, and return the exit code; whatever goes wrong is reported, and no traceback is shown."""
    steering.end_by_signal()
    _speak_utf8()
    place = Place(attempt_directory)
    try:
        if place.is_over:
            sys.stdout.write("the attempt is over already\n")
            return ending.REFUSED
        return work(place)
    except ending.Terminated as terminated:
        return 128 + terminated.number
    except Exception as error:  # noqa: BLE001 - whatever it is, the watcher is told
        return _unforeseen(place, error)


def _unforeseen(place: Place, error: Exception) -> int:
    line = error.line() if isinstance(error, ScopeError) else f"{type(error).__name__}: {error}".partition("\n")[0]
    try:
        # The report first: whatever made it fail may have taken the pane as well.
        reports.report(place.directory, "resource" if isinstance(error, StoreFault) else "unknown", message=line)
        if not isinstance(error, ScopeError):
            import traceback  # noqa: PLC0415 - only for a fault of ours

            words = "".join(traceback.format_exception(error))
            journal.append(attemptdir.trajectory(place.directory), {"kind": "note", "text": words})
    except ScopeError as also:
        line += f"\nthat could not be reported: {also.line()}"
    Transcript().remark(f"\nthe worker failed: {line}")
    return ending.UNFORESEEN


def _speak_utf8() -> None:
    """Write UTF-8, as the log is read, whatever a person's locale or PYTHONIOENCODING says."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
