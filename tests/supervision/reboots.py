"""A reboot, as the files tell it: all processes are gone, and what they wrote is of a boot before this one."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tests.driver import is_alive, until

if TYPE_CHECKING:
    from tests.driver import World

BEFORE = "11111111-2222-3333-4444-555555555555"


def reboot(world: World) -> None:
    """End everything, the watcher before it can notice, and let the boot of this moment be another one."""
    world.kill_watcher()  # first: it would see the others die one by one
    killed: set[int] = set()
    until(lambda: _is_empty(world, killed))
    now = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    for path in (*world.root.glob("sessions/*/decisions.jsonl"), world.root / "run" / "watcher.stop"):
        if path.exists():
            path.write_text(path.read_text().replace(now, BEFORE))


def _is_empty(world: World, killed: set[int]) -> bool:
    """Kill all that is there; tell whether nothing was, and nothing is left: who is killed may have started others."""
    found = {pid for pid in (*world._of_this_world(), *world.marked()) if pid}
    # Stopped first: a wrapper that outlives its command by an instant would publish how that was killed.
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
    killed |= found
    return not found and not any(map(is_alive, killed))
