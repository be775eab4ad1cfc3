"""Who supervises whom, how often each supervisor has restarted, and which of them has given up.

An implied supervisor stands above every top-level spawn, one for each `span` of its children; a
declared one has an `identity.md`. The history of restarts is a file, or a watcher that dies would
forget a storm and go on with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scope.agents import identities
from scope.errors import ScopeError
from scope.laws import hierarchy, intensity, strategy
from scope.laws.identity import HUMAN
from scope.laws.task import Task
from scope.store import journal, layout
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.laws.configuration import Supervision
    from scope.laws.identity import Identity
    from scope.supervision.wards.log import Log
    from scope.supervision.wards.ward import Ward

_LOOK_BACK: Final = 1 << 20
_LOOK_AGAIN_S: Final = 1.0


class Supervisors:
    """The supervisors of one root; `restarts.jsonl` is theirs to write."""

    def __init__(self, root: str, boot: str, log: Log) -> None:
        self._root = root
        self._boot = boot
        self._log = log
        self._history: dict[str, list[float]] = {}
        self._done: set[tuple[str, str, int]] = set()
        self._given_up: dict[str, bool] = {}
        self._resumed: set[tuple[str, str]] = set()
        self._identities: dict[str, tuple[float, Identity | ScopeError | None]] = {}
        self._children: dict[str, dict[str, Ward]] = {}
        for line in reversed(list(journal.backwards(layout.restarts(root), _LOOK_BACK))):
            self._take(line)

    def _take(self, line: dict[str, Any]) -> None:
        name = str(line.get("supervisor", ""))
        match line.get("event"):
            case "restart":
                key = (name, str(line.get("session", "")), int(line.get("attempt") or 0))
                self._done.add(key)
                at = line.get("at")
                if line.get("boot") == self._boot and isinstance(at, (int, float)):
                    self._history.setdefault(name, []).append(float(at))
            case "gave_up":
                self._given_up[name] = True
            case "resumed":
                self._given_up[name] = False
                self._resumed.add((name, str(line.get("word", ""))))
                self._history.pop(name, None)
            case _:
                pass

    def _write(self, name: str, event: str, **more: object) -> None:
        line = {"time": clock.stamp(), "supervisor": name, "event": event, **more}
        journal.append(layout.restarts(self._root), line)
        self._take(line)

    def declared(self, ward: Ward, now: float) -> Identity | None:
        """Return the declared supervisor of a session, if it has one; raises ScopeError as `identity` does."""
        name = ward.task.supervisor if isinstance(ward.task, Task) else ""
        return self.identity(name, now) if name else None

    def identity(self, name: str, now: float) -> Identity | None:
        """Return who an agent is; None where there is none.

        While its file cannot be taken it is who it was (the log says so). Raises ScopeError where nobody
        knows: an agent that cannot be read is not one that is not there.
        """
        known = self._identities.get(name)
        if known is None or now - known[0] >= _LOOK_AGAIN_S:
            known = self._identities[name] = (now, self._read(name, known[1] if known is not None else None))
        if isinstance(known[1], ScopeError):
            raise known[1]
        return known[1]

    def _read(self, name: str, before: Identity | ScopeError | None) -> Identity | ScopeError | None:
        try:
            found = identities.find(self._root, name)
            if found is not None:
                identities.chain(self._root, name)
        except ScopeError as error:
            is_known = before is not None and not isinstance(before, ScopeError)
            what = "it stays as it was" if is_known else "what it supervises is held until that can be read"
            self._log.once(f"agent {name}", f"agent {name}: {what}: {error}")
            return before if is_known else error
        if found is None:
            self._log.once(f"agent {name}", f"agent {name}: there is no such agent")
        return found

    def name_of(self, ward: Ward, span: int) -> str:
        """Return the name of a session's supervisor: a declared one's, else an implied one's."""
        name = ward.task.supervisor if isinstance(ward.task, Task) else ""
        return hierarchy.supervisor_of(ward.session, name, span)

    def restarts(self, name: str, period_s: float, now: float) -> int:
        """Return how many restarts a supervisor has ordered within a period of now."""
        return len(intensity.recent(self._history.get(name, []), now, period_s))

    def is_restart_allowed(self, name: str, settings: Supervision, identity: Identity | None, now: float) -> bool:
        """Tell whether a supervisor may restart once more, as OTP counts."""
        most = identity.intensity if identity is not None else settings.intensity
        period_s = identity.period if identity is not None else settings.period
        return intensity.is_allowed(self._history.get(name, []), now, most, period_s)

    def is_ordered(self, name: str, session: str, attempt: int) -> bool:
        """Tell whether the restart that follows an attempt is in the history already."""
        return (name, session, attempt) in self._done

    def restarted(self, name: str, session: str, attempt: int, at: float) -> None:
        """Write a restart into the history, once; raises StoreFault."""
        if not self.is_ordered(name, session, attempt):
            self._write(name, "restart", session=session, attempt=attempt, at=round(at, 3), boot=self._boot)

    def give_up(self, name: str) -> None:
        """Write that a supervisor restarted too often and gave up, once; raises StoreFault."""
        if not self.has_given_up(name):
            self._write(name, "gave_up")

    def resume(self, name: str, key: str) -> None:
        """Write that a supervisor begins anew, its history forgotten, once for each word `key`; raises StoreFault."""
        if self.has_given_up(name) and (name, key) not in self._resumed:
            self._write(name, "resumed", word=key)

    def given_up_below(self, name: str, now: float) -> list[str]:
        """Return the supervisors that have given up, from one downward: its own name, and those that report to it."""
        found = []
        for other in [one for one, gave_up in self._given_up.items() if gave_up]:
            chain, step = {other}, self.above(other, now)
            while step is not None and step.name not in chain:
                chain.add(step.name)
                step = self.above(step.name, now)
            if name in chain:
                found.append(other)
        return found

    def has_given_up(self, name: str) -> bool:
        """Tell whether a supervisor has given up, and nobody has had it resume."""
        return self._given_up.get(name, False)

    def above(self, name: str, now: float) -> Identity | None:
        """Return the supervisor of a declared supervisor; None where that is the human, or nobody knows."""
        try:
            identity = self.identity(name, now)
            if identity is None or identity.supervisor == HUMAN:
                return None
            return self.identity(identity.supervisor, now)
        except ScopeError:
            return None  # what those below do is held; a person is asked about the rest

    def count(self, ward: Ward) -> None:
        """Take note of a child of a declared supervisor."""
        if isinstance(ward.task, Task) and ward.task.supervisor:
            self._children.setdefault(ward.task.supervisor, {})[ward.session] = ward

    def drop(self, ward: Ward) -> None:
        """Forget a child that has ended."""
        if isinstance(ward.task, Task):
            self._children.get(ward.task.supervisor, {}).pop(ward.session, None)

    def children(self, name: str) -> Iterable[Ward]:
        """Return the children of a declared supervisor that have not ended."""
        return self._children.get(name, {}).values()

    def goes_along_with(self, ward: Ward, identity: Identity) -> str:
        """Return the sibling with which a running child must be begun again, as the strategy says."""
        if identity.strategy == "one_for_one" or not ward.chronicle.is_at_work:
            return ""
        cause = strategy.must_go_along(identity.strategy, _child(ward), self._views(identity.name))
        return cause.session if cause is not None else ""

    def waits_for(self, ward: Ward, identity: Identity) -> str:
        """Return the sibling that must be ended before this child may start."""
        if identity.strategy == "one_for_one":
            return ""
        other = strategy.must_wait_for(identity.strategy, _child(ward), self._views(identity.name))
        return other.session if other is not None else ""

    def _views(self, name: str) -> list[strategy.Child]:
        return [_child(ward) for ward in self.children(name)]


def _child(ward: Ward) -> strategy.Child:
    story = ward.chronicle
    is_live = story.is_at_work or (story.state == "recovering" and story.stopping is not None)
    return strategy.Child(ward.session, story.begun, is_live, story.ordered_at)
