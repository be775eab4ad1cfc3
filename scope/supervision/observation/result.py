"""`result.md`: what the caller gets, made from what the last attempt left."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from scope.errors import StoreFault
from scope.sessions.branches import worktrees
from scope.sessions.records import terminal
from scope.store import atomic, attemptdir, frontmatter, layout
from scope.supervision.observation import observe
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from scope.supervision.wards.ward import Ward

_BYTES: Final = 1 << 17
_LINES: Final = 200
_SHORT: Final = 4096


def write(ward: Ward, line: dict[str, Any]) -> None:
    """Write the result of an ended session; `line` is the decision that ended it. Raises StoreFault."""
    story = ward.chronicle
    keys = {
        "session": ward.session,
        "state": story.state,
        "verified": "true" if line.get("verified") else "false",
        "why": str(line.get("why", "")),
    }
    tree = worktrees.find(os.path.dirname(os.path.dirname(ward.directory)), ward.session)
    if tree is not None:
        keys["why"] = f"{keys['why']}; its work lies in {tree.path} (branch {tree.branch})".removeprefix("; ")
        keys["worktree"] = tree.path
        keys["branch"] = tree.branch
    body = ""
    if story.attempt:
        code = observe.exit_of(ward.attempt_directory)
        keys["attempt"] = str(story.attempt)
        if code is not None:
            keys["exit"] = str(code)
        returned = _returned(ward)
        body = end_of_output(ward.session, ward.attempt_directory) if returned is None else returned
    keys["ended"] = str(line.get("time") or clock.stamp())
    atomic.replace(layout.result(ward.directory), frontmatter.write(keys, body))


def _returned(ward: Ward) -> str | None:
    """Return what a model gave back, without what would drive a terminal; None where it gave nothing readable."""
    if not ward.takes_messages:
        return None
    try:
        text = atomic.read(attemptdir.returned(ward.attempt_directory))
    except StoreFault:
        return None
    return None if text is None else terminal.plain(atomic.encode(text)).decode("utf-8", "replace")


def end_of_output(session: str, attempt_directory: str) -> str:
    """Return the last lines that an attempt printed, as plain text, and say what is left out."""
    lines, is_cut = last_lines(attempt_directory)
    head = [f"[the last {_LINES} lines; all of it: scope logs {session}]"] if is_cut else []
    return "".join(f"{line}\n" for line in [*head, *lines])


def last_lines(attempt_directory: str) -> tuple[list[str], bool]:
    """Return the last lines that an attempt printed, in plain text and without a word of ours; and if it is not all.

    A line whose beginning is lost begins with `…`.
    """
    raw = atomic.tail(attemptdir.output(attempt_directory), _BYTES)
    text = terminal.plain(terminal.overwritten(terminal.without_marker(raw))).decode("utf-8", "replace")
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    is_cut = len(raw) == _BYTES
    if is_cut and lines:
        # The first is what the window has left of a line: a short one says nothing, the end of a long one may be all.
        first = f"…{lines[0]}"
        lines = [first, *lines[1:]] if len(first) > _SHORT or len(lines) == 1 else lines[1:]
    return lines[-_LINES:], is_cut or len(lines) > _LINES
