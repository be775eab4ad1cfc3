"""The library: who hides whom, what is seen of changes, and that nobody's words are lost."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.skill import Skill, revision
from scope.skills import versions
from scope.skills.library import Broken, Entry, Library, load, read
from scope.skills.page import written
from scope.store import skilldir

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "---\ndescription: It is {0}.\nmatch: {{job_type: run-tests}}\n---\n1. Do it.\n"
SHIPPED = {path.stem for path in (Path(__file__).parents[2] / "skills").glob("*.md")} - {"README"}


class Places:
    """A root and a home of one's own, where skills are written."""

    def __init__(self, place: Path) -> None:
        self.root = place / "root"
        self.home = place / "home"

    def write(self, name: str, said: str = "", *, place: Path | None = None, below: str = "", text: str = "") -> Path:
        """Write one file, as an editor does."""
        path = (place or self.root) / "skills" / below / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or TEXT.format(said or name))
        return path

    def names(self, agent: str = "") -> list[str]:
        """The names of those that did not ship."""
        return [entry.skill.name for entry in load(str(self.root), agent).entries(agent) if entry.place != "built-in"]

    def entry(self, name: str, agent: str = "") -> Entry:
        """The skill of that name."""
        found = load(str(self.root), agent).find(name, agent)
        assert isinstance(found, Entry)
        return found


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Give a root and a home without skills."""
    made = Places(tmp_path.resolve())
    monkeypatch.setenv("SCOPE_HOME", str(made.home))
    return made


def test_an_agents_own_skill_comes_first(places: Places) -> None:
    """The agent's of the project, of the home, then the project's, then the home's."""
    own = [place / "agents" / "ann" for place in (places.root, places.home)]
    expected: list[tuple[str, Path, str]] = [
        ("home", places.home, ""), ("project", places.root, ""), ("agent", own[1], "ann"), ("agent", own[0], "ann")
    ]  # fmt: skip
    for place, directory, agent in expected:
        path = places.write("a.md", place=directory)
        found = places.entry("a", agent)
        assert (found.place, found.path) == (place, str(path))
    assert places.entry("a", "bob").place == "project"
    assert places.entry("a", "ann").tier == "entity"


def test_the_tier_is_where_the_file_lies(places: Places) -> None:
    """And within one place the nearer tier hides the farther one."""
    for below, tier, within in (
        ("", "base", ""),
        ("universal", "universal", ""),
        ("vertical/saas", "vertical", "saas"),
        ("category/tools/deep", "category", "tools"),
        ("niche/a-b", "niche", "a-b"),
    ):
        places.write("a.md", below=below)
        found = places.entry("a")
        assert (found.tier, found.within) == (tier, within)


def test_what_is_no_skill_is_passed_over(places: Places) -> None:
    """Runbooks, READMEs, hidden files and directories, old versions, links and pipes."""
    good = places.write("good.md")
    for below, name in (("", "README.md"), ("", ".a.md"), ("runbooks", "a.md"), (".versions/good", "a.md"),
                        (".drafts", "a.md"), ("evidence", "a.md"), ("", "a.md~"), ("", "a.txt")):  # fmt: skip
        places.write(name, below=below)
    (good.parent / "link.md").symlink_to(good)
    (good.parent / "directory.md").mkdir()
    os.mkfifo(good.parent / "pipe.md")
    assert places.names() == ["good"]
    assert load(str(places.root)).broken() == ()
    places.write("runbooks.md", below="niche/runbooks")
    assert places.names() == ["good", "runbooks"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.md", "---\nname: a\n", "1: the frontmatter does not close with ---"),
        ("a.md", "---\nname: a\nmatch: {a: [}\n---\nx\n", "3: "),
        ("a.md", "---\nname: a\n\nmach: {a: b}\n---\nx\n", "4: unknown key 'mach', did you mean 'match'?"),
        ("a.md", "---\nname: b\n---\nx\n", "2: it is called 'b'"),
        ("a.md", "x" * 70000, "1: it is longer than 64 KiB"),
        ("A B.md", "x", "1: its name takes a-z, 0-9, '.', '_' and '-'"),
    ],
)
def test_a_broken_file_is_named_and_hides_all_the_same(places: Places, name: str, text: str, says: str) -> None:
    """Who replaced a skill does not want the other one back because of a typing error."""
    places.write("a.md", place=places.home)
    places.write("b.md")
    path = places.write(name, text=text)
    library = load(str(places.root))
    assert [str(each).startswith(f"{path}:{says}") for each in library.broken()] == [True]
    assert places.names() == (["b"] if name == "a.md" else ["a", "b"])


