"""The files that templates are rendered into: all below the working directory, each old or new, never a part."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, from_os
from scope.store import atomic

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEW: Final = 0o666  # as far as the umask lets it
_PERMISSIONS: Final = 0o777


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was declared, where it lies behind all links, and what is to stand in it."""

    name: str
    path: str
    text: str


def places(names: Iterable[str]) -> dict[str, str]:
    """Return where each declared file lies; raises BadInput for one outside the working directory."""
    here = os.path.realpath(os.curdir)
    found: dict[str, str] = {}
    for name in names:
        path = os.path.realpath(name)
        if os.path.commonpath((here, path)) != here:
            hint = "declare a file below the working directory"
            raise BadInput("cannot write", name, f"it leads out of the working directory, to {path}", hint)
        if path == here or os.path.isdir(path):
            raise BadInput("cannot write", name, "it is a directory", "declare a file")
        other = next((other for other, taken in found.items() if taken == path), None)
        if other is not None:
            raise BadInput("cannot write", name, f"it is the same file as '{other}'", "declare it once")
        found[name] = path
    return found


def write(file: File) -> bool:
    """Let the text stand in the file; tell whether it was another one before. Raises StoreFault.

    A file that was there keeps its mode.
    """
    try:
        os.makedirs(os.path.dirname(file.path), exist_ok=True)
        held = stat.S_IMODE(os.stat(file.path).st_mode) if os.path.lexists(file.path) else None
    except OSError as error:
        raise from_os(error, "cannot write", file.name) from error
    if held is None:
        atomic.replace(file.path, file.text, mode=_NEW)
        return True
    if atomic.read(file.path) == file.text:
        return False
    umask = os.umask(0)
    try:
        atomic.replace(file.path, file.text, mode=held & _PERMISSIONS)
    finally:
        os.umask(umask)
    return True
