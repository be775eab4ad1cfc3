"""The command executor: what the wrapper in the pane is given for one attempt.

While it runs there is no Python process: a few lines of POSIX shell do the rest (`attempt.sh`).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from scope.sessions.environment import quote, saved, script
from scope.store import atomic, frontmatter, layout

if TYPE_CHECKING:
    from scope.laws.group import Advice
    from scope.laws.task import Task

WRAPPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attempt.sh")


def prepare(
    session_directory: str, attempt_directory: str, task: Task, advice: Advice | None = None
) -> tuple[str, ...]:
    """Write what an attempt is given, and return the argv that runs it; doing it again changes nothing.

    Raises StoreFault. Nothing of the task is in the argv: a message to tmux holds 16 KB, and `ps`
    shows it to everybody.
    """
    atomic.directory(attempt_directory)
    # None of this outlives a power cut: the attempt does not, either.
    atomic.create(layout.lock(attempt_directory), is_durable=False)
    environment = layout.environment(session_directory)
    if not os.path.exists(environment):
        # A session made by hand has the watcher's environment, kept with the attempt.
        environment = f"{attempt_directory}/env"
        atomic.replace(environment, script(saved(os.environ, {}), 0o022, os.path.dirname(sys.executable)))
    project = os.path.dirname(os.path.dirname(os.path.dirname(session_directory)))
    orders = [
        f"environment={quote(environment)}",
        f"directory={quote(os.path.join(project, task.cwd) if task.cwd else project)}",
        f"check={quote(task.check)}",
        f"python={quote(sys.executable)}",
        "overlay() {",
        *(f"\texport {name}={quote(value)}" for name, value in task.env),
        f"\texport SCOPE_BRIEF={quote(layout.brief(attempt_directory))}",
        "\t:",
        "}",
        "set -- " + " ".join(map(quote, task.argv())),
        "",
    ]
    atomic.replace(layout.orders(attempt_directory), "\n".join(orders), is_durable=False)
    atomic.replace(layout.brief(attempt_directory), _brief(task, advice), is_durable=False)
    return ("/bin/sh", WRAPPER, attempt_directory)


def _brief(task: Task, advice: Advice | None) -> str:
    keys: dict[str, str | tuple[str, ...] | dict[str, str]] = {"executor": task.executor, "command": task.argv()}
    if task.check:
        keys["check"] = task.check
    if task.cwd:
        keys["cwd"] = task.cwd
    if task.vars:
        keys["vars"] = dict(task.vars)
    if advice is None:
        return frontmatter.write(keys, task.body)
    keys["advice_from"] = advice.level
    body = task.body.rstrip("\n")
    return frontmatter.write(keys, f"{body}\n\n## Advice\n\n{advice.instructions or advice.reasoning}\n".lstrip("\n"))
