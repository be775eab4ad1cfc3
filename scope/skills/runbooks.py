"""The runbooks of a root: its own over those of the home over those that ship with scope."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Final, TypeAlias

from scope.errors import StoreFault
from scope.laws.ids import is_name
from scope.laws.runbook import Rule, parse
from scope.laws.schema import Problem
from scope.store import atomic, document, layout, skilldir, stamps

_SUFFIX: Final = ".md"
_LARGEST: Final = 1 << 16

_Seen: TypeAlias = tuple[int, int, int]  # what changes with a file: when, its size and inode (ctime: a chmod counts)
_Content: TypeAlias = "Rule | str | None"  # a runbook, what is wrong with it, or nothing: switched off


@dataclass(frozen=True, slots=True)
class Library:
    """The rules, nearest tier first and by name within it; and what could not be read, as `path:line: what`."""

    rules: tuple[Rule, ...] = ()
    problems: tuple[str, ...] = ()


class Shelf:
    """The runbooks of one root, for a process that lives long: only what changed is read again.

    A nearer file hides a farther one of its name, also when it is broken; an empty one switches it off.
    """

    def __init__(self, root: str) -> None:
        self._tiers = tuple(skilldir.runbooks(place) for place in (root, layout.home(), _built_in()))
        self._known: dict[str, tuple[_Seen, _Content]] = {}

    def rules(self) -> tuple[Rule, ...]:
        """Return the rules as the files are now."""
        return self.library().rules

    def library(self) -> Library:
        """Return the rules and the problems as the files are now."""
        now_ns = time.time_ns()
        files: dict[str, tuple[str, _Seen]] = {}
        unread: list[str] = []
        for tier in self._tiers:
            try:
                here = _files(tier)
            except OSError as error:
                unread.append(f"{tier}:1: cannot list it: {error.strerror}")
                continue
            files |= {name: file for name, file in here.items() if name not in files}
        known = {path: self._content(path, name, seen) for name, (path, seen) in files.items()}
        contents = [content for _, content in known.values()]
        self._known = {path: one for path, one in known.items() if stamps.is_settled(one[0][0], now_ns)}
        return Library(
            tuple(content for content in contents if isinstance(content, Rule)),
            (*unread, *(content for content in contents if isinstance(content, str))),
        )

    def _content(self, path: str, name: str, seen: _Seen) -> tuple[_Seen, _Content]:
        before = self._known.get(path)
        return before if before and before[0] == seen else (seen, _read(path, name, seen[1]))


def load(root: str) -> Library:
    """Return the runbooks of a root; a broken one is a problem, never an error."""
    return Shelf(root).library()


def _built_in() -> str:
    """Return the place of what ships with scope: within the package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packed = f"{package}/data"
    return packed if os.path.isdir(packed) else os.path.dirname(package)


def _files(tier: str) -> dict[str, tuple[str, _Seen]]:
    """Return the runbooks of a tier by name, in order: plain files in it, none that are hidden, README left out."""
    found: dict[str, tuple[str, _Seen]] = {}
    try:
        with os.scandir(tier) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                name = entry.name.removesuffix(_SUFFIX)
                if name in (entry.name, "README") or name.startswith(".") or not entry.is_file(follow_symlinks=False):
                    continue
                status = entry.stat(follow_symlinks=False)
                found[name] = (entry.path, (status.st_ctime_ns, status.st_size, status.st_ino))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return found


def _read(path: str, name: str, size: int) -> _Content:
    if not is_name(name):
        return f"{path}:1: its name takes a-z, 0-9, '.', '_' and '-'"
    if size > _LARGEST:
        return f"{path}:1: it is longer than {_LARGEST >> 10} KiB"
    try:
        text = atomic.read(path)
        if text is None or not text.strip():
            return None
        found = document.parse(text)
    except StoreFault as fault:
        return f"{path}:1: {fault.why}"
    except document.Unfinished as error:
        return f"{path}:1: {error}"
    except document.Malformed as error:
        return f"{path}:{error.line}: {error.says}"
    rule = parse(name, found.keys, found.body, path)
    return f"{path}:{found.lines.get(rule.key, 1)}: {rule.says}" if isinstance(rule, Problem) else rule
