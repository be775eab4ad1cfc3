"""The outcome of a session, as `wait` gives it back."""

from __future__ import annotations

from scope.laws.states import TERMINAL
from scope.sessions.records import record
from scope.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.laws.states import State


class Outcome:
    """How one session stands: its state, the reason, and when it has ended its result."""

    __slots__ = ("attempt", "ended", "exit", "id", "result", "state", "verified", "why")

    def __init__(self, root: str, session: str, state: State) -> None:
        directory = layout.session(root, session)
        is_ended = state in TERMINAL
        text = ""
        if is_ended and record.is_archived(root, session):
            from scope.sessions.records import archive  # noqa: PLC0415 - few ask for what is archived

            text = archive.glance(root, session, "result.md").get("result.md", "")
        elif is_ended:
            text = record.result(directory)
        header = record.keys_of(text)
        self.id = session
        self.state = state
        self.why = header.get("why", "") or ("" if is_ended else record.activity(directory, state))
        self.verified = header.get("verified") == "true"
        self.attempt = int(header["attempt"]) if header.get("attempt", "").isdigit() else None
        self.exit = int(header["exit"]) if header.get("exit", "").lstrip("-").isdigit() else None
        self.ended = header.get("ended") or None
        self.result = record.body_of(text) if header else ""

    def as_json(self) -> dict[str, object]:
        """Return the documented keys: id, state, verified, exit, attempt, why, ended, result."""
        return {
            "id": self.id,
            "state": self.state,
            "verified": self.verified,
            "exit": self.exit,
            "attempt": self.attempt,
            "why": self.why,
            "ended": self.ended,
            "result": self.result,
        }
