"""Names that people give sessions later: the file `name`, which wins over what the task says."""

from __future__ import annotations

from scope.errors import BadInput
from scope.laws.ids import is_session_name
from scope.sessions.records import index, record
from scope.store import atomic, layout, locks, rundir


def rename(root: str, session: str, name: str) -> None:
    """Call a session by another name; raises BadInput for a name that is none, or that a live one has."""
    if not is_session_name(name):
        why = "it takes a name that is no number ([a-z0-9][a-z0-9._-]*, at most 64)"
        raise BadInput("cannot use the name", name[:80], why, f"for example: scope rename {session} nightly")
    directory = record.require(root, session)
    atomic.directory(layout.run(root))
    with locks.hold(rundir.names_lock(root)):
        taken = index.live_named(root, name)
        if taken not in (None, session):
            raise BadInput("cannot use the name", name, f"session {taken} has it", f"look at it: scope poll {taken}")
        atomic.replace(layout.name(directory), f"{name}\n")
    atomic.poke(directory)
