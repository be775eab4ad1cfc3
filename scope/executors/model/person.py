"""Asking a person on behalf of a model."""

from __future__ import annotations

import json
import os

from scope.laws.ids import is_count
from scope.sessions.asking import questions
from scope.sessions.asking.questions import Question
from scope.store import atomic, attemptdir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scope.executors.model.brief import Place
    from scope.executors.model.tools import Ask


def answer(place: Place, action: Ask, asked_in: str) -> str:
    """Ask, wait, and return the answer; `asked_in` is the attempt in which it was asked before, if it was.

    Raises what `questions.ask` does.
    """
    if is_count(asked_in):
        given = _given(place.earlier(int(asked_in)), action)
        if given is not None:
            return given
    said = questions.ask(place.root, place.directory, Question(action.question, action.options))
    assert said is not None  # without a deadline there is always an answer
    return said.text


def _given(attempt_directory: str, action: Ask) -> str | None:
    """Return the answer to the same question of an attempt that was killed while it waited for it."""
    number = 0
    while os.path.exists(attemptdir.asked(attempt_directory, number + 1)):
        number += 1
    for each in range(number, 0, -1):
        try:
            asked = json.loads(atomic.read(attemptdir.asked(attempt_directory, each), atomic.SMALL) or "{}")
        except (ValueError, RecursionError):
            continue
        if isinstance(asked, dict) and asked.get("question") == action.question:
            said = questions.answer_to(attempt_directory, each)
            return None if said is None else said.text
    return None
