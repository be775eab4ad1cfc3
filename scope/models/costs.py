"""What models cost: the ledger's lines, added up by whom, where, at what level, for what or when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from scope.laws.budget import Spent
from scope.laws.ids import is_count, is_within

Line = Mapping[str, Any]

NOBODY: Final = "-"
"""What stands for an agent, a job or a skill where a call was made for none."""

UNKNOWN: Final = "unknown"
"""The outcome of a call that the router did not live to see the end of: it may be made again under its id."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What some calls took; `cost` in US dollars, without the calls whose price nobody knows (`unpriced`)."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0
    seconds: float = 0.0
    errors: int = 0

    def __add__(self, other: Costs) -> Costs:
        return Costs(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.cost + other.cost,
            self.unpriced + other.unpriced,
            self.seconds + other.seconds,
            self.errors + other.errors,
        )


def of(line: Line) -> Costs:
    """Return what one call took; what is no number in its line counts as none."""
    return Costs(
        calls=1,
        prompt_tokens=int(_number(line, "prompt_tokens")),
        completion_tokens=int(_number(line, "completion_tokens")),
        cached_tokens=int(_number(line, "cached_tokens")),
        cost=_number(line, "cost"),
        unpriced=int(line.get("cost") is None),
        seconds=_number(line, "ms") / 1000,
        errors=int(line.get("outcome") != "ok"),
    )


def spent(line: Line) -> Spent:
    """Return what one call takes of a budget: of one with an unknown end, all that was reserved for it."""
    costs = of(line)
    reserved = line.get("reserved")
    if line.get("outcome") == UNKNOWN and isinstance(reserved, Mapping):
        return Spent(_number(reserved, "usd"), int(_number(reserved, "tokens")), 1, costs.seconds)
    return Spent(costs.cost, costs.prompt_tokens + costs.completion_tokens, 1, costs.seconds)


def settled(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield each call once: one that was made again after its end was unknown, as it ended then.

    Only the calls of unknown end are held in memory, for a ledger may have millions.
    """
    open_ones: dict[str, Line] = {}
    for line in lines:
        identity = str(line.get("id", ""))
        if line.get("outcome") == UNKNOWN and identity:
            open_ones[identity] = line
            continue
        open_ones.pop(identity, None)
        yield line
    yield from open_ones.values()


def within(lines: Iterable[Line], sessions: Iterable[str], since: str = "") -> Iterator[Line]:
    """Yield the calls of these sessions and all below them (of all, where none is named), from a time on."""
    wanted = tuple(sessions)
    for line in lines:
        if since and str(line.get("time", "")) < since:
            continue
        session = str(line.get("session", ""))
        if not wanted or any(is_within(session, above) for above in wanted):
            yield line


def total(lines: Iterable[Line]) -> Costs:
    """Return what all these calls took."""
    return sum_of(map(of, lines))


def sum_of(costs: Iterable[Costs]) -> Costs:
    """Add up."""
    return sum(costs, Costs())


def grouped(lines: Iterable[Line], by: str) -> dict[str, Costs]:
    """Return what the calls took by what they have in common; each call is in one group."""
    key, _ = GROUPINGS[by]
    found: dict[str, Costs] = {}
    for line in lines:
        name = key(line)
        found[name] = found.get(name, _NOTHING) + of(line)
    return dict(sorted(found.items(), key=lambda item: _place(by, *item)))


def _place(by: str, name: str, costs: Costs) -> tuple[object, ...]:
    """Sort by what is in order by itself; the rest by what it cost, the dearest first."""
    _, is_ordered = GROUPINGS[by]
    if not is_ordered:
        return (-costs.cost, -costs.calls, name)
    parts = name.split(".")
    is_numbered = all(map(is_count, parts))
    return (not is_numbered, tuple(map(int, parts)) if is_numbered else (), name)


def _named(key: str) -> Callable[[Line], str]:
    return lambda line: _word(line.get(key))


def _word(value: object) -> str:
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() else "?" for c in text) or NOBODY


def _level(line: Line) -> str:
    level = line.get("level")
    return str(level) if isinstance(level, int) else NOBODY


def _skills(line: Line) -> str:
    # A call with several skills is in their group of its own, for it must not count twice.
    skills = line.get("skills")
    return " + ".join(sorted(_word(skill) for skill in skills)) or NOBODY if isinstance(skills, list) else NOBODY


GROUPINGS: Final[dict[str, tuple[Callable[[Line], str], bool]]] = {
    "session": (_named("session"), True),
    "tree": (_named("tree"), True),
    "agent": (_named("agent"), False),
    "job": (_named("job"), False),
    "level": (_level, True),
    "skill": (_skills, False),
    "model": (_named("model"), False),
    "day": (lambda line: _word(line.get("time"))[:10], True),
}
"""What calls can be grouped by: the group of a call, and whether groups have an order of their own."""

_NOTHING: Final = Costs()


def _number(line: Line, key: str) -> float:
    value = line.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    try:
        number = float(value)
    except OverflowError:
        return 0.0
    return number if 0 <= number < _LARGEST else 0.0


_LARGEST: Final = 1e15


def as_json(by: str, name: str, costs: Costs) -> dict[str, object]:
    """Return the documented keys of a group."""
    rounded = replace(costs, cost=round(costs.cost, 8), seconds=round(costs.seconds, 3))
    return {"by": by, "key": name, **{field: getattr(rounded, field) for field in FIELDS}}


FIELDS: Final = (
    "calls", "prompt_tokens", "cached_tokens", "completion_tokens", "cost", "unpriced", "seconds", "errors"
)  # fmt: skip
