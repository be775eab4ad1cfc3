"""From a terminal's bytes to plain text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scope.sessions.records.terminal import overwritten, plain, without_marker

thorough = settings(max_examples=300, deadline=None, database=None)
MARKER = b"\x1b]7797;scope exit 3\x1b\\"
noise = st.lists(
    st.sampled_from([b"\x1b", b"[", b"]", b"0;t", b"\x07", b"\x1b\\", b"m", b"31", b"\r", b"\n", b"\t", b"\x00"])
    | st.binary(max_size=4),
    max_size=30,
).map(b"".join)  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b[1;31mred\x1b[0m\r\n", b"red\n"),
        (b"\x1b[2J\x1b[10;20Hhere", b"here"),
        (b"\x1b[?25l\x1b[38:2::1:2:3mx", b"x"),
        (b"\x1b]0;a title\x07text", b"text"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", b"link"),
        (b"\x1bP1$r0m\x1b\\text", b"text"),
        (b"\x1b(B\x1b7\x1b8\x1b=text", b"text"),
        (b"a\x07b\x08c\x00d\x7fe", b"abcde"),
        (b"one\r\r\ntwo\ttabs\n", b"one\ntwo\ttabs\n"),
        (b"100%\r\x1b[K\r\n", b"100%\n"),
        ("größe 😀\n".encode(), "größe 😀\n".encode()),
        (b"\xff\xfe", b"\xff\xfe"),
        (b"cut \x1b", b"cut "),
    ],
)
def test_only_what_a_person_would_read_is_left(raw: bytes, text: bytes) -> None:
    """Colours, titles, links and bells go; letters, tabs and line breaks stay."""
    assert plain(raw) == text


@thorough
@given(noise)
def test_what_is_plain_steers_no_terminal(raw: bytes) -> None:
    """Whatever was printed, printing the plain text does nothing but print; cleaning twice changes nothing."""
    text = plain(raw)
    assert not set(text) & (set(range(32)) - set(b"\t\n\r") | {0x7F})
    assert plain(text) == text


@thorough
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("\t\n"), max_size=40))
def test_text_that_is_plain_already_is_left_alone(text: str) -> None:
    """Not a character of it is lost."""
    assert plain(text.encode()) == text.encode()
    assert overwritten(text.encode()) == text.encode()
    assert without_marker(text.encode()) == text.encode()


def test_the_end_marker_goes_and_nothing_else() -> None:
    """It is our own line in what is otherwise the command's output."""
    assert without_marker(b"\x1b[1mout\x1b[0m\n" + MARKER) == b"\x1b[1mout\x1b[0m\n"
    assert without_marker(b"scope exit 3") == b"scope exit 3"
    assert plain(MARKER) == b""


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"10%\r50%\r100%\n", b"100%\n"),
        (b"10%\r100%\r\nnext\r\n", b"100%\nnext\n"),
        (b"working\r", b"working"),
        (b"a\n\n\rb", b"a\n\nb"),
        (b"one\r\ntwo\r\n", b"one\ntwo\n"),
    ],
)
def test_of_a_progress_bar_its_last_state_is_kept(raw: bytes, text: bytes) -> None:
    """As the screen showed it in the end."""
    assert overwritten(raw) == text
