"""Telling what is plainly right about a task, in microseconds.

`laws.task` knows what a task may say, and takes twenty milliseconds to load. `spawn` asks here first:
what is plainly right needs no more, everything else is judged there, with words for what is wrong.
A property test holds that nothing is plainly right here and refused there.
"""

from __future__ import annotations

from scope.laws.ids import is_count, is_id, is_label_value, is_name, is_session_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Final


def _is_duration(word: str) -> bool:
    from scope.laws.durations import seconds  # noqa: PLC0415 - most tasks have none

    return bool(seconds(word))


_ONE_WORD: Final[dict[str, Callable[[str], bool]]] = {
    "name": is_session_name,
    "executor": lambda word: word == "command",
    "check": lambda word: "\0" not in word,
    "cwd": lambda word: word != "" and "\n" not in word and "\0" not in word,
    "job_type": is_name,
    "entity_type": is_name,
    "timeout": _is_duration,
    "idle_timeout": _is_duration,
    "retries": is_count,
    "priority": lambda word: is_count(word.removeprefix("-")),
    "after_any": lambda word: word == "true",
}


def is_plain(keys: Mapping[str, str | Sequence[str] | Mapping[str, str]]) -> bool:
    """Tell whether every key is plainly right, and there is a command without variables."""
    command = keys.get("command")
    if not isinstance(command, list) or not command or not command[0] or any("{{" in word for word in command):
        return False
    return all(_is_right(name, value) for name, value in keys.items())


def _is_right(name: str, value: str | Sequence[str] | Mapping[str, str]) -> bool:
    if isinstance(value, str):
        return _is_text(value) and name in _ONE_WORD and _ONE_WORD[name](value)
    if name == "labels" and isinstance(value, dict):
        return all(is_name(key) and is_label_value(item) for key, item in value.items())
    if name == "after":
        return isinstance(value, list) and all(map(is_id, value))
    return name in ("command", "signals") and isinstance(value, list) and all(map(_is_text, value))


def _is_text(word: str) -> bool:
    return "\0" not in word and (word.isascii() or not any("\udc80" <= c <= "\udcff" for c in word))
