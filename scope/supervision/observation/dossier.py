"""The dossier of a session in trouble: `failure.md` of each failed attempt, and `escalation.json` of the whole case.

Both follow from the decisions and from what the attempts left: written again, they say the same.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from scope.laws.task import Task
from scope.store import atomic, attemptdir, frontmatter, journal, layout
from scope.supervision.observation import observe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scope.laws.failure import Failure
    from scope.supervision.wards.ward import Ward

_LINES: Final = 40
_NO_ANSWER: Final = ("stop", "adopt")


def write_failure(ward: Ward, failure: Failure) -> None:
    """Write `failure.md` of a ward's latest attempt, once; raises StoreFault."""
    directory = ward.attempt_directory
    path = attemptdir.failure(directory)
    if os.path.exists(path) or not os.path.isdir(directory):
        return
    task = ward.task if isinstance(ward.task, Task) else Task()
    code = observe.exit_of(directory)
    failed = {"kind": failure.kind}
    if code is not None:
        failed["exit"] = str(code)
    if task.check and os.path.exists(attemptdir.check(directory)):
        failed["check"] = task.check
    elif task.late is not None:
        failed["check"] = str(task.late)
    if failure.headline:
        failed["error"] = failure.headline
    keys: dict[str, str | Sequence[str] | Mapping[str, str]] = {
        "class": failure.of_class,
        "attempted": task.title(),
        "failed": failed,
        "tried": [*_tried(ward), *failure.tried],
        "state": {"attempt": str(ward.chronicle.attempt), "directory": task.cwd, "rolled_back": "false"},
        "needs": failure.needs or "nothing",
        "fingerprint": failure.fingerprint,
    }
    if failure.failing:
        keys["failing"] = list(failure.failing)
    if failure.runbook:
        keys["runbook"] = failure.runbook
    words = [failure.message.strip(), *failure.lines[-_LINES:]]
    atomic.replace(path, frontmatter.write(keys, "\n".join(word for word in words if word) + "\n"), is_durable=False)


def _tried(ward: Ward) -> list[str]:
    """Say what was tried before, a line each: the attempt, the move that ordered it, how it ended."""
    return [
        f"attempt {line['attempt']}: {line.get('error') or line.get('class')}; then {line.get('play') or line['move']}"
        + (f" {line['argument']}" if line.get("argument") else "")
        for line in _moves(ward)
        if line.get("attempt") != ward.chronicle.attempt
    ]


def _moves(ward: Ward) -> list[dict[str, Any]]:
    """Return the decisions that answered a failure; what cleared it away or took another task out is none."""
    lines = (line for _, line in journal.read(layout.decisions(ward.directory)))
    return [line for line in lines if line.get("fingerprint") and line.get("move") not in _NO_ANSWER]


def history(ward: Ward) -> dict[int, dict[str, Any]]:
    """Return what every failed attempt of the case came to, by its number."""
    return {
        int(line["attempt"]): {
            "level": 0,
            "label": line.get("runbook") or "worker",
            "attempt": line["attempt"],
            "error": line.get("error", ""),
            "fingerprint": line["fingerprint"],
            "class": line.get("class", ""),
            "move": line.get("play") or line["move"],
            "time": line.get("time", ""),
        }
        for line in _moves(ward)
    }


def advice(ward: Ward) -> list[dict[str, Any]]:
    """Return everything that was advised, with what became of it."""
    known = history(ward)
    return [{**given, "outcome": _outcome(given, known, ward.chronicle.state)} for given in ward.chronicle.advice]


def write_case(ward: Ward) -> None:
    """Write `escalation.json`, the case with everything that failed and was advised; raises StoreFault."""
    known = history(ward)
    if not known:
        return
    case = {"escalation_history": list(known.values()), "escalation_advice": advice(ward)}
    atomic.replace(layout.escalation_case(ward.directory), json.dumps(case, indent=2) + "\n", is_durable=False)


def _outcome(given: dict[str, Any], known: dict[int, dict[str, Any]], state: str) -> str:
    first = int(given.get("attempt", 0))
    if any(attempt >= first for attempt in known):
        return "failed"
    return {"done": "succeeded", "failed": "failed", "aborted": "aborted"}.get(state, "running")


def facts(failure: Failure) -> dict[str, Any]:
    """Return what a decision says of the failure that it answers."""
    said: dict[str, Any] = {
        "class": failure.of_class,
        "fingerprint": failure.fingerprint,
        "error": failure.headline[:200],
    }
    if failure.runbook:
        said["runbook"] = failure.runbook
    return said
