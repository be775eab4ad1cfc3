"""The tools that a model is given, and what a call of one says: an action, or what is wrong with it."""

from __future__ import annotations

import json

from scope.executors.model.transcript import clean
from scope.sessions.records.reports import CLASSES, NEEDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final, TypeAlias

    Action: TypeAlias = "Bash | Done | Fail | Ask"

# What only the router and the watcher can know, and what would cost no retry, however often it is said.
_NOT_ITS_OWN: Final = ("quota", "budget", "lost", "dependency_cycle")
_CLASSES: Final = tuple(name for name in CLASSES if name not in _NOT_ITS_OWN)
TIMEOUT_S: Final = 120
LONGEST_TIMEOUT_S: Final = 3600
USES: Final = ("followed", "ignored", "misapplied")


class Bash:
    """Run a command."""

    __slots__ = ("command", "timeout_s")

    def __init__(self, command: str, timeout_s: float = TIMEOUT_S) -> None:
        self.command = command
        self.timeout_s = timeout_s


class Done:
    """The task is done; `uses` says of skills how they were used."""

    __slots__ = ("result", "uses")

    def __init__(self, result: str) -> None:
        self.result = result
        self.uses: dict[str, str] = {}


class Fail:
    """The task cannot be done; `uses` as in `Done`."""

    __slots__ = ("message", "needs", "of_class", "tried", "uses")

    def __init__(self, of_class: str, message: str, needs: str, tried: tuple[str, ...]) -> None:
        self.of_class = of_class
        self.message = message
        self.needs = needs
        self.tried = tried
        self.uses: dict[str, str] = {}


class Ask:
    """Ask a person."""

    __slots__ = ("options", "question")

    def __init__(self, question: str, options: tuple[str, ...]) -> None:
        self.question = question
        self.options = options


class Wrong(Exception):
    """A call that cannot be carried out; says what is expected, to the model."""


def _text(meaning: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON schema
    return {"type": "string", "description": meaning, **more}


def _words(meaning: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "description": meaning}


def _tool(name: str, meaning: str, required: list[str], **parameters: dict[str, Any]) -> dict[str, Any]:
    shape = {"type": "object", "properties": parameters, "required": required}
    return {"type": "function", "function": {"name": name, "description": meaning, "parameters": shape}}


SCHEMAS: Final = (
    _tool(
        "bash",
        "Run a command in a fresh bash and return its exit code and output.",
        ["command"],
        command=_text("What to run."),
        timeout={"type": "integer", "description": "Seconds until it is ended: 120 by default, 3600 at most."},
    ),
    _tool(
        "done",
        "End the task: it is done.",
        ["result"],
        result=_text("What the caller gets: the answer, or what was made and where. Complete in itself."),
    ),
    _tool(
        "fail",
        "End the task: it cannot be done from here.",
        ["class", "message"],
        **{"class": _text("The kind of failure.", enum=list(_CLASSES))},
        message=_text("What failed, with the words of the error."),
        needs=_text("What would help.", enum=list(NEEDS)),
        tried=_words("What was tried in vain."),
    ),
    _tool(
        "ask",
        "Ask a person and wait for the answer, which may take long.",
        ["question"],
        question=_text("What to ask. Whoever reads it knows nothing of what you saw."),
        options=_words("The answers to choose from, one short line each."),
    ),
)

_EXPECTED: Final = {
    "bash": '{"command": "…", "timeout": 120}, of which command is required',
    "done": '{"result": "…"}',
    "fail": f'{{"class": "…", "message": "…"}}, where class is one of {", ".join(_CLASSES)}',
    "ask": '{"question": "…", "options": ["…"]}, of which question is required',
}


def schemas(skills: Sequence[str]) -> Sequence[dict[str, Any]]:
    """Return the tools; where skills were given, the last word on the task says how they were used."""
    return [_asking(tool, skills) for tool in SCHEMAS] if skills else SCHEMAS


def _asking(tool: dict[str, Any], skills: Sequence[str]) -> dict[str, Any]:
    about = tool["function"]
    if about["name"] not in ("done", "fail"):
        return tool
    asked = {"type": "object", "properties": {name: {"type": "string", "enum": list(USES)} for name in skills}}
    properties = {**about["parameters"]["properties"], "skills": asked}
    meaning = f"{about['description']} Say in skills of each skill that you were given whether you followed it."
    parameters = {**about["parameters"], "properties": properties}
    return {**tool, "function": {**about, "description": meaning, "parameters": parameters}}


def read(name: str, arguments: str, skills: Sequence[str] = ()) -> Action:
    """Return what a call asks for; raises Wrong. Of skills, only those that were given are spoken of."""
    if name not in _EXPECTED:
        raise Wrong(f"there is no tool '{name[:80]}': there are {', '.join(_EXPECTED)}")
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError) as error:
        why = "are no JSON" if isinstance(error, RecursionError) else f"are no JSON ({error})"
        raise Wrong(f"the arguments of {name} {why}; expected is {_EXPECTED[name]}") from error
    if not isinstance(given, dict):
        raise Wrong(f"the arguments of {name} are no JSON object; expected is {_EXPECTED[name]}")
    action = _READERS[name](given)
    if isinstance(action, Done | Fail):
        action.uses = _uses(given.get("skills"), skills)
    return action


def _bash(given: dict[str, Any]) -> Bash:
    timeout = given.get("timeout")
    if timeout is None:
        timeout = TIMEOUT_S
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:
        raise Wrong(f"'timeout' of bash takes seconds, a number above 0; expected is {_EXPECTED['bash']}")
    return Bash(_required("bash", given, "command"), min(timeout, LONGEST_TIMEOUT_S))


def _done(given: dict[str, Any]) -> Done:
    return Done(clean(_required("done", given, "result")))


def _fail(given: dict[str, Any]) -> Fail:
    of_class = _required("fail", given, "class")
    if of_class not in _CLASSES:
        raise Wrong(f"'class' of fail is one of {', '.join(_CLASSES)}, not '{of_class[:80]}'")
    needs = given.get("needs") or ""
    if needs and needs not in NEEDS:
        raise Wrong(f"'needs' of fail is one of {', '.join(NEEDS)}, or left out")
    tried = tuple(map(clean, _list("fail", given, "tried")))
    return Fail(of_class, clean(_required("fail", given, "message")), needs, tried)


def _ask(given: dict[str, Any]) -> Ask:
    options = tuple(" ".join(clean(option).split()) for option in _list("ask", given, "options"))
    return Ask(clean(_required("ask", given, "question")), tuple(filter(None, options)))


_READERS: Final[dict[str, Callable[[dict[str, Any]], Action]]] = {
    "bash": _bash,
    "done": _done,
    "fail": _fail,
    "ask": _ask,
}


def _uses(said: object, skills: Sequence[str]) -> dict[str, str]:
    """Return what is said of skills that were given; anything else is passed over, for the task counts more."""
    told = said if isinstance(said, dict) else {}
    return {name: told[name] for name in skills if told.get(name) in USES}


def _required(tool: str, given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        what = "is missing" if value is None else "is empty" if value == "" else "is no text"
        raise Wrong(f"'{name}' of {tool} {what}; expected is {_EXPECTED[tool]}")
    return _writable(value)


def _list(tool: str, given: dict[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name)
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Wrong(f"'{name}' of {tool} is a list of texts; expected is {_EXPECTED[tool]}")
    return tuple(map(_writable, value))


def _writable(text: str) -> str:
    """Replace what no file and no command line can carry: half characters, and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
