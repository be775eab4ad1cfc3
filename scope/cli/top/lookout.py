"""The lookout: reads all sessions once, and from then on only those of which something has changed.

Changes of state come from `events.jsonl`, one line each; what the rows on the screen do, from notices of their
own directories; everything else is looked at again in turn, a few sessions a second, so that a missed notice
costs time and nothing more.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scope.cli.top import card as cards
from scope.cli.top import output
from scope.cli.top.card import UNREADABLE, Card
from scope.errors import ScopeError
from scope.laws.ids import SessionId, is_id, parent
from scope.sessions.records import allocation, index, record
from scope.sessions.records.index import Entry
from scope.sessions.records.listing import Row
from scope.store import inboxdir, journal, layout, rundir
from scope.store.notices import APPEARED, GONE, MODIFY, Notices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_IN_TURN: Final = 20
_ASKS: Final = ("waiting", "escalated")


@dataclass(slots=True)
class News:
    """What has changed since the last look."""

    changed: list[Card] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    asked: set[str] | None = field(default_factory=set)  # the escalations that changed; None: any of them
    is_spent: bool = False  # the ledger has grown
    printed: set[str] = field(default_factory=set)  # sessions that may have printed something


class Lookout:
    """What changes under one root; `descriptor` is ready to be read when something has."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._notices = Notices(root)
        self.descriptor = self._notices.descriptor
        self._known: set[str] = set()
        self._entries: dict[str, Entry] = {}
        self._awaited: set[str] = set()
        self._watched: dict[str, str] = {}
        self._turn: list[str] = []
        self._events_at = self._index_at = 0

    def begin(self) -> Iterator[Card]:
        """Watch, then read every session; raises StoreFault where the root cannot be listed."""
        self._watch_root()
        self._events_at, self._index_at = _size(layout.events(self.root)), _size(rundir.index(self.root))
        self._entries = index.entries(self.root)
        for session in self._entries:
            found = self._card(session)
            if found is not None:
                self._known.add(session)
                yield found

    def is_gone(self) -> bool:
        """Tell whether the root is there no more."""
        return not os.path.isdir(self.root)

    def look(self, visible: Sequence[Card], *, in_turn: bool) -> News:
        """Return what has changed, given which rows are on the screen; `in_turn` looks at some others as well.

        Raises StoreFault where the root cannot be listed.
        """
        self._watch_rows(visible)
        news = News()
        happened = self._notices.read()
        touched: set[str] = set(self._awaited)
        if happened is None:
            is_blind = self.descriptor is None
            touched |= {card.id for card in visible} if is_blind else set(self._known)
            news.asked, news.is_spent = None, True
            news.printed = {card.id for card in visible}
            touched |= self._appeared() | self._events() | self._named()
        else:
            touched |= self._sorted(happened, news)
        if in_turn:
            self._watch_root()
            on_screen = {card.id for card in visible}
            news.printed |= on_screen
            touched |= on_screen | self._appeared() | self._events() | self._named() | set(self._next())
        for session in touched:
            self._read(session, news)
        return news

    def close(self) -> None:
        """Let go of what is watched."""
        self._notices.close()

    def _sorted(self, happened: Iterable[tuple[str, str]], news: News) -> set[str]:
        touched: set[str] = set()
        paths = dict.fromkeys(path for path, _ in happened)
        for path in paths:
            if path == layout.events(self.root):
                touched |= self._events()
            elif path == rundir.index(self.root):
                touched |= self._named()
            elif path == layout.ledger(self.root):
                news.is_spent = True
            elif path in self._watched:
                touched.add(self._watched[path])
                news.printed.add(self._watched[path])
            elif path == self.root:
                self._watch_root()  # a journal or a directory was made
                news.asked, news.is_spent = None, True
                touched |= self._events()
        for path, name in happened:
            if path == layout.sessions(self.root) and is_id(name):
                touched.add(name)
            elif path == inboxdir.escalations(self.root) and news.asked is not None:
                news.asked.add(name)
        return touched

    def _watch_root(self) -> None:
        for path, mask in (
            (self.root, APPEARED | GONE),
            (layout.sessions(self.root), APPEARED | GONE),
            (inboxdir.escalations(self.root), APPEARED | GONE),
            (layout.events(self.root), MODIFY),
            (layout.ledger(self.root), MODIFY),
            (rundir.index(self.root), MODIFY),
        ):
            self._notices.watch(path, mask)

    def _watch_rows(self, visible: Sequence[Card]) -> None:
        wanted: dict[str, str] = {}
        for card in visible:
            directory = layout.session(self.root, card.id)
            wanted[directory] = card.id
            wanted[layout.attempts(directory)] = card.id
            if card.attempts:
                wanted[output.path(self.root, card)] = card.id
        for path in self._watched.keys() - wanted.keys():
            self._notices.forget(path)
            del self._watched[path]
        for path, session in wanted.items():
            if path not in self._watched and self._notices.watch(path, APPEARED | GONE | MODIFY):
                self._watched[path] = session

    def _appeared(self) -> set[str]:
        """Return the sessions that came or went without a notice."""
        return set(allocation.all_ids(self.root)) ^ self._known

    def _events(self) -> set[str]:
        path = layout.events(self.root)
        if _size(path) < self._events_at:
            self._events_at = 0
        touched = set()
        for offset, line in journal.read(path, self._events_at):
            self._events_at = offset
            session = line.get("session")
            if isinstance(session, str) and is_id(session):
                touched.add(session)
        return touched

    def _named(self) -> set[str]:
        """Read on in the index: what a session is called was not known before its line."""
        path = rundir.index(self.root)
        if _size(path) < self._index_at:
            self._index_at = 0
        touched = set()
        for offset, line in journal.read(path, self._index_at):
            self._index_at = offset
            session = line.get("id")
            if isinstance(session, str) and is_id(session):
                self._entries[session] = Entry(line)
                touched.add(session)
        return touched

    def _next(self) -> list[str]:
        if not self._turn:
            self._turn = list(self._known)
        taken, self._turn = self._turn[:_IN_TURN], self._turn[_IN_TURN:]
        return taken

    def _read(self, session: str, news: News) -> None:
        found = self._card(session)
        if found is not None:
            self._known.add(session)
            self._awaited.discard(session)
            news.changed.append(found)
        elif session in self._known:
            self._known.discard(session)
            self._entries.pop(session, None)
            news.gone.append(session)
        elif os.path.isdir(layout.session(self.root, session)):
            self._awaited.add(session)  # made, and not yet told what to do
        else:
            self._awaited.discard(session)

    def _card(self, session: str) -> Card | None:
        if not record.exists(self.root, session):
            return None
        try:
            entry = self._entries.get(session) or index.from_task(self.root, session)
            if entry is None:
                return None
            self._entries[session] = entry
            row = Row(self.root, session, entry)
            asked = record.question(layout.session(self.root, session)) if row.state in _ASKS else None
        except ScopeError as error:
            return Card(session, parent(SessionId(session)), UNREADABLE, activity=record.one_line(error.line()))
        return cards.of(row, record.one_line(asked[0]) if asked else "", time.time())


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
