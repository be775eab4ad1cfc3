"""What `config.yaml` may say: the one list of its keys, and the values without one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scope.laws import schema
from scope.laws.schema import Key, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.schema import Node

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
    values = schema.values(keys, KEYS)
    if isinstance(values, Problem):
        return values
    return replace(below, **values)  # type: ignore[arg-type]


def slots(cores: int, memory_mib: int) -> int:
    """Return how many attempts a machine takes at once when nobody said so."""
    return max(4, min(200, 32 * cores, memory_mib // 64))
