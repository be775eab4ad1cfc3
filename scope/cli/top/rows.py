"""The rows of the tree: columns that fit the terminal, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.cli.tables import COLOURS
from scope.cli.top.card import UNREADABLE, age
from scope.cli.top.lines import fit, fit_end, restyled, right, width
from scope.laws.budget import dollars

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.cli.top.board import Place
    from scope.cli.top.card import Card
    from scope.cli.top.glyphs import Glyphs
    from scope.cli.top.lines import Line

_STATE: Final = 10
_AGE: Final = 4
_TRY: Final = 3
_COST: Final = 7
_DEEPEST: Final = 6
_ID_AT_LEAST: Final = 6
_NAME_AT_LEAST: Final = 8
_NARROW: Final = 72
_TINY: Final = 50


@dataclass(frozen=True, slots=True)
class Columns:
    """How wide each column is; one without width is left out."""

    id: int
    state: int
    age: int
    tries: int
    cost: int
    name: int
    activity: int


def needs(shown: Iterable[tuple[Place, Card]]) -> tuple[int, int]:
    """Return how many cells the ids and the names of these rows take at most."""
    id_cells = name_cells = 0
    for place, card in shown:
        id_cells = max(id_cells, _indent(place) + len(card.id))
        name_cells = max(name_cells, width(card.called) + (len(_hidden(place)) if place.is_folded else 0))
    return id_cells, name_cells


def columns(needed: tuple[int, int], cells: int, *, has_costs: bool = True) -> Columns:
    """Return columns for rows that need so much on a terminal of this width; a narrow one has fewer."""
    id_cells, name_cells = needed
    identity = min(max(id_cells, _ID_AT_LEAST), max(_ID_AT_LEAST, cells // 4))
    is_wide, is_tiny = cells >= _NARROW, cells < _TINY
    years, tries, cost = (0 if is_tiny else _AGE), (_TRY if is_wide else 0), (_COST if is_wide and has_costs else 0)
    room = cells - 2 - sum(each + 2 for each in (identity, _STATE, years, tries, cost) if each)
    name = max(0, min(max(name_cells, _NAME_AT_LEAST), room * 2 // 5))
    return Columns(identity, _STATE, years, tries, cost, name, max(0, room - name - 2))


def titles(of: Columns, position: str) -> Line:
    """Return the line above the rows; it ends with which of how many is selected."""
    cells = [fit("ID", of.id), fit("STATE", of.state), right("AGE", of.age) if of.age else ""]
    cells += [right("TRY", of.tries) if of.tries else "", right("COST", of.cost) if of.cost else ""]
    cells += [fit("NAME", of.name), fit("ACTIVITY", max(0, of.activity - len(position) - 1))]
    text = " " + "  ".join(cell for cell in cells if cell)
    return (text, "bold"), (f" {position}", "dim")


def row(
    of: Columns, place: Place, card: Card, glyphs: Glyphs, *, spent_usd: float, now_s: float, selected: bool
) -> Line:
    """Return the line of one session."""
    marker = glyphs.folded if place.is_folded else glyphs.unfolded if place.below else " "
    identity = " " * (_indent(place) - 2) + f"{marker} {card.id}"
    name = card.called + (_hidden(place) if place.is_folded else "")
    pieces = [
        (fit_end(identity, of.id), "bold"),
        (fit(card.state, of.state), "red" if card.state == UNREADABLE else COLOURS[card.state]),
        (right(age(now_s - card.began_s) if card.began_s else "", of.age), ""),
        (right(str(card.attempts or ""), of.tries), "yellow" if card.attempts > 1 else ""),
        (right(_money(spent_usd), of.cost), ""),
        (fit(name, of.name), "" if card.name else "dim"),
        (fit(card.activity, of.activity), "yellow" if card.asks else "dim"),
    ]
    line: list[tuple[str, str]] = [(" ", "")]
    for text, style in pieces:
        if text:
            line += [(text, style), ("  ", "")]
    if place.is_context:
        return restyled(tuple((text, "") for text, _ in line), "reverse" if selected else "dim")
    # Every colour of a selected row would be a background: it has none, to be read easily.
    return (
        tuple((text, "bold reverse" if "bold" in style else "reverse") for text, style in line)
        if selected
        else tuple(line)
    )


def _indent(place: Place) -> int:
    return 2 * min(place.depth, _DEEPEST) + 2


def _hidden(place: Place) -> str:
    return f" +{place.below}"


def _money(spent_usd: float) -> str:
    if not spent_usd:
        return ""
    said = dollars(spent_usd)
    return said if len(said) <= _COST else f"${spent_usd:.0f}"
