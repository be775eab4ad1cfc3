"""Ids, names and labels: what they may look like and how they relate.

An id is `1`, `2`, `2.1`, `2.1.3`: a child carries its parent's id. It is always the string as
written; `2.10` and `2.1` are two sessions.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, NewType

    SessionId = NewType("SessionId", str)
else:
    SessionId = str  # importing typing costs the hot commands two milliseconds

LONGEST_NAME: Final = 64
LONGEST_ID: Final = 120  # it is a directory's name, and part of a tmux session's
_FIRST: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_REST: Final = _FIRST | frozenset("._-")
LONGEST_LABEL: Final = 256
LONGEST_COUNT: Final = 9
GLOB_SIGNS: Final = frozenset("*?[")


def is_id(word: str) -> bool:
    """Tell whether `word` is a session id: positive numbers without leading zeros, joined by dots."""
    return len(word) <= LONGEST_ID and all(
        part.isascii() and part.isdigit() and part[0] != "0" for part in word.split(".")
    )


def is_name(word: str) -> bool:
    """Tell whether `word` may name a session, a label's key or an agent: `[a-z0-9][a-z0-9._-]{0,63}`."""
    return 0 < len(word) <= LONGEST_NAME and word[0] in _FIRST and _REST.issuperset(word)


def is_session_name(word: str) -> bool:
    """Tell whether `word` may name a session: a name that cannot be mistaken for an id."""
    return is_name(word) and not is_id(word) and not word.replace(".", "").isdigit()


def is_label_value(word: str) -> bool:
    """Tell whether `word` may be a label's value: one printable line of at most 256 characters."""
    return len(word) <= LONGEST_LABEL and word.isprintable() and "," not in word


def is_count(word: str) -> bool:
    """Tell whether `word` is a whole number, and none of thousands of digits."""
    return len(word) <= LONGEST_COUNT and word.isascii() and word.isdigit()


def parent(session: SessionId) -> SessionId | None:
    """Return the id of the session that `session` is a child of."""
    head, dot, _ = session.rpartition(".")
    return head if dot else None  # type: ignore[return-value]


def above(session: str) -> list[str]:
    """Return the ids of all sessions that `session` lies below, the topmost first."""
    parts = session.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def is_within(session: str, ancestor: str) -> bool:
    """Tell whether `session` is `ancestor` or below it."""
    return session == ancestor or session.startswith(ancestor + ".")


def order(session: str) -> tuple[int, ...]:
    """Sort key: parents before children, 2 before 10."""
    return tuple(map(int, session.split(".")))


def tmux_name(session: str) -> str:
    """Return the tmux session's name: `.` separates targets in tmux, so it becomes `_`."""
    return session.replace(".", "_")
