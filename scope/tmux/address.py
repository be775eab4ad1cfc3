"""Where the tmux server of a root is: what a person types to attach to it, for listings of thousands."""

from __future__ import annotations

import os

from scope.store import atomic, rundir


def server_name(root: str) -> str:
    """Return the server's name: `scope-` and 8 hex digits of the root's real path."""
    from hashlib import sha256  # noqa: PLC0415 - most read it from the record

    return "scope-" + sha256(os.fsencode(root)).hexdigest()[:8]


def default_socket(name: str) -> str:
    """Return the path that `tmux -L NAME` takes in this environment."""
    return os.path.join(os.path.realpath(os.environ.get("TMUX_TMPDIR") or "/tmp"), f"tmux-{os.getuid()}", name)  # noqa: S108


def attach_argv(root: str, target: str) -> tuple[str, ...]:
    """Return the command line that attaches a terminal to a tmux session of this root."""
    return (*client(root), "attach-session", "-t", f"={target}")


def client(root: str) -> tuple[str, str, str]:
    """Return how a tmux client is told which server is meant."""
    from json import loads  # noqa: PLC0415 - as late as in all that `ls` needs

    try:
        said = loads(atomic.read(rundir.tmux(root)) or "")
        name, socket = str(said["name"]), str(said["socket"])
    except (ValueError, KeyError, TypeError):
        return ("tmux", "-L", server_name(root))
    return ("tmux", "-L", name) if socket == default_socket(name) else ("tmux", "-S", socket)
