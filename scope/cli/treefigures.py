"""How sessions ended, in figures: by group, by day, and the verdict on the tree, as `stats` and `report` show them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from scope.cli import statstable
from scope.laws import health, resolution
from scope.laws.health import Shape
from scope.laws.ids import is_count
from scope.sessions.keeping import figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scope.cli.statstable import Work
    from scope.laws.health import Load, Verdict
    from scope.laws.resolution import Resolution

ALL: Final = "all"
_IMPLIED: Final = "spawn-"
_MIDDLE: Final = 0.5
_LATE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Ends:
    """How some sessions ended; times in seconds, None where nothing was resolved, loads where nobody is meant."""

    ended: int = 0
    aborted: int = 0  # before anybody was asked: they count for nothing else
    escalated: int = 0
    escalation_rate: float | None = None
    at_worker: int = 0
    at_supervisor: int = 0
    at_coordinator: int = 0
    at_human: int = 0
    untold: int = 0
    resolution_median_s: float | None = None
    resolution_p90_s: float | None = None
    failures: int = 0
    recurred: int = 0
    restarts: int = 0
    load: int | None = None
    span: int | None = None
    verdict: str = "too few to judge"
    advice: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        """What the law judges."""
        told = (self.at_worker, self.at_supervisor, self.at_coordinator, self.at_human)
        return Shape(*told, self.untold, self.escalated, self.failures, self.recurred)

    def share(self, count: int) -> float | None:
        """Return which share of those a count is of which it is known who resolved them."""
        return count / self.shape.told if self.shape.told else None


FIELDS: Final = tuple(each.name for each in fields(Ends))


@dataclass(frozen=True, slots=True)
class Group:
    """Sessions that have something in common, and their verified work."""

    works: list[Work] = field(default_factory=list)
    ends: list[Resolution] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything that is known of a root's sessions since a time."""

    works: tuple[Work, ...]
    ends: tuple[Resolution, ...]
    recurred: Mapping[str, int]  # by session
    restarts: Mapping[str, int]
    loads: Mapping[str, Load] = field(default_factory=dict)  # by supervisor; only where it was asked for

    @property
    def is_empty(self) -> bool:
        """Whether nothing ended."""
        return not (self.works or self.ends)

    def sums(self, group: Group, load: Load | None = None, loads: Iterable[Load] = ()) -> Ends:
        """Count how the sessions of a group ended, and judge them."""
        counted = [each for each in group.ends if each.is_counted]
        levels = [each.level for each in counted]
        took = [each.took_s for each in counted if each.took_s is not None]
        sessions = [each.session for each in group.ends]
        escalated = sum(each.is_escalated for each in counted)
        shape = Shape(
            worker=levels.count("worker"),
            supervisor=levels.count("supervisor"),
            coordinator=levels.count("coordinator"),
            human=levels.count("human"),
            untold=levels.count(None),
            escalated=escalated,
            failures=sum(len(each.setbacks) for each in counted),
            recurred=sum(self.recurred.get(each.session, 0) for each in counted),
        )
        verdict = health.judge(shape, loads if load is None else (load,))
        return Ends(
            ended=len(counted),
            aborted=len(group.ends) - len(counted),
            escalated=escalated,
            escalation_rate=round(escalated / len(counted), 6) if counted else None,
            at_worker=shape.worker,
            at_supervisor=shape.supervisor,
            at_coordinator=shape.coordinator,
            at_human=shape.human,
            untold=shape.untold,
            resolution_median_s=_rounded(resolution.percentile(took, _MIDDLE)),
            resolution_p90_s=_rounded(resolution.percentile(took, _LATE)),
            failures=shape.failures,
            recurred=shape.recurred,
            restarts=sum(self.restarts.get(session, 0) for session in sessions),
            load=None if load is None else load.load,
            span=None if load is None else load.span,
            verdict=verdict.word,
            advice=tuple(f"{each.figure}: {each.advice}" for each in verdict.findings),
        )

    def whole(self) -> Group:
        """Return everything as one group, in which each session counts once."""
        return Group(list(self.works), list(self.ends))

    def verdict(self) -> Verdict:
        """Return what is to be said of the whole tree."""
        return health.judge(self.sums(self.whole()).shape, self.loads.values())

    def grouped(self, by: str, name_of: Callable[[str], str] | None = None) -> dict[str, Group]:
        """Return the groups, in order; by job, skill and level only sessions with verified work are in one."""
        found: dict[str, Group] = {}
        if by in statstable.GROUPINGS:
            ends = {each.session: each for each in self.ends}
            for key, works in statstable.grouped(self.works, by).items():
                sessions = [work.attempts[0].session for work in works]
                found[key] = Group(works, [ends[each] for each in sessions if each in ends])
            return found
        for work in self.works:
            last = work.attempts[-1]
            found.setdefault(_key(by, last.session, last.time, name_of), Group()).works.append(work)
        for each in self.ends:
            found.setdefault(_key(by, each.session, each.ended, name_of), Group()).ends.append(each)
        return dict(sorted(found.items(), key=lambda item: place(item[0])))

    def days(self) -> list[Ends]:
        """Return how sessions ended day by day, the oldest first."""
        return [self.sums(group) for group in self.grouped("day").values() if group.ends]


