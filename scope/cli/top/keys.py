"""The keys of the dashboard: what each does, in the order in which the help lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.cli.top.lines import fit, spread

if TYPE_CHECKING:
    from scope.cli.top.lines import Line


@dataclass(frozen=True, slots=True)
class Key:
    """What one or several keys do; `short` is for the line at the bottom, where there is one."""

    action: str
    keys: tuple[str, ...]
    shown: str
    meaning: str
    short: str = ""


KEYS: Final = (
    Key("attach", ("enter", "a"), "a Enter", "its terminal; Ctrl-b d returns", "attach"),
    Key("logs", ("l",), "l", "its log on the whole screen", "logs"),
    Key("turn", ("tab",), "Tab", "its log, or what is asked"),
    Key("send", ("s",), "s", "send it a line", "send"),
    Key("redirect", ("r",), "r", "give it another task", "redirect"),
    Key("abort", ("x",), "x", "abort it, and all below it", "abort"),
    Key("retry", ("R",), "R", "try it again", "retry"),
    Key("answer", ("y",), "y", "answer it, or the first open", "answer"),
    Key("next", ("n",), "n", "to the next that asks"),
    Key("filter", ("slash", "/"), "/", "show only what this selects", "filter"),
    Key("fold", ("f", "space"), "f Space", "fold or unfold it", "fold"),
    Key("left", ("left",), "Left", "fold it, or to the one above"),
    Key("right", ("right",), "Right", "unfold it"),
    Key("up", ("up", "k"), "Up k", "one up"),
    Key("down", ("down", "j"), "Down j", "one down"),
    Key("page_up", ("pageup", "ctrl+b"), "PgUp", "a page up"),
    Key("page_down", ("pagedown", "ctrl+f"), "PgDn", "a page down"),
    Key("first", ("home", "g"), "Home g", "the first"),
    Key("last", ("end", "G"), "End G", "the last"),
    Key("watch", ("w",), "w", "start the watcher"),
    Key("help", ("question_mark", "?", "h", "f1"), "?", "these keys", "help"),
    Key("leave", ("escape",), "Esc", "back; clear the filter"),
    Key("quit", ("q",), "q", "quit; the sessions go on", "quit"),
)
_BY_KEY: Final = {key: each.action for each in KEYS for key in each.keys}
_FIRST: Final = ("help", "quit", "attach", "answer", "logs", "abort", "send", "filter", "retry", "redirect", "fold")
"""Which keys the line at the bottom keeps where it is too short for all."""


def action(key: str, character: str | None) -> str:
    """Return what a key does, nothing for one that does nothing."""
    return _BY_KEY.get(key) or _BY_KEY.get(character or "", "")


def hints(cells: int) -> Line:
    """Return the line at the bottom, as many keys as fit."""
    by_action = {each.action: each for each in KEYS}
    room, kept = cells + 1, set()  # the two blanks behind the last are not needed
    for name in _FIRST:
        room -= len(_short(by_action[name])) + 2
        if room < 0:
            break
        kept.add(name)
    line: list[tuple[str, str]] = [(" ", "")]
    for each in KEYS:
        if each.action in kept:
            key, _, _ = each.shown.partition(" ")
            line += [(key, "bold"), (f" {each.short}  ", "dim")]
    return tuple(line)


def page(lines: int, cells: int) -> list[Line]:
    """Return the help in so many lines: in one column, or in two where it must."""
    widest = max(len(each.shown) for each in KEYS)
    entries: list[Line] = [((f" {fit(each.shown, widest)}  ", "bold"), (each.meaning, "")) for each in KEYS]
    if len(entries) <= lines:
        return entries
    half = (len(entries) + 1) // 2
    left, right = entries[:half], entries[half:]
    room = cells // 2
    found: list[Line] = []
    for number, entry in enumerate(left):
        (key, style), (meaning, plain) = entry
        beside = right[number] if number < len(right) else ()
        found.append(spread(((key, style), (fit(meaning, max(0, room - len(key))), plain), *beside), (), cells))
    return found[: max(0, lines)]


def _short(key: Key) -> str:
    return f"{key.shown.partition(' ')[0]} {key.short}"
