"""Which failures are alike."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scope.laws.fingerprint import VERSION, fingerprint, normalised
from tests.laws.cases import thorough

words = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
names = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=8)
paths = st.lists(names, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts) + ".toml")
clock = st.datetimes()
VARYING = {
    "number": st.integers(0).map(str) | st.floats(0, 1e6).map(lambda number: f"{number:.3f}"),
    "hex": st.integers(0).map(hex) | st.integers(2**60, 2**64 - 1).map(lambda number: f"{number:x}7a1"),
    "uuid": st.uuids().map(str),
    "path": paths | paths.map(lambda path: "." + path) | paths.map(lambda path: "~" + path),
    "time": clock.map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)) | st.just("2026-01-31 10:11:12,123"),
    "length": st.integers(0, 999).map(lambda length: f"{length}ms") | st.floats(0, 99).map(lambda s: f"{s:.2f}s"),
    "session": st.lists(st.integers(1, 99), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts))),
    "temporary": st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789_", min_size=8, max_size=8).map("tmp".__add__),
}
noise = st.lists(
    st.sampled_from(["/", ".", "#", "-", ":", "<path>", "<", ">", "0x", "tmp", "E404", "1", "://", ".py", "\udc80"])
    | st.sampled_from(sorted(VARYING)).flatmap(VARYING.__getitem__)
    | st.text(max_size=4),
    max_size=14,
).map("".join)  # fmt: skip


def seen(error: str, **others: str) -> str:
    """Return the fingerprint of an error of one job."""
    return fingerprint(**{"job_type": "build", "of_class": "unknown", "check": "make", "error": error} | others)


@thorough
@given(noise)
@example("a1/b")
@example("2026-01-31abc/def")
@example("x.py.")
@example("tmpabcdefg1")
def test_what_is_normalised_stays_as_it_is(line: str) -> None:
    """Or the same error would have a name for each time that somebody handed it on."""
    assert normalised(normalised(line)) == normalised(line)


@thorough
@given(st.sampled_from(sorted(VARYING)).flatmap(lambda kind: st.tuples(*[VARYING[kind]] * 2)), words, words)
def test_one_error_has_one_fingerprint(pair: tuple[str, str], before: str, behind: str) -> None:
    """With other numbers, ids, addresses, times and paths it is the same error."""
    for frame in ("{} {} {}", "{} '{}': {}", "{}: [{}] {}", "{}={}, {}"):
        assert len({seen(frame.format(before, value, behind)) for value in pair}) == 1


@thorough
@given(words, words, words)
def test_other_words_are_another_error(one: str, other: str, rest: str) -> None:
    """And so are another class, another check and another kind of work."""
    assert (seen(f"{rest} {one} 7") == seen(f"{rest} {other} 7")) == (normalised(one) == normalised(other))
    for part in ("job_type", "of_class", "check"):
        assert (seen(rest, **{part: one}) == seen(rest, **{part: other})) == (one == other)


@thorough
@given(st.text(), st.text(), st.text(), st.text(), st.text())
@example("\udc80", "\udc80", "\udc80", "\udc80", "")
def test_everything_has_a_fingerprint(job_type: str, of_class: str, check: str, error: str, explicit: str) -> None:
    """It begins with the version of the rules and is a word of grep's."""
    found = fingerprint(job_type=job_type, of_class=of_class, check=check, error=error, explicit=explicit)
    assert re.fullmatch(rf"{VERSION}-[0-9a-f]{{12}}", found)


def test_what_is_said_explicitly_counts_more_than_what_is_seen() -> None:
    """Only the kind of work stands beside it."""
    assert seen("a", explicit="quota") == seen("b", explicit="quota", of_class="lost", check="")
    assert seen("a", explicit="quota") != seen("a", explicit="quota", job_type="lint")
    assert seen("a", explicit="quota") not in (seen("a", explicit="other"), seen("quota"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[Errno 2] No such file: '/tmp/tmpab12cd34/x/ruff.toml'", "[Errno #] No such file: '<path>.toml'"),
        ("tests/test_a.py:12: AssertionError", "<path>.py:#: AssertionError"),
        ("a.py:3:8: F401 `os` imported but unused", "<path>.py:#:#: F401 `os` imported but unused"),
        ("npm error code E404", "npm error code E404"),
        ("<Thing object at 0x7f3a2b1c>", "<Thing object at #>"),
        ("  took 1m30s  (0.25s, 12 MB)", "took # (#, # MB)"),
        ("at 2026-01-31T12:00:00.123Z or 12:00:01", "at <time> or <time>"),
        ("GET http://127.0.0.1:4873/foo failed", "GET <url> failed"),
        (f"job {uuid.UUID(int=5)} of session 2.1.3 lost", "job # of session # lost"),
        ("commit f9aa735 not found.", "commit # not found."),
        ("cannot open package.json, nor ../x/Makefile", "cannot open <path>.json, nor <path>"),
        ("no module named requests.adapters", "no module named requests.adapters"),
        ("test_12_of_ab3cd4 failed: 3/4", "test_#_of_# failed: #/#"),
    ],
)  # fmt: skip
def test_words_stay_and_the_rest_goes(line: str, words: str) -> None:
    """A code such as E404 is a word; of a path its suffix stays."""
    assert normalised(line) == words
