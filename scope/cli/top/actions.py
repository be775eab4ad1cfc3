"""The actions that keys stand for, each on the selected session: a change of the view, a question, or an errand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.cli.top.editor import Editor
from scope.cli.top.prompt import Prompt
from scope.laws.ids import order
from scope.laws.states import TERMINAL
from scope.sessions.asking.escalations import WORDS, Escalation
from scope.sessions.records import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from scope.cli.top.view import View

EVERYTHING: Final = 1 << 30
"""More steps than there are lines."""


@dataclass(frozen=True, slots=True)
class Command:
    """Run `scope WORDS` beside, and say what it says, or else what was done."""

    words: tuple[str, ...]
    done: str = ""


@dataclass(frozen=True, slots=True)
class Attach:
    """Hand the terminal to `scope attach SESSION`."""

    session: str


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave, with this exit code."""

    code: int = 0


Errand = Command | Attach | Quit | None


def _attach(view: View) -> Errand:
    card = view.board.card
    if card is None:
        return None
    if card.state in TERMINAL and card.attempts:
        return _logs(view)
    if card.state in ("running", "waiting"):
        return Attach(card.id)
    return Command(("attach", card.id))  # it says why not, and what to do


def _logs(view: View) -> Errand:
    if view.board.card is not None:
        view.mode = "tree" if view.mode == "log" else "log"
        view.shown, view.back = "", 0
    return None


def _turn(view: View) -> Errand:
    card = view.board.card
    if card is not None and not card.asks:
        view.say(f"nobody is asked about {card.id}")
    elif card is not None:
        view.shown, view.back = ("log" if view.is_case else "case"), 0
    return None


def _send(view: View) -> Errand:
    card = view.board.card
    if card is not None:
        view.prompt = Prompt("send", f"send to {card.id}:", card.id)
    return None


def _redirect(view: View) -> Errand:
    card = view.board.card
    if card is not None:
        is_in_words = card.executor == "model"
        label = f"{'task' if is_in_words else 'command'} for {card.id}:"
        view.prompt = Prompt("redirect", label, card.id, is_in_words=is_in_words)
    return None


def _abort(view: View) -> Errand:
    card = view.board.card
    if card is not None:
        below = view.board.live_below(card.id, TERMINAL)
        name = f" {card.name}" if card.name else ""
        more = f" and {below} below it" if below else ""
        view.prompt = Prompt("abort", f"abort {card.id}{name}{more}? y or n", card.id)
    return None


def _retry(view: View) -> Errand:
    card = view.board.card
    return Command(("retry", card.id), f"trying {card.id} again") if card is not None else None


def _answer(view: View) -> Errand:
    card = view.board.card
    found = view.questions.get(card.asks) if card is not None and card.asks else None
    if found is None:
        found = next((each for each in view.questions.open if isinstance(each, Escalation)), None)
    if found is None:
        view.say("nothing waits for you")
        return None
    if card is not None and card.asks != found.id and found.sessions and found.sessions[0] in view.board.cards:
        view.board.reveal(found.sessions[0])
    choices = found.options if found.kind == "question" else (*WORDS, "words")
    meant = f" ({', '.join(map(record.one_line, choices))})" if choices else ""
    view.prompt = Prompt("answer", f"answer {found.id}{meant}:", found.id)
    return None


def _next(view: View) -> Errand:
    board = view.board
    asking = [session for session in sorted(board.cards, key=order) if board.cards[session].asks]
    if not asking:
        view.say("nothing waits for you")
        return None
    here = order(board.selected) if board.selected else ()
    board.reveal(next((session for session in asking if order(session) > here), asking[0]))
    view.shown, view.back = "", 0
    return None


def _filter(view: View) -> Errand:
    view.prompt = Prompt("filter", "show only:", editor=Editor(view.typed if view.board.selector else ""))
    return None


def _fold(view: View) -> Errand:
    if view.board.selected:
        view.board.fold(view.board.selected)
    return None


def _left(view: View) -> Errand:
    board = view.board
    place = board.shown[board.at] if board.shown else None
    if place is not None and place.below and not place.is_folded:
        board.fold(place.id)
    elif board.card is not None and board.card.parent in board.cards:
        board.selected = board.card.parent
    return None


def _right(view: View) -> Errand:
    board = view.board
    if board.shown and board.shown[board.at].is_folded:
        board.fold(board.shown[board.at].id)
    return None


def _mover(steps: Callable[[View], int]) -> Callable[[View], Errand]:
    def move(view: View) -> Errand:
        view.board.move(steps(view))
        view.back, view.shown = 0, ""
        return None

    return move


def _leave(view: View) -> Errand:
    if view.mode == "log":
        view.mode, view.back, view.shown = "tree", 0, ""
    elif view.board.selector:
        view.narrow("")
    return None


def _help(view: View) -> Errand:
    view.mode = "help"
    return None


ACTIONS: Final[dict[str, Callable[[View], Errand]]] = {
    "attach": _attach,
    "logs": _logs,
    "turn": _turn,
    "send": _send,
    "redirect": _redirect,
    "abort": _abort,
    "retry": _retry,
    "answer": _answer,
    "next": _next,
    "filter": _filter,
    "fold": _fold,
    "left": _left,
    "right": _right,
    "up": _mover(lambda _: -1),
    "down": _mover(lambda _: 1),
    "page_up": _mover(lambda view: -max(1, view.tree_rows - 1)),
    "page_down": _mover(lambda view: max(1, view.tree_rows - 1)),
    "first": _mover(lambda _: -EVERYTHING),
    "last": _mover(lambda _: EVERYTHING),
    "watch": lambda _: Command(("watch",)),
    "help": _help,
    "leave": _leave,
    "quit": lambda _: Quit(),
}
