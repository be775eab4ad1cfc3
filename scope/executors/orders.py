"""The orders of one attempt: what the wrapper in the pane is given.

While a command runs there is no Python process: a few lines of POSIX shell do the rest (`attempt.sh`).
What a model does, or an advisor, and what renders templates, is the same wrapper around a small worker.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scope.executors import brief, worktree
from scope.executors.brief import Equipment
from scope.laws.configuration import CHILDREN
from scope.laws.ids import is_count
from scope.models import tokens
from scope.sessions.environment import quote, saved, script
from scope.store import atomic, attemptdir, journal, layout

if TYPE_CHECKING:
    from scope.laws.group import Advice
    from scope.laws.task import Task

WRAPPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attempt.sh")
_WORKERS: Final = {
    "model": "scope.executors.model",
    "template": "scope.executors.template",
    "advisor": "scope.executors.advisor",
}
_ADDRESS: Final = "scope.executors.address"
# Failures that are not the work's own doing, and of which the work has nothing to learn.
_RESUMED: Final = frozenset(("quota", "budget", "transient", "lost", "resource"))
_KILLED: Final = 128
_BUG: Final = 70


@dataclass(frozen=True, slots=True)
class Terms:
    """What an attempt is given beside its task."""

    root: str
    session: str
    attempt: int
    advice: Advice | None = None
    equipment: Equipment = field(default_factory=Equipment)
    digest: str = ""
    children: int = CHILDREN
    steps: int = 200


def prepare(session_directory: str, attempt_directory: str, task: Task, terms: Terms) -> tuple[str, ...]:
    """Write what an attempt is given, and return the argv that runs it; doing it again changes nothing.

    Raises StoreFault. Nothing of the task is in the argv: a message to tmux holds 16 KB, and `ps`
    shows it to everybody.
    """
    atomic.directory(attempt_directory)
    # None of this outlives a power cut: the attempt does not, either.
    atomic.create(attemptdir.lock(attempt_directory), is_durable=False)
    environment = layout.environment(session_directory)
    if not os.path.exists(environment):
        # A session made by hand has the watcher's environment, kept with the attempt.
        environment = f"{attempt_directory}/env"
        atomic.replace(environment, script(saved(os.environ, {}), 0o022, os.path.dirname(sys.executable)))
    if task.is_routed:
        made = tokens.make(terms.root, terms.session, terms.attempt)
        atomic.replace(attemptdir.token(attempt_directory), f"{made}\n", is_durable=False)
    project = os.path.dirname(os.path.dirname(os.path.dirname(session_directory)))
    directory = os.path.join(project, task.cwd) if task.cwd else project
    resumes = resumable(session_directory, terms.attempt, task) if task.executor == "model" else 0
    orders = [
        f"environment={quote(environment)}",
        f"directory={quote(directory)}",
        f"check={quote(task.check)}",
        f"python={quote(sys.executable)}",
        *worktree.preparation(task, directory, terms.root, terms.session, terms.attempt, is_continued=resumes > 0),
        "overlay() {",
        *worktree.surroundings(task),
        *(f"\texport {name}={quote(value)}" for name, value in task.env),
        f"\texport SCOPE_BRIEF={quote(attemptdir.brief(attempt_directory))} SCOPE_CHILDREN={terms.children}",
        *_routed(task, attempt_directory, terms),
        "\t:",
        "}",
        "set -- " + " ".join(map(quote, _argv(task, attempt_directory))),
        "",
    ]
    atomic.replace(attemptdir.orders(attempt_directory), "\n".join(orders), is_durable=False)
    if task.templates:
        rendered = json.dumps({"templates": dict(task.templates), "vars": dict(task.vars)})
        atomic.replace(attemptdir.rendering(attempt_directory), f"{rendered}\n", is_durable=False)
    # Who goes on where it was has failed at nothing, and finds its past in its own trajectory.
    text = brief.compose(task, terms.advice, terms.equipment, "" if resumes else terms.digest, resumes)
    atomic.replace(attemptdir.brief(attempt_directory), text, is_durable=False)
    return ("/bin/sh", WRAPPER, attempt_directory)


def _argv(task: Task, attempt_directory: str) -> tuple[str, ...]:
    worker = _WORKERS.get(task.executor)
    return task.argv() if worker is None else (sys.executable, "-P", "-m", worker, attempt_directory)


def _routed(task: Task, attempt_directory: str, terms: Terms) -> tuple[str, ...]:
    """Return what lets a tool that takes a base URL run through the router, metered and capped."""
    if task.executor == "model":
        return (f"\texport SCOPE_STEPS={terms.steps}",)
    if task.is_thinking or not task.is_routed:
        return ()
    where = f'"$python" -P -m {_ADDRESS} {quote(attempt_directory)}'
    return (
        f"\tOPENAI_BASE_URL=$({where}) || exit 75",
        f"\tread -r OPENAI_API_KEY <{quote(attemptdir.token(attempt_directory))}",
        "\tOPENAI_API_BASE=$OPENAI_BASE_URL",
        "\texport OPENAI_BASE_URL OPENAI_API_BASE OPENAI_API_KEY",
    )


def resumable(session_directory: str, attempt: int, task: Task) -> int:
    """Return the attempt whose trajectory the next one continues; 0 where it begins anew.

    What ended for no fault of the work (killed, parked, out of budget) is continued. What failed
    misleads: it begins anew, with what was learned of it in the brief.
    """
    before = attempt - 1
    directory = layout.attempt(session_directory, before)
    if before < 1 or os.path.exists(attemptdir.check(directory)):
        return 0
    if not brief.is_of(task, directory):
        return 0
    reported = _reported(directory)
    if reported:
        return _begun(session_directory, before) if reported in _RESUMED else 0
    code = (atomic.read(attemptdir.exit_code(directory), atomic.SMALL) or "").strip()
    if code.isdigit() and int(code) < _KILLED and int(code) != _BUG:
        return 0
    return _begun(session_directory, before)


def _begun(session_directory: str, number: int) -> int:
    """Return the attempt that wrote something: this one, or the one that it was to continue."""
    while number > 0:
        directory = layout.attempt(session_directory, number)
        if journal.last(attemptdir.trajectory(directory)) is not None:
            return number
        resumes = str(brief.read(directory).keys.get("resumes", ""))
        number = min(int(resumes), number - 1) if is_count(resumes) else 0
    return 0


def _reported(attempt_directory: str) -> str:
    try:
        said = json.loads(atomic.read(attemptdir.report(attempt_directory), atomic.SMALL) or "{}")
    except (ValueError, RecursionError):
        return "unknown"
    return str(said.get("class", "")) if isinstance(said, dict) else "unknown"
