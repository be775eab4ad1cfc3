"""A logout: whether it would end the sessions, and what to do about it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Final

from scope.cli.checks.finding import Finding
from scope.sessions.processes import logout
from scope.tmux.server import Server

if TYPE_CHECKING:
    from scope.sessions.processes.logout import Login

_ANSWERS_WITHIN_S: Final = 5.0
_CHECK: Final = "logout"


def survival(root: str | None) -> list[Finding]:
    """Say whether a logout would end the sessions of this root."""
    login = logout.look(os.environ)
    if not login.has_systemd:
        return [Finding(_CHECK, True, "there is no systemd here: a logout ends no session")]
    return [found(login, _server(root), kills=_kills())]


def found(login: Login, server: Login | None, *, kills: bool | None) -> Finding:
    """Judge how this login, and the tmux server that lives (None: none does), stand; `kills` None is unknown."""
    is_in_login = (server or login).is_in_login
    if not is_in_login:
        return Finding(_CHECK, True, "the sessions do not belong to a login: none ends them")
    if kills is False:
        return Finding(_CHECK, True, "a logout ends no session (KillUserProcesses=no)")
    what = "a logout ends all sessions (KillUserProcesses=yes)"
    if kills is None:
        what = "a logout may end all sessions: logind does not say (KillUserProcesses)"
    if not login.lingers:
        return Finding(_CHECK, False, what, "loginctl enable-linger")
    if server is not None:
        repair = "when they have ended: scope watch stop, end the tmux server, scope watch"
        return Finding(_CHECK, False, f"{what}: they were started before lingering was on", repair)
    if login.needs_scope:
        return Finding(_CHECK, True, "sessions are started in a scope of their own, which outlives a logout")
    repair = "export XDG_RUNTIME_DIR=/run/user/$(id -u)"
    return Finding(_CHECK, False, f"{what}: the user's own systemd cannot be reached", repair)


def _server(root: str | None) -> Login | None:
    """Return how the tmux server of a root stands; None where none lives."""
    server = Server(root) if root is not None else None
    if server is None or server.identity is None or not server.is_running():
        return None
    return logout.look(os.environ, pid=str(server.identity.pid))


def _kills() -> bool | None:
    """Return what logind says; None where it says nothing."""
    argv = ["loginctl", "show-session", "--property=KillUserProcesses"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_ANSWERS_WITHIN_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    said = done.stdout.strip().partition("=")[2]
    return {"yes": True, "no": False}.get(said)
