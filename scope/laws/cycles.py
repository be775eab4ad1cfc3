"""Who waits for whom in a circle, and who of them gives way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.laws.ids import is_id, order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


def cycles(edges: Mapping[str, Collection[str]]) -> list[tuple[str, ...]]:
    """Return every set of ids that all lead back to each other, each in order, the first id's set first.

    An edge to itself is a cycle of one. Linear in ids and edges, however deep (Tarjan, with a stack
    of its own).
    """
    found = [tuple(sorted(group, key=_order)) for group in _Walk(edges).groups() if _is_cycle(group, edges)]
    return sorted(found, key=lambda cycle: _order(cycle[0]))


def victim(cycle: Collection[str]) -> str:
    """Return the one that gives way: the youngest, which has the least to lose."""
    return max(cycle, key=_order)


def _order(session: str) -> tuple[bool, tuple[int, ...], str]:
    # A worker writes what it waits for, and may write anything: what is no id comes last.
    return (False, order(session), "") if is_id(session) else (True, (), session)


def _is_cycle(group: list[str], edges: Mapping[str, Collection[str]]) -> bool:
    return len(group) > 1 or group[0] in edges.get(group[0], ())


class _Walk:
    """One walk over all ids; `low` is the earliest id on the path that an id leads back to."""

    def __init__(self, edges: Mapping[str, Collection[str]]) -> None:
        self.edges = edges
        self.number: dict[str, int] = {}
        self.low: dict[str, int] = {}
        self.open: list[str] = []
        self.is_open: set[str] = set()

    def groups(self) -> Iterator[list[str]]:
        """Yield every strongly connected set, in no particular order."""
        for start in self.edges:
            if start not in self.number:
                yield from self._from(start)

    def _from(self, start: str) -> Iterator[list[str]]:
        path = [(start, self._enter(start))]
        while path:
            here, onward = path[-1]
            there = next(onward, None)
            if there is None:
                path.pop()
                if path:
                    above = path[-1][0]
                    self.low[above] = min(self.low[above], self.low[here])
                if self.low[here] == self.number[here]:
                    yield self._close(here)
            elif there not in self.number:
                path.append((there, self._enter(there)))
            elif there in self.is_open:
                self.low[here] = min(self.low[here], self.number[there])

    def _enter(self, here: str) -> Iterator[str]:
        self.number[here] = self.low[here] = len(self.number)
        self.open.append(here)
        self.is_open.add(here)
        return iter(self.edges.get(here, ()))

    def _close(self, here: str) -> list[str]:
        group: list[str] = []
        while not group or group[-1] != here:
            group.append(self.open.pop())
        self.is_open.difference_update(group)
        return group
