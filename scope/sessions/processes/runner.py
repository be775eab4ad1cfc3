"""What starts, shows and ends attempts: one small interface, of which local tmux is the first kind.

Exit codes and results never come from a runner: they are in the attempt's own files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scope.laws.ids import SessionId


@dataclass(frozen=True, slots=True)
class Placement:
    """Which attempt is to run, and where its files are."""

    session: SessionId
    attempt: int
    mark: str  # SCOPE_ATTEMPT of all its processes
    directory: str  # attempts/<n>
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaneView:
    """One pane as the runner sees it."""

    session: SessionId
    attempt: int
    pane: str  # the runner's own name for it, which another pane may have after this one
    whose: str  # by which the runner tells the two apart
    tty: str
    pid: int
    is_dead: bool
    status: int | None  # the exit status of a dead pane; None after a signal, or while it lives
    is_captured: bool  # its bytes still go to the log


class Runner(Protocol):
    """Starts and ends attempts. Everything raises TmuxUnreachable rather than give a wrong answer."""

    def submit(self, placements: Sequence[Placement]) -> Mapping[tuple[SessionId, int], PaneView]:
        """Start attempts and return their panes; for one that may have been started before, poll first."""

    def poll(self) -> Mapping[tuple[SessionId, int], PaneView]:
        """Return every pane of ours by session and attempt; raises where nothing is known."""

    def repipe(self, view: PaneView, log: str) -> None:
        """Let a pane's bytes go to the log again, where that had stopped."""

    def release(self, view: PaneView) -> None:
        """Let go of an attempt's pane; what still runs in it is hung up."""

    def exec_argv(self, session: SessionId) -> tuple[str, ...]:
        """Return the command line that puts a person into the session."""
