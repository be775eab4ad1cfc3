"""`events.jsonl`: every change of state of every session, in one sequence that can be resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scope.store import journal, layout
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from scope.supervision.wards.ward import Ward

_LOOK_BACK: Final = 1 << 20


class Bulletin:
    """The one writer of the events; `tell` is called with each that it has written."""

    def __init__(self, root: str, tell: Callable[[Ward, dict[str, Any]], None] | None = None) -> None:
        self._path = layout.events(root)
        self._tell = tell
        self.sequence = 0
        # What the last watcher announced, so that nothing is announced twice.
        self._announced: dict[str, int] = {}
        for line in journal.backwards(self._path, _LOOK_BACK):
            session, decision, sequence = line.get("session"), line.get("decision"), line.get("seq")
            # What somebody else wrote here is no event, and the sequence goes on behind it.
            if isinstance(session, str) and isinstance(decision, int) and isinstance(sequence, int):
                self.sequence = max(self.sequence, sequence)
                self._announced.setdefault(session, decision)

    def announce(self, ward: Ward, before: str) -> None:
        """Write the event of a session's last decision, once; raises StoreFault."""
        story = ward.chronicle
        decision = int(story.last.get("seq", 0))
        if not decision or self._announced.get(ward.session, 0) >= decision or before == story.state:
            return
        line = {
            "seq": self.sequence + 1,
            "time": clock.stamp(),
            "session": ward.session,
            "attempt": story.attempt,
            "from": before or "pending",
            "to": story.state,
            "why": story.last.get("why", ""),
            "decision": decision,
        }
        journal.append(self._path, line)
        self.sequence += 1
        self._announced[ward.session] = decision
        if self._tell is not None:
            self._tell(ward, line)

    def forget(self, session: str) -> None:
        """Forget a session that has ended; its events stay."""
        self._announced.pop(session, None)