def place(key: str) -> tuple[object, ...]:
    """Sort key: declared supervisors before those implied by a spawn, and spawn-9 before spawn-10."""
    if not is_implied(key):
        return (0, (), key)
    return (1, tuple(map(int, key.removeprefix(_IMPLIED).split("."))), key)


def is_implied(name: str) -> bool:
    """Tell whether nobody declared this supervisor: it stands above a spawn."""
    return name.startswith(_IMPLIED) and all(map(is_count, name.removeprefix(_IMPLIED).split(".")))


def with_loads(tree: Tree, loads: Mapping[str, Load]) -> Tree:
    """Return the tree with what each supervisor has to look after now."""
    return replace(tree, loads=loads)


def read(root: str, since: str = "") -> tuple[Tree, tuple[str, ...]]:
    """Return what became of all work since a time, and the sessions that live; raises StoreFault."""
    from scope.skills import outcomes  # noqa: PLC0415 - after every refusal

    endings = outcomes.read(root)
    replays = {each.session for each in endings if each.is_replay}
    history = figures.read(root)
    every = [each for each in history.ended if each.session not in replays]
    return Tree(
        works=tuple(statstable.works(endings, since)),
        ends=tuple(each for each in every if each.ended >= since),
        recurred=resolution.recurrences(every),
        restarts=figures.restarts(root, since),
    ), history.live


def _key(by: str, session: str, time: str, name_of: Callable[[str], str] | None) -> str:
    match by:
        case "supervisor":
            return name_of(session) if name_of is not None else ALL
        case "day" | "week":
            return date_of(time, by)
        case _:
            return ALL


def date_of(time: str, by: str) -> str:
    """Return the day of a journal's time, or its week as ISO counts; what is no time is neither."""
    try:
        day = date.fromisoformat(time[: len("2026-01-02")])
    except ValueError:
        return statstable.NOTHING
    year, number, _ = day.isocalendar()
    return day.isoformat() if by == "day" else f"{year}-W{number:02}"


def as_json(ends: Ends) -> dict[str, Any]:
    """Return the documented keys of how sessions ended."""
    return {name: list(value) if isinstance(value := getattr(ends, name), tuple) else value for name in FIELDS}


def lines(groups: Mapping[str, tuple[Group, Ends]], tree: Tree) -> str:
    """Return a line with tabs for each group, and the total."""
    whole = tree.whole()
    rows = [*groups.items(), (statstable.TOTAL, (whole, tree.sums(whole, loads=tree.loads.values())))]
    return "".join(f"{_line(key, *found)}\n" for key, found in rows)


def _line(key: str, group: Group, ends: Ends) -> str:
    found = statstable.figures(group.works)
    told = [statstable.plain(getattr(found, name)) for name in statstable.FIELDS]
    for value in as_json(ends).values():
        is_number = isinstance(value, int | float) or value is None
        told.append(statstable.plain(value) if is_number else " ".join(value) if isinstance(value, list) else value)
    return "\t".join((key, *told))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
