"""The processes of an attempt: finding all of them, detached ones too, and ending them.

A process belongs to an attempt when it carries SCOPE_ATTEMPT in its environment, as the pane's first
process does, or descends from one that does, or shares a session (setsid) with one. Nothing is ever
found by its name, or by a pid alone, which may be another's by now.
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scope.tmux import ps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_VARIABLE = b"SCOPE_ATTEMPT="


@dataclass(frozen=True, slots=True)
class Process:
    """One process, told from a later one with the same pid by when it started."""

    pid: int
    parent: int
    started: int
    group: int
    session: int
    depth: int = 0


def census(marks: Iterable[str]) -> dict[str, list[Process]]:
    """Return the living processes of each mark, the deepest first; one look at all processes for all marks."""
    wanted = {os.fsencode(mark): mark for mark in marks}
    everything, owner = _walk(wanted) if _has_proc() else _asked(wanted)
    _add_sessions(everything, owner)
    found: dict[str, list[Process]] = {mark: [] for mark in wanted.values()}
    for pid, process in everything.items():
        whose, depth = _inherited(pid, everything, owner)
        if whose is not None and pid != os.getpid():
            found[whose].append(replace(process, depth=depth))
    for processes in found.values():
        processes.sort(key=lambda process: -process.depth)
    return found


def _has_proc() -> bool:
    return os.path.isdir("/proc/self")


def _walk(wanted: Mapping[bytes, str]) -> tuple[dict[int, Process], dict[int, str]]:
    """Return all processes, and whose those are that carry a wanted mark, by a walk through /proc."""
    everything: dict[int, Process] = {}
    owner: dict[int, str] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        process = _read(int(entry))
        if process is None:
            continue
        everything[process.pid] = process
        carried = _mark(process.pid)
        if carried is not None and carried in wanted:
            owner[process.pid] = wanted[carried]
    return everything, owner


def _asked(wanted: Mapping[bytes, str]) -> tuple[dict[int, Process], dict[int, str]]:
    """Return the same by `ps`; an environment that it may not show leaves its process to its session and parents."""
    lines = ps.everything()
    everything = {line[0]: _of_line(line) for line in lines}
    owner = {}
    for pid, environment in ps.environments(lines).items():
        for mark, name in wanted.items():
            if _carries(environment, mark):
                owner[pid] = name
    return everything, owner


def _of_line(line: ps.Line) -> Process:
    pid, parent, group, started, _ = line
    try:
        session = os.getsid(pid)
    except OSError:
        session = 0
    return Process(pid, parent, started, group, session)


def _carries(environment: str, mark: bytes) -> bool:
    # In one line, so that a value that goes on after a blank cannot be told from the next variable.
    return f" {os.fsdecode(_VARIABLE + mark)} " in f" {environment} "


def _add_sessions(everything: Mapping[int, Process], owner: dict[int, str]) -> None:
    """Add those whose environment nobody may read (not dumpable, say), but whose session tells."""
    own = os.getsid(0)
    sessions = {everything[pid].session: mark for pid, mark in owner.items()}
    for pid, process in everything.items():
        if process.session in sessions and process.session not in (0, own):
            owner.setdefault(pid, sessions[process.session])


def _inherited(pid: int, everything: Mapping[int, Process], owner: Mapping[int, str]) -> tuple[str | None, int]:
    depth, nearest = 0, None
    while pid in everything:
        nearest = nearest or owner.get(pid)
        pid = everything[pid].parent
        depth += 1
    return nearest, depth


def holders(path: str) -> list[Process]:
    """Return the processes that have a file open: those whose lock on it would not come free."""
    try:
        wanted = os.stat(path)
    except OSError:
        return []
    if not _has_proc():
        others = [_read(pid) for pid in ps.holders(path) if pid != os.getpid()]
        return [process for process in others if process is not None]
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            names = os.listdir(f"/proc/{entry}/fd")
        except OSError:
            continue
        if any(_is_same(f"/proc/{entry}/fd/{name}", wanted) for name in names):
            process = _read(int(entry))
            found += [process] if process else []
    return found


def send(process: Process, number: signal.Signals) -> None:
    """Signal a process if it is still the one that was found."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except AttributeError:  # no Linux: between the look and the signal there is an instant that nothing pins
        with contextlib.suppress(OSError):
            if _is_still_there(process):
                os.kill(process.pid, number)
        return
    except OSError:
        return
    try:
        # The descriptor pins whoever has the pid now; only then is it safe to compare.
        if _is_still_there(process):
            signal.pidfd_send_signal(descriptor, number)
    except OSError:
        return  # ended in between
    finally:
        os.close(descriptor)


def _is_still_there(process: Process) -> bool:
    now = _read(process.pid)
    # Exact by /proc, where ticks are too short for a pid to come round; `ps` rounds to a second.
    return now is not None and abs(now.started - process.started) <= 1


def kill_groups(living: Iterable[Process]) -> None:
    """Kill whole process groups: the kernel does that at once, so that no fork escapes between two kills."""
    for group in {process.group for process in living} - {0, 1, os.getpgrp()}:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)


def is_marked(pid: int, mark: str) -> bool:
    """Tell whether a living process carries this mark."""
    if _has_proc():
        return _read(pid) is not None and _mark(pid) == os.fsencode(mark)
    line = ps.one(pid)
    return line is not None and _carries(ps.environments([line]).get(pid, ""), os.fsencode(mark))


def _is_same(path: str, wanted: os.stat_result) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == (wanted.st_dev, wanted.st_ino)


def _read(pid: int) -> Process | None:
    if not _has_proc():
        line = ps.one(pid)
        return None if line is None else _of_line(line)
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read().rpartition(b") ")[2].split()
    except OSError:
        return None
    if len(fields) < 20 or fields[0] in (b"Z", b"X"):  # noqa: PLR2004
        return None
    return Process(pid, int(fields[1]), int(fields[19]), int(fields[2]), int(fields[3]))


def _mark(pid: int) -> bytes | None:
    try:
        with open(f"/proc/{pid}/environ", "rb") as stream:
            for variable in stream.read().split(b"\0"):
                if variable.startswith(_VARIABLE):
                    return variable[len(_VARIABLE) :]
    except OSError:
        return None  # another user's, or gone
    return None
