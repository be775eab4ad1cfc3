"""The figures of a root for Prometheus: `run/metrics.prom`, written again when one of them has changed.

Counters follow the journals, which only grow, from where they were read last; the counts lie beside
in `run/metrics.json`, so that nothing goes back when sessions are removed or the watcher begins anew.
Each new line is looked at once: what it costs does not depend on how many sessions there are.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from scope.errors import ScopeError
from scope.laws import exposition
from scope.laws.exposition import Family, Sample
from scope.laws.states import STATES, TERMINAL
from scope.laws.task import Task
from scope.store import atomic, inboxdir, journal, layout, rundir, skilldir
from scope.supervision.figures.counters import BUCKETS, COUNTED, Counters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.supervision.strategy.tree import Tree
    from scope.supervision.wards.log import Log
    from scope.supervision.wards.roster import Roster
    from scope.supervision.wards.ward import Ward

EVERY_S: Final = 10.0
LINES_AT_ONCE: Final = 4000
"""So many lines of a journal are taken at a time: a long history must not keep the watcher from its work."""


class Metrics:
    """Writes the figures of one root."""

    def __init__(self, root: str, log: Log) -> None:
        self._root = root
        self._log = log
        self._counters: Counters | None = None
        self._said = ""
        self._next = 0.0

    def write(self, roster: Roster, tree: Tree, now: float, *, at_once: bool = False) -> None:
        """Write the figures if one has changed, and not too often; what goes wrong here stops nobody's work."""
        if now < self._next and not at_once:
            return
        self._next = now + EVERY_S
        try:
            self._write(roster, tree, now)
        except ScopeError as error:
            self._log.once("metrics", f"{error}; it is tried again")
        except Exception as error:  # noqa: BLE001 - figures are no reason for a watcher to die
            self._log.once("metrics", f"a bug in scope: {error!r}; the figures stay as they were")

    def _write(self, roster: Roster, tree: Tree, now: float) -> None:
        counters = self._counters = self._counters or restored(self._root)
        if follow(self._root, counters):
            atomic.replace(rundir.metrics_counts(self._root), json.dumps(counters.as_json()) + "\n", is_durable=False)
        live = [ward for ward in roster.wards.values() if ward.chronicle.state not in TERMINAL]
        said = exposition.text((*_counted(counters), *_gauges(live, tree, now)))
        if said != self._said:
            atomic.replace(rundir.metrics(self._root), said, is_durable=False)
            self._said = said


def restored(root: str) -> Counters:
    """Return the counters as they were last; from the beginning where they cannot be read."""
    try:
        said = json.loads(atomic.read(rundir.metrics_counts(root)) or "null")
    except (ValueError, RecursionError):
        said = None
    return Counters(root, said if isinstance(said, dict) else {})


def follow(root: str, counters: Counters) -> bool:
    """Take what the journals have gained; tell whether there was anything."""
    paths = {
        "groups": inboxdir.groups(root),
        "events": layout.events(root),
        "restarts": layout.restarts(root),
        "outcomes": skilldir.outcomes(root),
    }
    before = dict(counters.offsets)
    for name, path in paths.items():
        offset = counters.offsets.get(name, 0)
        if offset > _size(path):
            counters.offsets[name] = offset = 0  # another journal than before
        for count, (behind, line) in enumerate(journal.read(path, offset), 1):
            counters.take(name, line)
            counters.offsets[name] = behind
            if count >= LINES_AT_ONCE:
                break
    return counters.offsets != before


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _counted(counters: Counters) -> Iterable[Family]:
    for name, (label, values, meaning) in COUNTED.items():
        known = [value for value in counters.values_of(name) if value not in values]
        labels = [*values, *sorted(known)]
        samples = [Sample(counters.count(name, value), ((label, value),) if label else ()) for value in labels]
        yield Family(f"scope_{name}_total", "counter", meaning, tuple(samples))
    counts = {bound: int(counters.count("resolution_seconds", exposition.number(bound))) for bound in BUCKETS}
    total = counters.count("resolution_seconds_sum")
    meaning = "From the first failure of a session until it was done."
    yield exposition.histogram("scope_resolution_seconds", meaning, counts, total)


def _gauges(live: list[Ward], tree: Tree, now: float) -> Iterable[Family]:
    states = Counter(ward.chronicle.state for ward in live)
    shown = [state for state in STATES if state not in TERMINAL]
    yield Family(
        "scope_sessions",
        "gauge",
        "Sessions that have not ended, by state.",
        tuple(Sample(states[state], (("state", state),)) for state in shown),
    )
    asking = sum(ring.group.phase == "asking" for ring in tree.strategic.groups.open.values())
    yield Family("scope_escalations_open", "gauge", "Escalations that wait for a person.", (Sample(asking),))
    loads = Counter(ward.task.supervisor for ward in live if isinstance(ward.task, Task) and ward.task.supervisor)
    named = [(("supervisor", name),) for name in sorted(loads)]
    yield Family(
        "scope_supervisor_load",
        "gauge",
        "Live sessions of each declared supervisor.",
        tuple(Sample(loads[label[0][1]], label) for label in named),
    )
    yield Family(
        "scope_supervisor_span",
        "gauge",
        "How many it may have.",
        tuple(Sample(_span(tree, label[0][1], now), label) for label in named),
    )


def _span(tree: Tree, name: str, now: float) -> int:
    try:
        identity: Any = tree.supervisors.identity(name, now)
    except ScopeError:
        identity = None
    return int(tree.settings.supervision.span if identity is None else identity.span)
