"""What an attempt asks with `scope ask`: seen, put before a person, answered."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scope.errors import StoreFault
from scope.laws.case import Question
from scope.laws.ids import is_count
from scope.store import atomic, attemptdir, locks

if TYPE_CHECKING:
    from scope.supervision.wards.ward import Ward

_START, _END = "question-", ".json"
_LOOK_S = 0.5
_LONGEST: Final = 4000
_OPTIONS_AT_MOST: Final = 50
_LAST_S: Final = 253402300799  # the last second of the year 9999, behind which no calendar goes


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the worker wrote it; `deadline` in unix seconds."""

    text: str
    options: tuple[str, ...] = ()
    default: str | None = None
    deadline: float | None = None


def observed(ward: Ward) -> Question | None:
    """Return the oldest question without an answer of a ward's attempt."""
    directory = ward.attempt_directory
    if not os.path.exists(attemptdir.asked(directory, 1)):
        return None
    for number in _numbers(directory):
        if os.path.exists(attemptdir.answered(directory, number)):
            continue
        waits = locks.is_held(attemptdir.asked(directory, number))
        if not waits and number != ward.chronicle.asking:
            continue  # whoever asked has gone
        return _standing(read(directory, number), number, is_waiting=waits)
    return None


def _standing(asked: Asked, number: int, *, is_waiting: bool) -> Question:
    if asked.deadline is None:
        return Question(number, asked.text, is_waiting)
    left_s = asked.deadline - time.time()
    if is_waiting and left_s <= 0 and asked.default is not None:
        return Question(number, asked.text, is_waiting, asked.default, "default")
    # Without a default whoever asks gives up by itself, a little later.
    return Question(number, asked.text, is_waiting, due_s=max(_LOOK_S, left_s))


def read(attempt_directory: str, number: int) -> Asked:
    """Return a question; what cannot be read asks for help."""
    try:
        said: Any = json.loads(atomic.read(attemptdir.asked(attempt_directory, number), atomic.SMALL) or "")
    except (ValueError, RecursionError, StoreFault):
        said = None
    if not isinstance(said, dict):
        return Asked("a question that cannot be read")
    options, default = said.get("options"), said.get("default")
    return Asked(
        text=_words(said.get("question")) or "",
        options=_options(options) if isinstance(options, list) else (),
        default=_words(default) if isinstance(default, str) else None,
        deadline=_moment(said.get("deadline")),
    )


def _options(listed: list[Any]) -> tuple[str, ...]:
    words = (_words(option) for option in listed[:_OPTIONS_AT_MOST])
    return tuple(option for option in words if option is not None)


def _words(said: object) -> str | None:
    """Return what is a text or a number as words that any file can take; None for anything else."""
    return atomic.writable(str(said), _LONGEST) if isinstance(said, str | int | float) else None


def _moment(said: object) -> float | None:
    """Return a moment that a clock can show; what is none (NaN, Infinity, a year 30000) is no deadline."""
    is_number = isinstance(said, int | float) and not isinstance(said, bool)
    return float(said) if is_number and 0 <= said <= _LAST_S else None  # type: ignore[arg-type,operator]


def write_answer(attempt_directory: str, number: int, answer: str, by: str) -> None:
    """Write the answer for whoever waits; doing it again changes nothing. Raises StoreFault."""
    path = attemptdir.answered(attempt_directory, number)
    if not os.path.exists(path):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        atomic.replace(path, json.dumps({"answer": answer, "by": by, "time": stamp}) + "\n")


def _numbers(directory: str) -> list[int]:
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    words = (name[len(_START) : -len(_END)] for name in names if name.startswith(_START) and name.endswith(_END))
    return sorted(int(word) for word in words if is_count(word))
