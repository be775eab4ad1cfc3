"""What sessions have cost so far, from the ledger; what was read of it is not read again."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, Final

from scope.laws.ids import SessionId, is_id, parent
from scope.models import costs
from scope.store import journal, layout

if TYPE_CHECKING:
    from scope.store.journal import Line

_AT_ONCE: Final = 2000


class Expenses:
    """Dollars of each session and all below it, as `scope cost SESSION` adds them up; and of all together."""

    def __init__(self, root: str) -> None:
        self._path = layout.ledger(root)
        self._forget()

    def _forget(self) -> None:
        self._offset = 0
        self.total_usd = 0.0
        self._of: dict[str, float] = {}

    def of(self, session: str) -> float:
        """Return the dollars that a session and those below it have cost."""
        return self._of.get(session, 0.0)

    def read(self) -> bool:
        """Read on, some lines at a time; tell whether there may be more. Raises StoreFault."""
        try:
            size = os.stat(self._path).st_size
        except OSError:
            size = 0
        if size < self._offset:
            self._forget()
        lines = list(islice(journal.read(self._path, self._offset), _AT_ONCE))
        for self._offset, line in lines:
            self._add(line)
        return len(lines) == _AT_ONCE

    def _add(self, line: Line) -> None:
        if line.get("outcome") == costs.UNKNOWN:
            return  # nobody knows what it took; a line with its end may follow
        spent_usd = costs.of(line).cost
        session = line.get("session")
        self.total_usd += spent_usd
        at = SessionId(session) if isinstance(session, str) and is_id(session) else None
        while at is not None and spent_usd:
            self._of[at] = self._of.get(at, 0.0) + spent_usd
            at = parent(at)
