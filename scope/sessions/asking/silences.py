"""Silences: `silences/<id>.md`, what a person does not want to hear of for a time. People write them.

They hide nothing: what is silenced lies in the inbox, and says so. Each ends by itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, NotFound, StoreFault
from scope.laws import silence as law
from scope.laws.ids import is_count, is_id
from scope.laws.schema import Problem, nearest
from scope.laws.silence import LABEL, SESSION, Silence
from scope.laws.task import Task
from scope.sessions.records import reports
from scope.sessions.records.reading import read_task
from scope.store import amendment, atomic, document, frontmatter, inboxdir, layout, locks, rundir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.laws.silence import Facts, Matcher
    from scope.sessions.asking.escalation import Escalation

_SUFFIX: Final = ".md"


@dataclass(frozen=True, slots=True)
class Silences:
    """All silences by their number, also those that have ended; and what could not be taken: `path:line: what`."""

    silences: tuple[Silence, ...] = ()
    problems: tuple[str, ...] = ()

    def about(self, root: str, case: Escalation, now_unix_s: float) -> Silence | None:
        """Return the silence under which a case lies now; None where it may be heard."""
        holding = [each for each in self.silences if not law.is_over(each, now_unix_s)]
        if not holding:
            return None
        needs_names = any(matcher.key == SESSION for each in holding for matcher in each.matchers)
        return law.first_about(holding, facts(root, case, needs_names=needs_names), now_unix_s)


def load(root: str) -> Silences:
    """Return the silences of a root; a file that cannot be taken is a problem and silences nothing."""
    found: list[Silence] = []
    problems: list[str] = []
    for silence_id in ids(root):
        read = _read(root, silence_id)
        if isinstance(read, Silence):
            found.append(read)
        elif read:
            problems.append("".join(c if c.isprintable() else "?" for c in read))
    return Silences(tuple(found), tuple(problems))


def ids(root: str) -> list[str]:
    """Return the ids of all silences, the oldest first; other files in the directory are none."""
    try:
        names = os.listdir(inboxdir.silences(root))
    except OSError:
        return []
    found = (name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))
    return sorted(filter(is_silence_id, found), key=lambda each: int(each[1:]))


def is_silence_id(word: str) -> bool:
    """Tell whether `word` looks like the id of a silence: s1, s12."""
    return word[:1] == "s" and is_count(word[1:]) and word[1] != "0"


def make(root: str, matchers: Sequence[Matcher], until_s: float, why: str, now_s: float) -> Silence:
    """Write a new silence and return it; raises StoreFault."""
    atomic.directory(inboxdir.silences(root))
    atomic.directory(layout.run(root))
    made = Silence("", tuple(matchers), reports.stamp(until_s), why, "person", reports.stamp(now_s))
    keys = {"match": [str(each) for each in matchers], "until": made.until, "by": made.by, "made": made.made}
    text = frontmatter.write(keys, f"{why}\n" if why else "")
    with locks.hold(rundir.silences_lock(root)):
        # One that ended keeps its number: what was said of it must not come to mean another.
        number = max((int(each[1:]) for each in ids(root)), default=0) + 1
        while not atomic.create_whole(inboxdir.silence(root, f"s{number}"), text):
            number += 1
    return Silence(f"s{number}", made.matchers, made.until, why, made.by, made.made)


def expire(root: str, silence_id: str, now_s: float) -> Silence:
    """End a silence now; its file stays. Raises NotFound, and BadInput where it has ended or cannot be changed."""
    path = inboxdir.silence(root, silence_id)
    before = atomic.read(path) if is_silence_id(silence_id) else None
    if before is None:
        near = nearest(silence_id, ids(root))
        hint = f"did you mean '{near}'?" if near else "list them: scope silence"
        raise NotFound("there is no silence", silence_id[:80], hint=hint)
    found = _parsed(path, silence_id, before)
    if isinstance(found, str):
        raise BadInput("cannot end", silence_id, found, f"edit it: {path}")
    if law.is_over(found, now_s):
        raise BadInput("cannot end", silence_id, f"it ended at {found.until}", "see what is silenced: scope silence")
    # Down to the second that has begun, so that it is over at once.
    after = amendment.amended(before, {"until": reports.stamp(int(now_s))})
    if after is None:
        raise BadInput("cannot end", silence_id, "its lines are not as usual", f"edit it: {path}")
    atomic.replace(path, after)
    ended = _parsed(path, silence_id, after)
    assert isinstance(ended, Silence)
    return ended


def facts(root: str, case: Escalation, *, needs_names: bool = True) -> Facts:
    """Return what is true of a case, for the matchers; the names of sessions cost a look at each task."""
    found: dict[str, tuple[str, ...]] = {
        "fingerprint": _one(case.fingerprint.partition(":")[0]),
        "class": _one(case.of_class),
        "kind": _one(case.kind),
        "job_type": _one(case.job_type),
        "entity_type": _one(case.entity_type),
        "agent": _one(case.agent),
        "supervisor": _one(case.supervisor),
        **{f"{LABEL}{name}": (value,) for name, value in case.labels},
    }
    # Of very many only the first are listed: nobody knows that all of them are meant.
    if case.members <= len(case.sessions):
        found[SESSION] = tuple(_named(root, each) if needs_names else each for each in case.sessions)
    return found


def _one(word: str) -> tuple[str, ...]:
    return (word,) if word else ()


def _named(root: str, session: str) -> str:
    try:
        task = read_task(layout.session(root, session)) if is_id(session) else None
    except StoreFault:
        task = None
    return f"{session}/{task.name}" if isinstance(task, Task) else session


def _read(root: str, silence_id: str) -> Silence | str:
    path = inboxdir.silence(root, silence_id)
    try:
        text = atomic.read(path, atomic.SMALL)
    except StoreFault as fault:
        return f"{path}: {fault.why}"
    return _parsed(path, silence_id, text) if text is not None else ""


def _parsed(path: str, silence_id: str, text: str) -> Silence | str:
    try:
        page = document.parse(text)
    except document.Unfinished as error:
        return f"{path}:1: {error}"
    except document.Malformed as error:
        return f"{path}:{error.line}: {error.says}"
    found = law.parse(silence_id, page.keys, page.body)
    return f"{path}:{page.lines.get(found.key, 1)}: {found.says}" if isinstance(found, Problem) else found
