"""The page of `scope report`: whole, safe to open anywhere, and never over a file of somebody else's."""

from __future__ import annotations

import json
import stat
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.cli.htmlpage import plots
from scope.cli.htmlpage.markup import Markup, element, join
from tests.cli.village import Village, at, busy

if TYPE_CHECKING:
    from tests.driver import World

EVIL = "<script>alert(1)</script>\"'& ]]>\x1b[31m\x00"
VOID = frozenset(("meta", "circle", "line", "rect", "polyline"))


class Reader(HTMLParser):
    """Reads a page strictly: every element is closed where it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element begins."""
        self.names.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "style")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """... and ends, as the last that began; a title with words may stand in any shape of a plot."""
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """What a person reads."""
        self.words.append(data)


def read(text: str) -> Reader:
    """Read a page, and fail the test where it is not well-formed."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture
def village(world: World) -> World:
    """A root whose tree is not healthy, with two open cases and names that want to be markup."""
    world.run("init", code=0)
    made = busy(world.root)
    made.task("60", name="sixty")
    (world.root / "sessions" / "60" / "task.md").write_text(f"---\ncommand: [make]\n---\n{EVIL} is to be made\n")
    (world.root / "escalations").mkdir()
    for number, question in ((1, "Which table?"), (2, EVIL)):
        said = f"question: {json.dumps(question)}\nanswer:\nstate: open\nkind: failure\nseverity: {number - 1}\n"
        (world.root / "escalations" / f"e{number}.md").write_text(f"---\n{said}opened: {at(3)}\nmembers: 3\n---\n")
    (world.root / "escalations" / "e3.md").write_text("---\nkind: <b>\n---\n")
    made.append("ledger.jsonl", {"id": "1/1", "session": "1", "time": at(2), "cost": 1.5, "outcome": "ok"})
    made.append("ledger.jsonl", {"id": "1/2", "session": "1", "time": "0001-01-01T00:00:00Z", "cost": 2})
    made.append("ledger.jsonl", {"id": "1/3", "session": "1", "time": "9999-12-31T00:00:00Z", "cost": 3})
    return world


def test_the_page_is_whole_and_loads_nothing(village: World) -> None:
    """No script, no address: it can be sent, and opened without a network."""
    village.run("report", "--html", "page.html", code=0)
    text = (village.project / "page.html").read_text()
    page = read(text)
    assert not {"script", "link", "img", "iframe", "object", "form"} & {*page.names}
    assert page.links == []
    assert "http" not in text
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert page.names.count("svg") == 4


def test_names_are_words_whatever_they_look_like(village: World) -> None:
    """A task's title, a question, what is wrong with a file: none of it is markup."""
    text = village.run("report", "--html", "-", code=0).stdout
    assert "<script>alert" not in text
    assert "\x1b" not in text
    assert "\x00" not in text
    words = "".join(read(text).words)
    assert words.count("<script>alert(1)</script>\"'& ]]>") == 2
    assert "kind' is failure, question, supervisor, not '<b>'" in words


def test_the_page_says_what_stats_says(village: World) -> None:
    """The verdict, its findings, the open cases with the most urgent first, the tree."""
    page = read(village.run("report", "--html", "-", code=0).stdout)
    words = " ".join("".join(page.words).split())
    (found,) = json.loads(village.run("stats", "--by", "all", "--json", code=0).stdout)
    assert "The tree is unhealthy" in words
    for each in found["advice"]:
        assert each in words
    assert words.index("e3") < words.index("cannot be read") < words.index("Which table?")
    assert "scope answer e1" in words
    assert "2 live, of 1 at most" in words
    assert "$1.50" in words


def test_curves_go_by_day_or_by_week(village: World) -> None:
    """Every period from the first to the last, also one in which nothing happened."""
    by_day, by_week = (village.run("report", "--html", "-", "--by", by, code=0).stdout for by in ("day", "week"))
    assert "2026-01-11: " not in by_day  # nothing ended then
    assert "2026-01-12: 100 %" in by_day
    assert "2026-W02: 60 %" in by_week
    assert village.run("report", "--html", "-", "--since", "2026-01-06", code=0).stdout != by_day


def test_an_empty_root_has_a_page(world: World) -> None:
    """Which says that there is nothing to judge."""
    world.run("init", code=0)
    page = read(world.run("report", "--html", "-", code=0).stdout)
    assert "0 sessions ended: too few to judge" in page.words


def test_a_page_replaces_a_page_and_nothing_else(village: World) -> None:
    """Unless it is forced; then the file's permissions stay."""
    path = village.project / "page.html"
    path.write_text("<html>mine</html>\n")
    path.chmod(0o644)
    refused = village.run("report", "--html", "page.html", code=2)
    assert refused.stderr.startswith("error: cannot replace 'page.html': scope did not write it\nhint: ")
    assert path.read_text() == "<html>mine</html>\n"
    assert village.run("report", "--html", "page.html", "--force", code=0).stdout == f"{path}\n"
    village.run("report", "--html", "page.html", code=0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [each.name for each in village.project.iterdir() if "page" in each.name] == ["page.html"]


def test_a_link_is_followed_to_the_page(village: World) -> None:
    """It stays a link; the page behind it is replaced."""
    behind = village.base / "behind.html"
    (village.project / "page.html").symlink_to(behind)
    village.run("report", "--html", "page.html", code=2)
    village.run("report", "--html", "page.html", "--force", code=0)
    assert (village.project / "page.html").is_symlink()
    read(behind.read_text())


def test_in_short_it_says_where_and_how_much(village: World) -> None:
    """The documented keys."""
    found = json.loads(village.run("report", "--html", "page.html", "--json", code=0).stdout)
    assert found == {"path": str(village.project / "page.html"), "ended": 30, "open": 3, "verdict": "unhealthy"}


def test_of_many_sessions_only_some_are_drawn(world: World) -> None:
    """Those that live, and those that ended last; the rest is a number."""
    world.run("init", code=0)
    made = Village(world.root)
    for number in range(1, 101):
        made.well(str(number), 1)
    text = world.run("report", "--html", "-", code=0).stdout
    assert text.count('class="state state-done"') == 60
    assert "… and 40 that ended before: scope ls" in text


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_is_escaped_is_read_as_it_was(words: str, value: str) -> None:
    """Of whatever can be printed; markup stays markup."""
    page = read(element("p", words, element("b", words), class_=value))
    kept = "".join(c if c.isprintable() else " " for c in words)
    assert "".join(page.words) == kept + kept
    assert join(Markup("<i>"), "<i>") == "<i>&lt;i&gt;"


SHARES = st.none() | st.floats(0, 1)
AMOUNTS = st.floats(0, 1e12) | st.integers(0, 10**6)


@given(st.lists(st.tuples(st.text(max_size=5), SHARES), max_size=20))
def test_a_curve_is_well_formed_whatever_is_known(points: list[tuple[str, float | None]]) -> None:
    """A dot for each point that is known, and no line to where nothing is."""
    page = read(plots.curve(points, lambda value: f"{value:.1%}", top=1.0, bound=0.1))
    assert page.names.count("circle") == sum(value is not None for _, value in points)


@given(st.lists(st.tuples(st.text(max_size=5), st.tuples(AMOUNTS, AMOUNTS)), max_size=20))
def test_bars_stay_within_the_picture(points: list[tuple[str, tuple[float, float]]]) -> None:
    """However much there is."""
    drawn = plots.bars(points, ("a", "b"), str)
    page = read(drawn)
    assert page.names.count("rect") == sum(amount > 0 for _, parts in points for amount in parts)
    assert 'height="-' not in drawn
    assert 'y="-' not in drawn
