"""What `config.yaml` may say: the one list of its keys, and the values without one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from scope.laws import schema
from scope.laws.ids import is_count
from scope.laws.plays import PLAYS, Play, ordered
from scope.laws.schema import Key, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.schema import Node

# A key with dots stands within a section: `supervision: {span: 8}`.
KEYS: Final[tuple[Key, ...]] = (
    Key("max_running", "count", "how many attempts may run at once (default: from cores and memory)", "200"),
    Key("grace", "duration", "how long an attempt has between TERM and KILL", "5s"),
    Key("supervision.span", "count", "how many sessions an implied supervisor takes", "8"),
    Key("supervision.intensity", "count", "how many restarts a supervisor orders within its period", "5"),
    Key("supervision.period", "duration", "the time that intensity is counted over", "10m"),
    Key("supervision.playbook", "words", "the recovery moves of sessions without one of their own", "[restart]"),
    Key("supervision.pause", "duration", "the first deferral; each further one is twice as long", "10s"),
    Key("supervision.pause_at_most", "duration", "the longest deferral", "15m"),
    Key("supervision.inhibit_after", "count", "how many like failures hold the sessions of their kind", "3"),
    Key("triggers.attempts", "count", "escalate after so many failed attempts (0: as retries say)", "0"),
    Key("triggers.wall_time", "duration", "escalate when it has been at it for so long", "2h"),
    Key("triggers.no_progress", "duration", "how long supervised work may show no progress", "30m"),
    Key("triggers.memory", "size", "the most memory that one supervised attempt may take", "4G"),
    Key("triggers.cpu", "percent", "the processor use, of one core, that counts as spinning", "95%"),
    Key("triggers.cpu_for", "duration", "how long it may spin without progress", "5m"),
    Key("triggers.disk", "percent", "how full a disk may be before supervised work on it is held", "80%"),
    Key("triggers.every", "duration", "how often memory, processor and disk are looked at", "5s"),
    Key("escalation.levels", "words", "who is asked, in order; the last is a person", "[rules, 2, 3, human]"),
    Key("escalation.group_wait", "duration", "how long like failures gather before a person is asked", "30s"),
    Key("escalation.group_interval", "duration", "how long until a person is told that there are more", "5m"),
    Key("escalation.repeat_interval", "duration", "how long an answer holds, and silence makes it more severe", "4h"),
)


@dataclass(frozen=True, slots=True)
class Supervision:
    """How supervisors recover, where they do not say otherwise; durations in seconds."""

    span: int = 8
    intensity: int = 5
    period: float = 600.0
    playbook: tuple[Play, ...] = PLAYS
    pause: float = 10.0
    pause_at_most: float = 900.0
    inhibit_after: int = 3


@dataclass(frozen=True, slots=True)
class Triggers:
    """What, mechanically, ends an attempt or its local recovery; None: never."""

    attempts: int = 0
    wall_time: float | None = None
    no_progress: float | None = None
    memory: int | None = None  # bytes
    cpu: float | None = None  # percent of one core
    cpu_for: float = 300.0
    disk: float = 80.0  # percent
    every: float = 5.0


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is asked, and when; the names are Alertmanager's, the times in seconds."""

    levels: tuple[str, ...] = ("rules", "2", "3", "human")
    group_wait: float = 30.0
    group_interval: float = 300.0
    repeat_interval: float = 14400.0


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of one root; `max_running` 0 means: by the machine."""

    max_running: int = 0
    grace: float = 5.0
    supervision: Supervision = field(default_factory=Supervision)
    triggers: Triggers = field(default_factory=Triggers)
    escalation: Escalation = field(default_factory=Escalation)


def parse(keys: Mapping[str, Node], below: Configuration) -> Configuration | Problem:
    """Return the settings with these keys over those below, or the first thing that is wrong."""
    flat = schema.flat(keys, KEYS)
    values = flat if isinstance(flat, Problem) else schema.values(flat, KEYS)
    if isinstance(values, Problem):
        return values
    problem = _wrong(values)
    if problem is not None:
        return problem
    settings = below
    for name, value in values.items():
        section, dot, key = name.rpartition(".")
        if dot:
            settings = replace(settings, **{section: replace(getattr(settings, section), **{key: value})})
        else:
            settings = replace(settings, **{key: value})  # type: ignore[arg-type]
    return settings


def _wrong(values: dict[str, schema.Value]) -> Problem | None:
    playbook = values.get("supervision.playbook")
    if isinstance(playbook, tuple):
        said = ordered(tuple(str(word) for word in playbook))
        if isinstance(said, str):
            return Problem("supervision.playbook", said)
    levels = values.get("escalation.levels")
    if isinstance(levels, tuple):
        known = all(str(level) in ("rules", "human") or is_count(str(level)) for level in levels)
        if not known or not levels or levels[-1] != "human" or len(set(levels)) != len(levels):
            return Problem(
                "escalation.levels", "'escalation.levels' are rules, numbers of levels, and human as the last"
            )
    return None


def slots(cores: int, memory_mib: int) -> int:
    """Return how many attempts a machine takes at once when nobody said so."""
    return max(4, min(200, 32 * cores, memory_mib // 64))
