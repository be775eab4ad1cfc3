"""Choosing an id: `mkdir` is the allocation, so two that choose at once cannot choose the same."""

from __future__ import annotations

import os

from scope.errors import BadInput, NotFound, from_os
from scope.laws.ids import SessionId, is_id
from scope.store import atomic, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def allocate(root: str, parent: str | None = None) -> SessionId:
    """Make the directory of a new session and return its id; ids grow and are never chosen twice."""
    place = layout.sessions(root)
    if parent is not None and not os.path.isdir(layout.session(root, parent)):
        raise NotFound("there is no session", parent, hint="list them: scope ls")
    prefix = "" if parent is None else f"{parent}."
    number = max(_highest(place, prefix), remembered(root).get(prefix, 0))
    while True:
        number += 1
        chosen = SessionId(f"{prefix}{number}")
        if not is_id(chosen):
            raise BadInput("cannot make a child of", parent, "it lies too deep", "spawn it higher up: --parent ID")
        try:
            os.mkdir(layout.session(root, chosen), 0o700)
        except FileExistsError:
            continue
        except OSError as error:
            raise from_os(error, "cannot make a session in", place) from error
        return chosen


def give_back(root: str, session: SessionId) -> None:
    """Undo an allocation that could not be filled; nobody was told its id."""
    directory = layout.session(root, session)
    try:
        for name in os.listdir(directory):
            atomic.remove(f"{directory}/{name}")
        os.rmdir(directory)
    except OSError:
        return


def all_ids(root: str) -> list[str]:
    """Return the id of every session directory, in no order; other names are not sessions."""
    try:
        return [name for name in os.listdir(layout.sessions(root)) if is_id(name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise from_os(error, "cannot list", layout.sessions(root)) from error


def remembered(root: str) -> dict[str, int]:
    """Return the highest number below each parent (`2.` for the children of 2) that removed sessions had."""
    found = _read(layout.highest(root))
    for prefix, number in _read(layout.swept(root)).items():
        found[prefix] = max(found.get(prefix, 0), number)
    return found


def remember(root: str, sessions: Iterable[str]) -> None:
    """Keep the ids of removed sessions from being given again; the watcher alone does this."""
    _remember(root, layout.highest(root), sessions)


def sweep(root: str, sessions: Iterable[str]) -> None:
    """Keep the ids of sessions that are about to be removed from being given again; for one at a time."""
    _remember(root, layout.swept(root), sessions)


def _read(path: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in (atomic.read(path) or "").splitlines():
        prefix, _, number = line.rpartition(" ")
        if number.isascii() and number.isdigit():
            found[prefix] = max(found.get(prefix, 0), int(number))
    return found


def _remember(root: str, path: str, sessions: Iterable[str]) -> None:
    before = _read(path)
    found = dict(before)
    for session in sessions:
        head, dot, number = session.rpartition(".")
        found[head + dot] = max(found.get(head + dot, 0), int(number))
    # A parent that is gone itself gets no more children; an archived one may be brought back.
    kept = {prefix: n for prefix, n in found.items() if not prefix or _may_be_above(root, prefix[:-1])}
    if kept != before:
        atomic.replace(path, "".join(f"{prefix} {number}\n" for prefix, number in kept.items()))


def _may_be_above(root: str, session: str) -> bool:
    from scope.store import archivedir  # noqa: PLC0415 - only where something is removed

    return os.path.isdir(layout.session(root, session)) or os.path.lexists(archivedir.archived(root, session))


def _highest(place: str, prefix: str) -> int:
    cut = len(prefix)
    try:
        names = os.listdir(place)
    except OSError as error:
        raise from_os(error, "cannot list", place) from error
    # isdecimal alone would let other alphabets' digits through.
    numbers = [name[cut:] for name in names if name.startswith(prefix)]
    return max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=0)
