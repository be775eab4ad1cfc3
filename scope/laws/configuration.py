"""What `config.yaml` may say: the one list of its keys, and the values without one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scope.laws.schema import Key, Node, Refused, Value, nearest, read
from scope.laws.task import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS: Final[tuple[Key, ...]] = (
    Key("max_running", "count", "how many attempts may run at once (default: from cores and memory)", "200"),
    Key("grace", "duration", "how long an attempt has between TERM and KILL", "5s"),
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of one root; `max_running` 0 means: by the machine."""

    max_running: int = 0
    grace: float = 5.0


def parse(keys: Mapping[str, Node], below: Configuration) -> Configuration | Problem:
    """Return the settings with these keys over those below, or the first thing that is wrong."""
    by_name = {key.name: key for key in KEYS}
    values: dict[str, Value] = {}
    for name, node in keys.items():
        if name not in by_name:
            meant = nearest(name, list(by_name))
            return Problem(name, f"unknown key '{name}'" + (f", did you mean '{meant}'?" if meant else ""))
        try:
            values[name] = read(by_name[name], node)
        except Refused as refusal:
            return Problem(name, str(refusal))
    return replace(below, **values)  # type: ignore[arg-type]


def slots(cores: int, memory_mib: int) -> int:
    """Return how many attempts a machine takes at once when nobody said so."""
    return max(4, min(200, 32 * cores, memory_mib // 64))
