"""Aiming at a pane that may not be the one that was seen: a new server gives the same ids to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scope.sessions.processes.runner import PaneView
    from scope.tmux.server import Server

LIVES: Final = "#{!=:#{pane_dead},1}"


def only_if_its_own(server: Server, view: PaneView, then: str, otherwise: str = "", *, also: str = "1") -> str:
    """Run a tmux command line if the pane still belongs to the attempt it was seen of, and `also` holds.

    Looked at and done in one turn of the server's. Returns what is printed; raises Refused for a pane
    that is gone, and TmuxUnreachable.
    """
    condition = f"#{{&&:#{{==:#{{@scope}},{view.whose}}},{also}}}"
    words = ["if-shell", "-F", "-t", view.pane, condition, then]
    return server.run(*words, *([otherwise] if otherwise else []))