def test_an_empty_file_switches_a_skill_off(places: Places) -> None:
    """Without a problem."""
    places.write("a.md", place=places.home)
    places.write("a.md", text="\n")
    library = load(str(places.root))
    assert library.find("a") is None
    assert library.find("nobody") is None
    assert library.broken() == ()


def test_a_place_that_cannot_be_listed_takes_nothing_from_the_others(places: Places) -> None:
    """It is a problem, and no error."""
    places.write("a.md")
    (places.home).mkdir()
    (places.home / "skills").symlink_to(places.home / "skills")
    library = load(str(places.root))
    assert isinstance(library.find("a"), Entry)
    assert [each.path for each in library.broken()] == [str(places.home / "skills")]


def aside(path: Path) -> None:
    """Replace a file by another one, as most editors do."""
    new = path.with_suffix(".new")
    new.write_text(TEXT.format("other"))
    new.rename(path)


@pytest.mark.parametrize("change", [lambda path: path.write_text(TEXT.format("other")), aside])
def test_a_library_sees_every_change_and_reads_nothing_twice(places: Places, change: Callable[[Path], None]) -> None:
    """An edit by hand holds at the next look, in a process that has run for weeks."""
    first, second = places.write("a.md", "first"), places.write("b.md", "second")
    for path in (first, second):
        os.utime(path, (1, 1))
    library = Library(str(places.root))
    assert library.look()
    assert not library.look()
    before = library.find("a"), library.find("b")
    change(first)
    os.utime(first, (2, 2))
    assert library.look()
    after = library.find("a"), library.find("b")
    assert isinstance(before[0], Entry)
    assert isinstance(after[0], Entry)
    assert (before[0].skill.description, after[0].skill.description) == ("It is first.", "It is other.")
    assert before[0].revision != after[0].revision == revision(first.read_text())
    assert before[1] is after[1]
    second.unlink()
    assert library.look()
    assert library.find("b") is None


def test_an_edit_within_the_tick_of_the_one_before_is_seen(places: Places) -> None:
    """The file's time, size and inode are all as they were."""
    path = places.write("a.md", "first")
    library = Library(str(places.root))
    looked_in_time = False
    while not looked_in_time:
        path.write_text(TEXT.format("first"))
        seen = os.stat(path)
        library.look()
        looked_in_time = time.time_ns() - seen.st_mtime_ns < 40_000_000
    path.write_text(TEXT.format("other"))
    os.utime(path, ns=(seen.st_mtime_ns, seen.st_mtime_ns))
    library.look()
    found = library.find("a")
    assert isinstance(found, Entry)
    assert found.skill.description == "It is other."


def test_the_evidence_of_what_ships_lies_in_the_root(places: Places) -> None:
    """And that of every other skill beside it."""
    path = places.write("a.md")
    assert places.entry("a").evidence == str(path.with_suffix("")) + ".evidence.jsonl"
    assert places.write("a.md", place=places.home)
    for entry in load(str(places.root)).entries():
        if entry.place == "built-in":
            assert entry.evidence == f"{places.root}/skills/evidence/{entry.skill.name}.evidence.jsonl"


def test_what_ships_is_in_order(places: Places) -> None:
    """Every pattern of ours can be taken."""
    library = load(str(places.root))
    assert library.broken() == ()
    assert {entry.skill.name for entry in library.entries()} == SHIPPED


