"""How many live sessions each supervisor has, against its span: from files alone, as a person asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.agents import identities
from scope.errors import ScopeError
from scope.laws.configuration import Configuration
from scope.laws.health import Load
from scope.laws.ids import SessionId, is_name
from scope.laws.task import Task
from scope.sessions.keeping import departures, figures
from scope.sessions.records import configuration
from scope.store import layout
from scope.supervision.strategy.supervisors import Supervisors
from scope.supervision.wards.chronicle import Chronicle
from scope.supervision.wards.log import Log
from scope.supervision.wards.ward import Ward

if TYPE_CHECKING:
    from collections.abc import Iterable


class Spans:
    """Who supervises a session, and how many that one may have."""

    def __init__(self, root: str) -> None:
        self._root = root
        try:
            self.span = configuration.load(root).supervision.span
        except ScopeError:
            self.span = Configuration().supervision.span
        self._supervisors = Supervisors(root, "", Log(root))
        self._spans: dict[str, int] = {}
        self._gone = departures.read(root)

    def name_of(self, session: str) -> str:
        """Return the name of a session's supervisor, declared or implied."""
        gone = self._gone.get(session)
        declared = figures.supervisor_of(self._root, session) or (gone.supervisor if gone is not None else "")
        task = Task(supervisor=declared if is_name(declared) else "")
        ward = Ward(SessionId(session), layout.session(self._root, session), task, Chronicle())
        return self._supervisors.name_of(ward, self.span)

    def of(self, name: str) -> int:
        """Return the span of a supervisor: what its identity says, else the setting."""
        if name not in self._spans:
            try:
                declared = identities.find(self._root, name)
            except ScopeError:
                declared = None  # `scope doctor` and the watcher say what is wrong with it
            self._spans[name] = self.span if declared is None else declared.span
        return self._spans[name]


def loads(spans: Spans, live: Iterable[str]) -> dict[str, Load]:
    """Return the load of each supervisor that has a live session, by its name."""
    counts: dict[str, int] = {}
    for session in live:
        name = spans.name_of(session)
        counts[name] = counts.get(name, 0) + 1
    return {name: Load(name, count, spans.of(name)) for name, count in sorted(counts.items())}
