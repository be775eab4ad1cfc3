"""Changing a skill's file without losing what a person wrote, and the bodies that it had before.

The machine says which revision it read; where another is there by now, nothing is changed. The old
body is kept before the new one takes its place.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Final

from scope.errors import from_os
from scope.laws.skill import revision as revision_of
from scope.store import atomic, locks, skilldir

_SUFFIX: Final = ".md"


@dataclass(frozen=True, slots=True)
class Version:
    """One body that a skill has had: `until` when, in seconds since 1970; None for the one that it has."""

    revision: str
    path: str
    until: float | None = None


def create(path: str, text: str) -> bool:
    """Write a skill that is not there yet; tell whether it was this call that made it. Raises StoreFault.

    A reader sees no part of it, and of two that make it at once one succeeds.
    """
    atomic.directory(os.path.dirname(path))
    aside = f"{path}.new-{os.getpid()}-{time.monotonic_ns()}"
    if not atomic.create(aside, text):
        return False
    try:
        os.link(aside, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise from_os(error, "cannot write", path) from error
    finally:
        atomic.remove(aside)
    return True


def replace_if(path: str, expected_revision: str, text: str) -> bool:
    """Replace a skill that is still at this revision, and keep the old body; tell whether it was.

    False, with nothing changed, where somebody edited or removed it. Raises StoreFault.
    """
    atomic.directory(skilldir.versions(path))
    with locks.hold(skilldir.versions_lock(path)):
        before = atomic.read(path)
        if before is None or revision_of(before) != expected_revision:
            return False
        if before == text:
            return True
        atomic.replace(skilldir.version(path, expected_revision), before)
        again = atomic.read(path)  # an editor takes no lock: look once more, as late as can be
        if again != before:
            return False
        atomic.replace(path, text)
    return True


def history(path: str) -> tuple[Version, ...]:
    """Return the bodies that a skill has had, the newest first; raises StoreFault."""
    found = []
    try:
        with os.scandir(skilldir.versions(path)) as entries:
            for entry in entries:
                if entry.name.endswith(_SUFFIX) and entry.is_file(follow_symlinks=False):
                    kept = entry.stat(follow_symlinks=False).st_mtime
                    found.append(Version(entry.name.removesuffix(_SUFFIX), entry.path, kept))
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise from_os(error, "cannot list", skilldir.versions(path)) from error
    found.sort(key=lambda version: (-(version.until or 0.0), version.revision))
    text = atomic.read(path)
    now = () if text is None else (Version(revision_of(text), path),)
    # What was taken back is old and new at once.
    return (*now, *(version for version in found if not now or version.revision != now[0].revision))


def body(path: str, revision: str) -> str | None:
    """Return the whole file of a skill as it was at a revision, None where nobody kept it; raises StoreFault."""
    text = atomic.read(path)
    if text is not None and revision_of(text) == revision:
        return text
    return atomic.read(skilldir.version(path, revision))
