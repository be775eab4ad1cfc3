"""Choosing an id: `mkdir` is the allocation, so two that choose at once cannot choose the same."""

from __future__ import annotations

import os

from scope.errors import BadInput, NotFound, from_os
from scope.laws.ids import SessionId, is_id
from scope.store import atomic, layout


def allocate(root: str, parent: str | None = None) -> SessionId:
    """Make the directory of a new session and return its id; ids grow and are never chosen twice."""
    place = layout.sessions(root)
    if parent is not None and not os.path.isdir(layout.session(root, parent)):
        raise NotFound("there is no session", parent, hint="list them: scope ls")
    prefix = "" if parent is None else f"{parent}."
    number = _highest(place, prefix)
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


def _highest(place: str, prefix: str) -> int:
    cut = len(prefix)
    try:
        names = os.listdir(place)
    except OSError as error:
        raise from_os(error, "cannot list", place) from error
    # isdecimal alone would let other alphabets' digits through.
    numbers = [name[cut:] for name in names if name.startswith(prefix)]
    return max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=0)
