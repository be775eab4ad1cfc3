"""What a session says of itself: that it goes on (`activity`), and that it fails and why (`report.json`)."""

from __future__ import annotations

import os
import time

from scope.errors import BadInput
from scope.laws.ids import is_count, is_id, is_within
from scope.sessions.records import record
from scope.store import atomic, attemptdir, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

NEED_OF_CLASS: Final = {
    "transient": "nothing",
    "timeout": "nothing",
    "resource": "nothing",
    "lost": "nothing",
    "budget": "nothing",
    "quota": "nothing",
    "missing_context": "information",
    "wrong_approach": "reframing",
    "task_too_big": "decomposition",
    "dependency_cycle": "nothing",
    "policy": "policy",
    "unknown": "diagnosis",
}
"""Every class of failure, and what one of it needs unless somebody says otherwise."""

CLASSES: Final = tuple(NEED_OF_CLASS)
NEEDS: Final = ("diagnosis", "reassignment", "reframing", "decomposition", "information", "policy", "nothing")
LONGEST_MESSAGE: Final = 1 << 16
_DONE: Final = "done:"
_INSIDE: Final = "give it to the work itself: scope spawn -- COMMAND"


def own_attempt(root: str) -> tuple[str, int, str] | None:
    """Return session, number and directory of the attempt of this root that this process runs inside."""
    mark = os.environ.get("SCOPE_ATTEMPT", "")
    if not mark.startswith(f"{root}/"):
        return None
    session, _, number = mark[len(root) + 1 :].rpartition("/")
    if not (is_id(session) and is_count(number)):
        return None
    directory = layout.attempt(layout.session(root, session), int(number))
    return (session, int(number), directory) if os.path.isdir(directory) else None


def refuse_outside(what: str) -> None:
    """Raise BadInput where this process runs inside no session of any root."""
    if not os.environ.get("SCOPE_ATTEMPT"):
        raise BadInput(f"cannot {what} here", None, "this is not inside a session", _INSIDE)


def require_own_attempt(root: str, what: str) -> tuple[str, int, str]:
    """Return what `own_attempt` does; raise BadInput outside a session, and in an attempt that is over.

    What is left over of an earlier attempt must not speak for the one that runs now.
    """
    own = own_attempt(root)
    if own is None:
        raise BadInput(f"cannot {what} in", root, "this is not inside a session of it", _INSIDE)
    session, number, directory = own
    if os.path.exists(attemptdir.closed(directory)) or os.path.exists(attemptdir.exit_code(directory)):
        raise BadInput(f"cannot {what} for", session, f"its attempt {number} is over", f"scope explain {session}")
    return own


def progress(root: str, session: str, words: str) -> None:
    """Say in one line what the session does now; the new file's time proves that it goes on."""
    if "\x1b" in words:
        from scope.sessions.records.terminal import plain  # noqa: PLC0415 - `re` costs four milliseconds

        words = plain(words.encode("utf-8", "replace")).decode("utf-8", "replace")
    path = layout.activity(layout.session(root, session))
    # Not durable: after a power cut nothing goes on, and this is said often.
    atomic.replace(path, record.one_line(words) + "\n", is_durable=False)


def report(
    attempt_directory: str,
    of_class: str,
    *,
    needs: str = "",
    message: str = "",
    until: str = "",
    fingerprint: str = "",
    tried: Sequence[str] = (),
) -> None:
    """Write why the attempt fails; an earlier report is replaced. Raises StoreFault."""
    import json  # noqa: PLC0415 - `progress` does without

    said = {
        "class": of_class,
        "needs": needs or NEED_OF_CLASS[of_class],
        "message": _shortened(message),
        "until": until,
        "fingerprint": fingerprint,
        "tried": list(tried),
        "time": stamp(time.time()),
    }
    atomic.replace(attemptdir.report(attempt_directory), json.dumps(said) + "\n")


def condition(root: str, session: str, text: str) -> str:
    """Return when trying `session` again makes sense, as it is written down: a time in UTC, or `done:ID`.

    Raises BadInput, and NotFound for a session that is not there.
    """
    if text.startswith(_DONE):
        from scope.sessions.records.selection import one  # noqa: PLC0415 - only here

        other = one(root, text[len(_DONE) :])
        if is_within(session, other):
            raise BadInput("cannot wait until the end of", other, f"session {session} is part of it", "name another")
        return _DONE + other
    at_s = moment(text, time.time())
    if at_s is None:
        raise BadInput(
            "--until takes 10m, 2026-01-02T15:04:05Z or done:ID, not", text[:80], hint="see: scope fail --help"
        )
    return stamp(at_s)


def moment(text: str, now_s: float) -> float | None:
    """Return the unix seconds that a person means: a duration from now, or an RFC 3339 time."""
    from scope.laws.durations import seconds  # noqa: PLC0415 - only with a time

    length_s = seconds(text)
    return instant(text) if length_s is None else now_s + length_s


def instant(text: str) -> float | None:
    """Return the unix seconds of an RFC 3339 time; None for anything else, and without an offset."""
    from datetime import datetime  # noqa: PLC0415 - only with a time

    try:
        at = datetime.fromisoformat(text.strip().upper())
        return max(0.0, at.timestamp()) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def stamp(at_s: float) -> str:
    """Return a moment as RFC 3339 in UTC; a part of a second counts as a whole one."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(-int(-at_s // 1)))


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_MESSAGE:
        return text
    half = LONGEST_MESSAGE // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"
