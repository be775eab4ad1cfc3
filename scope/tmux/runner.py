"""Attempts as tmux sessions: the first kind of runner."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from scope.errors import TmuxUnreachable
from scope.laws.ids import SessionId, tmux_name
from scope.sessions.environment import quote
from scope.sessions.processes.runner import PaneView, Placement
from scope.store import attemptdir, layout
from scope.tmux.address import attach_argv
from scope.tmux.control import KEEPER, Control, Lost
from scope.tmux.server import Refused, Server, escaped
from scope.tmux.targets import only_if_its_own

if TYPE_CHECKING:
    from collections.abc import Sequence

_PANE: Final = (
    "#{@scope}\t#{pane_id}\t#{pane_pid}\t#{pane_dead}\t#{pane_dead_status}\t#{pane_dead_signal}\t"
    "#{pane_pipe}\t#{pane_tty}"
)
_SIZE: Final = ("-x", "200", "-y", "50")


class TmuxRunner:
    """Runs each attempt in one tmux session of the root's private server, never respawned."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.server = Server(root)
        self.control = Control(self.server)
        self._instance = _instance(root)

    def submit(self, placements: Sequence[Placement]) -> dict[tuple[SessionId, int], PaneView]:
        """Start attempts, several in one message, and return their panes; raises TmuxUnreachable."""
        if not self.server.is_running():
            self.server.ensure()
        views = self._said_to_control(placements)
        for placement in placements:
            if (placement.session, placement.attempt) not in views:
                views.update(self._plainly(placement))
        return views

    def _said_to_control(self, placements: Sequence[Placement]) -> dict[tuple[SessionId, int], PaneView]:
        try:
            return self._views(self.control.run([self._commands(placement) for placement in placements]))
        except Lost:
            return {}

    def poll(self) -> dict[tuple[SessionId, int], PaneView]:
        """Return every pane of this root's attempts; raises TmuxUnreachable where nothing is known.

        A server that is known to be dead has no panes; that is an answer.
        """
        if self.server.is_running() is False:
            return {}
        if self.server.identity is None:
            self.server.ensure()
        try:
            said = self.server.run("list-panes", "-a", "-F", _PANE)
        except Refused as error:
            if "no current target" in str(error):
                return {}  # how a server without any session says that it has no panes
            raise TmuxUnreachable("tmux refused to list panes on", self.server.name, str(error)) from error
        except TmuxUnreachable:
            if self.server.is_running() is False:
                return {}
            self.server.ensure()  # brings a lost socket back, for the next time
            raise
        return self._views(said)

    def release(self, view: PaneView) -> None:
        """Let go of an attempt's pane; a person's other panes in that tmux session stay."""
        try:
            only_if_its_own(self.server, view, f"kill-pane -t {view.pane}")
        except Refused:
            return  # gone already

    def repipe(self, view: PaneView, log: str) -> None:
        """Let the pane's bytes go to the log again."""
        try:
            only_if_its_own(self.server, view, f"pipe-pane -t {view.pane} {quote(_pipe(log))}")
        except Refused:
            return  # gone already

    def hang_up(self) -> None:
        """Leave the server and all that runs in it to whoever comes next."""
        self.control.close()

    def abandon(self) -> None:
        """Leave for good, because the root is gone: end the server, unless something still runs in it."""
        try:
            said = self.server.run("list-panes", "-a", "-F", "#{pane_dead} #{session_name}")
            if all(line.startswith("1") or line == f"0 {KEEPER}" for line in said.splitlines()):
                self.server.run("kill-server")
        except (Refused, TmuxUnreachable):
            return

    def exec_argv(self, session: SessionId) -> tuple[str, ...]:
        """Return the command line that attaches a terminal."""
        return attach_argv(self.root, tmux_name(session))

    def _views(self, said: str) -> dict[tuple[SessionId, int], PaneView]:
        views = (self._view(line) for line in said.splitlines())
        return {(view.session, view.attempt): view for view in views if view is not None}

    def _view(self, line: str) -> PaneView | None:
        fields = line.split("\t")
        whose = fields[0].split("/")
        if len(whose) != 3 or whose[0] != self._instance:  # noqa: PLR2004 - not an attempt of this root
            return None
        status = int(fields[4]) if fields[4].isdigit() and not fields[5].strip("0") else None
        return PaneView(
            session=SessionId(whose[1]),
            attempt=int(whose[2]),
            pane=fields[1],
            whose=fields[0],
            pid=int(fields[2]),
            is_dead=fields[3] == "1",
            status=status if fields[3] == "1" else None,
            is_captured=fields[6] == "1",
            tty=fields[7],
        )

    def _commands(self, placement: Placement) -> list[str]:
        name = tmux_name(placement.session)
        new = [
            "new-session", "-d", "-s", name, *_SIZE, "-c", "/",
            "-e", f"SCOPE_DIR={self.root}",
            "-e", f"SCOPE_SESSION={placement.session}",
            "-e", f"SCOPE_ATTEMPT={placement.mark}",
            "--", *placement.argv,
        ]  # fmt: skip
        whose = f"{self._instance}/{placement.session}/{placement.attempt}"
        # All three run before the server reads the pane's first byte, so the log misses none.
        pipe = ["pipe-pane", "-t", f"={name}:", _pipe(attemptdir.output(placement.directory))]
        return [
            *new, ";",
            "set-option", "-p", "-t", f"={name}:", "@scope", whose, ";",
            *pipe, ";",
            "display-message", "-p", "-t", f"={name}:", _PANE,
        ]  # fmt: skip

    def _plainly(self, placement: Placement) -> dict[tuple[SessionId, int], PaneView]:
        """Start an attempt by an ordinary call, unless what was said before has started it after all."""
        mine = (placement.session, placement.attempt)
        there = self.poll()
        if mine in there:
            return {mine: there[mine]}
        try:
            self._move_aside(placement.session)
            return self._views(self.server.run(*escaped(self._commands(placement))))
        except Refused as error:
            raise TmuxUnreachable("tmux refused to start", placement.session, str(error)) from error

    def _move_aside(self, session: SessionId) -> None:
        """Free the name: what has it is of an earlier attempt, or of a root that was here before."""
        name = tmux_name(session)
        try:
            self.server.run("has-session", "-t", f"={name}")
        except Refused:
            return
        self.server.run("rename-session", "-t", f"={name}", f"{name}-{os.urandom(3).hex()}")


def _instance(root: str) -> str:
    """Tell this root from one that was removed and made again in the same place."""
    try:
        made = os.stat(layout.format_file(root)).st_mtime_ns
    except OSError:
        made = 0
    return f"{os.stat(root).st_ino:x}-{made:x}"


def _pipe(log: str) -> str:
    # A shell runs it, after tmux has expanded formats (#) and times (%) in it.
    return f"exec cat >> {quote(log)}".replace("#", "##").replace("%", "%%")
