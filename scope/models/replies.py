"""Replies: the newest answer of each session, for a worker that was cut off and asks again."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from scope.errors import StoreFault
from scope.laws.states import TERMINAL
from scope.sessions.records import record
from scope.store import atomic, layout, rundir

if TYPE_CHECKING:
    from scope.store.journal import Line


class Replies:
    """Keeps in `run/replies/` what was answered last, with its line of the ledger.

    The reply is there before the ledger's line: killed between the two, the next router has the line.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._newest: dict[str, str] = {}

    def keep(self, session: str, identity: str, line: Line, body: dict[str, Any]) -> None:
        """Keep an answer; where that cannot be done, a worker that asks again is billed again."""
        text = json.dumps({"id": identity, "line": line, "body": body})
        try:
            atomic.directory(rundir.replies(self._root))
            # Renamed over another, the file system would wait for the disk; the old one is of no more use.
            atomic.remove(self._path(session))
            atomic.replace(self._path(session), text, is_durable=False)
        except StoreFault:
            self._newest.pop(session, None)
            return
        self._newest[session] = identity

    def body(self, session: str, identity: str) -> dict[str, Any] | None:
        """Return what was answered to a request, if that was the session's newest."""
        if self._newest.get(session, identity) != identity:
            return None
        kept = self._read(session)
        self._newest[session] = str(kept.get("id", ""))
        body = kept.get("body")
        return body if kept.get("id") == identity and isinstance(body, dict) else None

    def line(self, call: Line) -> Line | None:
        """Return the line of a call that the last router answered, though the ledger does not have it."""
        opened = call["line"]
        kept = self._read(str(opened.get("session", "")))
        line = kept.get("line")
        return line if isinstance(line, dict) and line.get("id") == opened.get("id") else None

    def forget_ended(self) -> None:
        """Drop the answers of sessions that have ended, or are gone: nobody asks for them again."""
        try:
            names = os.listdir(rundir.replies(self._root))
        except OSError:
            return
        for name in names:
            directory = layout.session(self._root, name)
            try:
                is_over = not os.path.isdir(directory) or record.state(directory) in TERMINAL
            except StoreFault:
                continue
            if is_over:
                atomic.remove(self._path(name))

    def _read(self, session: str) -> dict[str, Any]:
        try:
            kept = json.loads(atomic.read(self._path(session)) or "{}")
        except (ValueError, RecursionError, StoreFault):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _path(self, session: str) -> str:
        return f"{rundir.replies(self._root)}/{session}"
