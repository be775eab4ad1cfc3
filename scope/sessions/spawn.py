"""Spawning: a directory is made and filled, and that is all; the watcher makes it run."""

from __future__ import annotations

import os
import sys
import time

from scope.errors import BadInput
from scope.sessions import environment
from scope.sessions.records import allocation
from scope.store import atomic, frontmatter, layout, locks, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scope.laws.ids import SessionId

    Keys = Mapping[str, str | Sequence[str] | Mapping[str, str]]


def spawn(root: str, keys: Keys, body: str, named_environment: Mapping[str, str], parent: str | None) -> SessionId:
    """Write a new session into the root and return its id.

    `keys` are those of `task.md`. The id is the caller's from the moment that `task.md` is there:
    killed before, the directory means nothing; killed after, the session runs. Raises StoreFault,
    NotFound (no such parent) or BadInput (its name is taken).
    """
    name = keys.get("name")
    if not isinstance(name, str):
        return _write(root, keys, body, named_environment, parent)
    # The whole of "is it free, then take it" is under one lock, or two would both find it free.
    atomic.directory(layout.run(root))
    with locks.hold(rundir.names_lock(root)):
        from scope.sessions.records.index import live_named  # noqa: PLC0415 - only a named session pays for it

        taken = live_named(root, name)
        if taken is not None:
            raise BadInput("cannot use the name", name, f"session {taken} has it", f"look at it: scope poll {taken}")
        return _write(root, keys, body, named_environment, parent)


def _write(root: str, keys: Keys, body: str, named_environment: Mapping[str, str], parent: str | None) -> SessionId:
    variables = environment.saved(os.environ, named_environment)
    script = environment.script(variables, _umask(), os.path.dirname(os.path.abspath(sys.executable)))
    stamped = {
        **keys,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "by": f"session-{parent}" if parent else "cli",
    }
    text = frontmatter.write(stamped, body)
    session = allocation.allocate(root, parent)
    try:
        _fill(root, session, text, script)
    except BaseException:
        if not os.path.exists(layout.task(layout.session(root, session))):
            allocation.give_back(root, session)
        raise
    return session


def fill(root: str, session: str, keys: Keys, body: str, script: str) -> None:
    """Make a session of an id that the watcher has allocated and committed to; done again, it changes nothing.

    `script` is what sets its environment. Raises StoreFault.
    """
    directory = layout.session(root, session)
    if os.path.exists(layout.task(directory)) or not os.path.isdir(directory):
        return
    stamped = {**keys, "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "by": "watcher"}
    _fill(root, session, frontmatter.write(stamped, body), script)


def _fill(root: str, session: str, text: str, script: str) -> None:
    directory = layout.session(root, session)
    atomic.create(layout.environment(directory), script, is_durable=False)
    # The task is what makes it a session; the environment reaches the disk before anybody is told.
    atomic.replace(layout.task(directory), text)
    atomic.sync(layout.environment(directory))
    atomic.sync(directory)
    atomic.sync(layout.sessions(root))


def parent_from_environment(root: str) -> str | None:
    """Return the session that this process runs inside, if it is one of this root."""
    session = os.environ.get("SCOPE_SESSION")
    mark = os.environ.get("SCOPE_ATTEMPT", "")
    if not session or not mark.startswith(f"{root}/{session}/"):
        return None
    return session if os.path.isdir(layout.session(root, session)) else None


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
