"""The screen: every line of it, from the view alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scope.cli.tables import COLOURS
from scope.cli.top import keys, rows
from scope.cli.top.lines import fit, fit_end, spread, width
from scope.cli.top.questions import said
from scope.laws.budget import dollars

if TYPE_CHECKING:
    from scope.cli.top.lines import Line, Piece
    from scope.cli.top.view import View

_PLACE_AT_MOST: Final = 60
_TYPED_AT_MOST: Final = 24
_URGENT: Final = ("waiting", "escalated", "failed", "running", "recovering", "deferred", "pending", "done", "aborted")
"""The states in the order in which their numbers are shown: the last ones give way on a narrow terminal."""

_EMPTY: Final = ("", " Nothing was spawned here yet. In another terminal:", "", "   scope spawn -- COMMAND")
_NOTHING: Final = ("", " Nothing is selected by the filter; Esc clears it.")


def compose(view: View, now_s: float) -> list[Line]:
    """Return the lines of the whole screen."""
    lines = [_title(view), _counts(view)]
    if view.questions.open:
        lines.append(_asked(view))
    if view.mode == "help":
        lines += keys.page(view.height - len(lines) - view.foot, view.width)
    elif view.mode == "log":
        lines += [_rule(view), *_pane(view)]
    else:
        lines += _tree(view, now_s)
        if view.pane_rows:
            lines += [_rule(view), *_pane(view)]
    lines = lines[: view.height - view.foot]
    lines += [()] * (view.height - view.foot - len(lines))
    return [*lines, *_foot(view)]


def _title(view: View) -> Line:
    left: tuple[Piece, ...] = (
        (" scope ", "bold"),
        (fit_end(view.place, min(width(view.place), _PLACE_AT_MOST)), "dim"),
    )
    if view.trouble:
        return spread(left, ((f" {view.trouble} ", "red"),), view.width)
    state = ("watcher lives ", "dim") if view.has_watcher else ("no watcher lives: w starts it ", "bold red")
    return spread(left, (state,), view.width)


def _counts(view: View) -> Line:
    counts = view.board.counts
    total = len(view.board.cards)
    left: list[Piece] = [(f" {total} session{'' if total == 1 else 's'}", "")]
    others = sorted(counts.keys() - set(_URGENT))
    room = view.width - len(left[0][0]) - 2
    spent_usd = view.expenses.total_usd
    behind: list[Piece] = (
        [(f"/{fit_end(view.typed, min(width(view.typed), _TYPED_AT_MOST))} ", "bold yellow")]
        if view.board.selector
        else []
    )
    behind += [(f"{dollars(spent_usd)} ", "")] if spent_usd else []
    room -= sum(width(text) for text, _ in behind)
    for state in (state for state in (*_URGENT, *others) if counts[state]):
        room -= len(f"  {counts[state]} {state}")
        if room < 0:
            break
        left += [("  ", ""), (str(counts[state]), "bold"), (f" {state}", COLOURS.get(state, "red"))]
    return spread(tuple(left), tuple(behind), view.width)


def _asked(view: View) -> Line:
    found = view.questions.open
    number = f" {view.glyphs.asks} {len(found)} {'waits' if len(found) == 1 else 'wait'} for you: "
    return spread(((number, "bold yellow"), (said(found[0]), "yellow")), (("y answers ", "dim"),), view.width)


def _tree(view: View, now_s: float) -> list[Line]:
    board, count = view.board, view.tree_rows
    view.visible()  # scrolls to the selected one
    places = board.shown[view.first : view.first + count]
    of = rows.columns(view.needs(), view.width, has_costs=view.expenses.total_usd > 0)
    lines = [rows.titles(of, f"{board.at + 1}/{len(board.shown)} " if board.shown else "")]
    for place in places:
        card = board.cards[place.id]
        is_selected = place.id == board.selected
        spent_usd = view.expenses.of(place.id)
        line = rows.row(of, place, card, view.glyphs, spent_usd=spent_usd, now_s=now_s, selected=is_selected)
        lines.append(line)
    if not board.shown:
        lines += [((text, "dim"),) for text in (_NOTHING if board.cards else _EMPTY)]
    lines = lines[: count + 1]
    return lines + [()] * (count + 1 - len(lines))


def _rule(view: View) -> Line:
    card, rule = view.board.card, view.glyphs.rule
    if card is None:
        return ((rule * view.width, "dim"),)
    what = f"asked: {card.asks}" if view.is_case else "log"
    tries = f", attempt {card.attempts}" if card.attempts > 1 and not view.is_case else ""
    name = fit(card.called, min(width(card.called), max(8, view.width // 2)))
    left: list[Piece] = [(f"{rule}{rule} ", "dim"), (card.id, "bold"), (f" {name} ".rstrip() + " ", "")]
    left += [(f"{rule} ", "dim"), (f"{what}{tries} ", "bold yellow" if view.is_case else "")]
    if view.back:
        left.append((f"{rule} {view.back} more {'above' if view.is_case else 'below'} ", "dim"))
    rest = view.width - sum(width(text) for text, _ in left)
    return (*left, (rule * max(0, rest), "dim"))


def _pane(view: View) -> list[Line]:
    count = view.pane_rows
    total = len(view.pane)
    view.back = min(view.back, max(0, total - count))
    first = view.back if view.is_case else max(0, total - count - view.back)
    found = view.pane[first : first + count]
    if not total and view.board.card is not None:
        return [((" it has printed nothing yet", "dim"),)]
    return [((" " + text, ""),) for text in found]


def _foot(view: View) -> list[Line]:
    if view.prompt is not None:
        return [view.prompt.line(view.width)]
    if view.message:
        first, *more = (fit(f" {text}", view.width) for text in view.message)
        return [((first, "bold red" if view.is_wrong else "bold"),), *(((text, "dim"),) for text in more)]
    if view.mode == "log":
        return [((" Esc", "bold"), (" back  ", "dim"), ("Tab", "bold"), (" log or question  ", "dim"),
                 ("Up Down PgUp PgDn", "bold"), (" scroll  ", "dim"), ("q", "bold"), (" quit", "dim"))]  # fmt: skip
    if view.mode == "help":
        return [((" Esc", "bold"), (" back  ", "dim"), ("q", "bold"), (" quit", "dim"))]
    return [keys.hints(view.width)]
