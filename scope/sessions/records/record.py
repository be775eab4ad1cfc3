"""Reading one session from its files, cheaply: what `poll` and `wait` are made of."""

from __future__ import annotations

import os

from scope.errors import NotFound, StoreFault
from scope.store import atomic, attemptdir, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from scope.laws.states import State

_TAIL: Final = 2048
MARKER_START: Final = b"\x1b]7797;scope exit "
"""The wrapper prints an escape sequence of this beginning as its last bytes; terminals ignore it."""


def exists(root: str, session: str) -> bool:
    """Tell whether there is such a session: a directory of the root itself, with a task in a plain file."""
    directory = layout.session(root, session)
    return os.path.isfile(layout.task(directory)) and not os.path.islink(directory)


def require(root: str, session: str) -> str:
    """Return the session's directory; raise NotFound where there is none."""
    directory = layout.session(root, session)
    if not exists(root, session):
        if is_archived(root, session):
            from scope.sessions.records.archive import way_back  # noqa: PLC0415 - on the way out

            hint = f"scope show {session}, or bring it back: {way_back(root, session)}"
            raise NotFound("there is only an archive of session", session, hint=hint)
        raise NotFound("there is no session", session, hint="list them: scope ls")
    return directory


def is_archived(root: str, session: str) -> bool:
    """Tell whether the session is archived, and not, or not yet, back in its place."""
    if exists(root, session):
        return False
    from scope.store import archivedir  # noqa: PLC0415 - most are in their place

    return os.path.isfile(archivedir.archived(root, session))


def given_name(directory: str) -> str:
    """Return the name that people gave the session after it was spawned; nothing where they gave none."""
    path = layout.name(directory)
    if not os.access(path, os.F_OK):  # half of what asking in another way takes, of thousands
        return ""
    from scope.laws.ids import is_session_name  # noqa: PLC0415 - few are renamed

    try:
        word = (atomic.read(path, atomic.SMALL) or "").strip()
    except StoreFault:
        return ""
    return word if is_session_name(word) else ""


def state(directory: str) -> State:
    """Return the session's state; without a state file, or with a strange word in it, it is pending."""
    from scope.laws.states import is_state  # noqa: PLC0415 - loaded once, when first needed

    word = (atomic.read(layout.state(directory)) or "").strip()
    return word if is_state(word) else "pending"  # type: ignore[return-value]


def latest_attempt(directory: str) -> int:
    """Return the number of the newest attempt, 0 before the first."""
    try:
        names = os.listdir(layout.attempts(directory))
    except OSError:
        return 0
    return max((int(name) for name in names if name.isascii() and name.isdigit()), default=0)


def activity(directory: str, current: State) -> str:
    """Say in one line what the session is doing, or how it ended.

    Running: what its worker says, else the last line that it printed. Ended: the reason in its
    result. Pending and waiting: what it waits for.
    """
    if current in ("done", "failed", "aborted"):
        return header(directory).get("why", "")
    if current == "running":
        said = _said(directory)
        return one_line(said) if said else last_output_line(directory)
    if current in ("waiting", "escalated"):
        asked = question(directory)
        if asked is not None:
            return f"{asked[0]}: {asked[1]}"
    return last_reason(directory)


def parked(directory: str) -> str:
    """Say why no router serves the session; nothing where one does, or none is needed."""
    return (atomic.read(layout.parked(directory), atomic.SMALL) or "").strip()


def _said(directory: str) -> str | None:
    try:
        return atomic.read(layout.activity(directory), atomic.SMALL)
    except StoreFault:
        return None  # the worker's own file, and whatever it made of it


def header(directory: str) -> dict[str, str]:
    """Return the plain keys of `result.md`'s frontmatter; none before the end."""
    return keys_of(result(directory))


def result(directory: str) -> str:
    """Return the text of `result.md`; nothing before the end."""
    return atomic.read(layout.result(directory)) or ""


def keys_of(text: str) -> dict[str, str]:
    """Return the plain keys of a result's frontmatter, without a YAML parser."""
    keys: dict[str, str] = {}
    for line in text.split("\n")[1:]:
        if line == "---":
            break
        name, _, value = line.partition(": ")
        keys[name] = value.strip('"')
    return keys


def body_of(text: str) -> str:
    """Return what a result says below its frontmatter."""
    return text.partition("\n---\n")[2]


def last_reason(directory: str) -> str:
    """Return why the watcher last decided what it did."""
    from scope.store import journal  # noqa: PLC0415 - only for what has not begun

    line = journal.last(layout.decisions(directory))
    return one_line(str(line.get("why", ""))) if line else ""


def question(directory: str) -> tuple[str, str] | None:
    """Return the escalation under which a person is asked about the session, and the question; None if nobody is."""
    text = atomic.read(layout.question(directory))
    if not text:
        return None
    identity, _, words = text.partition("\n")
    return identity.strip(), one_line(words)


def last_output_line(directory: str) -> str:
    """Return the last line that the running attempt printed, without escape sequences."""
    number = latest_attempt(directory)
    if not number:
        return ""
    raw = atomic.tail(attemptdir.output(layout.attempt(directory, number)), _TAIL)
    for line in reversed(raw.replace(b"\r", b"\n").split(b"\n")):
        if line.strip():
            words = one_line(_without_escapes(line).decode("utf-8", "replace"))
            if words:
                return words
    return ""


def _without_escapes(line: bytes) -> bytes:
    if b"\x1b" not in line:
        return line
    from scope.sessions.records.terminal import plain  # noqa: PLC0415 - `re` costs four milliseconds

    return plain(line)


def one_line(text: str) -> str:
    """Fold a text into one printable line of at most 200 characters."""
    text = " ".join(text.split())
    return "".join(c if c.isprintable() else "" for c in text)[:200]
