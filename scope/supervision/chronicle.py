"""What the watcher has decided about one session so far, folded from its `decisions.jsonl`.

A decision is committed by its line; everything else that a session shows (its state, its events,
its result) follows from the lines and is completed from them after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from scope.laws.states import MOVES, following
from scope.store import journal, layout

if TYPE_CHECKING:
    from scope.laws.case import StopReason
    from scope.laws.states import Move, State

FREE: Final = frozenset(("hold", "note"))
"""Lines that commit to nothing: they are there for people."""


@dataclass(slots=True)
class Chronicle:
    """Where the decisions have led one session."""

    sequence: int = 0
    state: State = "pending"
    attempt: int = 0
    tries: int = 0
    unstarted: int = 0
    stopping: StopReason | None = None
    redirects: tuple[str, ...] = ()
    boot: str = ""
    begun: float = 0.0  # seconds since boot
    last: dict[str, Any] = field(default_factory=dict)  # the last line that commits
    said: str = ""  # the reason in the last line of any kind

    def add(self, line: dict[str, Any]) -> None:
        """Take one more line into account; what no watcher can have written changes nothing."""
        move = line.get("move")
        self.sequence = max(self.sequence, _number(line.get("seq")))
        self.said = str(line.get("why", ""))
        if move in FREE:
            return
        self._fold(str(move), line)

    def _fold(self, move: str, line: dict[str, Any]) -> None:
        match move:
            case "stop":
                self.stopping = line.get("reason")
            case "adopt":
                if line.get("wish") == "redirect":
                    self.redirects = (*self.redirects, str(line.get("message", "")))
                    self.tries = 0
            case _ if move in MOVES:
                self._move(move, line)
            case _:
                return
        self.last = line

    def _move(self, move: Move, line: dict[str, Any]) -> None:
        state = following(self.state, move)
        if state is None:
            return
        self.state = state
        if move == "start":
            self.attempt = _number(line.get("attempt"))
            self.boot = str(line.get("boot", ""))
            self.begun = _seconds(line.get("begun"))
            self.stopping = None
        elif move == "recover":
            self.stopping = None
            if line.get("costs_retry"):
                self.tries += 1
            self.unstarted = self.unstarted + 1 if line.get("kind") == "unstarted" else 0
        elif move == "reopen":
            self.tries = self.unstarted = 0
            self.stopping = None


def read(directory: str) -> Chronicle:
    """Return a session's chronicle; a corrupt line is skipped."""
    chronicle = Chronicle()
    for _, line in journal.read(layout.decisions(directory)):
        chronicle.add(line)
    return chronicle


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
