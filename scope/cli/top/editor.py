"""A line that a person types: its text, and where in it they are."""

from __future__ import annotations


class Editor:
    """One line of printable text with a cursor, as a shell has it."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.at = len(text)

    def insert(self, text: str) -> None:
        """Put a text in at the cursor; lines become one, and nothing of it can move a terminal's cursor."""
        text = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)
        self.text = self.text[: self.at] + text + self.text[self.at :]
        self.at += len(text)

    def press(self, key: str) -> bool:
        """Carry out a key that edits; tell whether it is one."""
        before, behind = self.text[: self.at], self.text[self.at :]
        match key:
            case "left" | "ctrl+b":
                self.at = max(0, self.at - 1)
            case "right" | "ctrl+f":
                self.at = min(len(self.text), self.at + 1)
            case "home" | "ctrl+a":
                self.at = 0
            case "end" | "ctrl+e":
                self.at = len(self.text)
            case "backspace" | "ctrl+h":
                self._set(before[:-1], behind)
            case "delete" | "ctrl+d":
                self._set(before, behind[1:])
            case "ctrl+u":
                self._set("", behind)
            case "ctrl+k":
                self._set(before, "")
            case "ctrl+w":
                self._set(before.rstrip().rpartition(" ")[0] + " " if " " in before.strip() else "", behind)
            case _:
                return False
        return True

    def _set(self, before: str, behind: str) -> None:
        self.text = before + behind
        self.at = len(before)
