"""Surviving a logout: systemd may end all that a login started; a scope of the user's own manager outlives it.

Such a scope helps only where the user lingers (`loginctl enable-linger`): else the manager, with all
in it, is ended with the last login. Where there is no systemd, or no login, nothing is changed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.store import atomic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_RUN: Final = ("systemd-run", "--user", "--scope", "--quiet", "--collect", "--")
# Tried with `true` first: a scope that cannot be had must not cost the daemon.
_EITHER: Final = f'{" ".join(_RUN)} true 2>/dev/null && exec {" ".join(_RUN)} "$@"; exec "$@"'


@dataclass(frozen=True, slots=True)
class Login:
    """What decides whether a process that starts here outlives the login."""

    has_systemd: bool  # as the init of this machine
    is_in_login: bool  # this process belongs to a login, not to a service or to the user's manager
    has_manager: bool  # the user's own, which can be reached from here
    lingers: bool  # that manager stays when nobody is logged in

    @property
    def needs_scope(self) -> bool:
        """Whether a scope of the user's manager lets a process live on, and can be had."""
        return self.has_systemd and self.is_in_login and self.has_manager and self.lingers


def look(environment: Mapping[str, str], top: str = "/", pid: str = "self") -> Login:
    """Return how a process stands; `top` is the directory that everything lies in."""
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    return Login(
        has_systemd=os.path.isdir(f"{top}run/systemd/system"),
        is_in_login=_is_in_login(f"{top}proc/{pid}/cgroup"),
        has_manager=bool(runtime) and os.path.exists(f"{runtime}/systemd/private"),
        lingers=os.path.exists(f"{top}var/lib/systemd/linger/{_user()}"),
    )


def proof(argv: Sequence[str], environment: Mapping[str, str], top: str = "/") -> list[str]:
    """Return what runs a program so that it outlives a logout, where that can be had; else what runs it as it is."""
    return ["/bin/sh", "-c", _EITHER, "sh", *argv] if look(environment, top).needs_scope else list(argv)


def _is_in_login(cgroup: str) -> bool:
    try:
        lines = (atomic.read(cgroup) or "").splitlines()
    except StoreFault:
        return False
    parts = [part for line in lines for part in line.rpartition(":")[2].split("/")]
    return any(part.startswith("session-") and part.endswith(".scope") for part in parts)


def _user() -> str:
    import pwd  # noqa: PLC0415 - only where there is a login to look at

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
