"""Lines of the screen: pieces of text with a style each, cut and padded by what a terminal's cells take."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

Piece = tuple[str, str]
"""A text, and how it looks in words: `bold yellow`, `dim`; nothing is plain."""

Line = tuple[Piece, ...]


def width(text: str) -> int:
    """Return how many cells a text takes."""
    return cell_len(text)


def fit(text: str, cells: int) -> str:
    """Return a text of exactly this width: padded, or cut with an ellipsis."""
    taken = cell_len(text)
    if taken <= cells:
        return text + " " * (cells - taken)
    return set_cell_size(text, cells - 1) + "…" if cells > 0 else ""


def fit_end(text: str, cells: int) -> str:
    """Return a text of exactly this width, of which the end is kept: what tells one path or id from another."""
    if cell_len(text) <= cells:
        return fit(text, cells)
    kept = text
    while kept and cell_len(kept) > cells - 1:
        kept = kept[1:]
    return fit(f"…{kept}", cells)


def right(text: str, cells: int) -> str:
    """Return a text of exactly this width that stands at its right."""
    taken = cell_len(text)
    return " " * (cells - taken) + text if taken <= cells else fit(text, cells)


def spread(left: Line, behind: Line, cells: int) -> Line:
    """Return a line with something at its left and something at its right; the left gives way.

    What would take most of a narrow line at its right is left out.
    """
    if sum(cell_len(text) for text, _ in behind) > cells * 2 // 3:
        behind = ()
    room = max(0, cells - sum(cell_len(text) for text, _ in behind) - (1 if behind else 0))
    kept: list[Piece] = []
    for text, style in left:
        cut = text if cell_len(text) <= room else fit(text, room)
        kept.append((cut, style))
        room -= cell_len(cut)
        if cut != text:
            break
    return (*kept, (" " * (room + (1 if behind else 0)), ""), *behind)


def restyled(line: Line, style: str) -> Line:
    """Return a line whose every piece has this style as well."""
    return tuple((text, f"{own} {style}".strip()) for text, own in line)
