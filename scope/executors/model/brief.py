"""What the worker is given: its place on disk, and `brief.md`."""

from __future__ import annotations

import os

from scope.errors import NotFound
from scope.laws.ids import is_count
from scope.sessions.records import wishes
from scope.store import atomic, attemptdir, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

STEPS: Final = 200


class Place:
    """Where an attempt is: root, session, number and their directories."""

    __slots__ = ("attempt", "directory", "root", "session", "session_directory")

    def __init__(self, attempt_directory: str) -> None:
        self.directory = os.path.abspath(attempt_directory)
        self.session_directory, _, self.attempt = self.directory.rpartition("/attempts/")
        self.root, _, self.session = self.session_directory.rpartition("/sessions/")

    @property
    def is_over(self) -> bool:
        """Tell whether the attempt was closed, or has ended already."""
        return os.path.exists(attemptdir.closed(self.directory)) or os.path.exists(attemptdir.exit_code(self.directory))

    def earlier(self, number: int) -> str:
        """Return the directory of another attempt of the session."""
        return layout.attempt(self.session_directory, number)


class Brief:
    """The task in words, the check that follows, the attempt whose work is continued (0: none), and the skills."""

    __slots__ = ("check", "resumes", "skills", "text")

    def __init__(self, text: str, check: str = "", resumes: int = 0, skills: tuple[str, ...] = ()) -> None:
        self.text = text
        self.check = check
        self.resumes = resumes
        self.skills = skills


def read(attempt_directory: str) -> Brief:
    """Return what an attempt was given; raises NotFound, StoreFault."""
    path = attemptdir.brief(attempt_directory)
    document = atomic.read(path)
    if document is None:
        raise NotFound("there is no brief", path, hint="the watcher writes it before it starts an attempt")
    keys = _keys(document)
    resumes = keys.get("resumes", "")
    return Brief(
        atomic.writable(wishes.text_of(document).strip(), atomic.LARGEST),
        keys.get("check", ""),
        int(resumes) if is_count(resumes) else 0,
        _names(keys.get("skills", "")),
    )


def steps() -> int:
    """Return how many replies one attempt may take."""
    said = os.environ.get("SCOPE_STEPS", "")
    return int(said) if is_count(said) else STEPS


def _keys(document: str) -> dict[str, str]:
    """Return the keys of the frontmatter that `store.frontmatter` wrote: yaml would cost ten milliseconds."""
    lines = document.split("\n")
    keys: dict[str, str] = {}
    for line in lines[1:] if lines[0] == "---" else ():
        if line == "---":
            break
        name, _, value = line.partition(": ")
        keys[name] = _scalar(value)
    return keys


def _names(listed: str) -> tuple[str, ...]:
    """Return the names of `[name@revision, …]`; neither has a comma, or is ever quoted."""
    names = (mark.strip().partition("@")[0] for mark in listed.strip("[]").split(","))
    return tuple(dict.fromkeys(filter(None, names)))


def _scalar(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return text[1:-1].encode("ascii").decode("unicode_escape")  # JSON has no \U0001f600
    except ValueError:  # a person has edited it
        return text.strip('"')
