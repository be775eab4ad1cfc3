"""What a worker reported of its own failure (`scope fail`)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scope.errors import StoreFault
from scope.laws.failure import of_class
from scope.store import atomic, attemptdir

if TYPE_CHECKING:
    from scope.laws.failure import Class

_MOST_TRIED: Final = 20
_LONGEST: Final = 1 << 17


@dataclass(frozen=True, slots=True)
class Report:
    """A worker's report; what it does not say is empty."""

    of_class: Class
    needs: str = ""
    message: str = ""
    until: str = ""  # RFC 3339, or done:ID
    fingerprint: str = ""
    tried: tuple[str, ...] = ()


def read(attempt_directory: str) -> Report | None:
    """Return what was reported, if anything was; what cannot be read is a report of something unknown."""
    path = attemptdir.report(attempt_directory)
    if not os.path.exists(path):
        return None
    try:
        text = atomic.read(path, atomic.SMALL)
    except StoreFault as fault:
        return Report("unknown", message=f"{os.path.basename(path)} cannot be read: {fault.why}")
    if text is None:
        return None
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return Report("unknown", message=_word(text[:200]))
    tried = said.get("tried")
    return Report(
        of_class=of_class(said.get("class")) or "unknown",
        needs=_word(said.get("needs")),
        message=_word(said.get("message")),
        until=_word(said.get("until")),
        fingerprint=_word(said.get("fingerprint")),
        tried=tuple(filter(None, map(_word, tried[:_MOST_TRIED]))) if isinstance(tried, list) else (),
    )


def class_of(attempt_directory: str) -> str:
    """Return the class that was reported, or nothing."""
    report = read(attempt_directory)
    return report.of_class if report is not None else ""


def _word(value: object) -> str:
    return atomic.writable(str(value), _LONGEST) if isinstance(value, str | int | float) else ""
