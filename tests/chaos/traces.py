"""What a walk did to whom and when, and what is to be seen of the world's processes."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeVar

    from tests.chaos.plan import Step
    from tests.driver import World

    Thing = TypeVar("Thing")

FOREVER = float("inf")
_TICK_S = 0.02


@dataclass(frozen=True, slots=True)
class Touch:
    """One disturbance: `of` is `id/attempt`, an id (with all below it), or empty for everything that ran then."""

    what: str
    of: str
    since: float
    until: float


@dataclass(slots=True)
class Ledger:
    """The record of a walk, from which the invariants judge."""

    acts: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    sent: dict[str, list[str]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)  # of people, by group
    problems: list[str] = field(default_factory=list)

    def note(self, words: str) -> None:
        """Write down an act, with its time."""
        self.acts.append(f"{time.time():.3f} {words}")

    def touch(self, what: str, of: str, until: float = FOREVER, *, since: float | None = None) -> None:
        """Write down that something was done, from now or from `since` on."""
        # Files are stamped with a clock that is up to a tick behind.
        self.touches.append(Touch(what, of, (time.time() if since is None else since) - _TICK_S, until))

    def touched(self, session: str, attempt: int, since: float, until: float, *whats: str) -> bool:
        """Tell whether something was done to an attempt that lived from `since` to `until`."""
        return any(
            touch.since <= until and since <= touch.until and (not whats or touch.what in whats)
            for touch in self.touches
            if touch.of in ("", f"{session}/{attempt}", session) or f"{session}.".startswith(f"{touch.of}.")
        )

    def was_wished(self, session: str, *wishes: str) -> bool:
        """Tell whether anybody wished one of these of a session, or of one above it."""
        return any(
            touch.what in wishes for touch in self.touches if touch.of and f"{session}.".startswith(f"{touch.of}.")
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """A living process of an attempt."""

    pid: int
    session: str
    attempt: int
    is_wrapper: bool
    is_leader: bool

    @property
    def of(self) -> str:
        """Which attempt it is of."""
        return f"{self.session}/{self.attempt}"


def processes(world: World) -> list[Seen]:
    """Return the living processes of this world's attempts, in the order of their pids."""
    return sorted(_seen(world), key=lambda seen: seen.pid)


def _seen(world: World) -> Iterator[Seen]:
    mark = f"SCOPE_ATTEMPT={world.root}/".encode()
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with suppress(OSError, ValueError, IndexError):
            raw = Path(f"/proc/{entry}/environ").read_bytes()
            if mark not in raw:
                continue
            session, _, attempt = raw[raw.index(mark) + len(mark) :].split(b"\0")[0].decode().partition("/")
            fields = Path(f"/proc/{entry}/stat").read_text().rpartition(") ")[2].split()
            words = Path(f"/proc/{entry}/cmdline").read_bytes()
            if fields[0] in "ZX":
                continue
            pid, leads = int(entry), fields[3] == entry
            is_wrapper = leads and b"attempt.sh" in words
            yield Seen(pid, session, int(attempt), is_wrapper, leads)


def strike(world: World, pid: int | None, number: signal.Signals = signal.SIGKILL) -> bool:
    """Signal a process if it is of this world; tell whether it was there."""
    if not pid:
        return False
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        # Pinned by the descriptor first: the pid can be nobody else's from here on.
        if f"={world.base}/".encode() not in Path(f"/proc/{pid}/environ").read_bytes():
            return False
        signal.pidfd_send_signal(descriptor, number)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def pipes(world: World, server: int | None) -> list[tuple[int, str]]:
    """Return the processes that carry panes' bytes into logs, each with the attempt it serves."""
    found = []
    with suppress(OSError):
        for child in Path(f"/proc/{server}/task/{server}/children").read_text().split():
            with suppress(OSError):
                for name in ("0", "1"):
                    target = Path(os.readlink(f"/proc/{child}/fd/{name}"))
                    if target.name == "output.log":
                        found.append((int(child), f"{target.parents[2].name}/{target.parent.name}"))
    return found


def aimed(things: Sequence[Thing], step: Step) -> Thing | None:
    """Return the one that a step aims at; None where there are none."""
    return things[int(step.aim * len(things))] if things else None
