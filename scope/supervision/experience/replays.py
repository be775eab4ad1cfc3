"""Replays: a new skill is admitted when a fresh attempt that has nothing but the skill passes, in a clean work tree.

The failing attempt is the control. Only work that says so may be run again (`replayable`), and only
where it began with a commit and nothing else: what somebody had not committed cannot be brought back.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault
from scope.sessions import spawn
from scope.sessions.records import allocation
from scope.skills import evidence
from scope.skills.library import Entry
from scope.store import atomic, attemptdir, layout
from scope.supervision.experience.lessons import REPLAY
from scope.supervision.wards import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scope.executors.brief import Record
    from scope.laws.task import Task
    from scope.skills.outcomes import Ending
    from scope.supervision.experience.equipment import Armoury
    from scope.supervision.wards.ward import Ward

_REMOVED: Final = (
    'git --git-dir="$1" worktree remove --force "$2" && git --git-dir="$1" branch -q -D "$3" && rm -f -- "$4"'
)
_ENTITY: Final = "entity"
_PRIORITY: Final = "-10"
"""Behind what people wait for."""


class Replays:
    """Tries new skills, each revision once."""

    def __init__(self, root: str, armoury: Armoury) -> None:
        self._root = root
        self._armoury = armoury
        self._clearing: list[subprocess.Popen[bytes]] = []

    def begin(self, ward: Ward, task: Task, name: str) -> None:
        """Have a skill tried on the work that it came from; raises StoreFault.

        First an id is allocated, then the skill's evidence names it, then its task is written.
        """
        entry = self._armoury.library.find(name, task.agent)
        base = _clean_base(ward)
        if not (task.replayable and task.check and base and isinstance(entry, Entry)):
            return
        found = evidence.read(entry.evidence)
        known = evidence.admission(found, entry.revision)
        if (known is not None and known.outcome != "begun") or entry.revision not in evidence.written_revisions(found):
            return  # tried already, or a person's
        session = known.session if known is not None else str(allocation.allocate(self._root))
        if known is None:
            evidence.admit(entry.evidence, evidence.Admission(session, "begun", entry.revision, clock.stamp()))
        script = atomic.read(layout.environment(ward.directory)) or ""
        spawn.fill(self._root, session, _keys(task, name, base), task.body, script)

    def judge(self, task: Task, record: Record, ending: Ending) -> None:
        """Take note of how a replay went; raises StoreFault."""
        entry = self._armoury.library.find(dict(task.labels)[REPLAY], task.agent)
        if not isinstance(entry, Entry):
            return
        tried = dict(record.skills).get(entry.skill.name)
        if tried is None:
            return
        known = evidence.admission(evidence.read(entry.evidence), tried)
        if known is None or known.outcome == "begun":
            known = evidence.Admission(ending.session, ending.outcome, tried, ending.time)
            evidence.admit(entry.evidence, known)
        if (known.session, known.outcome) == (ending.session, "success"):
            self._clear_away(ending.session)

    def _clear_away(self, session: str) -> None:
        """Have the work tree of a replay removed that went well; that of one that did not is there to be looked at."""
        self._clearing = [process for process in self._clearing if process.poll() is None]
        start, tree = layout.branch_start(self._root, session), layout.worktree(self._root, session)
        said = (atomic.read(start, atomic.SMALL) or "").splitlines()
        if len(said) == len(("commit", "repository")):
            argv = ["/bin/sh", "-c", _REMOVED, "sh", said[1], tree, f"scope/{session}", start]
            nothing = subprocess.DEVNULL
            self._clearing.append(
                subprocess.Popen(argv, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
            )


def _clean_base(ward: Ward) -> str:
    """Return the commit that the session's first attempt began with, if there was nothing beside it."""
    try:
        said = (atomic.read(attemptdir.base(layout.attempt(ward.directory, 1)), atomic.SMALL) or "").split()
    except StoreFault:
        return ""
    return said[0] if said[1:] == ["clean"] else ""


def _keys(task: Task, name: str, base: str) -> Mapping[str, str | Sequence[str] | Mapping[str, str]]:
    """Return the keys of a session that does the same work in a clean work tree, with one skill and once."""
    keys: dict[str, str | Sequence[str] | Mapping[str, str]] = {
        "executor": task.executor,
        "check": task.check,
        "cwd": task.cwd,
        "setup": task.setup,
        "job_type": task.job_type,
        "entity_type": task.entity_type,
        "signals": task.signals,
        "command": task.command,
        "templates": dict(task.templates),
        "env": dict(task.env),
        "vars": dict(task.vars),
        "budget": dict(task.budget),
        "level": "" if task.level is None else str(task.level),
        "role": task.role,
        "agent": task.agent,
        "timeout": "" if task.timeout is None else f"{task.timeout:g}",
    }
    return {
        **{key: value for key, value in keys.items() if value},
        # No label that people select by: what the watcher tries is none of the work that they wait for.
        "labels": {**{key: value for key, value in task.labels if key == _ENTITY}, REPLAY: name},
        "skill": name,
        "worktree": "true",
        "base": base,
        "retries": "0",
        "priority": _PRIORITY,
    }
