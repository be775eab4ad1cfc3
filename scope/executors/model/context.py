"""The context: what the model is shown, as a pure function of the trajectory.

Whatever the lines say, every call has its one result, in the order of the calls, before anything
else is said; providers refuse a conversation in which that is not so.
"""

from __future__ import annotations

import json

from scope.executors.model import prompt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Final

    from scope.executors.model.trajectory import Line

    Message = dict[str, Any]

CHARACTERS_PER_TOKEN: Final = 3.0
_OF_A_MESSAGE: Final = 20  # characters around each
_LEAST_RATIO: Final = 0.2
_MOST_RATIO: Final = 5.0
_UNKNOWN: Final = "(what came of this is not known)"
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def messages(system: str, lines: Sequence[Line]) -> list[Message]:
    """Return the conversation so far."""
    summary = next((line for line in reversed(lines) if line["kind"] == "summary"), None)
    start = 0 if summary is None else _start(lines, summary)
    tasks = [line for line in lines if line["kind"] == "task"]
    talk = _Talk(elided(lines))
    talk.made.append({"role": "system", "content": system})
    talk.made.append(_user(_text(tasks[0], "text") if tasks else ""))
    if summary is not None:
        talk.made.append(_user(_summed_up(summary, lines[:start])))
    for line in lines[start:]:
        talk.take(line)
    talk.settle()
    return talk.made


