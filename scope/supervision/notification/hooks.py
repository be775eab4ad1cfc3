"""Hooks: what people have run when something comes to pass, as executables in `hooks/` named like the event.

Those of the project come first, then those of the home. What goes wrong with one is said once for
each cause, in the watcher's log and by `scope doctor`, and harms nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from typing import TYPE_CHECKING, Any, Final

from scope.errors import StoreFault
from scope.laws.hook import EVENTS
from scope.laws.schema import nearest
from scope.sessions.processes import daemon
from scope.store import atomic, layout, rundir
from scope.supervision.notification.errands import WAITING_AT_MOST, Errand, Errands
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scope.laws import configuration
    from scope.supervision.observation.senses import Senses
    from scope.supervision.wards.log import Log

_FAREWELL_S: Final = 1.0
_NO_HOOKS: Final = (".md", ".sample", ".txt", "~")


class Hooks:
    """Runs the hooks of one root; none of it keeps the watcher waiting."""

    def __init__(self, root: str, senses: Senses, log: Log) -> None:
        self._root = root
        self._log = log
        self._errands = Errands(senses, self._ended)
        self._failures = failures(root)

    @property
    def is_busy(self) -> bool:
        """Whether a hook runs, or waits for its turn."""
        return self._errands.is_busy

    def configure(self, settings: configuration.Hooks) -> None:
        """Take new settings."""
        self._errands.timeout_s = settings.timeout
        self._errands.at_most = settings.at_most

    def tell(self, event: str, made: Callable[[], dict[str, Any]]) -> None:
        """Have the hooks of an event run, if there are any; what they are told is `made` only then."""
        programs = present(self._root, event)
        if not programs:
            return
        told = f"{json.dumps({'event': event, **made()})}\n".encode()
        environment = {**daemon.kept(), "SCOPE_DIR": self._root, "SCOPE_ROOT": self._root, "SCOPE_EVENT": event}
        for program in programs:
            why = why_refused(program)
            if why:
                self._failed(program, f"it is refused: {why}", "")
            elif not self._errands.add(Errand(program, told, environment, os.path.dirname(self._root))):
                self._log.once(
                    "hooks", f"some hooks are not run: {WAITING_AT_MOST} wait already, or hooks.at_most is 0"
                )
            else:
                self._log.forget("hooks")

    def next_visit(self, now: float) -> float | None:
        """Return when a hook's time is over, or one can start."""
        return self._errands.next_visit(now)

    def step(self, now: float) -> None:
        """Take care of the hooks that run, and start those whose turn it is."""
        self._errands.step(now)

    def close(self) -> None:
        """Give the hooks a moment to end, with the watcher."""
        self._errands.close(_FAREWELL_S)

    def _ended(self, errand: Errand, cause: str, said: str) -> None:
        if cause:
            self._failed(errand.program, cause, said)
        elif self._failures.pop(errand.program, None) is not None:
            self._log.say(f"hook {errand.program} works again")
            self._keep()

    def _failed(self, program: str, cause: str, said: str) -> None:
        if self._failures.get(program, {}).get("cause") == cause:
            return
        words = "".join(c for c in said if c.isprintable())
        self._log.say(f"hook {program} failed, which harms nothing: {cause}{f': {words}' if words else ''}")
        self._failures[program] = {"cause": cause, "said": words, "time": clock.stamp()}
        self._keep()

    def _keep(self) -> None:
        with contextlib.suppress(StoreFault):  # the log has it
            text = json.dumps(self._failures, indent=2) + "\n"
            atomic.replace(rundir.hook_failures(self._root), text, is_durable=False)


def present(root: str, event: str) -> list[str]:
    """Return what lies in the place of the hooks of an event, the project's first."""
    paths = [layout.hook(place, event) for place in (root, layout.home())]
    return [path for path in paths if os.path.lexists(path)]


def why_refused(program: str) -> str:
    """Say why a hook is not run; nothing where it may be."""
    try:
        status = os.stat(program)
        above = os.stat(os.path.dirname(program))
    except OSError as error:
        return f"it cannot be looked at: {error.strerror}"
    if not stat.S_ISREG(status.st_mode):
        return "it is no file"
    for found, what in ((status, "it"), (above, "its directory")):
        if found.st_uid not in (os.getuid(), 0):
            return f"{what} belongs to user {found.st_uid}"
        if found.st_mode & stat.S_IWOTH:
            return f"everybody may write {what} (mode {stat.S_IMODE(found.st_mode):04o})"
    return "" if os.access(program, os.X_OK) else "it is not executable"


def problems(root: str) -> list[tuple[str, str, str]]:
    """Return what is wrong with the hooks of a root: which, what, and the way on."""
    found: list[tuple[str, str, str]] = []
    failed = failures(root)
    for place in (root, layout.home()):
        for name in _names(layout.hooks(place)):
            program = layout.hook(place, name)
            why = why_refused(program)
            if name not in EVENTS:
                meant = nearest(name, list(EVENTS))
                hint = f"mv {program} {layout.hook(place, meant)}" if meant else "see the events: scope help hooks"
                found.append((program, "it is never run: no event has that name", hint))
            elif why:
                found.append((program, f"it is refused: {why}", _repair(program, why)))
            elif program in failed:
                last = failed[program]
                said = ": ".join(filter(None, (last.get("cause", ""), last.get("said", ""))))
                hint = f"try it: tail -n 1 {layout.events(root)} | {program}"
                found.append((program, f"it failed at {last.get('time', '')}: {said}", hint))
    return found


def sound(root: str) -> list[str]:
    """Return the hooks of a root with which nothing is wrong."""
    wrong = {program for program, _, _ in problems(root)}
    return [program for event in EVENTS for program in present(root, event) if program not in wrong]


def failures(root: str) -> dict[str, dict[str, str]]:
    """Return how each hook failed that did not work when it was last run."""
    try:
        said = json.loads(atomic.read(rundir.hook_failures(root)) or "{}")
    except (ValueError, RecursionError, StoreFault):
        return {}
    pairs = said.items() if isinstance(said, dict) else ()
    return {name: {key: str(word) for key, word in told.items()} for name, told in pairs if isinstance(told, dict)}


def _repair(program: str, why: str) -> str:
    if "executable" in why:
        return f"chmod +x {program}"
    if "everybody" in why:
        return f"chmod o-w {os.path.dirname(program) if 'directory' in why else program}"
    return f"look at it: ls -ld {os.path.dirname(program)} {program}"


def _names(directory: str) -> Iterable[str]:
    try:
        names = os.listdir(directory)
    except OSError:
        return ()
    return sorted(name for name in names if not name.startswith((".", "README")) and not name.endswith(_NO_HOOKS))
