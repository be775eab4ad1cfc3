"""Crystals: what was learned is one skill, whoever is killed, whoever learns it at once, and people's words stay."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scope.skills import evidence, versions
from scope.skills.crystals import Crystal, crystallise
from scope.skills.library import Entry, Library
from tests.laws.test_crystal import LESSON

if TYPE_CHECKING:
    from scope.laws.crystal import Lesson

PROGRAM = Path(__file__).with_name("learning.py")
ROUNDS = 20
MOST_STEPS = 24
WIDER = replace(LESSON, signals=("python", "flat"), session="7", attempt=1)
BETTER = replace(LESSON, variables=(("path", "lib"),), session="7", attempt=3, level="2")


class Shop:
    """A root of one's own, in which lessons are learned."""

    def __init__(self, place: Path) -> None:
        self.root = place / "root"
        self.home = place / "home"
        self.root.mkdir()

    def learn(self, lesson: Lesson = LESSON, *given: str) -> Crystal:
        """Learn one here."""
        made = crystallise(str(self.root), Library(str(self.root)), lesson, given)
        assert made is not None
        return made

    def begin(self, lesson: Lesson, at: int = 0, given: str = "") -> subprocess.Popen[str]:
        """Start another process that learns one as soon as it is told to go."""
        words = (str(at), str(self.root), str(self.home), json.dumps(asdict(lesson)), given)
        argv = [sys.executable, str(PROGRAM), *words]
        return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def skills(self) -> list[Path]:
        """The files of the project's skills."""
        place = self.root / "skills"
        return sorted(path for path in place.rglob("*.md") if ".versions" not in path.relative_to(place).parts)

    def entry(self, name: str) -> Entry:
        """The skill of that name, as it is now."""
        library = Library(str(self.root))
        library.look()
        found = library.find(name)
        assert isinstance(found, Entry)
        return found

    def versions(self, name: str) -> list[int]:
        """The versions that a skill has had, the newest first."""
        entry = self.entry(name)
        texts = (Path(each.path).read_text() for each in versions.history(entry.path))
        return [int(text.partition("\nversion: ")[2].partition("\n")[0]) for text in texts]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Give a root without skills."""
    monkeypatch.setenv("SCOPE_HOME", str(tmp_path / "home"))
    return Shop(tmp_path.resolve())


def test_what_was_learned_is_a_skill_of_the_projects(shop: Shop) -> None:
    """At the revision that is named; learned again, it stays as it is."""
    made = shop.learn()
    assert made.kind == "created"
    assert made.path == str(shop.root / "skills" / f"{made.name}.md")
    entry = shop.entry(made.name)
    assert (entry.revision, entry.skill.variables) == (made.revision, (("path", "src"),))
    assert replace(shop.learn(), kind="created", why=made.why) == made
    assert shop.learn().kind == "kept"
    assert shop.learn(LESSON, made.name).kind == "kept"
    found = evidence.read(entry.evidence)
    assert evidence.written_revisions(found) == {made.revision}
    assert [(line.by, line.session, line.attempt) for line in found.written] == [("escalation-l1", "3", 2)]


def test_nothing_to_learn_is_nothing(shop: Shop) -> None:
    """And writes nothing."""
    lesson = replace(LESSON, job_type="", entity_type="", signals=())
    assert crystallise(str(shop.root), Library(str(shop.root)), lesson, ()) is None
    assert list(shop.root.iterdir()) == []


@pytest.mark.parametrize(
    "lesson",
    [
        replace(LESSON, instructions="1. Mark the failing tests as expected."),
        replace(LESSON, variables=(("flags", "--no-verify"),)),
    ],
)
def test_what_tampers_is_refused(shop: Shop, lesson: Lesson) -> None:
    """With why, and nothing is written."""
    made = shop.learn(lesson)
    assert (made.kind, made.path, made.revision) == ("refused", "", "")
    assert "it bends what decides whether the work is good" in made.why
    assert list(shop.root.iterdir()) == []


def test_one_that_nearly_fits_is_amended(shop: Shop) -> None:
    """It gets wider; the body that it had is kept, and doing it again changes nothing."""
    first = shop.learn()
    made = shop.learn(WIDER)
    assert (made.kind, made.name) == ("amended", first.name)
    assert shop.learn(WIDER).kind == "kept"
    entry = shop.entry(first.name)
    assert dict(entry.skill.match)["signals"] == ("python",)
    assert evidence.written_revisions(evidence.read(entry.evidence)) == {first.revision, made.revision}
    assert shop.versions(first.name) == [2, 1]
    assert len(shop.skills()) == 1


def test_one_that_was_given_and_failed_gets_what_mended_it(shop: Shop) -> None:
    """At whichever revision it was given."""
    first = shop.learn()
    made = shop.learn(BETTER, f"{first.name}@{first.revision}")
    assert (made.kind, made.name) == ("amended", first.name)
    entry = shop.entry(first.name)
    assert entry.skill.variables == (("path", "lib"),)
    assert "path=src" in entry.skill.body
    assert shop.learn(BETTER, first.name).kind == "kept"


def test_another_remedy_for_what_was_not_given_stands_beside_it(shop: Shop) -> None:
    """Both may be good, each for its own work; of one failure only one is given."""
    first = shop.learn()
    other = replace(BETTER, signals=("python", "lib-layout"))
    made = shop.learn(other)
    assert made.kind == "created"
    assert shop.entry(first.name).revision == first.revision
    assert shop.learn(other).kind == "kept"
    assert len(shop.skills()) == 2


def edited(shop: Shop, made: Crystal) -> bytes:
    """A person edits it by hand."""
    path = Path(made.path)
    path.write_text(path.read_text() + "\nMind the gap.\n")
    return path.read_bytes()


def test_what_a_person_edited_is_kept(shop: Shop) -> None:
    """Where it is for such work and has not failed at it; to the byte."""
    first = shop.learn()
    text = edited(shop, first)
    for lesson in (LESSON, replace(LESSON, session="9")):
        made = shop.learn(lesson)
        assert (made.kind, made.why) == ("kept", "a person wrote it, and it is for such work")
    assert Path(first.path).read_bytes() == text
    assert len(shop.skills()) == 1


def test_beside_what_a_person_edited_and_has_failed_stands_a_new_one(shop: Shop) -> None:
    """Or that is not for such work; unless the name is taken."""
    first = shop.learn()
    text = edited(shop, first)
    beside = shop.learn(WIDER)
    assert beside.kind == "created"
    assert beside.name != first.name
    better = shop.learn(replace(BETTER, instructions="Look elsewhere."), first.name, beside.name)
    assert (better.kind, better.name) == ("amended", beside.name)
    assert shop.learn(replace(BETTER, variables=(("flags", "x"),)), first.name).kind == "kept"  # it has that name
    assert Path(first.path).read_bytes() == text


def test_what_a_person_switched_off_stays_off(shop: Shop) -> None:
    """An empty file of the name, or one in another tier."""
    first = shop.learn()
    Path(first.path).write_text("")
    assert shop.learn().kind == "kept"
    assert Path(first.path).read_text() == ""
    niche = shop.root / "skills" / "niche" / "src"
    niche.mkdir(parents=True)
    Path(first.path).rename(niche / f"{first.name}.md")
    (niche / f"{first.name}.md").write_text("---\nsource: person\n---\n1. Do.\n")
    assert (shop.learn().kind, len(shop.skills())) == ("kept", 1)


def test_the_home_is_never_changed(shop: Shop, tmp_path: Path) -> None:
    """What is there is kept; where it was given and failed, the project gets one of its own."""
    first = shop.learn()
    home = shop.home / "skills"
    home.mkdir(parents=True)
    for path in (Path(first.path), Path(shop.entry(first.name).evidence)):
        path.rename(home / path.name)
    before = {path: path.read_bytes() for path in home.iterdir()}
    assert shop.learn().why == "it is of the home, and it is for such work"
    made = shop.learn(BETTER, first.name)
    assert (made.kind, Path(made.path).parent) == ("created", shop.root / "skills")
    assert shop.entry(made.name).skill.variables == (("path", "lib"),)
    assert {path: path.read_bytes() for path in home.iterdir()} == before


def _finished(process: subprocess.Popen[str]) -> Any:
    out, _ = process.communicate("\n", timeout=60)
    return json.loads(out) if out else None


@pytest.mark.parametrize("shard", range(4))
def test_killed_before_any_write_it_is_learned_once(tmp_path: Path, shard: int) -> None:
    """Written, and then amended: whatever came between, the next time there is one skill and one version step."""
    survived = 0
    for at in range(1 + shard, MOST_STEPS, 4):
        place = tmp_path / str(at)
        place.mkdir()
        shop = Shop(place)
        for lesson, given, version in ((LESSON, "", 1), (BETTER, "name", 2)):
            given = shop.skills()[0].stem if given else ""  # noqa: PLW2901
            dying = shop.begin(lesson, at, given)
            killed = _finished(dying) is None
            assert dying.returncode == (-signal.SIGKILL if killed else 0)
            survived += not killed
            said = _finished(shop.begin(lesson, 0, given))
            assert said["kind"] in (("created", "amended", "kept") if killed else ("kept",))
            (path,) = shop.skills()
            assert f"\nversion: {version}\n" in path.read_text()
            kept = list((shop.root / "skills" / ".versions" / path.stem).glob("*.md"))
            assert len(kept) == version - 1
            lines = evidence.read(str(path.with_suffix(".evidence.jsonl"))).written
            assert len(lines) == len({line.revision for line in lines}) == version
    assert survived > 0, "more steps than were counted: raise MOST_STEPS"


def test_two_that_learn_it_at_once_make_one_skill(tmp_path: Path) -> None:
    """In other words perhaps, and from other sessions: one file, and no step of a version is lost."""
    for number in range(ROUNDS):
        place = tmp_path / str(number)
        place.mkdir()
        shop = Shop(place)
        other = LESSON if number % 2 else replace(WIDER, instructions="Put src on the path.")
        both = [shop.begin(lesson) for lesson in (LESSON, other)]
        for process in both:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        said = sorted(_finished(process)["kind"] for process in both)
        (path,) = shop.skills()
        assert said == ["created", "kept"] if number % 2 else ["amended", "created"]
        assert f"\nversion: {1 if number % 2 else 2}\n" in path.read_text()


class Interrupted(Library):
    """A library in which a person saves a file right after the machine has looked."""

    path: Path | None = None

    def look(self, agent: str = "") -> bool:
        """Look, and then let the person save, once."""
        changed = super().look(agent)
        if self.path is not None:
            self.path.write_text(self.path.read_text() + "\nMind the gap.\n")
            self.path = None
        return changed


def test_an_edit_in_between_wins(shop: Shop) -> None:
    """What the machine read is not there any more when it would replace it: it looks again."""
    first = shop.learn()
    library = Interrupted(str(shop.root))
    library.path = Path(first.path)
    made = crystallise(str(shop.root), library, BETTER, (first.name,))
    assert made is not None
    assert (made.kind, made.name) == ("kept", first.name)  # the new one would have its name
    assert Path(first.path).read_text().endswith("\nMind the gap.\n")
    other = shop.learn(replace(LESSON, signals=("go",), session="5"))
    library.path = Path(other.path)
    beside = crystallise(str(shop.root), library, replace(BETTER, signals=("go", "x")), (other.name,))
    assert beside is not None
    assert (beside.kind, beside.name != other.name) == ("created", True)
    assert Path(other.path).read_text().endswith("\nMind the gap.\n")
