"""The shelf of runbooks: three tiers of files, and those that ship."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope.laws.runbook import CLASSES, diagnose
from scope.laws.symptom import LONGEST_LINE, MOST_LINES, Symptom
from scope.skills.runbooks import Shelf, load
from scope.store import stamps
from tests.driver import until
from tests.ending import comes_to_an_end

if TYPE_CHECKING:
    from collections.abc import Callable

BUILT_IN = Path(__file__).parents[2] / "skills" / "runbooks"
GOOD = "---\ndescription: It is {0}.\nmatch: {{error: {0}}}\nclass: lost\n---\n1. Wait.\n"


class Tiers:
    """A root and a home of one's own, where runbooks are written."""

    def __init__(self, place: Path) -> None:
        self.root = place / "root"
        self.home = place / "home"

    def write(self, tier: Path, name: str, text: str) -> Path:
        """Write one file, as an editor does."""
        path = tier / "skills" / "runbooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def own(self, rules: tuple[object, ...]) -> list[str]:
        """Return the names of those that did not ship."""
        return [rule.name for rule in rules if not rule.where.startswith(str(BUILT_IN))]  # type: ignore[attr-defined]


@pytest.fixture
def tiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tiers:
    """Give a root and a home without runbooks."""
    made = Tiers(tmp_path.resolve())
    monkeypatch.setenv("SCOPE_HOME", str(made.home))
    return made


def test_nearer_tiers_come_first_and_each_is_in_order(tiers: Tiers) -> None:
    """The project's, the home's, then what ships."""
    for tier, name in ((tiers.home, "a"), (tiers.home, "c"), (tiers.root, "d"), (tiers.root, "b")):
        tiers.write(tier, f"{name}.md", GOOD.format(name))
    library = load(str(tiers.root))
    assert [rule.name for rule in library.rules[:4]] == ["b", "d", "a", "c"]
    assert library.problems == ()
    assert [rule.name for rule in library.rules[4:]] == sorted(path.stem for path in BUILT_IN.glob("*.md"))


def test_a_nearer_file_hides_a_farther_one_also_when_it_is_broken_or_empty(tiers: Tiers) -> None:
    """Who replaced a rule does not want it back because of a typing error; an empty file switches it off."""
    assert any(rule.name == "disk-full" for rule in load(str(tiers.root)).rules)
    tiers.write(tiers.home, "disk-full.md", GOOD.format("mine"))
    assert [rule.description for rule in load(str(tiers.root)).rules if rule.name == "disk-full"] == ["It is mine."]
    broken = tiers.write(tiers.root, "disk-full.md", "---\nmatch: {error: x}\nclass: lots\n---\n1. Wait.\n")
    library = load(str(tiers.root))
    assert not any(rule.name == "disk-full" for rule in library.rules)
    assert library.problems == (f"{broken}:3: 'lots' is no class, did you mean 'lost'?",)
    broken.write_text("\n")
    library = load(str(tiers.root))
    assert not any(rule.name == "disk-full" for rule in library.rules)
    assert library.problems == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\nmatch: {error: x}\n", "1: the frontmatter does not close with ---"),
        ("---\nname: a\nmatch: {error: [}\n---\n", "3: "),
        ("---\ndescription: x\nmatch: {error: (}\nclass: lost\n---\n1.\n", "3: in 'error': no regular expression"),
        ("---\n\nmach: {error: x}\n---\n1.\n", "3: unknown key 'mach', did you mean 'match'?"),
        ("Only words.\n", "1: there is no description"),
        ("---\n- a\n---\n", "2: expected keys and values"),
        ("x" * 70000, "1: it is longer than 64 KiB"),
    ],
)
def test_a_broken_file_is_named_and_the_others_stay(tiers: Tiers, text: str, says: str) -> None:
    """With its line and what is wrong there."""
    path = tiers.write(tiers.root, "a.md", text)
    tiers.write(tiers.root, "b.md", GOOD.format("b"))
    library = load(str(tiers.root))
    assert tiers.own(library.rules) == ["b"]
    assert len(library.problems) == 1
    assert library.problems[0].startswith(f"{path}:{says}")


