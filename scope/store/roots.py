"""The root: where it is, how one is made, and whether it may run anything.

A root is the nearest `.scope/` upward from the working directory. It runs nothing unless it is
recorded, path and inode, in `~/.scope/roots`: a repository that brings a `.scope/` along is only
read. What may run is decided here and nowhere else.
"""

from __future__ import annotations

import os
import stat

from scope.errors import BadInput, NotFound, RootRefused, from_os
from scope.store import atomic, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_PRIVATE: Final = 0o077


def find(start: str | None = None) -> str | None:
    """Return the real path of the root for a directory, or None; SCOPE_DIR overrides the search."""
    named = os.environ.get("SCOPE_DIR")
    if named:
        root = os.path.realpath(named)
        return root if os.path.isdir(root) and root != layout.home() else None
    directory = os.path.realpath(start or _working_directory())
    home = layout.home()
    while True:
        candidate = os.path.join(directory, layout.DIRECTORY)
        if candidate != home and os.path.isdir(candidate) and os.path.realpath(candidate) != home:
            return os.path.realpath(candidate)
        parent = os.path.dirname(directory)
        if parent == directory:
            return None
        directory = parent


def require() -> str:
    """Return the root for reading; raise NotFound where there is none, RootRefused where it cannot be read."""
    root = find()
    if root is None:
        named = os.environ.get("SCOPE_DIR")
        if named:
            raise NotFound(
                "there is no root in", named, "SCOPE_DIR names it", "make it: scope init; or: unset SCOPE_DIR"
            )
        raise NotFound("there is no .scope here or above", _working_directory(), hint="make one: scope init")
    check_format(root)
    return root


def require_trusted() -> str:
    """Return the root for a command that lets something run; raise RootRefused where it must not."""
    root = require()
    refuse_untrusted(root)
    return root


def refuse_untrusted(root: str) -> None:
    """Raise RootRefused unless this root may run things."""
    why = why_untrusted(root)
    if why:
        raise RootRefused("cannot run anything in", root, why, "if you trust it: scope init")


def why_untrusted(root: str) -> str:
    """Say why this root must not run anything; nothing where it may."""
    try:
        status = os.stat(root)
    except OSError as error:
        raise from_os(error, "cannot look at", root) from error
    if status.st_uid != os.getuid():
        return f"it belongs to user {status.st_uid}"
    if stat.S_IMODE(status.st_mode) & _PRIVATE:
        return f"others can get at it (mode {stat.S_IMODE(status.st_mode):04o}; it should be 0700)"
    if not _is_recorded(root, status.st_ino):
        return "nobody recorded it on this machine"
    return ""


def make(place: str | None = None) -> str:
    """Make and record the root that belongs to a directory, or record the one that is there.

    This is a person's word that the root may run things. Returns its real path.
    """
    root = find(place) or _place(place)
    check_format(root)
    _make_private(root)
    record(root)
    _fill(root)
    return root


def for_spawn() -> str:
    """Return a root that may run things; where there is none yet, make one.

    A root without `sessions/` is new, so a first spawn records it; any other must have been recorded.
    """
    root = find()
    if root is None:
        return make()
    check_format(root)
    if os.path.isdir(layout.sessions(root)):
        refuse_untrusted(root)
    else:
        if why_untrusted(root):
            _refuse_strange(root)
            record(root)
        _fill(root)
    return root


def check_format(root: str) -> None:
    """Raise RootRefused for a root that a newer scope wrote."""
    version = (atomic.read(layout.format_file(root)) or layout.FORMAT_VERSION).strip()
    if version != layout.FORMAT_VERSION:
        raise RootRefused(
            "cannot use", root, f"its FORMAT is '{version[:20]}', this scope knows {layout.FORMAT_VERSION}",
            "upgrade: pip install --upgrade scope",
        )  # fmt: skip


def record(root: str) -> None:
    """Write the root's path and inode into `~/.scope/roots`; doing it again changes nothing."""
    if "\n" in root:
        raise BadInput("cannot use a path with a line break", root, hint="rename the directory")
    from scope.store import locks  # noqa: PLC0415 - reading needs none

    home = layout.home()
    atomic.directory(home)
    path = layout.roots(home)
    with locks.hold(f"{path}.lock"):
        inode = os.stat(root).st_ino
        if not _is_recorded(root, inode):
            others = [line for line in (atomic.read(path) or "").splitlines() if line.partition(" ")[2] != root]
            atomic.replace(path, "\n".join([*others, f"{inode} {root}", ""]))


def _is_recorded(root: str, inode: int) -> bool:
    recorded = atomic.read(layout.roots(layout.home())) or ""
    return f"{inode} {root}" in recorded.split("\n")


def _refuse_strange(root: str) -> None:
    status = os.stat(root)
    if status.st_uid != os.getuid():
        raise RootRefused("cannot use", root, f"it belongs to user {status.st_uid}", "set SCOPE_DIR to one of yours")
    if stat.S_IMODE(status.st_mode) & _PRIVATE:
        raise RootRefused("cannot use", root, "others can get at it", f"chmod 700 {root}, or: scope init")


def _make_private(root: str) -> None:
    try:
        os.makedirs(root, mode=0o700, exist_ok=True)
        if os.stat(root).st_uid == os.getuid():
            os.chmod(root, 0o700)
    except OSError as error:
        raise from_os(error, "cannot make", root) from error
    _refuse_strange(root)


def _fill(root: str) -> None:
    # `sessions/` comes last: without it the root still counts as new, and is completed by the next.
    if atomic.read(layout.format_file(root)) is None:
        atomic.replace(layout.format_file(root), layout.FORMAT_VERSION + "\n")
    if atomic.read(layout.ignore_file(root)) is None:
        atomic.replace(layout.ignore_file(root), "*\n")
    atomic.directory(layout.run(root))
    atomic.directory(layout.sessions(root))


def _place(start: str | None) -> str:
    named = os.environ.get("SCOPE_DIR")
    root = os.path.realpath(named) if named else os.path.join(_project(start), layout.DIRECTORY)
    if root == layout.home():
        raise BadInput(
            "cannot make a root of", root, "it is scope's own home", "cd into a project, or set SCOPE_DIR=DIR"
        )
    return root


def _project(start: str | None) -> str:
    directory = os.path.realpath(start or _working_directory())
    top = directory
    while not os.path.exists(os.path.join(top, ".git")):
        parent = os.path.dirname(top)
        if parent == top:
            return directory
        top = parent
    return top


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise from_os(error, "cannot find the working directory", ".") from error
