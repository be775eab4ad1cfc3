"""`--since`: the first time that counts, of a duration or a day."""

from __future__ import annotations

import time

from scope.errors import BadInput

_FORMS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ")
_WRITTEN = "%Y-%m-%dT%H:%M:%S"


def first(word: str | None, command: str) -> str:
    """Return the first time that counts, as journals write it, nothing where none was given; raises BadInput."""
    if word is None:
        return ""
    from scope.laws.durations import seconds  # noqa: PLC0415 - only with --since

    length_s = seconds(word) if not word.isdigit() else None
    if length_s is not None:
        return time.strftime(_WRITTEN, time.gmtime(max(0.0, time.time() - length_s)))
    for form in _FORMS:
        try:
            return time.strftime(_WRITTEN, time.strptime(word, form))
        except ValueError:
            continue
    raise BadInput("--since takes a time such as 7d or 2026-01-02, not", word, hint=f"see: scope {command} --help")
