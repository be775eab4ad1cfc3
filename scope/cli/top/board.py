"""The board: all sessions in the order of the tree, which of them are shown, and which one is selected."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scope.cli.top.selector import Selector
from scope.laws.ids import order

if TYPE_CHECKING:
    from scope.cli.top.card import Card


@dataclass(frozen=True, slots=True)
class Place:
    """Where a shown session stands in the tree; `below` counts those under it, at every depth."""

    id: str
    depth: int
    below: int
    is_folded: bool
    is_context: bool  # shown only for what is below it


class Board:
    """The tree of sessions as a person has folded and filtered it."""

    def __init__(self) -> None:
        self.cards: dict[str, Card] = {}
        self.counts: Counter[str] = Counter()
        self.shown: list[Place] = []
        self.selected: str | None = None
        self.selector = Selector()
        self.folded: set[str] = set()
        self.stamp = 0  # another one wherever what is shown takes another room
        self._order: list[tuple[tuple[int, ...], str]] = []
        self._at: dict[str, int] = {}
        self._is_stale = False

    def put(self, card: Card) -> None:
        """Take a session as it stands now."""
        before = self.cards.get(card.id)
        if before is None:
            insort(self._order, (order(card.id), card.id))
        else:
            self.counts[before.state] -= 1
            self.stamp += before.called != card.called
        self.counts[card.state] += 1
        self.cards[card.id] = card
        self._is_stale |= before is None or (bool(self.selector) and before != card)

    def drop(self, session: str) -> None:
        """Let go of a session that was removed."""
        card = self.cards.pop(session, None)
        if card is None:
            return
        self.counts[card.state] -= 1
        key = (order(session), session)
        del self._order[bisect_left(self._order, key)]
        self.folded.discard(session)
        self._is_stale = True

    def filter(self, selector: Selector) -> None:
        """Show only what this selects, and what is above it."""
        self.selector = selector
        self.arrange()

    def fold(self, session: str) -> None:
        """Hide what is below a session, or show it again."""
        self.folded ^= {session}
        self.arrange()

    def reveal(self, session: str) -> None:
        """Select a session, and unfold whatever is above it."""
        above = self._above(session)
        while above is not None:
            self.folded.discard(above)
            above = self._above(above)
        if self.selector and session not in self._at:
            self.selector = Selector()
        self.selected = session
        self.arrange()

    def settle(self) -> None:
        """Arrange anew what was put and dropped since."""
        if self._is_stale:
            self.arrange()

    def arrange(self) -> None:
        """Lay out the shown sessions; a selected one that is not among them gives way to the one at its place."""
        at = self._at.get(self.selected or "", 0)
        wanted = self._wanted()
        depths: dict[str, int] = {}
        hidden: set[str] = set()
        below = self._below()
        self.shown = []
        for _, session in self._order:
            above = self._above(session)
            depths[session] = 0 if above is None else depths[above] + 1
            if wanted is None:
                if above is not None and (above in hidden or above in self.folded):
                    hidden.add(session)
                    continue
            elif session not in wanted:
                continue
            is_folded = wanted is None and session in self.folded and below[session] > 0
            is_context = wanted is not None and not wanted[session]
            self.shown.append(Place(session, depths[session], below[session], is_folded, is_context))
        self._at = {place.id: number for number, place in enumerate(self.shown)}
        if self.selected not in self._at:
            self.selected = self.shown[min(at, len(self.shown) - 1)].id if self.shown else None
        self._is_stale = False
        self.stamp += 1

    def move(self, steps: int) -> None:
        """Select the session so many lines further down, or the first or last one."""
        if self.shown:
            self.selected = self.shown[min(max(self.at + steps, 0), len(self.shown) - 1)].id

    @property
    def at(self) -> int:
        """The line of the selected session among those that are shown."""
        return self._at.get(self.selected or "", 0)

    @property
    def card(self) -> Card | None:
        """The selected session."""
        return self.cards.get(self.selected or "")

    def live_below(self, session: str, ended: frozenset[str]) -> int:
        """Count the sessions below this one that have not ended."""
        prefix = f"{session}."
        return sum(card.id.startswith(prefix) and card.state not in ended for card in self.cards.values())

    def _above(self, session: str) -> str | None:
        """Return the parent; a session whose parent was removed stands at the top, as in `scope tree`."""
        card = self.cards.get(session)
        above = card.parent if card else None
        return above if above in self.cards else None

    def _below(self) -> dict[str, int]:
        below = dict.fromkeys(self.cards, 0)
        for _, session in reversed(self._order):
            above = self._above(session)
            if above is not None:
                below[above] += below[session] + 1
        return below

    def _wanted(self) -> dict[str, bool] | None:
        """Return what the selector selects (True) and what is above it (False); None where it selects everything."""
        if not self.selector:
            return None
        wanted: dict[str, bool] = {}
        for session, card in self.cards.items():
            if self.selector.selects(card):
                wanted[session] = True
                above = self._above(session)
                while above is not None and above not in wanted:
                    wanted[above] = self.selector.selects(self.cards[above])
                    above = self._above(above)
        return wanted
