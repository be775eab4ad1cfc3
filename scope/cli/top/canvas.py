"""The canvas: the one widget, which draws lines and of them only those that have changed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from scope.cli.top.lines import Line


class Canvas(Widget, can_focus=True):
    """Fills the terminal with lines, in letters that its encoding has."""

    DEFAULT_CSS = "Canvas { width: 1fr; height: 1fr; background: ansi_default; color: ansi_default; }"

    def __init__(self, encoding: str, cut: str) -> None:
        super().__init__()
        self._encoding = encoding
        self._cut = cut
        self._lines: list[Line] = []

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines."""
        before, self._lines = self._lines, list(lines)
        if len(before) != len(self._lines):
            self.refresh()
            return
        changed = [number for number, line in enumerate(self._lines) if line != before[number]]
        if changed:
            self.refresh(*(Region(0, number, self.size.width, 1) for number in changed))

    def render_line(self, y: int) -> Strip:
        """Return a line as textual draws it."""
        cells = self.size.width
        line = self._lines[y] if y < len(self._lines) else ()
        segments = [Segment(self._plain(text), _style(style)) for text, style in line]
        return Strip(segments).adjust_cell_length(cells, _style("")).simplify()

    def _plain(self, text: str) -> str:
        if text.isascii():
            return text
        return text.replace("…", self._cut).encode(self._encoding, "replace").decode(self._encoding)

    def on_key(self, event: events.Key) -> None:
        """Let the application have every key, also those that textual would take for itself."""
        event.stop()
        event.prevent_default()
        self.app.press_key(event)  # type: ignore[attr-defined]

    def on_paste(self, event: events.Paste) -> None:
        """Let the application have it in its turn: where it bubbled up, the keys behind it would come before it."""
        event.stop()
        event.prevent_default()
        self.app.paste(event)  # type: ignore[attr-defined]


@lru_cache(256)
def _style(words: str) -> Style:
    return Style.parse(words)
