"""Which sessions a person means: ids, names, quoted globs and label selectors, wherever an id is taken."""

from __future__ import annotations

from scope.errors import BadInput, NotFound
from scope.laws.ids import GLOB_SIGNS, is_id, is_name
from scope.sessions.records import record
from scope.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.sessions.records.index import Entry


def select(root: str, words: Sequence[str], labels: Sequence[str] = (), *, takes_archived: bool = False) -> list[str]:
    """Return the ids that the words and label selectors name, each once, in the order asked for.

    A name stands for the newest session that has it, one that has not ended first. A glob matches
    names and ids. Label selectors narrow each other. An archived session goes by its id, where it is
    taken at all. Raises NotFound for a word that names nothing.
    """
    if not words and not labels:
        raise BadInput("no session is named", hint="name one by id, name, glob or -l KEY=VALUE; scope ls lists them")
    chosen: dict[str, None] = {}
    known: dict[str, Entry] | None = None
    for word in words:
        if is_id(word):
            if not (takes_archived and record.is_archived(root, word)):
                record.require(root, word)
            chosen[word] = None
            continue
        known = known if known is not None else _entries(root)
        chosen.update(dict.fromkeys(_named(root, word, known)))
    if labels:
        known = known if known is not None else _entries(root)
        chosen.update(dict.fromkeys(_labelled(labels, known)))
    return list(chosen)


def one(root: str, word: str, *, takes_archived: bool = False) -> str:
    """Return the one session that a word names; raises NotFound or, for several, BadInput."""
    found = select(root, [word], takes_archived=takes_archived)
    if len(found) > 1:
        raise BadInput("this needs one session, and there are several for", word, ", ".join(found[:5]), "name one")
    return found[0]


def _named(root: str, word: str, known: dict[str, Entry]) -> list[str]:
    by_name: dict[str, list[str]] = {}
    for session, entry in known.items():
        if entry.name:
            by_name.setdefault(entry.name, []).append(session)
    if not GLOB_SIGNS.intersection(word):
        if word in by_name:
            return [_newest(root, by_name[word])]
        raise NotFound("there is no session", word[:80], hint=_meant(word, by_name))
    from fnmatch import fnmatchcase  # noqa: PLC0415 - only for globs

    found = {_newest(root, ids) for name, ids in by_name.items() if fnmatchcase(name, word)}
    found |= {session for session in known if fnmatchcase(session, word)}
    if not found:
        raise NotFound("no session matches", word[:80], hint="list them: scope ls")
    return [session for session in known if session in found]


def _newest(root: str, sessions: list[str]) -> str:
    if len(sessions) == 1:
        return sessions[0]
    from scope.laws.states import TERMINAL  # noqa: PLC0415 - only when a name was used again

    live = [session for session in sessions if record.state(layout.session(root, session)) not in TERMINAL]
    return (live or sessions)[-1]


def _labelled(labels: Sequence[str], known: dict[str, Entry]) -> list[str]:
    wanted = [label.partition("=") for label in labels]
    for key, equals, _ in wanted:
        if not equals or not is_name(key):
            raise BadInput("a label selector is KEY=VALUE, not", f"{key}{equals}", hint="for example: -l team=web")
    found = [
        session for session, entry in known.items() if all(entry.labels.get(key) == value for key, _, value in wanted)
    ]
    if not found:
        raise NotFound("no session has the label", ",".join(labels), hint="list them: scope ls --json")
    return found


def _entries(root: str) -> dict[str, Entry]:
    from scope.sessions.records.index import entries  # noqa: PLC0415 - plain ids need none of it

    return entries(root)


def _meant(word: str, by_name: dict[str, list[str]]) -> str:
    from scope.laws.schema import nearest  # noqa: PLC0415 - only on the way out

    meant = nearest(word, list(by_name))
    return f"did you mean '{meant}'?" if meant else "list them: scope ls"
