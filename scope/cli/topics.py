"""What `scope help TOPIC` says: exit codes, files and keys, as the code itself has them."""

from __future__ import annotations

import inspect
import re
from textwrap import fill
from typing import TYPE_CHECKING, Final

from scope import errors
from scope.errors import ScopeError
from scope.laws import configuration, hook, task
from scope.store import archivedir, attemptdir, inboxdir, layout, rundir, skilldir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from scope.laws.schema import Key

EXIT_CODES: Final = {
    0: "all succeeded",
    1: "failed or aborted",
    2: "wrong words",
    3: "needs a person",
    4: "not found",
    5: "the machine or the .scope/ does not allow it",
    124: "timed out",
    130: "interrupted",
}
_PLACES: Final[tuple[ModuleType, ...]] = (layout, attemptdir, inboxdir, rundir, skilldir, archivedir)
_SESSION: Final = ".scope/sessions/ID"
_STANDS_FOR: Final = {
    "root": ".scope",
    "place": ".scope",
    "home": "~/.scope",
    "directory": _SESSION,
    "attempt_directory": f"{_SESSION}/attempts/N",
    "agent_directory": ".scope/agents/NAME",
    "skill_file": ".scope/skills/NAME.md",
    "session_id": "ID",
    "escalation_id": "ID",
    "silence_id": "ID",
    "number": "N",
}
_DESCRIBED: Final = re.compile(r"`[^`]+`(?: of `[^`]+`)?[,:.]? *")
_WRITER: Final = re.compile(r"\bWriter: (.+)$")
_WIDEST: Final = 100


def exit_codes(width: int) -> str:
    """Return every exit code with its meaning, and below it the errors that end with it."""
    lines = [_paragraph("The exit codes are the same on a terminal, in a pipe and with --json.", width)]
    for code, meaning in EXIT_CODES.items():
        lines.append(f"\n{code:<5}{meaning}\n")
        kinds = (kind for kind in _kinds(ScopeError) if kind.exit_code == code and kind is not ScopeError)
        lines += [_indented(f"{kind.__name__}: {_promise(kind)}", width) for kind in kinds]
    return "".join(lines)


def files(width: int) -> str:
    """Return every path of the contract, what it is and who writes it."""
    lines = [_paragraph("What lies where, and its one writer. ID is a session's, N counts its attempts.", width)]
    for path, says in sorted(_paths()):
        found = _WRITER.search(says)
        lines.append(f"\n{path}\n")
        about = says[: found.start()] if found else says
        if about.strip():
            lines.append(_indented(about.strip().rstrip("."), width))
        if found:
            lines.append(_indented(f"writer: {found[1].rstrip('.')}", width))
    return "".join(lines)


def config(width: int) -> str:
    """Return every key that config.yaml may have."""
    head = (
        "The keys of .scope/config.yaml; what it does not say stands in ~/.scope/config.yaml, or is built in. All are "
        "optional, the values are examples. A key with a dot may as well stand within its section."
    )
    return _paragraph(head, width) + _keys(configuration.KEYS, width)


def task_keys(width: int) -> str:
    """Return every key that task.md may have."""
    head = (
        f"The keys between the two lines --- at the top of a task file, {_SESSION}/task.md or one for scope spawn "
        "@FILE. All are optional, the values are examples. What is to be done stands below, in words."
    )
    return _paragraph(head, width) + _keys(task.KEYS, width)


def hooks(width: int) -> str:
    """Return what hooks are, every event, and what each is told."""
    head = (
        "A hook is an executable of yours in .scope/hooks/ or ~/.scope/hooks/, named like an event. At each event the "
        "watcher runs those of the project, then those of your home, in the project's directory, with the event as one "
        "JSON object on the standard input. SCOPE_EVENT and SCOPE_ROOT say which event it is, and whose. Only roots "
        "that you trust run any; a hook that belongs to another user, or that everybody may write, is refused."
    )
    care = (
        "Each has a limited time (hooks.timeout), then it is killed with its process group; what it leaves behind in "
        "that at its end is ended, too (what shall outlive it: setsid). A few run at once (hooks.at_most), so seq "
        "tells the order. One that fails harms nothing: the watcher's log says it once for each cause, and so does "
        "scope doctor. A watcher that is killed in between may run a hook twice or miss the last: "
        ".scope/events.jsonl is the truth."
    )
    lines = [_paragraph(head, width), "\n", _paragraph(care, width), "\nThe events:\n"]
    for name, meaning in hook.EVENTS.items():
        lines += [f"\n{name}\n", _indented(meaning, width)]
    lines.append("\nThe keys of the JSON object:\n")
    for name, meaning in hook.KEYS.items():
        lines += [f"\n{name}\n", _indented(meaning, width)]
    return "".join(lines)


TOPICS: Final[dict[str, tuple[str, Callable[[int], str]]]] = {
    "exit-codes": ("with what each command ends", exit_codes),
    "files": ("what lies where under .scope/, and who writes it", files),
    "config": ("the keys of config.yaml", config),
    "task": ("the keys of a task file", task_keys),
    "hooks": ("what you can have run when something comes to pass", hooks),
}


def page(topic: str, columns: int) -> str:
    """Return the text of a topic for a terminal so wide."""
    return TOPICS[topic][1](min(columns, _WIDEST))


def _keys(keys: Sequence[Key], width: int) -> str:
    lines = []
    for key in keys:
        lines.append(f"\n{key.name}: {key.example}\n")
        lines.append(_indented(f"{key.meaning} ({key.shape.replace('_', ' ')})", width))
    return "".join(lines)


def _kinds(kind: type[ScopeError]) -> Iterator[type[ScopeError]]:
    """Yield an error and all kinds of it that everybody may meet, as the tree in `errors` has them."""
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from _kinds(below)


def _paths() -> Iterator[tuple[str, str]]:
    """Yield each path with what its function promises of it; what else these modules have returns no path."""
    for module in _PLACES:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            promise = _promise(function)
            if function.__module__ == module.__name__ and not name.startswith("_") and promise.startswith("`"):
                words = [_STANDS_FOR.get(word, word.upper()) for word in inspect.signature(function).parameters]
                yield function(*words), _DESCRIBED.sub("", promise, count=1)


def _promise(of: object) -> str:
    return " ".join((inspect.getdoc(of) or "").split())


def _paragraph(text: str, width: int, indent: str = "") -> str:
    made = fill(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return f"{made}\n"


def _indented(text: str, width: int) -> str:
    return _paragraph(text, width, " " * 5)
