"""Housekeeping: ended sessions are put into archives, or removed, one by one; what is still needed stays.

Of each the archive is on the disk first, and holds all that lies in the directory; then the directory is renamed away,
compared with the archive, and removed. Killed at any instruction, the next call finishes, or puts it back.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import ScopeError, StoreFault, from_os
from scope.laws.ids import above, is_id, order
from scope.laws.states import TERMINAL
from scope.sessions.branches import unlanded
from scope.sessions.keeping import figures, leaving
from scope.sessions.records import allocation, archive, record, remains, wishes
from scope.store import archivedir, atomic, layout

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import Literal

    from scope.sessions.branches.unlanded import Place
    from scope.sessions.keeping.retention import Survey

    Done = Literal["archived", "removed", "kept", "would-archive"]

_CHANGED: Final = "something has just changed in it"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one session: its archive, if there is one, what was freed, and why it is kept."""

    session: str
    done: Done
    why: str = ""
    freed_bytes: int = 0
    archive: str = ""
    tree: Place | None = None
    fault: ScopeError | None = None


def finish(root: str) -> list[Outcome]:
    """Finish what somebody had begun who was killed, and return what could not be; for whoever begins now."""
    troubles = []
    for place, is_removed in ((archivedir.leaving, False), (archivedir.removing, True)):
        for session in _names_in(os.path.dirname(place(root, "1"))):
            try:
                with closing(leaving.begin(root, session)):
                    if os.path.isdir(place(root, session)):
                        _go_on(root, session, place(root, session), is_removed=is_removed)
            except StoreFault as fault:
                troubles.append(Outcome(session, "kept", fault.line(), fault=fault))
    for name in _names_in(archivedir.archives(root), lambda name: name.endswith(archive.UNFINISHED)):
        with closing(leaving.begin(root, "")):
            atomic.remove(f"{archivedir.archives(root)}/{name}")
    return troubles


def put_away(root: str, session: str) -> Outcome:
    """Archive an ended session, and remove its directory; say so where it has to stay."""
    return _guarded(root, session, _archived)


def remove(root: str, session: str, *, throws_away: bool) -> Outcome:
    """Remove an ended session for good, or its archive; with `throws_away` what lies in its work tree, too."""
    return _guarded(root, session, lambda *given: _removed(*given, throws_away=throws_away))


def tree_of(root: str, session: str) -> Place | None:
    """Return where the session's work lies; None where there is nothing of it. Never raises for what git says."""
    try:
        return unlanded.of(root, session)
    except ScopeError as error:
        return unlanded.Place(layout.worktree(root, session), f"scope/{session}", error.line())


def why_live(directory: str) -> str:
    """Say why an ended session's directory is still needed by itself; nothing where it is not. Raises StoreFault."""
    # The wish first: it is taken only after the state says what came of it.
    if wishes.reopens(directory):
        return "it is wished back"
    state = record.state(directory)
    if state not in TERMINAL:
        return f"it is {state}"
    for number in range(1, record.latest_attempt(directory) + 1):
        if remains.runs(layout.attempt(directory, number)):
            return "something of it still runs"
    return ""


def _guarded(root: str, session: str, work: Callable[[str, str, Place | None], Outcome]) -> Outcome:
    try:
        with closing(leaving.begin(root, session)):
            directory = layout.session(root, session)
            if not record.exists(root, session) and not os.path.isfile(archivedir.archived(root, session)):
                return Outcome(session, "kept", "it is gone already")
            why = why_live(directory) if record.exists(root, session) else ""
            tree = tree_of(root, session)
            return Outcome(session, "kept", why, tree=tree) if why else work(root, session, tree)
    except ScopeError as error:
        return Outcome(session, "kept", error.line(), fault=error)


