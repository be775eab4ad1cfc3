"""Pausing: while the file `pause` exists no attempt is begun in its root; what runs goes on."""

from __future__ import annotations

import os

from scope.errors import StoreFault
from scope.sessions.records import record
from scope.store import atomic, layout


def pause(root: str, reason: str) -> None:
    """Wish that nothing more begins; said again, the new reason holds. Raises StoreFault."""
    atomic.replace(layout.pause(root), f"{reason}\n" if reason else "")


def resume(root: str) -> bool:
    """Let work begin again; tell whether it was paused. Raises StoreFault where it stays so."""
    path = layout.pause(root)
    if not os.path.lexists(path):
        return False
    atomic.remove(path)
    if os.path.lexists(path):
        raise StoreFault("cannot remove", path, hint=f"remove it by hand: ls -ld {path}")
    return True


def reason(root: str) -> str | None:
    """Return why nothing begins, in one line that may be empty; None while work may begin."""
    path = layout.pause(root)
    if not os.path.lexists(path):
        return None
    try:
        text = atomic.read(path, atomic.SMALL)
    except StoreFault:
        return ""  # whatever it is, somebody has put it there
    return None if text is None and not os.path.lexists(path) else record.one_line(text or "")


def words(root: str) -> str:
    """Say that nothing begins, and why; nothing while work may begin."""
    why = reason(root)
    return "" if why is None else f"starting is paused{': ' if why else ''}{why}"
