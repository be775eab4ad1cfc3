"""What befalls a walk: kills, stops, lost sockets and spoilt journals, all of this world's own."""

from __future__ import annotations

import fcntl
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.chaos.traces import aimed, pipes, processes, strike

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.chaos.plan import Step
    from tests.chaos.traces import Ledger, Seen
    from tests.driver import World

_CARRIES_ON_S = 4.0
"""A killed pipe may cost the log of an attempt that ended just before, at most."""
_DYING_S = 0.2
"""What a server had just started may live, and say that it has begun, a moment longer than the server."""


class Misfortune:
    """Its acts, by name; each returns what it did in words."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self.world = world
        self.ledger = ledger
        self._stopped: list[tuple[int, int]] = []

    def let_go_on(self, number: int) -> None:
        """Let go on what was stopped until this step."""
        for pid, until in self._stopped:
            if until <= number:
                strike(self.world, pid, signal.SIGCONT)
        self._stopped = [pair for pair in self._stopped if pair[1] > number]

    def kill_watcher(self, _: Step) -> str:
        """Kill the watcher."""
        watcher = self.watcher_pid()
        return f"{watcher} {strike(self.world, watcher)}"

    def kill_tmux(self, _: Step) -> str:
        """Kill the tmux server, and with it all that runs in it."""
        since = time.time()
        server = self.server_pid()
        hit = strike(self.world, server)
        self.ledger.touch("infrastructure", "", time.time() + _DYING_S, since=since)
        return f"{server} {hit}"

    def kill_wrapper(self, step: Step) -> str:
        """Kill the process of a pane."""
        return self._kill([seen for seen in processes(self.world) if seen.is_wrapper], step)

    def kill_command(self, step: Step) -> str:
        """Kill one of the processes that an attempt's wrapper started."""
        return self._kill([seen for seen in processes(self.world) if not seen.is_leader], step)

    def kill_detached(self, step: Step) -> str:
        """Kill a process that has left its pane."""
        found = [seen for seen in processes(self.world) if seen.is_leader and not seen.is_wrapper]
        return self._kill(found, step)

    def kill_pipe(self, step: Step) -> str:
        """Kill what carries a pane's bytes into its log."""
        found = aimed(pipes(self.world, self.server_pid()), step)
        if found is None:
            return "no pipe"
        self.ledger.touch("pipe", found[1], time.time() + _CARRIES_ON_S)
        return f"{found} {strike(self.world, found[0])}"

    def kill_everything(self, _: Step) -> str:
        """Kill the watcher, the server, and every process of every attempt."""
        since = time.time()
        pids = [self.watcher_pid(), self.server_pid(), *(seen.pid for seen in processes(self.world))]
        hit = sum(strike(self.world, pid) for pid in pids)
        self.ledger.touch("infrastructure", "", time.time() + _DYING_S, since=since)
        return f"{hit} processes"

    def stop_watcher(self, step: Step) -> str:
        """Stop the watcher for a few steps."""
        return self._stop(self.watcher_pid(), step)

    def stop_tmux(self, step: Step) -> str:
        """Stop the tmux server for a few steps."""
        return self._stop(self.server_pid(), step)

    def unlink_socket(self, _: Step) -> str:
        """Remove the socket of the tmux server."""
        found = [path for path in (self.world.base / "t").rglob("scope-*") if path.is_socket()]
        for path in found:
            path.unlink(missing_ok=True)
        return f"{len(found)} removed"

    def garbage(self, step: Step) -> str:
        """Append whole lines of nonsense to a journal."""
        path = self._journal(step)
        with path.open("ab") as stream:
            stream.write(b'no json\n[1, 2]\n{"seq": \n\xff\xfe\n{}\nnull\n')
        return str(path.relative_to(self.world.root))

    def torn(self, step: Step) -> str:
        """Kill the watcher, and leave half a line where it was writing."""
        path = self._journal(step)
        strike(self.world, self.watcher_pid())
        with (self.world.root / "run" / "watcher.lock").open("ab") as lock:
            deadline = time.monotonic() + 2
            while time.monotonic() < deadline:
                with suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    with path.open("ab") as stream:
                        stream.write(b'{"seq": 9999, "move": "succ')
                    return str(path.relative_to(self.world.root))
                time.sleep(0.002)
        return "another watcher was there at once"

    def watcher_pid(self) -> int | None:
        """The pid in the watcher's lock, whoever has it now."""
        with suppress(OSError, ValueError):
            return int((self.world.root / "run" / "watcher.lock").read_text())
        return None

    def server_pid(self) -> int | None:
        """The pid of the tmux server, if one was started."""
        with suppress(OSError, ValueError, KeyError):
            return self.world.tmux_pid()
        return None

    def _journal(self, step: Step) -> Path:
        session = aimed(self.ledger.printed, step)
        places = [self.world.root / "events.jsonl"]
        places += [self.world.session(session) / "decisions.jsonl"] if session else []
        shared = (self.world.root / "escalations" / "groups.jsonl", self.world.root / "restarts.jsonl")
        places += [path for path in shared if path.exists()]
        return places[step.number % len(places)]

    def _kill(self, found: Sequence[Seen], step: Step) -> str:
        target = aimed(found, step)
        if target is None:
            return "nobody there"
        self.ledger.touch("kill", target.of)
        return f"{target.of} pid {target.pid} {strike(self.world, target.pid)}"

    def _stop(self, pid: int | None, step: Step) -> str:
        if not strike(self.world, pid, signal.SIGSTOP):
            return "nobody there"
        steps = int(step.aim * 4)
        self._stopped.append((pid or 0, step.number + steps))
        time.sleep(step.moment_s)
        return f"{pid} for {steps} steps"
