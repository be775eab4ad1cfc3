"""What a signal brings from outside: its data, the sessions that it is for, and its words for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FILTERS: Final = ("session", "labels", "job_type", "entity")
"""What data may say of the sessions that it is for; the rest of it is for the judgement."""

_MESSAGE: Final = "message"
_SHOWN: Final = 3
_SHORT: Final = 100
_LONGEST: Final = 400
_MOST_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class Whose:
    """The session that waits, by everything that a signal may say of those it is for."""

    session: str
    name: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    job_type: str = ""
    entity: str = ""


def as_data(value: object) -> dict[str, object] | None:
    """Return the data that was meant: an object itself, a bare `true` or number too; None for anything else."""
    match value:
        case None:
            return {}
        case dict():
            return {str(name): item for name, item in value.items()}
        case bool():
            return {"ok": value}
        case int() | float() | str():
            return {"value": value}
        case _:
            return None


def performance(said: object, signal: str) -> dict[str, object] | None:
    """Return what the content of a performance file says about one signal; None where it says nothing of it.

    It is an object with a key for each signal, or, without a key of this signal's name, the data of the one
    that is waited for: then it must hold something that can be judged.
    """
    if not isinstance(said, dict):
        return None
    if signal in said:
        return as_data(said[signal])
    return as_data(said) if any(name in said for name in ("ok", "outcome", "value", "passed")) else None


def brought(data: Mapping[str, object]) -> dict[str, object]:
    """Return what data brings for the judgement."""
    return {name: value for name, value in data.items() if name not in FILTERS}


def concerns(data: Mapping[str, object], whose: Whose) -> bool:
    """Tell whether a signal is for this session: one that names none is for all that wait for it."""
    wanted = {
        "session": (whose.session, whose.name),
        "job_type": (whose.job_type,),
        "entity": (whose.entity,),
    }
    for name, own in wanted.items():
        if name in data and not any(word and word in _words(data[name]) for word in own):
            return False
    if "labels" not in data:
        return True
    labels, own_labels = data["labels"], dict(whose.labels)
    return isinstance(labels, dict) and all(own_labels.get(str(key)) in _words(item) for key, item in labels.items())


def _words(value: object) -> tuple[str, ...]:
    """Return the words that one value or a list holds; an id may be written as a whole number."""
    items = value if isinstance(value, list) else [value]
    return tuple(item if isinstance(item, str) else plain(item) for item in items if not isinstance(item, bool | float))


def lines(data: Mapping[str, object]) -> tuple[str, ...]:
    """Return what data tells of a failure, line by line: the rest by name, and last its `message`."""
    told = brought(data)
    message = told.pop(_MESSAGE, "")
    said = [f"{plain(name)}: {plain(value)}" for name, value in told.items()]
    said += [line for line in message.splitlines() if line.strip()] if isinstance(message, str) else []
    return tuple(line[:_LONGEST] for line in said[-_MOST_LINES:])


def listed(data: Mapping[str, object]) -> str:
    """Say data in one short line."""
    shown = [f"{plain(name)}: {plain(value)}" for name, value in list(data.items())[:_SHOWN]]
    return ", ".join([*shown, *(["…"] if len(data) > len(shown) else [])]) or "no data"


def plain(value: object) -> str:
    """Say one value in a few words."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case int() if value.bit_length() > _LONGEST:
            return "a number too long"  # of thousands of digits there is no text
        case str() | int() | float():
            text = str(value)
            return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
        case _:
            return "…"
