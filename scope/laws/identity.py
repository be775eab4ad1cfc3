"""Who an agent is: the typed form of `identity.md`, and the one list of its keys."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from scope.laws import budget, plays, schema
from scope.laws.ids import is_name
from scope.laws.schema import Key, Problem
from scope.laws.strategy import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.plays import Play
    from scope.laws.schema import Node
    from scope.laws.strategy import Strategy

Role: TypeAlias = Literal["supervisor", "worker"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

HUMAN: Final = "human"
"""The top of the tree; no agent goes by that name."""

KEYS: Final[tuple[Key, ...]] = (
    Key("role", "word", "supervisor or worker", "worker"),
    Key("supervisor", "name", "the agent that it reports to, or human", "human"),
    Key("strategy", "word", "who begins again with a failed child: itself, the rest, all", "one_for_one"),
    Key("intensity", "count", "how many restarts it may order within a period", "5"),
    Key("period", "duration", "the length of that period", "10m"),
    Key("playbook", "words", "the moves that it may make, in this order", "[restart, vary, escalate]"),
    Key("triggers", "mapping", "what ends local recovery below it", "{attempts: 3, wall_time: 30m}"),
    Key("span", "count", "how many it supervises at most", "8"),
    Key("level", "count", "the level of the models that it may use", "0"),
    Key("budget", "mapping", "what it may spend in a day, in all its sessions", "{usd: 5}"),
    Key("executor", "name", "what carries its tasks out", "command"),
    Key("command", "argv", "what does a task instead of the task's own command", '[solve, "{{ flags }}"]'),
    Key("env", "mapping", "variables on top of the task's", "{CI: '1'}"),
    Key("cwd", "path", "the directory it works in", "/src/app"),
    Key("created", "word", "since when there is such an agent", "2026-01-31T12:00:00Z"),
    Key("preferences", "words", "how it likes to work", "[small steps]"),
    Key("strengths", "words", "what it is good at", "[python]"),
    Key("weaknesses", "words", "what it is not good at", "[css]"),
)


TRIGGER_KEYS: Final[tuple[Key, ...]] = (
    Key("attempts", "count", "escalate after so many failed attempts", "3"),
    Key("wall_time", "duration", "escalate when it has been at it for so long", "30m"),
    Key("no_progress", "duration", "how long it may show no progress", "10m"),
)
"""Those of config.yaml that one supervisor can have its own of."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What others need to know of an agent; the body says how it works. Empty: not given."""

    name: str
    role: Role = "worker"
    supervisor: str = HUMAN
    strategy: Strategy = "one_for_one"
    intensity: int = 5
    period: float = 600.0
    playbook: tuple[Play, ...] = ()
    span: int = 8
    level: int | None = None
    budget: tuple[tuple[str, str], ...] = ()
    executor: str = ""
    command: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    cwd: str = ""
    body: str = ""
    triggers: tuple[tuple[str, str], ...] = ()


def parse(name: str, keys: Mapping[str, Node], body: str) -> Identity | Problem:
    """Return the identity, or the first thing that is wrong with it."""
    if not is_name(name) or name == HUMAN:
        return Problem("name", f"no agent can be called '{name[:80]}'")
    values = schema.values(keys, KEYS)
    if isinstance(values, Problem):
        return values
    if values.get("playbook") == ():
        return Problem("playbook", f"'playbook' takes at least one of {', '.join(plays.PLAYS)}")
    kept = {field.name for field in fields(Identity)}
    # Every value has just been read by its key's shape, which is its field's type.
    identity = Identity(name, body=body, **{key: value for key, value in values.items() if key in kept})  # type: ignore[arg-type]
    return _wrong(identity) or identity


def triggers(identity: Identity) -> dict[str, int | float] | str:
    """Return the triggers that a supervisor sets for what is below it, or what is wrong with them."""
    known = [key for key in TRIGGER_KEYS if key.name in dict(identity.triggers)]
    found: dict[str, int | float] = {}
    for name, written in identity.triggers:
        key = next((one for one in known if one.name == name), None)
        if key is None:
            meant = schema.nearest(name, [one.name for one in TRIGGER_KEYS])
            names = ", ".join(one.name for one in TRIGGER_KEYS)
            return f"'triggers' takes {names}, not '{name[:80]}'" + (f": did you mean '{meant}'?" if meant else "")
        try:
            value = schema.read(key, written)
        except schema.Refused as refusal:
            return f"in 'triggers': {refusal}"
        assert isinstance(value, int | float)
        found[name] = value
    return found


def _wrong(identity: Identity) -> Problem | None:
    if identity.role not in ROLES:
        return Problem("role", f"'role' takes one of {', '.join(ROLES)}, not '{identity.role[:80]}'")
    if identity.strategy not in STRATEGIES:
        return Problem("strategy", f"'strategy' takes one of {', '.join(STRATEGIES)}, not '{identity.strategy[:80]}'")
    said = triggers(identity)
    if isinstance(said, str):
        return Problem("triggers", said)
    if not identity.period:
        return Problem("period", "'period' takes a time above 0")
    if not identity.span:
        return Problem("span", "'span' takes a number above 0")
    playbook = plays.ordered(identity.playbook)
    if isinstance(playbook, str):
        return Problem("playbook", playbook)
    bounds = budget.parse(identity.budget)
    if isinstance(bounds, str):
        return Problem("budget", bounds)
    for name, _ in identity.env:
        if not name.isidentifier() or not name.isascii():
            return Problem("env", f"'{name[:80]}' cannot be a variable's name")
    return None
