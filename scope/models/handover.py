"""Handing keys over: through a pipe to a router that is started, through its socket to one that lives.

A router that a local server's work brought up without any key is so not in the way of work that needs one.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from scope.errors import ScopeError
from scope.models import tokens
from scope.models.client import Router
from scope.store import atomic, rundir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws.roster import Roster


def words(roster: Roster) -> bytes:
    """Return what a router reads on its standard input: the keys that are set here."""
    return json.dumps({"keys": _here(roster)}).encode() + b"\n"


def address(root: str) -> dict[str, object]:
    """Return where the router says that it is: pid, socket, port and the names of its keys; nothing where none did."""
    try:
        said = json.loads(atomic.read(rundir.router_address(root), atomic.SMALL) or "{}")
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def to_living(root: str, roster: Roster, level: int | None) -> str:
    """Give a router that lives the keys that it has not, or has otherwise; say what it still lacks for a level."""
    known = address(root).get("keys")
    if not isinstance(known, dict):
        return ""  # it is just coming up
    here = {name: value for name, value in _here(roster).items() if known.get(name) != tokens.mark(root, value)}
    if here:
        try:
            Router(root).post("/v1/keys", {"keys": here})
        except ScopeError:
            return ""  # it is going, or coming up: the next one who looks sees more
        known = {**known, **here}
    of_level = () if level is None else roster.levels.get(level, ())
    wanted = sorted({one.api_key_env for one in of_level})
    if not wanted or "" in wanted or any(name in known for name in wanted):
        return ""
    return f"it needs {either(wanted)}, which is not set here"


def either(names: Sequence[str]) -> str:
    """Say that one of several names will do."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _here(roster: Roster) -> dict[str, str]:
    return {name: os.environ[name] for name in roster.keys_from_environment() if os.environ.get(name)}
