"""What people do in a walk: spawn, wait, steer; and are killed in the middle of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.plan import ACTOR, KINDS, SUPERVISORS
from tests.chaos.traces import aimed, strike

if TYPE_CHECKING:
    import subprocess

    from tests.chaos.plan import Step
    from tests.chaos.traces import Ledger
    from tests.driver import World


class People:
    """Their acts, by name; each returns what it did in words."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self.world = world
        self.ledger = ledger
        self.waits: list[subprocess.Popen[str]] = []

    def spawn(self, step: Step) -> str:
        """Spawn a session of some kind."""
        options = self._options(step)
        done = self.world.run("spawn", *options, "--", *_command(step))
        if done.returncode:
            self.ledger.problems.append(f"spawn exits with {done.returncode}: {done.stderr}")
        else:
            self.ledger.printed.append(done.stdout.strip())
        return f"{step.kind} {' '.join(options)} → {done.stdout.strip()}"

    def kill_spawn(self, step: Step) -> str:
        """Kill a spawn in flight; what it printed must hold."""
        flying = self.world.start("spawn", *self._options(step), "--", *_command(step))
        time.sleep(step.moment_s)
        strike(self.world, flying.pid)
        said = flying.communicate()[0]
        if said.endswith("\n"):
            self.ledger.printed.append(said.strip())
        return f"{step.kind} after {step.moment_s * 1000:.0f} ms → {said.strip() or 'no id'}"

    def start_wait(self, step: Step) -> str:
        """Start to wait for some sessions."""
        sessions = self.ledger.printed[int(step.aim * len(self.ledger.printed)) :][:5]
        if not sessions:
            return "nothing to wait for"
        self.waits.append(self.world.start("wait", *sessions))
        return " ".join(sessions)

    def kill_wait(self, step: Step) -> str:
        """Kill a wait in flight."""
        flying = aimed(self.waits, step)
        if flying is None:
            return "nobody waits"
        self.waits.remove(flying)
        strike(self.world, flying.pid)
        flying.communicate()
        return f"pid {flying.pid}"

    def touch_abort(self, step: Step) -> str:
        """Wish a session aborted by hand."""
        session = aimed(self.ledger.printed, step)
        if session is None:
            return "no session"
        self.ledger.touch("abort", session)
        (self.world.session(session) / "abort").touch()
        return session

    def abort(self, step: Step) -> str:
        """Wish a session aborted by the command."""
        return self._wish("abort", step)

    def retry(self, step: Step) -> str:
        """Wish an ended session tried again."""
        return self._wish("retry", step)

    def redirect(self, step: Step) -> str:
        """Give a session another task."""
        return self._wish("redirect", step, "--", "sh", ACTOR, "lines")

    def send(self, step: Step) -> str:
        """Send a session a message."""
        session = aimed(self.ledger.printed, step)
        if session is None:
            return "no session"
        text = f"message {step.number}"
        done = self.world.run("send", "--no-wait", session, text)
        if not done.returncode:
            self.ledger.sent.setdefault(session, []).append(text)
        return f"{session} → {done.returncode}"

    def watch_stop(self, _: Step) -> str:
        """Ask the watcher to leave."""
        return str(self.world.run("watch", "stop").returncode)

    def _options(self, step: Step) -> list[str]:
        kind = KINDS[step.kind]
        recovery = step.recovery or (("--supervisor", SUPERVISORS[0]) if kind.is_supervised else ())
        options = ["--retries", str(step.retries), *kind.options, *recovery]
        other = aimed(self.ledger.printed, step)
        return [*options, "--after", other] if step.is_dependent and other else options

    def _wish(self, wish: str, step: Step, *more: str) -> str:
        session = aimed(self.ledger.printed, step)
        if session is None:
            return "no session"
        since = time.time()
        done = self.world.run(wish, session, *more)
        if not done.returncode:
            self.ledger.touch(wish, session, since=since)
        return f"{session} → {done.returncode} {done.stderr.strip()}"


def _command(step: Step) -> list[str]:
    words = (step.of_class if word == "CLASS" else word for word in KINDS[step.kind].words)
    return ["sh", ACTOR, step.kind, *words]
