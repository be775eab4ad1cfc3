"""`scope complete`: what the shells' completions ask for; one `WORD<TAB>DESCRIPTION` per line."""

from __future__ import annotations

import json
import os
import sys

from scope.cli.grammar import Argument, Command
from scope.errors import BadInput, ScopeError
from scope.laws.ids import is_id, is_label_value, is_name, is_session_name
from scope.sessions.records import record
from scope.store import atomic, inboxdir, layout, roots, rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final

    from scope.cli.grammar import Given

COMMAND = Command(
    "complete",
    "For completions: print the words that begin with PREFIX, a tab, and what each is.",
    text="""\
WHAT is sessions (ids and names), live (of those that have not ended), labels, questions or agents. The newest
come first, those of 128 sessions at most: another letter of the prefix finds the others. It reads names from the
watcher's index, starts nothing, and prints nothing where there is no .scope/ or where nobody recorded the one that
is there.""",
    epilog="Example: scope complete live web",
    arguments=[
        Argument("what", meaning="sessions, live, labels, questions or agents."),
        Argument("prefix", required=False, meaning="How the words begin; default: any."),
    ],
)

_AT_MOST: Final = 128
_TAIL_BYTES: Final = 1 << 22


def run(given: Given) -> int:
    """Print the words; what cannot be read has none, for nobody looks at the errors of a completion."""
    what, prefix = given.text("what") or "", given.text("prefix") or ""
    if what not in _KINDS:
        raise BadInput("complete does not know", what, hint="see: scope complete --help")
    try:
        root = roots.find()
        if root is None or roots.why_untrusted(root):
            return 0
        roots.check_format(root)
        found = [f"{word}\t{about}\n" for word, about in _KINDS[what](root, prefix)]
    except ScopeError:
        return 0
    sys.stdout.write("".join(found))
    return 0


def _sessions(root: str, prefix: str) -> Iterator[tuple[str, str]]:
    for session, line, state in _newest(root, prefix):
        yield from _named(session, line, state, prefix)


def _live(root: str, prefix: str) -> Iterator[tuple[str, str]]:
    from scope.laws.states import TERMINAL  # noqa: PLC0415 - loaded already, by the first state

    for session, line, state in _newest(root, prefix):
        if state not in TERMINAL:
            yield from _named(session, line, state, prefix)


def _named(session: str, line: dict[str, Any], state: str, prefix: str) -> Iterator[tuple[str, str]]:
    name, title = _text(line, "name"), record.one_line(_text(line, "title"))
    is_named = is_session_name(name)
    if is_named and name.startswith(prefix):
        yield name, f"{session} {state} {title}".rstrip()
    if session.startswith(prefix):
        yield session, f"{state} {name if is_named else title}".rstrip()


def _labels(root: str, prefix: str) -> Iterator[tuple[str, str]]:
    offered: set[str] = set()
    for session, line in _lines(root, prefix.partition("=")[0]):
        labels = line.get("labels")
        for key, value in labels.items() if isinstance(labels, dict) else ():
            pair = f"{key}={value}"
            if pair not in offered and pair.startswith(prefix) and is_name(key) and is_label_value(str(value)):
                offered.add(pair)
                yield pair, f"{session} {record.one_line(_text(line, 'name') or _text(line, 'title'))}".rstrip()


def _questions(root: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the escalations that wait for an answer; their frontmatter is ours, so a line of it is looked for."""
    for name in sorted(_names_in(inboxdir.escalations(root)), reverse=True):
        word, dot, suffix = name.rpartition(".")
        if not (dot and suffix == "md" and word.startswith(prefix) and is_name(word)):
            continue
        said = (atomic.read(inboxdir.escalation(root, word)) or "").partition("\n---\n")[0].split("\n")
        if "state: open" in said or "state: acked" in said:
            about = next((line for line in said if line.startswith("question: ")), "")
            yield word, record.one_line(about.removeprefix("question: ").strip("\"'"))


def _agents(root: str, prefix: str) -> Iterator[tuple[str, str]]:
    for place, about in ((root, "of this project"), (layout.home(), "of your home")):
        for name in sorted(_names_in(layout.agents(place))):
            if is_name(name) and name.startswith(prefix):
                yield name, about


_KINDS: Final = {
    "sessions": _sessions,
    "live": _live,
    "labels": _labels,
    "questions": _questions,
    "agents": _agents,
}


def _newest(root: str, prefix: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the newest sessions whose id or name begins so, each with its line of the index and its state."""
    for session, line in _lines(root, prefix):
        if session.startswith(prefix) or _text(line, "name").startswith(prefix):
            yield session, line, record.state(layout.session(root, session))


def _lines(root: str, beginning: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the lines of the index in which a word begins so, the newest first, of sessions that are there.

    Only these are parsed, and no more than anybody looks through: what is not among them takes another letter.
    """
    needle = f'"{beginning}'.encode("utf-8", "surrogateescape")
    seen: set[str] = set()
    for raw in reversed(atomic.tail(rundir.index(root), _TAIL_BYTES).split(b"\n")[:-1]):
        if needle not in raw:
            continue
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        session = _text(line, "id") if isinstance(line, dict) else ""
        if session not in seen and is_id(session) and record.exists(root, session):
            line["name"] = record.given_name(layout.session(root, session)) or _text(line, "name")
            yield session, line
            seen.add(session)
            if len(seen) == _AT_MOST:
                return


def _text(line: dict[str, Any], key: str) -> str:
    value = line.get(key)
    return value if isinstance(value, str) else ""


def _names_in(place: str) -> list[str]:
    try:
        return os.listdir(place)
    except OSError:
        return []
