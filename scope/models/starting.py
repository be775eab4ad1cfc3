"""Starting the router: who has the keys may, and hands them over by a pipe, never by argv or environment."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from scope.errors import ScopeError
from scope.models import handover
from scope.sessions.processes import daemon
from scope.sessions.records import configuration
from scope.store import atomic, layout, locks, roots, rundir

if TYPE_CHECKING:
    from scope.laws.roster import Roster

_SEEN_WITHIN_S: Final = 2.0
_LOOKS_S: Final = 0.005
MODULE: Final = "scope.models"
# The way to the providers, and what the programs behind `api_key_command` ask for.
KEPT: Final = (
    "ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "all_proxy", "https_proxy", "http_proxy", "no_proxy",
    "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE",
    "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "GPG_TTY", "PASSWORD_STORE_DIR",
)  # fmt: skip


def is_alive(root: str) -> bool:
    """Tell whether a router lives: alive is a held lock."""
    return locks.is_held(rundir.router_lock(root))


def ensure(root: str, roster: Roster, level: int | None = None) -> str:
    """Start the root's router, or give one that lives what keys are set here; say what is lacking, nothing where none.

    The root must be trusted. With `level`, it is enough that this level can be reached. Two that
    start at once are settled by the lock. Raises StoreFault.
    """
    if is_alive(root):
        return handover.to_living(root, roster, level)
    why = why_not_here(roster, level)
    if why:
        return why
    atomic.directory(layout.run(root))
    daemon.launch([MODULE, root], daemon.kept(KEPT), rundir.router_log(root), handover.words(roster))
    # Until its lock is held nobody else can see it, and the watcher would take the work for parked.
    deadline = time.monotonic() + _SEEN_WITHIN_S
    while not is_alive(root) and time.monotonic() < deadline:
        time.sleep(_LOOKS_S)
    return ""


def why_not_here(roster: Roster, level: int | None = None) -> str:
    """Say what keeps this command from starting a router; nothing where it may.

    It needs one of the keys: which of several providers is tried is the router's business. One that
    needs no key of anybody's environment may be started by everybody, the watcher among them.
    """
    if os.environ.get("SCOPE_SANDBOX"):
        return "this is inside a sandbox"
    if roster.is_empty:
        return "no model is configured"
    of_level = () if level is None else roster.levels.get(level, ())
    if any(not one.api_key_env for one in of_level):
        return ""
    wanted = sorted({one.api_key_env for one in of_level}) or roster.keys_from_environment()
    if not wanted or any(os.environ.get(name) for name in wanted):
        return ""
    return f"it needs {handover.either(wanted)}, which is not set here"


def revive(root: str) -> None:
    """Start the router that work waits for, where this command brings what it needs.

    The command is about something else, so that nothing of this is its failure.
    """
    try:
        if not roots.why_untrusted(root):
            ensure(root, configuration.load(root).models.roster)
            _wake_parked(root)
    except ScopeError:
        return


def _wake_parked(root: str) -> None:
    """Have the watcher look at what is parked: it hears of no router by itself."""
    for session in os.listdir(layout.sessions(root)):
        directory = layout.session(root, session)
        if os.path.exists(layout.parked(directory)):
            atomic.poke(directory)
