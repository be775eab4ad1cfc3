"""Reading `policies/*.md`: the project's before the home's, and what is wrong with any of them."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from typing import Final

from scope.errors import StoreFault
from scope.laws.ids import is_name
from scope.laws.policy import Policy, parse
from scope.laws.schema import Problem
from scope.store import atomic, document, inboxdir, layout, stamps

_SUFFIX: Final = ".md"


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies in the order in which they are asked, and what could not be taken: `path:line: what`."""

    policies: tuple[Policy, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sight:
    """One file as it looks from outside; `says` what keeps it from being read."""

    path: str
    says: str = ""
    changed_ns: int = 0
    marks: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return os.path.basename(self.path).removesuffix(_SUFFIX)


def load(root: str) -> Policies:
    """Return the policies of the root, then those of the home that no nearer file of their name hides.

    A file that cannot be taken is a problem, never fatal, and still hides the farther one: whoever
    wrote it did not want that.
    """
    return _read(_look(root))


class Drawer:
    """The policies of one root, read again only when one of their files has changed."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._seen: tuple[_Sight, ...] | None = None
        self._kept = Policies()

    def policies(self) -> Policies:
        """Return what `load` would return now."""
        now_ns = time.time_ns()
        sights = _look(self._root)
        if sights != self._seen:
            self._kept = _read(sights)
            is_settled = all(stamps.is_settled(sight.changed_ns, now_ns) for sight in sights)
            self._seen = sights if is_settled else None
        return self._kept


def _look(root: str) -> tuple[_Sight, ...]:
    found: dict[str, _Sight] = {}
    for place in (root, layout.home()):
        for sight in _in_directory(inboxdir.policies(place)):
            found.setdefault(sight.name, sight)
    return tuple(found.values())


def _in_directory(directory: str) -> list[_Sight]:
    try:
        files = [file for file in os.listdir(directory) if file.endswith(_SUFFIX) and not file.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        return [_Sight(f"{directory}/", error.strerror or str(error))]
    sights = (_sight(f"{directory}/{file}") for file in files)
    return sorted((sight for sight in sights if sight is not None), key=lambda sight: sight.name)


def _sight(path: str) -> _Sight | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _Sight(path, error.strerror or str(error))
    if not stat.S_ISREG(status.st_mode):
        return _Sight(path, "this is no plain file")
    return _Sight(path, "", status.st_ctime_ns, (status.st_mtime_ns, status.st_size, status.st_ino))


def _read(sights: tuple[_Sight, ...]) -> Policies:
    policies: list[Policy] = []
    problems: list[str] = []
    for sight in sights:
        found = _taken(sight)
        if isinstance(found, Policy):
            policies.append(found)
        elif found:
            problems.append("".join(c if c.isprintable() else "?" for c in found))
    return Policies(tuple(policies), tuple(problems))


def _taken(sight: _Sight) -> Policy | str:
    """Return the policy, what is wrong, or nothing for a file that has just gone."""
    path = sight.path
    if sight.says:
        return f"{path}: {sight.says}"
    if not is_name(sight.name):
        return f"{path}: a policy's file is a name ([a-z0-9][a-z0-9._-]*, at most 64) and '.md'"
    try:
        text = atomic.read(path)
        parsed = document.parse(text or "")
    except StoreFault as fault:
        return f"{path}: {fault.why}"
    except document.Unfinished as error:
        return f"{path}:1: {error}"
    except document.Malformed as error:
        return f"{path}:{error.line}: {error.says}"
    if text is None:
        return ""
    found = parse(sight.name, parsed.keys, parsed.body)
    return f"{path}:{parsed.lines.get(found.key, 1)}: {found.says}" if isinstance(found, Problem) else found
