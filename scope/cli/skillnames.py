"""What a person means with the words of `scope skill`: the library, a skill in it, some work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, NotFound
from scope.laws import skill as law
from scope.laws.ids import is_id, is_name
from scope.laws.schema import nearest
from scope.laws.task import Task
from scope.sessions.records import reading
from scope.sessions.records.selection import one
from scope.skills import matching
from scope.skills.library import Entry, load
from scope.skills.outcomes import Tally
from scope.store import atomic, layout

if TYPE_CHECKING:
    from scope.cli.grammar import Given
    from scope.laws.skill import Subject
    from scope.skills.library import Broken, Library
    from scope.skills.standing import Standing

_KIND: Final = ("job_type", "entity_type", "signal", "label")


def agent(given: Given) -> str:
    """Return the agent whose own skills come first, nothing where none is named."""
    named = given.text("agent") or ""
    if named and not is_name(named):
        raise BadInput("--agent takes a name, not", named, hint="for example: --agent ann")
    return named


def library(root: str, given: Given) -> Library:
    """Return the library as it is now."""
    return load(root, agent(given))


def tally(root: str) -> Tally:
    """Return what is known by now of how work of each kind goes without a skill."""
    counted = Tally(root)
    counted.look()
    return counted


def stand(root: str, entry: Entry) -> Standing:
    """Return where one skill stands, with what work does without it; raises StoreFault."""
    return matching.stand(entry, *tally(root).without(entry))


def alone(words: list[str], action: str) -> str:
    """Return the one name that is given; raises BadInput for none or more."""
    if not words:
        raise BadInput("no skill is named", hint=f"scope skill {action} NAME")
    refuse_more(words, 1, action)
    return words[0]


def refuse_more(words: list[str], at_most: int, action: str) -> None:
    """Raise BadInput for words that nobody asked for."""
    if len(words) > at_most:
        raise BadInput(f"{action} does not take", words[at_most], hint="see: scope skill --help")


def find(root: str, given: Given, name: str) -> Entry | Broken:
    """Return the skill of that name, in order or not; raises NotFound with the one that was meant."""
    shelves = library(root, given)
    found = shelves.find(name, agent(given))
    if found is None:
        meant = nearest(name, [entry.skill.name for entry in shelves.entries(agent(given))])
        raise NotFound("there is no skill", name, hint=f"did you mean '{meant}'?" if meant else "scope skill list")
    return found


def taken(root: str, given: Given, name: str) -> Entry:
    """Return the skill of that name; raises BadInput for a file that is none."""
    found = find(root, given, name)
    if not isinstance(found, Entry):
        raise BadInput("cannot take", f"{found.path}:{found.line}", found.says, f"scope skill edit {name}")
    return found


def subject(root: str, given: Given, words: list[str]) -> Subject:
    """Return the work that is meant: words, @FILE or a session, and on top of it the options."""
    if not words and not any(given.values[name] for name in _KIND):
        raise BadInput("there is no task to match", hint="scope skill match 'some words', @FILE, or a session's id")
    task = _task(root, " ".join(words))
    meant = law.of_task(task) if isinstance(task, Task) else law.Subject(words=task)
    return replace(
        meant,
        job_type=given.text("job_type") or meant.job_type,
        entity_type=given.text("entity_type") or meant.entity_type,
        signals=meant.signals | set(given.words("signal")),
        labels=(*meant.labels, *labels(given)),
    )


def labels(given: Given) -> tuple[tuple[str, str], ...]:
    """Return the labels that are given."""
    pairs = []
    for word in given.words("label"):
        key, equals, value = word.partition("=")
        if not equals or not key or not value:
            raise BadInput("--label takes KEY=VALUE, not", word, hint="for example: --label team=web")
        pairs.append((key, value))
    return tuple(pairs)


def _task(root: str, text: str) -> Task | str:
    """Return the task of a session or a file; else the words are the task."""
    if is_id(text):
        task = reading.read_task(layout.session(root, one(root, text)))
    elif text.startswith("@"):
        written = atomic.read_named(text[1:])
        if written is None:
            raise NotFound("there is no task file", text[1:], hint="give its path: scope skill match @FILE")
        task = reading.parse_task(written, text[1:])
    else:
        return text
    if isinstance(task, reading.Unreadable):
        raise BadInput("cannot take", text, task.says, "edit that line")
    return task
