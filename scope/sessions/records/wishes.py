"""Wishes of people and ancestors: abort, retry, redirect, send. Each is a file; the watcher grants it."""

from __future__ import annotations

import os
import time

from scope.errors import BadInput, StoreFault
from scope.laws.ids import SessionId, is_within, parent
from scope.laws.states import TERMINAL
from scope.sessions.records import record
from scope.store import atomic, frontmatter, layout, maildir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, Literal

    Delivery = Literal["delivered", "undelivered", "queued"]

MAX_MESSAGE: Final = 1 << 20


def refuse_sideways(session: str, what: str) -> None:
    """Inside a session, raise BadInput unless `session` is below it: authority flows down only."""
    own = os.environ.get("SCOPE_SESSION")
    if own and (session == own or not is_within(session, own)):
        raise BadInput(f"cannot {what}", session, f"session {own} reaches its descendants only", "scope ls")


def refuse_inside(what: str) -> None:
    """Inside a session, raise BadInput: this is for people, and concerns all sessions of the root."""
    own = os.environ.get("SCOPE_SESSION")
    if own:
        raise BadInput(f"scope {what} is for people, and this is inside session", own, hint="scope ls")


def abort(root: str, session: str) -> bool:
    """Wish a session aborted, and with it all below; tell whether there was anything left to abort."""
    directory = record.require(root, session)
    if record.state(directory) not in TERMINAL:
        # The watcher takes those below along, those too that are only being spawned now.
        atomic.create(layout.abort(directory), f"{_who()}\n")
        return True
    from scope.sessions.records import allocation  # noqa: PLC0415 - only here

    left = [
        below
        for other in allocation.all_ids(root)
        if other != session
        and is_within(other, session)
        and record.state(below := layout.session(root, other)) not in TERMINAL
    ]
    for below in left:
        atomic.create(layout.abort(below), f"{_who()}\n")
    return bool(left)


def _refuse_under_an_abort(root: str, session: str, what: str) -> None:
    above = parent(SessionId(session))
    while above is not None:
        directory = layout.session(root, above)
        if os.path.lexists(layout.abort(directory)) and record.state(directory) not in ("done", "failed"):
            raise BadInput(f"cannot {what}", session, f"session {above} above it was aborted", f"scope retry {above}")
        above = parent(above)


def refuse_retry(root: str, session: str) -> None:
    """Raise BadInput for a session that cannot be tried again: it has not ended, or is done."""
    directory = record.require(root, session)
    state = record.state(directory)
    if state == "done":
        raise BadInput("cannot retry", session, "it is done", f"give it something new: scope redirect {session} -- …")
    if state not in TERMINAL:
        asked = record.question(directory) if state in ("waiting", "escalated") else None
        hint = f"answer what is asked: scope answer {asked[0]} …" if asked else f"wait for it: scope wait {session}"
        raise BadInput("cannot retry", session, f"it is {state}", hint)
    _refuse_under_an_abort(root, session, "retry")


def retry(root: str, session: str) -> None:
    """Wish an ended session tried again; raises BadInput as `refuse_retry` does."""
    refuse_retry(root, session)
    directory = layout.session(root, session)
    atomic.remove(layout.abort(directory))
    maildir.deliver(layout.inbox(directory), _message("retry", {}, ""))
    atomic.poke(directory)


def redirect(root: str, session: str, command: Sequence[str], body: str) -> None:
    """Give a session another task; what it runs now is ended and kept, and a new attempt begins."""
    directory = record.require(root, session)
    _refuse_under_an_abort(root, session, "redirect")
    keys: dict[str, str | Sequence[str]] = {"command": command} if command else {}
    atomic.remove(layout.abort(directory))
    maildir.deliver(layout.inbox(directory), _message("redirect", keys, body))
    atomic.poke(directory)


def give_back(root: str, session: str, setback: str, on: str, base: str) -> None:
    """Give the work of a session back that is done and could not be landed: that attempt has failed after all.

    The first line of `setback` names the error; failures `on` one thing are like each other, and `base` is the commit
    that the next attempt begins with.
    """
    directory = record.require(root, session)
    maildir.deliver(layout.inbox(directory), _message("return", {"on": on, "base": base}, setback))
    atomic.poke(directory)


def send(root: str, session: str, text: str) -> str:
    """Put a message into a session's mailbox and return its name; raises BadInput for one that has ended."""
    directory = record.require(root, session)
    state = record.state(directory)
    if state in TERMINAL:
        raise BadInput(
            "cannot send to", session, f"it is {state}", f"give it something to do: scope redirect {session} -- …"
        )
    if len(text) > MAX_MESSAGE:
        raise BadInput("cannot send more than a megabyte to", session, hint="put it into a file and send its path")
    return maildir.deliver(layout.inbox(directory), _message("send", {}, text))


def delivery(root: str, session: str, name: str, within_s: float) -> Delivery:
    """Wait a moment for a message to be delivered, and say how it stands."""
    box = layout.inbox(layout.session(root, session))
    deadline = time.monotonic() + within_s
    while True:
        found = maildir.find(box, name)
        if found is not None and found[1]:
            return "undelivered" if "F" in found[1] else "delivered"
        if time.monotonic() >= deadline:
            return "queued"
        time.sleep(0.01)


def reopens(directory: str) -> bool:
    """Tell whether a message waits that wants an ended session tried again, or given another task."""
    box = layout.inbox(directory)
    return any(kind_of(f"{box}/new/{name}") in ("retry", "redirect", "return") for name in maildir.waiting(box))


def kind_of(path: str) -> str:
    """Return what the message in a file wishes; what cannot be read wishes nothing."""
    try:
        return kind(atomic.read(path) or "")
    except StoreFault:
        return ""


def kind(text: str) -> str:
    """Return what a message wishes: `send`, `redirect`, `retry` or `return`; a message made by hand is sent."""
    lines = text.split("\n", 4)
    if lines[0] == "---":
        for line in lines[1:]:
            if line.startswith("kind: "):
                return line[6:].strip()
    return "send"


def text_of(message: str) -> str:
    """Return a message's text without its frontmatter."""
    if message.startswith("---\n"):
        _, closed, rest = message.partition("\n---\n")
        return rest if closed else message
    return message


def _message(which: str, keys: dict[str, str | Sequence[str]], body: str) -> str:
    return frontmatter.write({"kind": which, "from": _who(), **keys}, body)


def _who() -> str:
    own = os.environ.get("SCOPE_SESSION")
    return f"session-{own}" if own else "person"
