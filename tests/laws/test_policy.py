"""A person's answer that holds from now on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.policy import KEYS, MATCH_KEYS, THENS, Policy, for_failure, for_question, parse
from scope.laws.schema import Problem, read
from tests.ending import comes_to_an_end
from tests.laws.cases import thorough
from tests.laws.test_task import nodes

FLAKY = Policy("known-flaky", job_type="run-tests", failing=("tests/net/*", "*::test_clock*"), then="pass")

matches = st.dictionaries(st.sampled_from([key.name for key in MATCH_KEYS]) | st.text(max_size=4), nodes, max_size=3)
documents = st.fixed_dictionaries(
    {},
    optional={
        "match": matches | nodes | st.just({"class": "timeout"}) | st.just({"question": "*"}),
        "then": st.sampled_from(THENS) | nodes,
        "answer": nodes,
        "until": nodes | st.text("0123456789-:.TZ+W ", max_size=25),
        "untl": nodes,
    },
)


def _problem(keys: dict[str, Any]) -> Problem:
    problem = parse("p", keys, "")
    assert isinstance(problem, Problem), problem
    return problem


def _for_failure(*policies: Policy, **seen: Any) -> Policy | None:
    plain = {"of_class": "unknown", "fingerprint": "v1-0", "job_type": "run-tests", "headline": "boom", "failing": ()}
    return for_failure(policies, **(plain | seen))


def _for_question(question: str, *options: str, glob: str, answer: str = "yes") -> bool:
    return for_question([Policy("p", question=glob, answer=answer)], question, options) is not None


def test_every_keys_example_is_right() -> None:
    """It is what the documentation shows."""
    for key in (*KEYS, *MATCH_KEYS):
        assert key.meaning
        if not key.example.startswith(("[", "{")):
            read(key, key.example)


def test_a_policy_is_read_as_a_person_wrote_it() -> None:
    """What it answers, with what, until when, and why."""
    keys: dict[str, Any] = {
        "match": {"class": "timeout", "fingerprint": "v1-1", "job_type": "build", "error": "*slow*", "failing": "t"},
        "then": "retry",
        "until": "2026-12-31T00:00:00Z",
    }
    assert parse("slow", keys, "The disk is old.\n") == Policy(
        "slow",
        "timeout",
        "v1-1",
        "build",
        "*slow*",
        "",
        ("t",),
        "retry",
        "",
        "2026-12-31T00:00:00Z",
        "The disk is old.\n",
    )
    answer = parse("yes", {"match": {"question": "*overwrite*"}, "answer": "true"}, "")
    assert answer == Policy("yes", question="*overwrite*", answer="true")


@pytest.mark.parametrize(
    ("keys", "key", "says"),
    [
        ({}, "match", "'match' takes what it is the answer to"),
        ({"then": "pass"}, "match", "'match' takes what it is the answer to"),
        ({"match": {}, "then": "pass"}, "match", "'match' takes what it is the answer to"),
        ({"match": "timeout", "then": "pass"}, "match", "'match' takes what it is the answer to"),
        ({"match": {"class": "timeout"}}, "match", "needs 'then' (for failures) or an 'answer'"),
        ({"match": {"class": "timeout"}, "then": "pass", "answer": "x"}, "answer", "not both"),
        ({"match": {"question": "x"}, "answer": ""}, "answer", "not empty"),
        ({"match": {"question": "x"}, "then": "pass"}, "match", "a 'question' takes an 'answer'"),
        ({"match": {"question": "x", "class": "timeout"}, "answer": "y"}, "match", "and nothing else"),
        ({"match": {"class": "timeout"}, "answer": "y"}, "match", "and nothing else"),
        ({"match": {"class": "timeot"}, "then": "pass"}, "match", "takes one of transient, timeout, "),
        ({"match": {"clas": "timeout"}, "then": "pass"}, "match", "in 'match': unknown key 'clas', did you mean"),
        ({"match": {"error": ["a"]}, "then": "pass"}, "match", "in 'match': 'error' takes one value"),
        ({"match": {"error": ""}, "then": "pass"}, "match", "in 'match': 'error' takes one line that is not empty"),
        ({"match": {"class": "lost", "failing": []}, "then": "pass"}, "match", "'failing' takes at least one glob"),
        ({"match": {"class": "lost"}, "then": "ignore"}, "then", "one of pass, retry, fail, escalate, not 'ignore'"),
        ({"match": {"class": "lost"}, "thn": "pass"}, "thn", "did you mean 'then'?"),
        ({"match": {"class": "lost"}, "then": "pass", "until": "tomorrow"}, "until", "takes a time with its zone"),
        ({"match": {"class": "lost"}, "then": "pass", "until": "2026-12-31"}, "until", "takes a time with its zone"),
        ({"match": {"class": "lost"}, "then": "pass", "until": "2026-13-31T00:00:00Z"}, "until", "takes a time"),
    ],
)  # fmt: skip
def test_what_answers_nothing_or_everything_is_refused(keys: dict[str, Any], key: str, says: str) -> None:
    """A policy acts without anybody looking, so that a slip must not widen it."""
    problem = _problem(keys)
    assert problem.key == key
    assert says in problem.says


@thorough
@given(documents, st.text(max_size=9))
def test_no_document_is_a_surprise(keys: dict[str, Any], body: str) -> None:
    """It is a policy that says one thing about something, or it says what is wrong with which key."""
    found = parse("p", keys, body)
    if isinstance(found, Problem):
        assert found.key in {*keys, "match"}
        assert found.says
    else:
        assert bool(found.then) != bool(found.answer)
        said = (found.of_class, found.fingerprint, found.job_type, found.error, found.question, found.failing)
        assert any((*said, found.entity_type, found.labels))


@pytest.mark.parametrize(
    ("failing", "answered"),
    [
        (["tests/net/test_a.py::test_b"], True),
        (["tests/net/a", "x.py::test_clock[utc]"], True),
        (["tests/net/a", "tests/other"], False),
        ([], False),
    ],
)
def test_known_flaky_holds_where_all_that_fails_is_known_and_something_is(
    failing: list[str], *, answered: bool
) -> None:
    """One unknown failure among a hundred known ones is a failure; so is one without a name."""
    assert (_for_failure(FLAKY, failing=failing) == FLAKY) is answered


@pytest.mark.parametrize(
    ("policy", "seen", "answered"),
    [
        (Policy("p", of_class="timeout", then="retry"), {"of_class": "timeout"}, True),
        (Policy("p", of_class="timeout", then="retry"), {"of_class": "lost"}, False),
        (Policy("p", fingerprint="v1-1", then="fail"), {"fingerprint": "v1-1"}, True),
        (Policy("p", fingerprint="v1-*", then="fail"), {"fingerprint": "v1-1"}, False),
        (Policy("p", error="*reset by ?eer*", then="retry"), {"headline": "E: reset by peer\nmore"}, True),
        (Policy("p", error="reset", then="retry"), {"headline": "E: reset by peer"}, False),
        (Policy("p", error="*Reset*", then="retry"), {"headline": "E: reset by peer"}, False),
        (Policy("p", job_type="build", error="*", then="retry"), {}, False),
        (Policy("p", of_class="timeout", answer="yes"), {"of_class": "timeout"}, False),
    ],
)
def test_a_policy_answers_a_failure_when_all_that_it_gives_matches(
    policy: Policy, seen: dict[str, Any], *, answered: bool
) -> None:
    """A glob is about the whole line, in its very letters."""
    assert (_for_failure(policy, **seen) is policy) is answered


def test_the_first_that_matches_wins() -> None:
    """Nearer ones are given first."""
    other = Policy("other", job_type="run-tests", then="fail")
    assert _for_failure(FLAKY, other, failing=["tests/net/a"]) is FLAKY
    assert _for_failure(other, FLAKY, failing=["tests/net/a"]) is other
    assert _for_failure() is None


def test_only_stars_and_question_marks_are_wild() -> None:
    """The names of parametrized tests hold brackets."""
    named = Policy("p", failing=("a.py::t[1-?]", "b[!x]"), then="pass")
    assert _for_failure(named, failing=["a.py::t[1-2]"]) is named
    assert _for_failure(named, failing=["b[!x]"]) is named
    assert _for_failure(named, failing=["a.py::t1"]) is None
    assert _for_failure(named, failing=["by"]) is None


@thorough
@given(st.text(max_size=12), st.text("[]!-^\\.*?ab", max_size=9))
def test_a_text_without_wild_signs_matches_itself_alone(text: str, other: str) -> None:
    """Whatever else it is made of."""
    if text.strip("*?") and not set(text) & set("*?"):
        assert _for_question(text, glob=text)
        assert _for_question(other, glob=text) == (text == other)


def test_a_question_is_answered_by_one_of_its_options_or_not_at_all() -> None:
    """A policy cannot choose what nobody offered."""
    assert _for_question("Overwrite a.txt?", glob="Overwrite *")
    assert _for_question("Overwrite a.txt?", "no", "yes", glob="Overwrite *")
    assert not _for_question("Overwrite a.txt?", "Yes", "No", glob="Overwrite *")
    assert not _for_question("Delete a.txt?", "yes", glob="Overwrite *")
    assert for_question([FLAKY, Policy("p", of_class="lost", then="pass")], "", [""]) is None


def test_no_glob_takes_long() -> None:
    """Many stars against a long line that almost matches."""
    with comes_to_an_end():
        assert not _for_question("a" * 20_000, glob="*a" * 30 + "*b")