WORDS = st.text(min_size=1, max_size=20).filter(lambda text: text.strip() and "\n" not in text and "\0" not in text)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,10}", fullmatch=True).filter(lambda name: name != "fingerprint")


@given(
    st.builds(
        Skill,
        name=st.just("a"),
        description=WORDS | st.just(""),
        when=st.lists(WORDS, max_size=3).map(tuple),
        match=st.dictionaries(NAMES, st.lists(WORDS, min_size=1, max_size=2).map(tuple), max_size=3).map(
            lambda pairs: tuple(pairs.items())
        ),
        expect=st.dictionaries(NAMES, st.text(max_size=9) | st.lists(st.text(max_size=9), max_size=3), max_size=2),
        variables=st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), WORDS, max_size=2).map(
            lambda pairs: tuple(pairs.items())
        ),
        fingerprint=st.just("") | st.just("1-0a1b"),
        source=st.just("") | NAMES,
        version=st.integers(0, 99),
        body=st.text(min_size=1).filter(str.strip).map(lambda text: text.strip("\n")),
    )
)
def test_a_written_skill_is_read_back(skill: Skill) -> None:
    """Whatever people put into one: the machine writes no file that it cannot take."""
    assert read("a", written(skill), "a.md") == skill


def test_a_persons_edit_wins(places: Places) -> None:
    """The machine replaces what it has read, and nothing else; what was there is kept."""
    path = str(places.write("a.md", "first"))
    first = Path(path).read_text()
    assert versions.replace_if(path, revision(first), "second\n")
    Path(path).write_text("by hand\n")
    assert not versions.replace_if(path, revision("second\n"), "third\n")
    assert Path(path).read_text() == "by hand\n"
    assert not versions.replace_if(str(places.root / "skills" / "b.md"), revision(""), "x")
    assert versions.body(path, revision(first)) == first
    assert versions.body(path, revision("by hand\n")) == "by hand\n"
    assert versions.body(path, "000000000000") is None


def test_the_history_has_every_body_that_the_machine_replaced(places: Places) -> None:
    """The newest first, the one that holds at the top; what was taken back is there once."""
    path = str(places.write("a.md", text="0\n"))
    texts = ["0\n", "1\n", "2\n", "0\n"]
    for at, text in enumerate(texts[1:]):
        assert versions.replace_if(path, revision(texts[at]), text)
        os.utime(skilldir.version(path, revision(texts[at])), (at, at))
    assert [each.revision for each in versions.history(path)] == [revision(text) for text in ("0\n", "2\n", "1\n")]
    assert versions.history(path)[0].until is None
    assert versions.history(f"{places.root}/skills/b.md") == ()


def _create(path: str, text: str, made: str) -> None:
    if versions.create(path, text):
        Path(made, str(os.getpid())).touch()


def _replace(path: str, before: str, text: str, made: str) -> None:
    if versions.replace_if(path, before, text):
        Path(made, str(os.getpid())).touch()


@pytest.mark.parametrize("is_new", [True, False])
def test_of_two_that_write_the_same_skill_one_succeeds(places: Places, tmp_path: Path, is_new: bool) -> None:
    """Eight processes at once: whichever wins, its text is there whole, and the others know that they lost."""
    path = f"{places.root}/skills/a.md"
    won = tmp_path / "won"
    won.mkdir()
    if not is_new:
        places.write("a.md", text="old\n")
    context = multiprocessing.get_context("spawn")
    texts = [f"{number}\n" * 5000 for number in range(8)]
    writers = [
        context.Process(target=_create, args=(path, text, str(won)))
        if is_new
        else context.Process(target=_replace, args=(path, revision("old\n"), text, str(won)))
        for text in texts
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(list(won.iterdir())) == 1
    assert Path(path).read_text() in texts
    assert not [name for name in os.listdir(Path(path).parent) if ".new-" in name]


def test_a_broken_skill_says_where(places: Places) -> None:
    """As every error of a file: path, line, what."""
    assert str(Broken("a", "/x/a.md", 3, "wrong")) == "/x/a.md:3: wrong"
