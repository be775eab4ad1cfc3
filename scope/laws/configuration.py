"""What `config.yaml` may say: the one list of its keys, and the values without one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from scope.laws import budget, roster, schema
from scope.laws.budget import UNBOUNDED, Budget
from scope.laws.ids import is_count
from scope.laws.plays import PLAYS, Play, ordered
from scope.laws.roster import Roster
from scope.laws.schema import Key, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.schema import Node

DEFAULTS: Final = ("fail", "retry", "pass")
CHILDREN: Final = 1000
"""How many children a session may have where nobody says otherwise."""

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
    Key("escalation.advisor_wait", "duration", "how long an advisor may wait for a key or a router", "30s"),
    Key("escalation.answer_within", "duration", "when the default answers a failure that nobody has (0: never)", "3d"),
    Key("escalation.default", "word", "that default: fail, retry or pass", "fail"),
    Key("escalation.repeat_interval", "duration", "how long an answer holds, and silence makes it more severe", "4h"),
    Key("models.levels", "nested", "what a level means, tried in order", "{0: [{model: openai/gpt-5-mini}]}"),
    Key("models.roles", "mapping", "the level of each role", "{executor: 0, advisor: 2}"),
    Key("models.steps", "count", "how many replies of a model one attempt may take", "200"),
    Key("models.idle", "duration", "how long the router stays when nobody may need it", "10m"),
    Key("models.cooldown", "duration", "how long a deployment rests that failed, where there is another", "30s"),
    Key("models.low_at", "percent", "how little may be left of a budget until the cheaper ones are taken", "20%"),
    Key("models.port", "count", "the port on 127.0.0.1 for tools that take a base URL (0: any)", "0"),
    Key("learning.control_arm", "share", "how often a skill is held back, to see what goes well without it", "0.1"),
    Key("learning.inject", "count", "how many skills an attempt begins with at most", "3"),
    Key("learning.active_cap", "count", "how many of the skills for one work are considered, the best first", "24"),
    Key("hooks.timeout", "duration", "how long one run of a hook may take before it is killed", "10s"),
    Key("hooks.at_most", "count", "how many hooks run at once, the others wait (0: none is run)", "4"),
    Key("recovery.stagger", "duration", "the time between two starts of what ran before a reboot", "200ms"),
    Key("budgets.session", "mapping", "what one session may spend, with all below it", "{usd: 1.00, calls: 200}"),
    Key("budgets.tree", "mapping", "what a session of a person's may spend, with all below it", "{usd: 10}"),
    Key("budgets.agent", "mapping", "what each agent may spend in a day", "{usd: 5}"),
    Key("budgets.level", "nested", "what each level may spend in a day", "{2: {usd: 5}}"),
    Key("budgets.day", "mapping", "what all may spend in a day (UTC)", "{usd: 20}"),
    Key(
        "notify.urls_file",
        "path",
        "where it stands how to reach you: an apprise URL a line, mode 0600",
        "~/.scope/notify.urls",
    ),
    Key(
        "notify.command",
        "text",
        "a shell line that tells you: words in $SCOPE_MESSAGE, JSON on stdin",
        "notify-send scope",
    ),
    Key("notify.tmux", "flag", "whether attached terminals show it, too", "true"),
    Key("notify.systemic", "count", "how many workers that fail alike are worth disturbing you", "3"),
    Key("notify.rate", "count", "more cases than this within an hour are told as one", "5"),
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
    advisor_wait: float = 30.0
    repeat_interval: float = 14400.0
    answer_within: float = 0.0
    default: str = "fail"


@dataclass(frozen=True, slots=True)
class Models:
    """The levels, and how the router serves them; durations in seconds."""

    roster: Roster = field(default_factory=Roster)
    steps: int = 200
    idle: float = 600.0
    cooldown: float = 30.0
    low_at: float = 20.0  # percent
    port: int = 0


@dataclass(frozen=True, slots=True)
class Learning:
    """How skills are given and tried; `control_arm` is a share of the uses."""

    control_arm: float = 0.1
    inject: int = 3
    active_cap: int = 24


@dataclass(frozen=True, slots=True)
class Hooks:
    """How long people's hooks may take, and how many run at once; durations in seconds."""

    timeout: float = 10.0
    at_most: int = 4


@dataclass(frozen=True, slots=True)
class Recovery:
    """How work goes on after a reboot; durations in seconds."""

    stagger: float = 0.2


