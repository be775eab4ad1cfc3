"""The kernel's notices of changes: how many a user may have, and how many are taken."""

from __future__ import annotations

import os
from typing import Final

from scope.cli.checks.finding import Finding

_LIMITS: Final = "/proc/sys/fs/inotify"
_OF_THE_USER: Final = "/proc/sys/user"
_SPARE: Final = 0.9  # of a limit; beyond, the next program may find none


def notices(_: str | None) -> list[Finding]:
    """Compare what this user has of inotify with what there may be."""
    if os.environ.get("SCOPE_NO_INOTIFY"):
        return [Finding("inotify", True, "SCOPE_NO_INOTIFY is set: changes are looked for")]
    limits = {name: _limit(name) for name in ("instances", "watches")}
    if None in limits.values():
        return [Finding("inotify", True, "there is none on this system: changes are looked for")]
    used = dict(zip(("instances", "watches"), _used(), strict=True))
    says = ", ".join(f"{used[name]} of {limit} {name}" for name, limit in limits.items())
    short = [name for name, limit in limits.items() if used[name] >= _SPARE * (limit or 0)]
    if not short:
        return [Finding("inotify", True, f"in use: {says}")]
    raised = " ".join(f"fs.inotify.max_user_{name}={max(1024, 4 * (limits[name] or 0))}" for name in short)
    without = f"nearly used up: {says}; without one, changes are looked for, which takes longer"
    return [Finding("inotify", False, without, f"sudo sysctl -w {raised}")]


def _limit(name: str) -> int | None:
    """Return the lower of the two limits that hold: the user's in all, and that of this container."""
    found = [
        number
        for path in (f"{_LIMITS}/max_user_{name}", f"{_OF_THE_USER}/max_inotify_{name}")
        if (number := _number(path)) is not None
    ]
    return min(found, default=None)


def _number(path: str) -> int | None:
    try:
        with open(path, encoding="ascii") as stream:
            return int(stream.read())
    except (OSError, ValueError):
        return None


def _used() -> tuple[int, int]:
    """Return how many instances, and watches in them, the processes of this user have."""
    instances: set[tuple[str, str]] = set()
    watches = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{pid}").st_uid != os.getuid():
                continue
            place = f"/proc/{pid}/fd"
            held = [name for name in os.listdir(place) if "inotify" in os.readlink(f"{place}/{name}")]
            instances.update((pid, name) for name in held)
            watches += sum(_watches(f"/proc/{pid}/fdinfo/{name}") for name in held)
        except OSError:
            continue  # it ended in between, or hides itself
    return len(instances), watches


def _watches(path: str) -> int:
    with open(path, encoding="ascii", errors="replace") as stream:
        return stream.read().count("inotify wd:")
