"""Keys of providers: where each comes from, and keeping them out of all that is written."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING, Final

from scope.errors import ScopeError
from scope.store import atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scope.laws.roster import Deployment

_COMMAND_TIMEOUT_S: Final = 10.0
_OTHERS: Final = 0o177
_SHORTEST: Final = 6  # what is shorter stands in any text
_HIDDEN: Final = "[key]"


class NoKey(Exception):
    """The key of a deployment cannot be had; says why, and never what was read."""


class Keys:
    """The keys of this router: resolved when first needed, and again when a provider refuses one."""

    def __init__(self, handed: Mapping[str, str]) -> None:
        self._handed = dict(handed)
        self._kept: dict[tuple[str, ...], str] = {}
        self._secrets = {value for value in handed.values() if len(value) >= _SHORTEST}

    def marks(self, mark: Callable[[str], str]) -> dict[str, str]:
        """Return the variables whose values were handed over, each with what tells its value from another."""
        return {name: mark(value) for name, value in sorted(self._handed.items())}

    def take(self, handed: Mapping[str, str]) -> None:
        """Take keys that were handed over later."""
        self._handed |= handed
        self._secrets |= {value for value in handed.values() if len(value) >= _SHORTEST}

    def of(self, deployment: Deployment) -> str | None:
        """Return a deployment's key; None where it needs none. Raises NoKey. May take as long as its command does."""
        if deployment.api_key_env:
            value = self._handed.get(deployment.api_key_env)
            if not value:
                raise NoKey(f"{deployment.api_key_env} was not set for the command that started the router")
            return value
        source = _source(deployment)
        if not source:
            return None
        if source not in self._kept:
            key = _read(deployment)
            self._kept[source] = key
            if len(key) >= _SHORTEST:
                self._secrets.add(key)
        return self._kept[source]

    def is_known(self, deployment: Deployment) -> bool:
        """Tell whether asking for the key takes no time."""
        return not _source(deployment) or _source(deployment) in self._kept

    def forget(self, deployment: Deployment, refused: str | None) -> None:
        """Read a key anew when it is next needed, unless another call has done so since it was refused."""
        source = _source(deployment)
        if source and self._kept.get(source) == refused:
            del self._kept[source]

    def hidden(self, text: str) -> str:
        """Return a text without any key that this router has seen."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, _HIDDEN)
        return text


def _source(deployment: Deployment) -> tuple[str, ...]:
    if deployment.api_key_command:
        return ("command", *deployment.api_key_command)
    return ("file", deployment.api_key_file) if deployment.api_key_file else ()


def _read(deployment: Deployment) -> str:
    if deployment.api_key_command:
        key = _said_by(deployment.api_key_command)
        where = f"'{deployment.api_key_command[0]}' (api_key_command)"
    else:
        key = _in(os.path.expanduser(deployment.api_key_file))
        where = f"'{deployment.api_key_file}'"
    if not key or len(key.split()) != 1:
        raise NoKey(f"{where} gives no key: one line is expected")
    return key


def _said_by(argv: Iterable[str]) -> str:
    """Return what a program prints; it has no terminal to ask at, and is ended when it takes too long."""
    words = [os.path.expanduser(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_COMMAND_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoKey(f"'{words[0]}' (api_key_command) takes longer than {_COMMAND_TIMEOUT_S:.0f} s") from error
    except OSError as error:
        raise NoKey(f"'{words[0]}' (api_key_command) cannot be run: {error.strerror}") from error
    if done.returncode:
        raise NoKey(f"'{words[0]}' (api_key_command) exits with {done.returncode}")
    return done.stdout.decode("utf-8", "replace").strip()


def _in(path: str) -> str:
    """Return what a file of ours says that nobody else can read."""
    try:
        status = os.stat(path)
    except OSError as error:
        raise NoKey(f"'{path}' (api_key_file) cannot be read: {error.strerror}") from error
    if status.st_uid != os.getuid():
        raise NoKey(f"'{path}' (api_key_file) belongs to user {status.st_uid}")
    mode = stat.S_IMODE(status.st_mode)
    if mode & _OTHERS:
        raise NoKey(f"'{path}' (api_key_file) has mode {mode:04o}; it has to be 0600: chmod 600 {path}")
    try:
        return (atomic.read(path, atomic.SMALL) or "").strip()
    except ScopeError as error:
        raise NoKey(f"'{path}' (api_key_file) cannot be read: {error.why}") from error
