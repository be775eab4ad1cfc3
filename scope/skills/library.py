"""The skills of a root: an agent's own over the project's over those of the home over those that ship.

Within a place the tier comes from the path: `universal/`, `vertical/<v>/`, `category/<c>/`,
`niche/<n>/`, and base for what lies directly in it. A nearer file hides a farther one of its name,
also when it is broken; an empty one switches it off.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scope.errors import StoreFault
from scope.laws.ids import is_name
from scope.laws.schema import Problem
from scope.laws.skill import Skill, parse, revision, significant
from scope.store import atomic, document, layout, skilldir, stamps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scope.laws.skill import Subject

Place: TypeAlias = Literal["agent", "project", "home", "built-in"]
Tier: TypeAlias = Literal["entity", "niche", "category", "vertical", "universal", "base"]
TIERS: Final[tuple[Tier, ...]] = ("entity", "niche", "category", "vertical", "universal", "base")
"""The nearest first; entity: an agent's own."""

LARGEST: Final = 1 << 16
_SUFFIX: Final = ".md"
_NO_SKILLS: Final = frozenset(("runbooks", "evidence"))
_DEEPEST: Final = 6

_Seen: TypeAlias = tuple[int, int, int]  # what changes with a file: when, its size and inode
_LIKE_NONE: Final[_Seen] = (0, 0, 0)  # no file: this one is read again at the next look
_Found: TypeAlias = tuple[str, str, _Seen]  # a file's path, what is between it and its place, and how it was seen
_Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One skill where it lies: its file at a revision, its evidence, its place and tier.

    `within` names the niche, category or vertical.
    """

    skill: Skill
    path: str
    revision: str
    evidence: str
    place: Place
    tier: Tier = "base"
    within: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that is to be a skill and is none: it hides what it would have hidden."""

    name: str
    path: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.says}"


_Content: TypeAlias = "Entry | Broken | None"  # None: switched off


class _Shelf:
    """The skills of one directory; only what changed is read again."""

    def __init__(self, root: str, directory: str, place: Place) -> None:
        self._root = root
        self._directory = directory
        self._place: Place = place
        self._seen: dict[str, _Seen] = {}
        self._known: dict[str, _Content] = {}
        self.by_name: dict[str, _Content] = {}
        self.index = _Index(())
        self.problems: tuple[Broken, ...] = ()

    def look(self) -> bool:
        """Look at the files; tell whether anything is other than before."""
        now_ns = time.time_ns()
        problems: list[Broken] = []
        files: dict[str, _Found] = {}
        for found in _walk(self._directory, "", problems):
            files[found[0]] = found
        seen = {path: found[2] for path, found in files.items()}
        if seen == self._seen and tuple(problems) == self.problems:
            return False
        self._known = {
            path: self._known[path] if self._seen.get(path) == found[2] else self._read(found)
            for path, found in files.items()
        }
        self._seen = {
            path: stamp if stamps.is_settled(stamp[0], now_ns) else _LIKE_NONE for path, stamp in seen.items()
        }
        self.problems = tuple(problems)
        self._arrange(files)
        return True

    def _arrange(self, files: dict[str, _Found]) -> None:
        """Let the nearer tier hide the farther one; of two in one tier, the first by its path."""
        self.by_name = {}
        for path in sorted(files, key=lambda path: (TIERS.index(_tier(self._place, files[path][1])[0]), path)):
            self.by_name.setdefault(_name(path), self._known[path])
        self.index = _Index(entry for entry in self.by_name.values() if isinstance(entry, Entry))

    def _read(self, found: _Found) -> _Content:
        path, between, seen = found
        name = _name(path)
        if not is_name(name):
            return Broken(name, path, 1, "its name takes a-z, 0-9, '.', '_' and '-'")
        if seen[1] > LARGEST:
            return Broken(name, path, 1, f"it is longer than {LARGEST >> 10} KiB")
        try:
            text = atomic.read(path)
        except StoreFault as fault:
            return Broken(name, path, 1, fault.why)
        if text is None or not text.strip():
            return None
        skill = read(name, text, path)
        if isinstance(skill, Broken):
            return skill
        is_built_in = self._place == "built-in"
        evidence = skilldir.evidence_of_built_in(self._root, name) if is_built_in else skilldir.evidence(path)
        return Entry(skill, path, revision(text), evidence, self._place, *_tier(self._place, between))


