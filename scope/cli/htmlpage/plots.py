"""Plots as SVG: curves of shares, bars of amounts, and who resolved how much, readable in print and without colour."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Final

from scope.cli.htmlpage.markup import Markup, element

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH: Final = 600
HEIGHT: Final = 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 26
_DOT: Final = 3
_BAR_AT_MOST: Final = 46
_SLIM: Final = 0.72
_LEAST: Final = 1e-9
_ABOVE: Final = 1.000001  # 0.6 is no more than 6 * 0.1


def curve(
    points: Sequence[tuple[str, float | None]], words: Callable[[float], str], *, top: float, bound: float | None = None
) -> Markup:
    """Return a curve from 0 to `top`, broken where nothing is known; `bound` is drawn across."""
    drawn = [*_axes([label for label, _ in points], words, top)]
    if bound is not None:
        y = _y(bound, top)
        drawn.append(element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="bound"))
    run: list[str] = []
    for number, (_, value) in enumerate(points):
        if value is not None:
            run.append(f"{_x(number, len(points))},{_y(value, top)}")
        if run and (value is None or number == len(points) - 1):
            drawn.append(element("polyline", points=" ".join(run), class_="curve"))
            run = []
    for number, (label, value) in enumerate(points):
        if value is not None:
            said = element("title", f"{label}: {words(value)}")
            x, y = _x(number, len(points)), _y(value, top)
            drawn.append(element("circle", said, cx=x, cy=y, r=_DOT, class_="dot"))
    return _picture(drawn)


def bars(points: Sequence[tuple[str, Sequence[float]]], names: Sequence[str], words: Callable[[float], str]) -> Markup:
    """Return a bar for each point, its parts one above the other in the order of their names."""
    top = _round_top(max((sum(parts) for _, parts in points), default=0.0))
    drawn = [*_axes([label for label, _ in points], words, top)]
    width = round(min(_BAR_AT_MOST, (WIDTH - _LEFT - _RIGHT) / max(1, len(points)) * _SLIM), 1)
    for number, (label, parts) in enumerate(points):
        below = 0.0
        for part, (name, amount) in enumerate(zip(names, parts, strict=True)):
            if amount <= 0:
                continue
            y, foot = _y(below + amount, top), _y(below, top)
            said = element("title", f"{label}: {f'{name} ' if name else ''}{words(amount)}")
            kind = f"part-{part}" if len(names) > 1 else "lone"
            x = round(_x(number, len(points)) - width / 2, 1)
            height = round(foot - y, 1)
            drawn.append(element("rect", said, x=x, y=y, width=width, height=height, class_=f"part {kind}"))
            below += amount
    return _picture(drawn)


def legend(names: Sequence[str]) -> Markup:
    """Return what the parts of bars are called."""
    return element("p", *(element("span", name, class_=f"key key-{part}") for part, name in enumerate(names)))


def _axes(labels: Sequence[str], words: Callable[[float], str], top: float) -> list[Markup]:
    found = []
    for share in (0.0, 0.5, 1.0):
        y = _y(share * top, top)
        found.append(element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="grid"))
        found.append(element("text", words(share * top), x=_LEFT - 6, y=y + 4, class_="scale"))
    last = len(labels) - 1
    shown = {0: "start", last: "end"} if last > 0 else {0: "middle"} if labels else {}
    for number, anchor in shown.items():
        x = _x(number, len(labels))
        found.append(element("text", labels[number], x=x, y=HEIGHT - 6, text_anchor=anchor, class_="label"))
    return found


def _round_top(highest: float) -> float:
    """Return a number above all, of which the half is round as well; what is next to nothing has the scale of one."""
    if highest <= _LEAST:
        return 1.0
    size = 10.0 ** floor(log10(highest))
    return next(step * size for step in (1, 2, 4, 6, 8, 10) if highest <= step * size * _ABOVE)


def _x(number: int, count: int) -> float:
    room = WIDTH - _LEFT - _RIGHT
    return round(_LEFT + room * (number + 0.5) / max(1, count), 1)


def _y(value: float, top: float) -> float:
    room = HEIGHT - _TOP - _BOTTOM
    return round(_TOP + room * (1 - min(1.0, max(0.0, value / top if top else 0.0))), 1)


def _picture(drawn: Sequence[Markup]) -> Markup:
    return element("svg", *drawn, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", class_="plot")
