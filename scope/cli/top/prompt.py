"""What a person is typing at the bottom of the screen, and what it will be when they press Enter."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from scope.cli.top.editor import Editor
from scope.cli.top.lines import fit, width

if TYPE_CHECKING:
    from scope.cli.top.lines import Line

Kind = Literal["send", "redirect", "answer", "abort", "filter"]
_YES = ("y", "yes")


@dataclass(slots=True)
class Prompt:
    """One line to be typed; `subject` is the session or the escalation that it is for."""

    kind: Kind
    label: str
    subject: str = ""
    is_in_words: bool = False  # a redirect of one that takes words, and no command
    editor: Editor = field(default_factory=Editor)

    @property
    def is_question(self) -> bool:
        """Whether one key answers it."""
        return self.kind == "abort"

    def words(self) -> list[str]:
        """Return the words of the command that this asks for; none where nothing was typed. Raises ValueError."""
        text = self.editor.text.strip()
        if not text or self.kind == "filter" or (self.kind == "abort" and text.lower() not in _YES):
            return []
        match self.kind:
            case "send":
                return ["send", self.subject, "--", text]
            case "redirect" if self.is_in_words:
                # A word that begins with a dash would be an option; one that begins with a blank is words.
                return ["redirect", self.subject, f" {text}" if text.startswith("-") else text]
            case "redirect":
                return ["redirect", self.subject, "--", *shlex.split(text)]
            case "answer":
                return ["answer", self.subject, "--", text]
            case _:
                return ["abort", self.subject]

    def line(self, cells: int) -> Line:
        """Return how it looks: the label, the text around the cursor, the cursor."""
        label = fit(self.label, min(width(self.label), max(0, cells * 2 // 3)))
        room = max(1, cells - width(label) - 3)
        text, at = self.editor.text, self.editor.at
        first = 0
        while first < at and width(text[first:at]) >= room:
            first += 1
        under = text[at : at + 1] or " "
        behind = text[at + 1 :]
        behind = fit(behind, max(0, room - width(text[first:at]) - width(under)))
        return (f" {label} ", "bold"), (text[first:at], ""), (under, "reverse"), (behind, "")
