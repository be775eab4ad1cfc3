"""What a key does: it changes the view, or asks for an errand. Nothing here touches a file or a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scope.cli.top import keys
from scope.cli.top.actions import ACTIONS, EVERYTHING, Command, Quit

if TYPE_CHECKING:
    from scope.cli.top.actions import Errand
    from scope.cli.top.prompt import Prompt
    from scope.cli.top.view import View

INTERRUPTED: Final = 130


def press(view: View, key: str, character: str | None) -> Errand:
    """Carry out one key."""
    if key in ("ctrl+c", "ctrl+q") and view.prompt is None:
        return Quit(INTERRUPTED if key == "ctrl+c" else 0)
    if view.prompt is not None:
        return _type(view, view.prompt, key, character)
    view.say()
    action = keys.action(key, character)
    if view.mode != "tree" and action in ("up", "down", "page_up", "page_down", "first", "last"):
        _scroll(view, action)
        return None
    if view.mode == "help" and action in ("help", "leave"):
        view.mode = "tree"
        return None
    return ACTIONS[action](view) if action else None


def paste(view: View, text: str) -> None:
    """Take what was pasted: into the line that is typed, else nowhere, for its letters are no keys."""
    if view.prompt is not None and not view.prompt.is_question:
        view.prompt.editor.insert(text)
        _narrow(view, view.prompt)


def _type(view: View, prompt: Prompt, key: str, character: str | None) -> Errand:
    if key in ("escape", "ctrl+c"):
        view.prompt = None
        if prompt.kind == "filter":
            view.narrow("")
        return None
    if prompt.is_question:
        view.prompt = None
        prompt.editor.insert(character or "")
        return _entered(view, prompt)
    if key == "enter":
        view.prompt = None
        return _entered(view, prompt)
    if not prompt.editor.press(key) and character and character.isprintable():
        prompt.editor.insert(character)
    _narrow(view, prompt)
    return None


def _narrow(view: View, prompt: Prompt) -> None:
    """Show at once what a filter selects that is being typed."""
    if prompt.kind == "filter":
        view.narrow(prompt.editor.text)


def _entered(view: View, prompt: Prompt) -> Errand:
    try:
        words = prompt.words()
    except ValueError as error:
        view.say(f"error: cannot read the command: {str(error).lower()}", "hint: close what is quoted", wrong=True)
        return None
    if not words:
        return None
    done = {"send": "sent to", "redirect": "redirected", "abort": "aborting", "answer": "answered"}[prompt.kind]
    return Command(tuple(words), f"{done} {prompt.subject}")


def _scroll(view: View, action: str) -> None:
    page = max(1, view.pane_rows - 1)
    # A log is read from its end, a case from its beginning.
    sign = -1 if view.is_case else 1
    steps = {"up": 1, "down": -1, "page_up": page, "page_down": -page, "first": EVERYTHING, "last": -EVERYTHING}
    view.back = max(0, min(len(view.pane), view.back + sign * steps[action]))
