"""What a person does not want to hear of: narrow by every matcher, and over by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.schema import Problem
from scope.laws.silence import MATCHED, Facts, Matcher, Silence, ends, first_about, is_over, matcher, parse, silences
from tests.laws.cases import thorough

FACTS: Facts = {
    "fingerprint": ("v1-1",), "class": ("timeout",), "kind": ("failure",), "job_type": ("nightly",),
    "label.team": ("web",), "session": ("3/import-a", "4/import-b"),
}  # fmt: skip
UNTIL = "2026-01-01T00:00:00Z"


def made(*words: str, until: str = UNTIL) -> Silence:
    """A silence of these matchers."""
    found = parse("s1", {"match": list(words), "until": until}, "Why.\n")
    assert isinstance(found, Silence), found
    return found


@pytest.mark.parametrize(
    ("words", "is_about"),
    [
        (["job_type=nightly"], True),
        (["job_type=night"], False),
        (["job_type=~night.*"], True),
        (["job_type=~night"], False),
        (["job_type!=nightly"], False),
        (["job_type!=other"], True),
        (["job_type!~night.*"], False),
        (["job_type=nightly", "class=lost"], False),
        (["label.team=web"], True),
        (["label.other=web"], False),
        (["label.other!=web"], True),
        (["session=import-*"], True),
        (["session=3"], False),
        (["session=~[34]"], True),
        (["session!=3"], False),
        (["agent=~.*"], False),
    ],
)
def test_every_matcher_must_hold_for_all_that_a_case_has(words: list[str], *, is_about: bool) -> None:
    """A regex is about the whole value; of many sessions one that is not meant is heard."""
    assert silences(made(*words), FACTS) is is_about


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("nightly", "a matcher is KEY=VALUE"),
        ("job_tpye=x", "did you mean 'job_type'?"),
        ("label.=x", "a matcher is KEY=VALUE"),
        ("job_type=", "takes a value of one line"),
        ("job_type=a\nb", "takes a value of one line"),
        ("job_type=~(", "is no regular expression"),
        ("job_type=~a{99999999999}", "is no regular expression"),
        ("job_type=" + "x" * 999, "at most 200"),
    ],
)
def test_what_is_no_matcher_is_refused_with_what_was_meant(word: str, says: str) -> None:
    """A slip must not silence everything, nor nothing."""
    found = matcher(word)
    assert isinstance(found, str)
    assert says in found


def test_a_silence_ends_by_itself_and_of_several_the_longest_counts() -> None:
    """At its time, to the second."""
    short, long = made("kind=failure"), made("class=timeout", until="2027-01-01T00:00:00Z")
    assert not is_over(short, ends(short) - 1)
    assert is_over(short, ends(short))
    assert first_about([short, long], FACTS, ends(short) - 1) is long
    assert first_about([short], FACTS, ends(short)) is None
    assert first_about([made("class=lost", until="2027-01-01T00:00:00Z")], FACTS, 0.0) is None


@pytest.mark.parametrize("until", ["", "tomorrow", "2026-12-31"])
def test_a_silence_without_an_end_is_none(until: str) -> None:
    """What nobody ends would hide what it was never meant for."""
    found = parse("s1", {"match": ["kind=failure"], "until": until}, "")
    assert isinstance(found, Problem)
    assert found.key == "until"


@thorough
@given(st.sampled_from(MATCHED), st.sampled_from(["=", "!=", "=~", "!~"]), st.text(min_size=1, max_size=12))
def test_what_is_read_is_what_was_written(key: str, operator: str, value: str) -> None:
    """Or it is refused in words."""
    found = matcher(f"{key}{operator}{value}")
    if isinstance(found, Matcher) and not value.startswith(("=", "~")):
        assert matcher(str(found)) == found
        assert found.key == key
    else:
        assert isinstance(found, Matcher) or found
