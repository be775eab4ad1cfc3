"""The tree of supervisors as it stands now: who reports to whom, how loaded and how well each is; from files alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scope.agents import identities
from scope.errors import ScopeError
from scope.laws.configuration import Configuration
from scope.laws.hierarchy import Post, hierarchy
from scope.laws.states import NEEDS_PERSON, TERMINAL
from scope.sessions.keeping import figures
from scope.sessions.records import configuration
from scope.supervision.strategy.supervisors import Supervisors
from scope.supervision.wards import clock
from scope.supervision.wards.log import Log

if TYPE_CHECKING:
    from scope.laws.hierarchy import Supervisor
    from scope.laws.identity import Identity
    from scope.sessions.records.listing import Row

_FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Health:
    """How a supervisor is: its restarts within its period, and what has come to an end or a halt below it."""

    restarts: int = 0
    intensity: int = 0
    period_s: float = 0.0
    has_given_up: bool = False
    failed: int = 0
    escalated: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Posts:
    """The whole tree by name, the human first; the health of each; and the sessions that stand in it."""

    tree: dict[str, Supervisor]
    health: dict[str, Health] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)


def posts(root: str, rows: list[Row]) -> Posts:
    """Return how the tree stands: of the sessions, those that have not ended and those that have failed."""
    settings, problems = _settings(root), {}
    known: dict[str, Identity] = {}
    for name in identities.names(root):
        try:
            found = identities.find(root, name)
            identities.chain(root, name)
        except ScopeError as error:
            problems[name] = error.line()
            found = None
        if found is not None and found.role == "supervisor":
            known[name] = found
    shown = {row.id: row for row in rows if row.state not in TERMINAL or row.state == _FAILED}
    tree = hierarchy(
        [Post(name, one.supervisor, one.span) for name, one in known.items()],
        {session: figures.supervisor_of(root, session) for session in shown},
        settings.supervision.span,
    )
    supervisors, now = Supervisors(root, clock.boot_id(), Log(root)), clock.since_boot()
    health = {}
    for name, one in tree.items():
        limits = known.get(name, settings.supervision)
        states = [shown[session].state for session in one.sessions]
        health[name] = Health(
            supervisors.restarts(name, limits.period, now),
            limits.intensity,
            limits.period,
            supervisors.has_given_up(name),
            states.count(_FAILED),
            sum(state in NEEDS_PERSON for state in states),
            problems.get(name, ""),
        )
    return Posts(tree, health, shown)


def _settings(root: str) -> Configuration:
    try:
        return configuration.load(root)
    except ScopeError:
        return Configuration()