@dataclass(frozen=True, slots=True)
class Budgets:
    """What may be spent where nobody says otherwise.

    What is spent below a session is spent by it, too. A tree is a session of a person's with all
    below it; where `tree` bounds it, `session` bounds only what it spends itself.
    """

    session: Budget = UNBOUNDED
    tree: Budget = UNBOUNDED
    agent: Budget = UNBOUNDED
    day: Budget = UNBOUNDED
    level: Mapping[int, Budget] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notify:
    """Whom it may disturb for what, and how; an empty path is `notify.urls` of the home."""

    urls_file: str = ""
    command: str = ""
    tmux: bool = True
    systemic: int = 3
    rate: int = 5


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of one root; `max_running` 0 means: by the machine."""

    max_running: int = 0
    grace: float = 5.0
    supervision: Supervision = field(default_factory=Supervision)
    triggers: Triggers = field(default_factory=Triggers)
    escalation: Escalation = field(default_factory=Escalation)
    models: Models = field(default_factory=Models)
    learning: Learning = field(default_factory=Learning)
    hooks: Hooks = field(default_factory=Hooks)
    recovery: Recovery = field(default_factory=Recovery)
    budgets: Budgets = field(default_factory=Budgets)
    notify: Notify = field(default_factory=Notify)


_Section: TypeAlias = "Supervision | Triggers | Escalation | Models | Learning | Hooks | Recovery | Budgets | Notify"


def parse(keys: Mapping[str, Node], below: Configuration) -> Configuration | Problem:
    """Return the settings with these keys over those below, or the first thing that is wrong."""
    flat = schema.flat(keys, KEYS)
    values = flat if isinstance(flat, Problem) else schema.values(flat, KEYS)
    if isinstance(values, Problem):
        return values
    problem = _wrong(values)
    if problem is not None:
        return problem
    made = _made(values)
    if isinstance(made, Problem):
        return made
    settings = below
    for name, value in made.items():
        section, dot, key = name.rpartition(".")
        if dot:
            settings = replace(settings, **{section: _with(getattr(settings, section), key, value)})  # type: ignore[arg-type]
        else:
            settings = replace(settings, **{key: value})  # type: ignore[arg-type]
    return settings


def _with(section: _Section, key: str, value: object) -> _Section:
    if isinstance(section, Models) and key in ("levels", "roles"):
        return replace(section, roster=replace(section.roster, **{key: value}))  # type: ignore[arg-type]
    return replace(section, **{key: value})  # type: ignore[arg-type]


def _made(values: dict[str, schema.Value]) -> dict[str, object] | Problem:
    """Return the values with those that are more than one value as what they mean."""
    made: dict[str, object] = dict(values)
    for name, value in values.items():
        if name == roster.LEVELS:
            made[name] = roster.parse(value)  # type: ignore[arg-type]
        elif name == "models.roles":
            made[name] = roster.parse_roles(value)  # type: ignore[arg-type]
        elif name == "notify.command" and value == "null":
            made[name] = ""  # as YAML has it for nothing; all scalars here are the words as written
        elif name == "budgets.level":
            made[name] = _by_level(value)  # type: ignore[arg-type]
        elif name.startswith("budgets."):
            parsed = budget.parse(value)  # type: ignore[arg-type]
            made[name] = Problem(name, parsed) if isinstance(parsed, str) else parsed
        problem = made[name]
        if isinstance(problem, Problem):
            return problem
    return made


def _by_level(node: Mapping[str, Node]) -> dict[int, Budget] | Problem:
    key = Key("budgets.level", "mapping", "")
    found: dict[int, Budget] = {}
    for level, pairs in node.items():
        if not is_count(level):
            return Problem(key.name, f"'{key.name}' takes numbers of levels, not '{level[:80]}'")
        try:
            parsed = budget.parse(schema.read(key, pairs))  # type: ignore[arg-type]
        except schema.Refused as refusal:
            return Problem(key.name, str(refusal))
        if isinstance(parsed, str):
            return Problem(key.name, parsed)
        found[int(level)] = parsed
    return found


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
    if values.get("escalation.default", "fail") not in DEFAULTS:
        return Problem("escalation.default", f"'escalation.default' takes one of {', '.join(DEFAULTS)}")
    return None


def slots(cores: int, memory_mib: int) -> int:
    """Return how many attempts a machine takes at once when nobody said so."""
    return max(4, min(200, 32 * cores, memory_mib // 64))