class _Index:
    """Which skills of a shelf may fit some work: by one value that they need, or by words of their criteria."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_value: dict[_Key, list[Entry]] = defaultdict(list)
        self._by_word: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            if entry.skill.match:
                # A type of work divides the library best.
                wanted = dict(entry.skill.match)
                name = next((key for key in ("job_type", "entity_type") if key in wanted), next(iter(wanted)))
                self._by_value[name, wanted[name][0]].append(entry)
            else:
                for word in significant(" ".join(entry.skill.when)):
                    self._by_word[word].append(entry)

    def candidates(self, subject: Subject) -> Iterator[Entry]:
        """Yield those that may fit; all others do not."""
        names = {name for name, _ in self._by_value}
        for name in names:
            for value in subject.values(name):
                yield from self._by_value.get((name, value), ())
        if self._by_word:
            for word in subject.significant():
                yield from self._by_word.get(word, ())


class Library:
    """The skills of one root, for a process that lives long; each method tells them as `look` last saw them."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._farther = (
            _Shelf(root, layout.skills(root), "project"),
            _Shelf(root, layout.skills(layout.home()), "home"),
            _Shelf(root, layout.skills(built_in()), "built-in"),
        )
        self._own: dict[str, tuple[_Shelf, ...]] = {}

    def look(self, agent: str = "") -> bool:
        """Look at the files, also at those of an agent; tell whether anything has changed.

        What cannot be read is a problem, never an error.
        """
        changed = [shelf.look() for shelf in self._shelves(agent)]
        return any(changed)

    def entries(self, agent: str = "") -> tuple[Entry, ...]:
        """Return the skills that hold, by name."""
        return tuple(entry for _, entry in sorted(self._visible(agent).items()) if isinstance(entry, Entry))

    def broken(self, agent: str = "") -> tuple[Broken, ...]:
        """Return what could not be taken, by name, and then the directories that could not be listed."""
        found = [each for _, each in sorted(self._visible(agent).items()) if isinstance(each, Broken)]
        return (*found, *(problem for shelf in self._shelves(agent) for problem in shelf.problems))

    def find(self, name: str, agent: str = "") -> Entry | Broken | None:
        """Return the nearest skill of that name; None where there is none, or an empty file."""
        shelf = self._holding(name, agent)
        return shelf.by_name[name] if shelf else None

    def candidates(self, subject: Subject, agent: str = "") -> tuple[Entry, ...]:
        """Return the skills that may be for this work, by name: all others are not."""
        found = {}
        for shelf in self._shelves(agent):
            for entry in shelf.index.candidates(subject):
                if self._holding(entry.skill.name, agent) is shelf:
                    found[entry.skill.name] = entry
        return tuple(entry for _, entry in sorted(found.items()))

    def _visible(self, agent: str) -> dict[str, _Content]:
        found: dict[str, _Content] = {}
        for shelf in self._shelves(agent):
            found = {**shelf.by_name, **found}
        return found

    def _holding(self, name: str, agent: str) -> _Shelf | None:
        return next((shelf for shelf in self._shelves(agent) if name in shelf.by_name), None)

    def _shelves(self, agent: str) -> tuple[_Shelf, ...]:
        if not is_name(agent):
            return self._farther
        if agent not in self._own:
            places = (f"{layout.agents(place)}/{agent}" for place in (self._root, layout.home()))
            self._own[agent] = tuple(_Shelf(self._root, layout.skills(place), "agent") for place in places)
        return (*self._own[agent], *self._farther)


def load(root: str, agent: str = "") -> Library:
    """Return the library of a root as the files are now."""
    library = Library(root)
    library.look(agent)
    return library


def read(name: str, text: str, path: str) -> Skill | Broken:
    """Return the skill that a text is, or what is wrong with it and on which line."""
    try:
        found = document.parse(text)
    except document.Unfinished as error:
        return Broken(name, path, 1, str(error))
    except document.Malformed as error:
        return Broken(name, path, error.line, error.says)
    skill = parse(name, found.keys, found.body)
    return Broken(name, path, found.lines.get(skill.key, 1), skill.says) if isinstance(skill, Problem) else skill


def built_in() -> str:
    """Return the place of what ships with scope: within the package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packed = f"{package}/data"
    return packed if os.path.isdir(packed) else os.path.dirname(package)


def _walk(directory: str, between: str, problems: list[Broken], depth: int = 0) -> Iterator[_Found]:
    """Yield the skills in a directory and below: plain files, none that are hidden, READMEs left out."""
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith("."):
                    continue
                if name.endswith(_SUFFIX):
                    if name != "README.md" and entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        yield entry.path, between, (status.st_mtime_ns, status.st_size, status.st_ino)
                elif depth < _DEEPEST and entry.is_dir(follow_symlinks=False) and (depth or name not in _NO_SKILLS):
                    yield from _walk(entry.path, f"{between}{name}/", problems, depth + 1)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        problems.append(Broken("", directory, 1, f"cannot list it: {error.strerror}"))


def _tier(place: Place, between: str) -> tuple[Tier, str]:
    tier, _, rest = between.partition("/")
    within = rest.partition("/")[0]
    match tier:
        case "universal" | "vertical" | "category" | "niche":
            return tier, "" if tier == "universal" else within
        case _:
            return ("entity" if place == "agent" else "base"), ""


def _name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(_SUFFIX)
