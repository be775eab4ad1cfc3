"""The view: what a person looks at just now, as far as no file says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from scope.cli.top import rows, selector
from scope.cli.top.board import Board
from scope.cli.top.glyphs import Glyphs

if TYPE_CHECKING:
    from scope.cli.top.card import Card
    from scope.cli.top.expenses import Expenses
    from scope.cli.top.prompt import Prompt
    from scope.cli.top.questions import Questions

Mode = Literal["tree", "log", "help"]
Shown = Literal["", "log", "case"]
"""What the pane shows where a person has chosen; by itself it shows the case of one that asks, else the log."""

_HEAD = 3  # title, counts, column names
_PANE_AT_LEAST = 4
_TREE_AT_LEAST = 6


@dataclass(slots=True)
class View:
    """Everything that decides what is on the screen."""

    place: str
    expenses: Expenses
    questions: Questions
    glyphs: Glyphs = field(default_factory=Glyphs)
    board: Board = field(default_factory=Board)
    mode: Mode = "tree"
    shown: Shown = ""
    typed: str = ""  # the filter, as it was typed
    prompt: Prompt | None = None
    message: tuple[str, ...] = ()
    is_wrong: bool = False
    has_watcher: bool = True
    trouble: str = ""  # why something could not be read
    pane: list[str] = field(default_factory=list)
    back: int = 0  # how many lines the pane is scrolled back from its end, or a case from its beginning
    first: int = 0  # the first line of the tree on the screen
    height: int = 24
    width: int = 80
    _needs: tuple[int, tuple[int, int]] = (-1, (0, 0))

    @property
    def foot(self) -> int:
        """How many lines the bottom takes."""
        return max(1, len(self.message)) if self.prompt is None else 1

    @property
    def head(self) -> int:
        """How many lines the top takes."""
        return _HEAD + bool(self.questions.open)

    @property
    def pane_rows(self) -> int:
        """How many lines of the pane are on the screen, its title not counted."""
        body = self.height - self.head - self.foot
        if self.mode == "log":
            return max(1, body)  # its title stands where the column names do
        if body < _PANE_AT_LEAST + _TREE_AT_LEAST:
            return 0
        return max(_PANE_AT_LEAST, body * 2 // 5) - 1

    @property
    def tree_rows(self) -> int:
        """How many rows of the tree are on the screen."""
        if self.mode == "log":
            return 0
        body = self.height - self.head - self.foot
        return max(0, body - self.pane_rows - bool(self.pane_rows))

    @property
    def is_case(self) -> bool:
        """Whether the pane shows what is asked, not what was printed."""
        card = self.board.card
        if card is None or not card.asks:
            return False
        return self.shown != "log" and not (self.mode == "log" and self.shown == "")

    def visible(self) -> list[Card]:
        """Return the sessions whose rows are on the screen, the selected one among them."""
        board = self.board
        rows = self.tree_rows
        if rows:
            self.first = max(min(self.first, board.at), board.at - rows + 1, 0)
            self.first = max(0, min(self.first, len(board.shown) - rows))
        found = [board.cards[place.id] for place in board.shown[self.first : self.first + rows]]
        return found or ([board.card] if board.card else [])

    def needs(self) -> tuple[int, int]:
        """Return how wide ids and names are, reckoned anew only where they may have changed."""
        if self._needs[0] != self.board.stamp:
            shown = ((place, self.board.cards[place.id]) for place in self.board.shown)
            self._needs = (self.board.stamp, rows.needs(shown))
        return self._needs[1]

    def narrow(self, text: str) -> None:
        """Show only what these words select."""
        self.typed = text.strip()
        self.board.filter(selector.parse(text))

    def say(self, *lines: str, wrong: bool = False) -> None:
        """Show a message at the bottom until the next key."""
        self.message = lines
        self.is_wrong = wrong
