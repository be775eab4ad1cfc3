"""The root and what it lies on: whether it may run things, its settings, its file system, the disk."""

from __future__ import annotations

import os
from typing import Final

from scope.cli.checks.finding import Finding
from scope.errors import ScopeError
from scope.sessions.records import configuration
from scope.store import filesystem, layout, roots

_MEGABYTE: Final = 1 << 20
_GIGABYTE: Final = 1 << 30
_TOO_LITTLE: Final = 64 * _MEGABYTE
_LITTLE: Final = _GIGABYTE
_FEW_FILES: Final = 1000


def root(place: str | None) -> list[Finding]:
    """Look whether there is a root, of our format, which may run things."""
    if place is None:
        return [Finding("root", False, "there is no .scope here or above", "scope init")]
    try:
        roots.check_format(place)
        why = roots.why_untrusted(place)
    except ScopeError as error:
        return [Finding("root", False, error.line(), error.hint, True)]
    if why:
        return [Finding("root", False, f"{place} runs nothing: {why}", "if you trust it: scope init", True)]
    return [Finding("root", True, place, is_needed=True)]


def config(place: str | None) -> list[Finding]:
    """Read the settings."""
    paths = [layout.config(each) for each in (place, layout.home()) if each is not None]
    there = [path for path in paths if os.path.exists(path)]
    try:
        configuration.load(place or layout.home())
    except ScopeError as error:
        return [Finding("config", False, error.line(), error.hint, True)]
    return [Finding("config", True, ", ".join(there) or "there is none: the built-in values hold", is_needed=True)]


def file_system(place: str | None) -> list[Finding]:
    """Look whether other hosts may write into the root, which nobody here is told of."""
    if place is None:
        return []
    kind = filesystem.kind(place)
    if filesystem.is_remote(kind):
        says = f"the root lies on a network file system ({kind}): changes are looked for, which takes longer"
        return [Finding("file system", False, says, "make one on a disk of this machine: SCOPE_DIR=DIR scope init")]
    return [Finding("file system", True, kind or "its kind is not known here")]


def disk(place: str | None) -> list[Finding]:
    """Look how much room there is, in bytes and in files."""
    if place is None:
        return []
    try:
        status = os.statvfs(place)
    except OSError as error:
        return [Finding("disk", False, f"cannot look at it: {error.strerror}", f"ls -ld {place}")]
    free = status.f_bavail * status.f_frsize
    files = status.f_favail if status.f_files else None
    says = f"{_amount(free)} free" + ("" if files is None else f", room for {files} files")
    is_plenty = free >= _LITTLE and (files is None or files >= _FEW_FILES)
    if is_plenty:
        return [Finding("disk", True, says, is_needed=True)]
    is_needed = free < _TOO_LITTLE or files == 0
    return [Finding("disk", False, f"only {says}", f"free some; what takes the most: du -sh {place}/*", is_needed)]


def _amount(size: int) -> str:
    return f"{size / _GIGABYTE:.1f} GB" if size >= _GIGABYTE else f"{size // _MEGABYTE} MB"