def shown(lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines that are not summed up."""
    summary = next((line for line in reversed(lines) if line["kind"] == "summary"), None)
    return lines if summary is None else lines[_start(lines, summary) :]


def elided(lines: Sequence[Line]) -> int:
    """Return before which step old observations are left out."""
    return max((_count(line, "before") for line in lines if line["kind"] == "elided"), default=0)


def pending(lines: Sequence[Line]) -> list[tuple[Line, Line | None]]:
    """Return the calls of the last reply that have no result, each with the line that says it was begun, if it was."""
    begun: dict[str, Line] = {}
    ended: set[str] = set()
    for line in reversed(lines):
        if line["kind"] == "reply":
            return [(call, begun.get(call["id"])) for call in calls(line) if call["id"] not in ended]
        if line["kind"] == "action":
            begun.setdefault(_text(line, "call"), line)
        elif line["kind"] == "observation":
            ended.add(_text(line, "call"))
    return []


def calls(reply: Line) -> list[Line]:
    """Return the calls of a reply that are worth the name."""
    listed = reply.get("calls")
    return [
        call
        for call in (listed if isinstance(listed, list) else ())
        if isinstance(call, dict) and all(isinstance(call.get(key), str) for key in ("id", "name", "arguments"))
    ]


def tokens(conversation: Iterable[Message], lines: Sequence[Line], beside: int = 0) -> int:
    """Estimate what a conversation takes, with `beside` characters that are sent along: as the last real count was."""
    return int((characters(conversation) + beside) / CHARACTERS_PER_TOKEN * ratio(lines))


def ratio(lines: Sequence[Line]) -> float:
    """Return how many tokens the last prompt took for each that was estimated."""
    for line in reversed(lines):
        if line["kind"] == "reply" and _count(line, "prompt_tokens") > 0 and _count(line, "characters") > 0:
            found: float = line["prompt_tokens"] * CHARACTERS_PER_TOKEN / line["characters"]
            return min(max(found, _LEAST_RATIO), _MOST_RATIO)
    return 1.0


def characters(conversation: Iterable[Message]) -> int:
    """Count the characters of a conversation."""
    total = 0
    for message in conversation:
        total += _OF_A_MESSAGE + len(message.get("content") or "")
        for call in message.get("tool_calls", ()):
            total += _OF_A_MESSAGE + len(call["function"]["name"]) + len(call["function"]["arguments"])
    return total


class _Talk:
    """A conversation that is being made: results wait for their turn, and what people say for the results."""

    def __init__(self, elided: int) -> None:
        self.made: list[Message] = []
        self._elided = elided
        self._open: list[str] = []
        self._results: dict[str, str] = {}
        self._held: list[Message] = []
        self._task: str | None = None

    def take(self, line: Line) -> None:
        match line["kind"]:
            case "reply":
                self.settle()
                self._reply(line)
            case "observation":
                self._observation(line)
            case "message":
                self._held.append(_user(_text(line, "text")))
            case "task":
                text = _text(line, "text")
                if self._task is not None and text != self._task:
                    self._held.append(_user(prompt.CHANGED.format(task=text)))
                self._task = text

    def settle(self) -> None:
        """Put the results behind their calls, then what was said meanwhile."""
        for call in self._open:
            content = self._results.get(call, _UNKNOWN)
            self.made.append({"role": "tool", "tool_call_id": call, "content": content})
        self.made += self._held
        self._open, self._results, self._held = [], {}, []

    def _reply(self, line: Line) -> None:
        message: Message = {"role": "assistant", "content": _text(line, "text")}
        spoken = line.get("is_spoken") is True
        made = [] if spoken else [_call(call) for call in _distinct(calls(line))]
        if made:
            message["tool_calls"] = made
            message["content"] = message["content"] or None
        if isinstance(line.get("thinking_blocks"), list):
            message["thinking_blocks"] = line["thinking_blocks"]
        if made or message["content"]:
            self.made.append(message)
        self._open = [call["id"] for call in made]

    def _observation(self, line: Line) -> None:
        text = _text(line, "text")
        if _count(line, "step") < self._elided:
            text = min(text, elision(line), key=len)
        call = _text(line, "call")
        if call in self._open:
            self._results.setdefault(call, text)
        else:
            self._held.append(_user(text))


def elision(observation: Line) -> str:
    """Return the line that stands for an old observation; itself, where nobody could look it up."""
    path = _text(observation, "output")
    if not path:
        return _text(observation, "text")
    subject = _text(observation, "subject") or "a command"
    size = len(_text(observation, "text"))
    code = observation.get("exit")
    ended = "unfinished" if code is None else f"exit {code}"
    return f"[left out: what `{subject}` printed ({ended}, {size} characters here); see {path}]"


def _start(lines: Sequence[Line], summary: Line) -> int:
    """Return from which line on the turns are shown word for word."""
    before = _count(summary, "before")
    for index, line in enumerate(lines):
        if (line["kind"] == "reply" and _count(line, "step") >= before) or line is summary:
            return index
    return len(lines)


def _summed_up(summary: Line, gone: Sequence[Line]) -> str:
    text = prompt.SUMMARY.format(last=max(0, _count(summary, "before") - 1), text=_text(summary, "text"))
    said = [_text(line, "text") for line in gone if line["kind"] == "message" and line.get("by") != "scope"]
    tasks = [_text(line, "text") for line in gone if line["kind"] == "task"]
    if tasks and tasks[-1] != tasks[0]:
        said.append(prompt.CHANGED.format(task=tasks[-1]))
    return text + (prompt.SAID_BY_PEOPLE + "\n\n".join(said) if said else "")


def _call(call: Line) -> Message:
    name, arguments = _text(call, "name"), _text(call, "arguments")
    if not _is_object(arguments):
        # As it was written, some providers would refuse the whole conversation for it.
        arguments = json.dumps({"malformed": arguments[:2000]})
    made: Message = {
        "id": call["id"],
        "type": "function",
        "function": {"name": name if name and _NAME.issuperset(name) else "unknown", "arguments": arguments},
    }
    if isinstance(call.get("provider_specific_fields"), dict):
        made["provider_specific_fields"] = call["provider_specific_fields"]
    return made


def _distinct(listed: Iterable[Line]) -> list[Line]:
    seen: dict[str, Line] = {}
    for call in listed:
        seen.setdefault(call["id"], call)
    return list(seen.values())


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _user(text: str) -> Message:
    return {"role": "user", "content": text}


def _text(line: Line, key: str) -> str:
    value = line.get(key)
    return sendable(value) if isinstance(value, str) else ""


def sendable(text: str) -> str:
    """Return a text without half characters: in a file's name there may be one, in no request to a provider."""
    return text.encode("utf-8", "replace").decode()


def _count(line: Line, key: str) -> int:
    value = line.get(key)
    return value if isinstance(value, int) else 0
