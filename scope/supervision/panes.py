"""The panes of the wards: asked for together, and only when a cheaper sign does not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.errors import TmuxMissing, TmuxUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scope.laws.case import Pane
    from scope.laws.ids import SessionId
    from scope.sessions.processes.runner import PaneView
    from scope.supervision.observation.senses import Senses
    from scope.supervision.wards.log import Log
    from scope.supervision.wards.ward import Ward
    from scope.tmux.runner import TmuxRunner


class Panes:
    """What is known of the panes in this round of the loop."""

    def __init__(self, runner: TmuxRunner, senses: Senses, log: Log) -> None:
        self._runner = runner
        self._senses = senses
        self._log = log
        self._seen: Mapping[tuple[SessionId, int], PaneView] | None = {}
        self._is_silent = False
        self._server: int | None = None
        self.note_server()

    def look(self, wards: Iterable[Ward], *, everything: bool = False) -> None:
        """Ask for all panes, if one of the wards has none that is known to live, or the last answer is missing."""
        is_needed = everything or self._is_silent
        if not is_needed and not any(ward.chronicle.is_at_work and ward.pidfd is None for ward in wards):
            return
        try:
            self._seen = self._runner.poll()
        except (TmuxUnreachable, TmuxMissing) as error:
            self._seen, self._is_silent = None, True
            self._log.once("tmux", f"nothing is done while tmux does not answer: {error}")
        else:
            self._is_silent = False
            self._log.once("tmux", "tmux answers")

    def note_server(self) -> None:
        """Say it in the log when another tmux server has taken the place of the one before."""
        identity = self._runner.server.identity
        pid = identity.pid if identity else None
        if pid is not None and pid != self._server:
            if self._server is not None:
                self._log.say(f"tmux server {self._server} is gone, and what ran in it is lost; {pid} takes its place")
            self._server = pid

    def of(self, ward: Ward) -> Pane:
        """Return how a ward's pane stands; unknown is not absent."""
        if not ward.chronicle.is_at_work:
            return "unknown" if self._is_silent else "absent"
        if ward.pidfd is not None:
            return "alive"
        if self._seen is None:
            return "unknown"
        view = self._seen.get((ward.session, ward.chronicle.attempt))
        if view is None:
            return "absent"
        ward.pane = view
        if view.is_dead:
            return "dead"
        # tmux may not have noticed yet that its process is gone; another look heals that.
        self._senses.watch_process(ward, view.pid)
        return "alive"

    def stale(self, wards: Mapping[SessionId, Ward]) -> list[PaneView]:
        """Return the panes of attempts that are over, dead and let go of by nobody."""
        found = []
        for (session, attempt), view in (self._seen or {}).items():
            ward = wards.get(session)
            is_over = ward is None or ward.chronicle.attempt != attempt or not ward.chronicle.is_at_work
            if is_over and view.is_dead:
                found.append(view)
        return found

    def orphans(self, wards: Mapping[SessionId, Ward]) -> list[PaneView]:
        """Return the living panes of no ward: their session has ended, or was removed."""
        return [view for (session, _), view in (self._seen or {}).items() if session not in wards and not view.is_dead]

    def uncaptured(self, wards: Mapping[SessionId, Ward]) -> list[tuple[Ward, PaneView]]:
        """Return the living panes whose bytes do not go to their log."""
        found = []
        for (session, attempt), view in (self._seen or {}).items():
            ward = wards.get(session)
            if ward is not None and ward.chronicle.attempt == attempt and not view.is_dead and not view.is_captured:
                found.append((ward, view))
        return found
