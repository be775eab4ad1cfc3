"""Markdown with frontmatter: what is written is read back, and what is wrong is said with its line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scope.store import document, frontmatter
from scope.store.document import Malformed, Unfinished
from tests.ending import comes_to_an_end

thorough = settings(max_examples=300, deadline=None, database=None)

# Whatever UTF-8 can hold; what it cannot is refused before it is written.
words = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["...", "---", "-", "--x", "null", "~", "true", "2.10", "0x10", "1e3", "a: b", "a #b", "[", "{", "*x", "&x", "!x",
     "%x", "@", "`", "'", '"', "\\", "\n", "\r\n", "\t", "\u2028", "\x85", "\x7f", "\0", "\ufeff", "\ufffe",
     "\U0001f600", "=", "<<", "a" * 900]
)  # fmt: skip
values = words | st.lists(words, max_size=4) | st.dictionaries(words, words, max_size=3)
names = st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True)


@thorough
@given(st.dictionaries(names, values, max_size=4), words | st.just("---\na: b\n---\n"))
def test_what_is_written_is_read_back_the_same(keys: dict[str, object], body: str) -> None:
    """Keys in their order, values and body to the last character."""
    read = document.parse(frontmatter.write(keys, body))  # type: ignore[arg-type]
    assert list(read.keys.items()) == list(keys.items())
    assert read.body == body
    assert list(read.lines.items()) == [(name, line) for line, name in enumerate(keys, start=2)]


@thorough
@given(words)
def test_a_plain_word_is_written_plainly_and_any_word_in_one_line_of_ascii(word: str) -> None:
    """A person can read and edit it with any editor."""
    written = frontmatter.scalar(word)
    assert written.isascii()
    assert written.isprintable()
    assert document.mapping(f"a: {written}\nb: [{written}]")[0] == {"a": word, "b": [word]}


@pytest.mark.parametrize("word", ["pytest", "-q", "--cov=x", "/src/app", "2.10", "10m", "v1_2+b"])
def test_what_people_mostly_write_needs_no_quotes(word: str) -> None:
    """Task files stay pleasant."""
    assert frontmatter.scalar(word) == word


@thorough
@given(st.text(max_size=40) | st.text("-:[]{}*&!|> \n\tab#\"'\\,?", max_size=40))
def test_no_text_is_a_surprise(text: str) -> None:
    """Any text is a document, an unfinished one, or malformed at a line that it has."""
    try:
        read = document.parse(text)
    except Unfinished:
        at = None
    except Malformed as error:
        at = error.line
    else:
        at = 1
        assert set(read.lines) == set(read.keys)
    assert at is None or 1 <= at <= text.count("\n") + 2


@pytest.mark.parametrize("text", ["", "words", "words\n---\na: b\n---\n", "----\n", " ---\na: b\n---"])
def test_a_document_without_frontmatter_is_all_body(text: str) -> None:
    """It begins with exactly three dashes, or it is none."""
    assert document.parse(text) == document.Document(body=text)


@pytest.mark.parametrize("text", ["---", "---\n", "---\ncommand: [a", "---\na: b\n--", "---\na: b\n ---\n"])
def test_a_frontmatter_that_does_not_close_is_still_being_written(text: str) -> None:
    """Half a file is nobody's mistake, so it is told from a wrong one."""
    with pytest.raises(Unfinished):
        document.parse(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\n- a\n---\n", 2),
        ("---\nword\n---\n", 2),
        ("---\na: b\nc: *d\n---\n", 3),
        ("---\na: b\nc: d: e\n---\n", 3),
        ("---\na: b\n\n\t c: d\n---\n", 4),
        ("---\na: b\n? [c]\n: d\n---\n", 3),
        ("---\na: \0\n---\n", 2),
        ("---\na: &x [*x]\n---\n", 2),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, line: int) -> None:
    """Counted from the top of the file, as an editor does."""
    with pytest.raises(Malformed) as wrong:
        document.parse(text)
    assert wrong.value.line == line
    assert wrong.value.says


def test_scalars_are_the_strings_as_written() -> None:
    """No norway, no octal, no dates, no objects."""
    text = (
        "a: 2.10\nb: true\nc: no\nd: 010\ne: 2026-01-31\nf: ~\ng:\nh: !!python/object:os.x y\ni: '1'\nj: [2.10, null]\n"
    )
    keys, lines = document.mapping(text)
    assert keys == {
        "a": "2.10", "b": "true", "c": "no", "d": "010", "e": "2026-01-31", "f": "~", "g": "", "h": "y", "i": "1",
        "j": ["2.10", "null"],
    }  # fmt: skip
    assert lines["j"] == 10


def test_what_windows_editors_leave_behind_is_understood() -> None:
    """A byte order mark and carriage returns change nothing about the keys."""
    read = document.parse("\ufeff---\r\ncommand: [a, b]\r\n---\r\nwords\r\n")
    assert (read.keys, read.body) == ({"command": ["a", "b"]}, "words\r\n")


def test_a_body_may_hold_fences_of_its_own() -> None:
    """Only the first closing fence counts."""
    assert document.parse("---\na: b\n---\none\n---\ntwo\n").body == "one\n---\ntwo\n"


def test_a_few_lines_of_aliases_do_not_take_hours() -> None:
    """A repository that brings a `.scope/` along is only read, and that must be harmless."""
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    with comes_to_an_end():
        keys, _ = document.mapping(bomb)
    assert keys["a0"] == ["x", "x"]


def test_an_empty_frontmatter_has_no_keys() -> None:
    """Nor has one of comments only."""
    assert document.parse("---\n---\nwords") == document.Document(body="words")
    assert document.mapping("# nothing\n") == ({}, {})
