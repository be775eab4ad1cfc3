"""The question as it is asked: whole, or with its middle left out where the window is too small; and its head. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Final

    from scope.executors.model.trajectory import Line

MOST_SHORTENINGS: Final = 3
HEAD: Final = 1500  # characters of it that stand in the pane
_KEPT: Final = 0.4
_SHORTENED: Final = "shortened_to"  # in a note of the trajectory


def next_length(lines: Iterable[Line], text: str) -> int | None:
    """Return to how many characters the question is shortened next; None where it was often enough."""
    lengths = _lengths(lines)
    if len(lengths) >= MOST_SHORTENINGS:
        return None
    return int(min([*lengths, len(text)]) * _KEPT)


def note(length: int) -> dict[str, Any]:
    """Return what the trajectory keeps of a question that was shortened."""
    return {"text": f"the question is shortened to {length} characters", _SHORTENED: length}


def as_asked(lines: Iterable[Line]) -> list[Line]:
    """Return the lines of a trajectory with the question as long as it may be."""
    listed = list(lines)
    longest = min(_lengths(listed), default=None)
    if longest is None:
        return listed
    return [
        {**line, "text": shortened(str(line.get("text")), longest)} if line["kind"] == "task" else line
        for line in listed
    ]


def shortened(text: str, longest: int) -> str:
    """Return the two ends of a text, and how much was left out between them."""
    if len(text) <= longest:
        return text
    head, tail = longest - longest // 2, longest // 2
    return f"{text[:head]}\n[… {len(text) - longest} characters left out …]\n{text[len(text) - tail :]}"


def head(text: str, where: str) -> str:
    """Return how a question begins, in whole lines if it can be, and where all of it stands."""
    if len(text) <= HEAD:
        return text
    begun = text[:HEAD]
    shown = begun[: begun.rfind("\n")] if "\n" in begun[HEAD // 2 :] else begun
    return f"{shown.rstrip()}\n[… {len(text) - len(shown)} characters more: {where}]"


def _lengths(lines: Iterable[Line]) -> list[int]:
    found = (line.get(_SHORTENED) for line in lines if line["kind"] == "note")
    return [length for length in found if isinstance(length, int) and length >= 0]