def test_what_is_no_runbook_is_passed_over(tiers: Tiers) -> None:
    """Directories, links, pipes, an editor's files, a README; but a name that cannot be is named."""
    good = tiers.write(tiers.root, "good.md", GOOD.format("good"))
    for name in (".hidden.md", "good.md~", "notes.txt", "README.md"):
        tiers.write(tiers.root, name, "not for us")
    (good.parent / "directory.md").mkdir()
    (good.parent / "link.md").symlink_to(good)
    os.mkfifo(good.parent / "pipe.md")
    bad = tiers.write(tiers.root, "My Rule.md", GOOD.format("mine"))
    library = load(str(tiers.root))
    assert tiers.own(library.rules) == ["good"]
    assert library.problems == (f"{bad}:1: its name takes a-z, 0-9, '.', '_' and '-'",)


def test_a_tier_that_is_not_there_or_cannot_be_read_takes_nothing_from_the_others(tiers: Tiers) -> None:
    """Absent is fine, unreadable is a problem, and neither is fatal."""
    (tiers.root / "skills").mkdir(parents=True)
    (tiers.root / "skills" / "runbooks").write_text("a file, not a directory")
    assert load(str(tiers.root)).problems == ()
    assert load(str(tiers.root)).rules
    loop = tiers.home / "skills"
    loop.parent.mkdir()
    loop.symlink_to(loop)
    library = load(str(tiers.root))
    assert library.rules
    assert [problem.partition(": ")[0] for problem in library.problems] == [f"{loop}/runbooks:1"]


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text(GOOD.format("other")),
        lambda path: (
            path.with_suffix(".new").write_text(GOOD.format("other")) and path.with_suffix(".new").rename(path)
        ),
    ],
)
def test_a_shelf_sees_every_change_and_reads_nothing_twice(tiers: Tiers, change: Callable[[Path], object]) -> None:
    """What a person edits holds at once in a watcher that has run for weeks."""
    path = tiers.write(tiers.root, "a.md", GOOD.format("first"))
    changed_ns = os.stat(path).st_ctime_ns
    until(lambda: stamps.is_settled(changed_ns, time.time_ns()))
    shelf = Shelf(str(tiers.root))
    before = shelf.rules()
    assert all(one is other for one, other in zip(before, shelf.rules(), strict=True))
    change(path)
    after = shelf.rules()
    assert (before[0].description, after[0].description) == ("It is first.", "It is other.")
    assert all(one is other for one, other in zip(before[1:], after[1:], strict=True))
    tiers.write(tiers.root, "b.md", "broken")
    assert len(shelf.library().problems) == 1
    path.unlink()
    assert tiers.own(shelf.rules()) == []


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.md")), ids=lambda path: path.stem)
def test_what_ships_is_in_order(path: Path, tiers: Tiers) -> None:
    """Steps that are numbered, how to verify, when to give up; short, plain, and of a class that there is."""
    text = path.read_text(encoding="ascii")
    assert len(text.splitlines()) <= 40
    rule = next(rule for rule in load(str(tiers.root)).rules if rule.name == path.stem)
    assert rule.diagnosis in CLASSES
    assert " Use when " in rule.description
    steps = re.findall(r"^(\d+)\. ", rule.instructions, re.MULTILINE)
    assert steps == [str(number + 1) for number in range(len(steps))]
    assert len(steps) >= 3
    assert re.search(r"^Verify: ", rule.instructions, re.MULTILINE)
    assert re.search(r"^Abandon ", rule.instructions, re.MULTILINE)
    assert max(map(len, rule.instructions.splitlines())) <= 120


@pytest.mark.parametrize(
    "unit", ["x", "a: ", "1: ", "npm error ", "E   ", "[*] ", "(a,", "/", "make: *** ", "FAILED a"]
)
def test_what_ships_judges_the_worst_symptom_at_once(unit: str, tiers: Tiers) -> None:
    """Forty lines of four hundred characters that every pattern must look through."""
    lines = ((unit * LONGEST_LINE)[: LONGEST_LINE - 1] + "\x01",) * MOST_LINES
    rules = load(str(tiers.root)).rules
    with comes_to_an_end():
        diagnose(rules, Symptom(lines, "", ()), "unknown", "")