def _archived(root: str, session: str, tree: Place | None) -> Outcome:
    directory, path = layout.session(root, session), archivedir.archived(root, session)
    if os.path.exists(path) and not _is_its_own(root, session):
        return Outcome(session, "kept", f"{path} is the archive of another session", tree=tree)
    lacking = archive.only_there(root, session)
    if lacking:
        return Outcome(session, "kept", f"{path} has more of it: {lacking}", tree=tree)
    why = tree.why if tree is not None else ""
    why = why or unlanded.clear_away(root, session)
    if why:
        return Outcome(session, "kept", why, tree=tree)
    before = archive.size(directory)
    landed = layout.landed(root, session)
    archive.write(root, session, {"landed": landed} if os.path.isfile(landed) else {})
    away = archivedir.leaving(root, session)
    figures.keep(root, session)
    _rename(directory, away)
    if not _go_on(root, session, away, is_removed=False):
        return Outcome(session, "kept", _CHANGED)
    atomic.remove(landed)
    return Outcome(session, "archived", "", max(0, before - archive.size(path)), path)


def _removed(root: str, session: str, tree: Place | None, *, throws_away: bool) -> Outcome:
    directory, path = layout.session(root, session), archivedir.archived(root, session)
    said = ""
    if tree is not None and throws_away:
        tip = unlanded.throw_away(root, session)
        said = f"the commit of its branch was {tip}" if tip and tree.why else ""
    elif tree is not None and tree.why:
        return Outcome(session, "kept", tree.why, tree=tree)
    why = unlanded.clear_away(root, session)
    if why:
        return Outcome(session, "kept", why, tree=tree)
    freed = archive.size(directory) + archive.size(path)
    if os.path.isdir(directory):
        away = archivedir.removing(root, session)
        figures.keep(root, session)
        _rename(directory, away)
        if not _go_on(root, session, away, is_removed=True):
            return Outcome(session, "kept", _CHANGED)
    atomic.remove(path)
    atomic.remove(layout.landed(root, session))
    return Outcome(session, "removed", said, freed)


def _go_on(root: str, session: str, away: str, *, is_removed: bool) -> bool:
    """Remove a directory that was renamed away, or put it back where something is in it that is nowhere else."""
    is_safe = not wishes.reopens(away) and (is_removed or archive.holds(root, session, away))
    if not is_safe:
        _rename(away, layout.session(root, session))
        atomic.poke(layout.session(root, session))  # a wish may have come, and nobody was there to hear of it
        return False
    try:
        shutil.rmtree(away)
    except OSError as error:
        raise from_os(error, "cannot remove", away) from error
    return True


def _rename(source: str, target: str) -> None:
    atomic.directory(os.path.dirname(target))
    try:
        os.rename(source, target)
    except OSError as error:
        raise from_os(error, "cannot take away", source) from error


def _is_its_own(root: str, session: str) -> bool:
    """Tell whether an archive is that of this session, as after a kill, or where somebody has brought it back."""
    try:
        said = archive.glance(root, session, "task.md").get("task.md", "")
    except StoreFault:
        return False
    return said == atomic.read(layout.task(layout.session(root, session)))


def _names_in(place: str, is_one: Callable[[str], bool] = is_id) -> Iterable[str]:
    try:
        return [name for name in os.listdir(place) if is_one(name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise from_os(error, "cannot list", place) from error


def take_leave(
    root: str, sessions: Collection[str], known: Survey, work: Callable[[str], Outcome]
) -> Iterator[Outcome]:
    """Do the work for each session that is to go; their ids are not given again. Raises StoreFault."""
    if sessions:
        with closing(leaving.begin(root, "")):
            allocation.sweep(root, sessions)
    yield from in_order(sessions, known, work)


def in_order(sessions: Iterable[str], known: Survey, work: Callable[[str], Outcome]) -> Iterator[Outcome]:
    """Do the work for each session that nobody needs, children before parents: what is above one that stays, stays."""
    wanted = set(sessions)
    stays = {one: session for session in known.states if session not in wanted for one in above(session)}
    for session in sorted(wanted, key=lambda session: (-session.count("."), order(session))):
        below = stays.get(session)
        why = known.why(session) or (f"session {below} below it stays" if below else "")
        outcome = Outcome(session, "kept", why) if why else work(session)
        if outcome.done == "kept":
            stays.update(dict.fromkeys(above(session), session))
        yield outcome
