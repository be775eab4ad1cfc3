"""HTML that escapes what it is given: only what was made here is markup, everything else is words."""

from __future__ import annotations

from html import escape

_EMPTY = frozenset(("circle", "line", "path", "rect", "polyline"))


class Markup(str):
    """A piece of a page that is markup already."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: object) -> Markup:
    """Return an element; `class_` is its class, `_` in a name stands for `-`, an attribute that is None is left out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(printable(str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY and not children:
        return Markup(f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{join(*children)}</{name}>")


def join(*children: str) -> Markup:
    """Return several pieces as one, words escaped."""
    return Markup("".join(child if isinstance(child, Markup) else escape(printable(child)) for child in children))


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]], *, of_numbers: frozenset[int] = frozenset()) -> Markup:
    """Return a table; the columns `of_numbers` stand to the right."""

    def cells(kind: str, line: tuple[str, ...]) -> list[Markup]:
        return [
            element(kind, cell, class_="number" if number in of_numbers else None) for number, cell in enumerate(line)
        ]

    body = [element("tr", *cells("td", row)) for row in rows]
    made = element("table", element("thead", element("tr", *cells("th", heads))), element("tbody", *body))
    return element("div", made, class_="wide")


def printable(words: str) -> str:
    """Return words without what no page may hold: control characters and half characters."""
    return "".join(c if c.isprintable() else " " for c in words)
