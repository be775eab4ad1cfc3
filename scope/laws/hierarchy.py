"""The tree above the sessions: the human, declared supervisors, and what is implied where nobody declares any.

Implied is a coordinator below the human, below that one supervisor for each spawn of a person's, and below that its
sessions. Where there are more than its span, an implied supervisor puts intermediate ones between; a declared one is
as it was declared, and is only said to be overloaded.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scope.laws.identity import HUMAN
from scope.laws.ids import order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Kind: TypeAlias = Literal["human", "coordinator", "declared", "implied", "intermediate"]
COORDINATOR: Final = "coordinator"
_NARROWEST: Final = 2  # of one below the other no tree comes


@dataclass(frozen=True, slots=True)
class Post:
    """A declared supervisor, as its identity says."""

    name: str
    supervisor: str = HUMAN
    span: int = 8


@dataclass(frozen=True, slots=True)
class Supervisor:
    """One supervisor of the tree with whom it has directly below it; the human's is the top."""

    name: str
    kind: Kind
    above: str = ""
    span: int = 0  # 0: none is given
    supervisors: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()

    @property
    def load(self) -> int:
        """How many report to it."""
        return len(self.supervisors) + len(self.sessions)

    @property
    def is_overloaded(self) -> bool:
        """Whether more report to it than its span."""
        return 0 < self.span < self.load


def supervisor_of(session: str, declared: str, span: int) -> str:
    """Return the name of a session's supervisor: the declared one's, else the implied one's, by its id alone.

    A spawn of a person's has `spawn-2`; what it spawns, and each below that, so many children of one session together:
    `spawn-2.0` has 2.1 to 2.8.
    """
    if declared:
        return declared
    above, dot, _ = session.rpartition(".")
    if not dot or span <= 0:
        return f"spawn-{order(session)[0]}"
    return f"spawn-{above}.{(order(session)[-1] - 1) // span}"


def hierarchy(posts: Iterable[Post], sessions: Mapping[str, str], span: int) -> dict[str, Supervisor]:
    """Return the whole tree by name, the human first and each above those below it.

    `sessions` names the declared supervisor of each session, or nothing. Who names a supervisor that is not there, or
    is in a circle, stands below the human: nobody is without.
    """
    known = {post.name: post for post in posts if post.name not in (HUMAN, "")}
    width = max(span, _NARROWEST)
    below: defaultdict[str, list[str]] = defaultdict(list)
    wards: defaultdict[str, list[str]] = defaultdict(list)
    kinds: dict[str, Kind] = {HUMAN: "human", **dict.fromkeys(known, "declared")}
    for post in known.values():
        below[_above(post, known)].append(post.name)
    leaves: defaultdict[str, set[str]] = defaultdict(set)
    for session in sorted(sessions, key=order):
        declared = sessions[session] if sessions[session] in known else ""
        name = declared or _free(supervisor_of(session, "", width), known)
        wards[name].append(session)
        if not declared:
            spawn = _free(f"spawn-{order(session)[0]}", known)
            leaves[spawn].add(name)
            kinds[name] = kinds[spawn] = "implied"
    for spawn, names in leaves.items():
        groups = sorted(names - {spawn}, key=_place)
        _pack(spawn, groups, width - len(wards[spawn]), width, below, kinds)
    if leaves:
        chief = _free(COORDINATOR, kinds)
        kinds[chief] = "coordinator"
        below[HUMAN].append(chief)
        _pack(chief, sorted(leaves, key=_place), width, width, below, kinds)
    spans = {name: known[name].span if name in known else 0 if name == HUMAN else width for name in kinds}
    return _listed(below, wards, kinds, spans)


def _above(post: Post, known: Mapping[str, Post]) -> str:
    """Return whom a declared supervisor stands below: as it says, where that leads up to the human."""
    seen, step = {post.name}, post.supervisor
    while step in known and step not in seen:
        seen.add(step)
        step = known[step].supervisor
    return post.supervisor if post.supervisor in known and step == HUMAN else HUMAN


def _pack(
    name: str, items: Sequence[str], room: int, width: int, below: dict[str, list[str]], kinds: dict[str, Kind]
) -> None:
    """Put items below a supervisor, with intermediate ones between where it has no room for all of them."""
    level = 0
    while len(items) > room:
        level += 1
        groups = []
        for number in range(0, len(items), width):
            group = _free(f"{name}/{level}.{number // width + 1}", kinds)
            kinds[group] = "intermediate"
            below[group] = list(items[number : number + width])
            groups.append(group)
        items = groups
    below[name] = [*below[name], *items]


def _free(name: str, kinds: Mapping[str, object]) -> str:
    """Return a name that no declared supervisor has."""
    while name in kinds:
        name = f"({name})"
    return name


def _place(name: str) -> tuple[int, ...]:
    return tuple(map(int, name.strip("()").removeprefix("spawn-").split(".")))


def _listed(
    below: Mapping[str, Sequence[str]],
    wards: Mapping[str, Sequence[str]],
    kinds: Mapping[str, Kind],
    spans: Mapping[str, int],
) -> dict[str, Supervisor]:
    found: dict[str, Supervisor] = {}
    waiting = [(HUMAN, "")]
    while waiting:
        name, above = waiting.pop()
        children = tuple(below.get(name, ()))
        found[name] = Supervisor(name, kinds[name], above, spans[name], children, tuple(wards.get(name, ())))
        waiting += [(child, name) for child in reversed(children)]
    return found
