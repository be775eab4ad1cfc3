"""The environment that a task is given: the caller's, saved with it, minus what looks like a secret."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

# What the session gets from tmux, from the shell that runs it or from us.
OWN: Final = frozenset(
    ("_", "COLUMNS", "LINES", "OLDPWD", "PWD", "SHLVL", "STY", "TERM", "TERMCAP", "TMUX", "TMUX_PANE", "WINDOW")
)
_SECRET_ENDS: Final = (
    "KEY", "KEYS", "TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL",
    "CREDENTIALS", "PAT", "COOKIE", "DSN",
)  # fmt: skip
_SECRET_NAMES: Final = frozenset(("DATABASE_URL", "PGPASSWORD", "MYSQL_PWD", "REDIS_URL", "SSHPASS", "NETRC"))
# A shell that is bash refuses to set these, and gives up; dash does so over a strange OPTIND.
_SHELLS_OWN: Final = frozenset(("BASHOPTS", "BASH_VERSINFO", "EUID", "OPTIND", "PPID", "SHELLOPTS", "UID"))
_FIRST: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_REST: Final = _FIRST | frozenset("0123456789")


def looks_secret(name: str) -> bool:
    """Tell whether a variable's name says that its value is a secret: `*_KEY`, `*_TOKEN`, `*_SECRET` and so on."""
    name = name.upper()
    if name in _SECRET_NAMES:
        return True
    last = name.rpartition("_")[2]
    return last in _SECRET_ENDS or (name.startswith("AWS_") and "SECRET" in name)


def is_variable(name: str) -> bool:
    """Tell whether a shell can carry a variable of this name, and lets one set it."""
    return name != "" and name[0] in _FIRST and _REST.issuperset(name) and name not in _SHELLS_OWN


def saved(caller: Mapping[str, str], named: Mapping[str, str]) -> dict[str, str]:
    """Return what a task keeps of its caller's environment; `named` goes in whatever it looks like."""
    kept = {
        name: value
        for name, value in caller.items()
        if is_variable(name) and not name.startswith("SCOPE_") and name not in OWN and not looks_secret(name)
    }
    kept.update(named)
    return kept


def script(variables: Mapping[str, str], umask: int, also_on_path: str) -> str:
    """Return the variables as a shell script that sets just these; a person can read and edit it."""
    lines = [f"umask {umask:04o}"]
    lines += [f"export {name}={quote(value)}" for name, value in sorted(variables.items())]
    if also_on_path not in variables.get("PATH", os.defpath).split(os.pathsep):
        # Work may call `scope` itself, also where it is not on the caller's path.
        lines.append(f'export PATH="${{PATH:-{os.defpath}}}":{quote(also_on_path)}')
    return "\n".join([*lines, ""])


def quote(text: str) -> str:
    """Quote one word for a POSIX shell."""
    return "'" + text.replace("'", "'\"'\"'") + "'"
