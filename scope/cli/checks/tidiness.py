"""Whether only its owner can get at what lies in the root, and what was left in it by what was killed."""

from __future__ import annotations

import os
import re
import stat
import time
from typing import TYPE_CHECKING, Final

from scope.cli.checks.finding import Finding
from scope.errors import from_os
from scope.store import atomic, inboxdir, layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_OTHERS: Final = 0o077
_ASIDE: Final = re.compile(r"\.new-(\d+)-\d+$")  # as store.atomic names what it writes aside
_NAMED: Final = 3
_WRITTEN_WITHIN_S: Final = 60.0  # a file of ours, on any disk


def permissions(root: str | None) -> list[Finding]:
    """Look for what others can get at: the root, the home, and what the machine keeps in them."""
    places = [layout.home()] + ([] if root is None else [root])
    found = [(path, status) for path, status in _kept(places)]
    strange = [path for path, status in found if status.st_uid != os.getuid()]
    if strange:
        says = f"not ours: {_list(strange)}"
        return [Finding("permissions", False, says, f"sudo chown -R $(id -u) {' '.join(places)}", True)]
    # A root that is open is no root yet: `scope init` is a person's word for it.
    wide = [path for path, status in found if stat.S_IMODE(status.st_mode) & _OTHERS]
    if not wide:
        return [Finding("permissions", True, "nobody else can get at what is kept", is_needed=True)]
    says = f"others can get at {_list(wide)}"
    return [Finding("permissions", False, says, "scope doctor --fix", mend=lambda: _close(wide))]


def _kept(places: Iterable[str]) -> Iterator[tuple[str, os.stat_result]]:
    """Return the directories of each place, and the files in them whose words are secret or believed."""
    for place in places:
        for path in (place, layout.run(place), layout.sessions(place), layout.roots(place), *_inside(place)):
            try:
                status = os.lstat(path)
            except OSError:
                continue
            if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode) or stat.S_ISSOCK(status.st_mode):
                yield path, status


def _inside(place: str) -> Iterator[str]:
    yield from (f"{layout.run(place)}/{name}" for name in _names(layout.run(place)))
    for session in _names(layout.sessions(place)):
        yield layout.environment(layout.session(place, session))


def _close(paths: Iterable[str]) -> str:
    for path in paths:
        try:
            os.chmod(path, stat.S_IMODE(os.lstat(path).st_mode) & ~_OTHERS)
        except FileNotFoundError:
            continue  # gone in between, which is as good
        except OSError as error:
            raise from_os(error, "cannot change the mode of", path) from error
    return f"closed to others: {_list(list(paths))}"


def leftovers(root: str | None) -> list[Finding]:
    """Look for halves of files whose writers were killed."""
    if root is None:
        return []
    found = [path for path in _asides(root) if _is_left(path)]
    if not found:
        return [Finding("leftovers", True, "there are none")]

    def mend() -> str:
        for path in found:
            atomic.remove(path)
        return f"removed {len(found)} halves of files"

    says = f"{len(found)} halves of files, whose writers were killed: {_list(found)}"
    return [Finding("leftovers", False, says, "scope doctor --fix", mend=mend)]


def _asides(root: str) -> Iterator[str]:
    for place in _places(root):
        yield from (f"{place}/{name}" for name in _names(place) if _ASIDE.search(name))


def _places(root: str) -> Iterator[str]:
    yield from (root, layout.run(root), layout.sessions(root), inboxdir.escalations(root), layout.signals(root))
    for session in _names(layout.sessions(root)):
        directory = layout.session(root, session)
        yield directory
        for number in _names(layout.attempts(directory)):
            yield f"{layout.attempts(directory)}/{number}"


def _names(place: str) -> list[str]:
    try:
        return sorted(os.listdir(place))
    except OSError:
        return []


def _is_left(path: str) -> bool:
    """Tell whether a half is old and its writer dead here; it may live on another host, or in another container."""
    pid = int(_ASIDE.search(path)[1])  # type: ignore[index]
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or time.time() - status.st_mtime < _WRITTEN_WITHIN_S:
            return False
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError, ValueError):
        return False
    return False


def _list(paths: list[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(paths[:_NAMED]) + more
