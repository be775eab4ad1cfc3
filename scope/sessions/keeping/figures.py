"""How every session of a root ended, from its files: what the figures of a tree are made of.

Who ended, and when, stands in `events.jsonl`, which outlives the sessions. Only of those that were
in trouble are the decisions read, so that most sessions cost two lines of one file. Of those that
were archived or removed a line in `departures.jsonl` says what their files said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from scope.errors import StoreFault
from scope.laws import resolution
from scope.laws.ids import is_id
from scope.laws.resolution import Resolution, Setback
from scope.laws.states import STATES, TERMINAL
from scope.sessions.keeping import departures
from scope.sessions.keeping.departures import Departure
from scope.sessions.records import index, record
from scope.store import atomic, inboxdir, journal, layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WATCHER: Final = "watcher"
_HEAD_AT_MOST: Final = 1 << 16
_SMOOTH: Final = frozenset(("pending", "running", "done"))


@dataclass(frozen=True, slots=True)
class History:
    """What became of the sessions of a root: those that ended, in the order in which they did, and those that live.

    Sessions that the watcher made for itself (advisors, replays of skills) are not among them.
    """

    ended: tuple[Resolution, ...] = ()
    live: tuple[str, ...] = ()


@dataclass(slots=True)
class Trace:
    """What the events say of one session so far."""

    state: str = "pending"
    time: str = ""  # when it came into this state
    is_troubled: bool = False  # there is more to be told than that it began and was done
    is_escalated: bool = False
    setbacks: tuple[Setback, ...] = ()

    def take(self, line: Mapping[str, Any]) -> None:
        """Take one more event into account; the line is one."""
        self.state, self.time = line["to"], line["time"]
        self.is_troubled |= self.state not in _SMOOTH
        self.is_escalated |= self.state == "escalated"
        if self.state == "recovering" and line.get("from") == "running":
            self.setbacks = (*self.setbacks, Setback(self.time))


def read(root: str) -> History:
    """Return what became of every session; raises StoreFault where the events cannot be read."""
    traces = _traces(root)
    settled = settled_groups(line for _, line in journal.read(inboxdir.groups(root)))
    present = index.entries(root)
    gone = {session: each for session, each in departures.read(root).items() if session not in present}
    # A replay has labels, and what cannot be read no executor; of the others, which are most, no task is read.
    own = {
        session
        for session, entry in present.items()
        if entry.executor == "advisor" or ((entry.labels or not entry.executor) and is_the_watchers(root, session))
    }
    own |= {session for session, each in gone.items() if each.is_the_watchers}
    ended = [
        resolved(root, session, trace, settled, gone.get(session))
        for session, trace in traces.items()
        if trace.state in TERMINAL and session not in own
    ]
    return History(
        tuple(sorted(ended, key=lambda each: each.ended)),
        tuple(
            session
            for session in present
            if session not in own and (session not in traces or traces[session].state not in TERMINAL)
        ),
    )


def resolved(
    root: str, session: str, trace: Trace, settled: frozenset[str], departure: Departure | None = None
) -> Resolution:
    """Return how a session ended; by whom is not known where its decisions are gone or cannot be read."""
    if not trace.is_troubled:
        return Resolution(session, trace.state, trace.time)
    found = resolution.of(session, trace.state, trace.time, _decisions(root, session), settled)
    if found.level is not None:
        return found
    if departure is not None and departure.level is not None:
        told = departure
        return replace(found, level=told.level, is_escalated=told.is_escalated, setbacks=told.setbacks)
    return replace(found, is_escalated=trace.is_escalated, setbacks=trace.setbacks)


def keep(root: str, session: str) -> None:
    """Keep what figures need of an ended session whose directory is about to go; raises StoreFault."""
    decisions, settled = _decisions(root, session), frozenset[str]()
    if any(line.get("move") == "escalate" for line in decisions):
        settled = settled_groups(line for _, line in journal.read(inboxdir.groups(root)))
    state = record.state(layout.session(root, session))
    found = resolution.of(session, state, "", decisions, settled)
    head = _head(root, session)
    departures.write(
        root,
        Departure(
            session,
            head.get("supervisor", ""),
            head.get("by") == _WATCHER,
            found.level,
            found.is_escalated,
            found.setbacks,
        ),
    )


def _decisions(root: str, session: str) -> list[dict[str, Any]]:
    try:
        return [line for _, line in journal.read(layout.decisions(layout.session(root, session)))]
    except StoreFault:
        return []


def settled_groups(lines: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the groups of like failures that a person ended with a word for all."""
    return frozenset(str(line.get("group", "")) for line in lines if line.get("move") == "settle")


def is_event(line: Mapping[str, Any]) -> bool:
    """Tell whether a line of `events.jsonl` is one that a watcher wrote."""
    session, to = line.get("session"), line.get("to")
    is_words = isinstance(session, str) and isinstance(to, str) and isinstance(line.get("time"), str)
    return is_words and to in STATES and is_id(session)  # type: ignore[arg-type]


def supervisor_of(root: str, session: str) -> str:
    """Return the declared supervisor that a session's task names, without a YAML parser; empty where it names none."""
    return _head(root, session).get("supervisor", "")


def _traces(root: str) -> dict[str, Trace]:
    found: dict[str, Trace] = {}
    for _, line in journal.read(layout.events(root)):
        if is_event(line):
            found.setdefault(line["session"], Trace()).take(line)
    return found


def is_the_watchers(root: str, session: str) -> bool:
    """Tell whether the watcher made a session for itself: an advisor, or the replay of a skill."""
    return _head(root, session).get("by") == _WATCHER


def _head(root: str, session: str) -> dict[str, str]:
    """Return the plain keys of a task's frontmatter."""
    try:
        text = atomic.read(layout.task(layout.session(root, session)), atomic.SMALL) or ""
    except StoreFault:
        return {}
    keys: dict[str, str] = {}
    for line in text[:_HEAD_AT_MOST].split("\n")[1:]:
        if line.startswith("---"):
            break
        name, _, value = line.partition(":")
        keys[name] = value.partition(" #")[0].strip().strip("\"'")
    return keys


def restarts(root: str, since: str = "") -> dict[str, int]:
    """Return how often each session was restarted by its supervisor from a time on; raises StoreFault."""
    seen: set[tuple[str, str, str]] = set()
    for _, line in journal.read(layout.restarts(root)):
        if line.get("event") == "restart" and str(line.get("time", "")) >= since:
            seen.add((str(line.get("session", "")), str(line.get("attempt", "")), str(line.get("supervisor", ""))))
    found: dict[str, int] = {}
    for session, _, _ in seen:
        found[session] = found.get(session, 0) + 1
    return found
