"""What a runbook may say, and which of them speaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.runbook import APPLY, CLASSES, KEYS, MATCH, Rule, diagnose, parse
from scope.laws.schema import Problem
from scope.laws.symptom import Symptom
from tests.laws.cases import thorough

GOOD: dict[str, Any] = {
    "name": "module",
    "description": "A module is missing.",
    "match": {"error": "No module named '(?P<module>\\w+)'(?: in (?P<place>\\w+))?"},
    "class": "missing_context",
    "apply": {"vars": {"name": "{{ module }}", "where": "in {{place}}", "again": "yes"}},
    "version": "2",
}
nodes: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.text(max_size=8) | st.sampled_from(["a+", "(", "(a+)+", "(?P<m>.)", "{{ m }}", "unknown", "module"]),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["error", "class", "job_type", "vars", "x"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def rule(name: str = "module", body: str = "1. Do it.", **keys: Any) -> Rule:
    """Return the good runbook with these keys over it."""
    made = parse(name, {**GOOD, "name": name, **keys}, body, f"{name}.md")
    assert isinstance(made, Rule), made
    return made


def symptom(*lines: str) -> Symptom:
    """Return a symptom of these lines."""
    return Symptom(lines, lines[0] if lines else "", ())


def test_a_runbook_is_what_its_file_says() -> None:
    """Every key of it."""
    made = rule(match={"error": "a(?P<b>.)", "class": "unknown", "job_type": "lint"}, apply={"vars": {"x": "{{ b }}"}})
    assert made.pattern is not None
    assert replace(made, pattern=None) == Rule(
        name="module",
        description="A module is missing.",
        pattern=None,
        match_class="unknown",
        diagnosis="missing_context",
        variables=(("x", "{{ b }}"),),
        instructions="1. Do it.",
        where="module.md",
        match_job_type="lint",
        version=2,
    )


def test_what_can_be_left_out_is_left_out() -> None:
    """A name is the file's, and what matches a class alone is of that class."""
    made = parse("big", {"description": "Too big.", "match": {"class": "task_too_big"}}, "1. Split it.", "big.md")
    assert isinstance(made, Rule)
    assert (made.name, made.pattern, made.diagnosis, made.variables) == ("big", None, "task_too_big", ())


@pytest.mark.parametrize(
    ("keys", "key", "says"),
    [
        ({"mach": {}}, "mach", "unknown key 'mach', did you mean 'match'?"),
        ({"name": "other"}, "name", "'other' is not the name of its file, 'module.md'"),
        ({"description": ""}, "description", "takes one line"),
        ({"match": "ModuleNotFoundError"}, "match", "'match' takes a mapping"),
        ({"match": {}}, "match", "it matches nothing"),
        ({"match": {"job_type": "lint"}}, "match", "it matches nothing"),
        ({"match": {"eror": "a"}}, "match", "unknown key 'eror', did you mean 'error'?"),
        ({"match": {"error": "("}}, "match", "no regular expression: missing )"),
        ({"match": {"error": "(a+)+$"}}, "match", "can take for ever"),
        ({"match": {"error": "(?:x(\\w*,){2,}y)"}}, "match", "can take for ever"),
        ({"match": {"error": "^(a|a)*$"}}, "match", "can take for ever"),
        ({"match": {"error": "(?:err|\\w)+:"}}, "match", "can take for ever"),
        ({"match": {"error": "(?i:(?P<m>ab|AC)x|b){2,}"}}, "match", "can take for ever"),
        ({"match": {"error": "(x|)+y"}}, "match", "can take for ever"),
        ({"match": {"error": "[[a]b"}}, "match", "no regular expression: Possible nested set"),
        ({"match": {"class": "transitory"}}, "match", "'transitory' is no class, did you mean 'transient'?"),
        ({"class": "timeuot"}, "class", "'timeuot' is no class, did you mean 'timeout'?"),
        ({"class": []}, "class", "takes one value"),
        ({"apply": "x"}, "apply", "'apply' takes a mapping"),
        ({"apply": {"var": {}}}, "apply", "unknown key 'var', did you mean 'vars'?"),
        ({"apply": {"vars": {"a": ["b"]}}}, "apply", "takes one value"),
        ({"apply": {"vars": {"a b": "c"}}}, "apply", "'a b' cannot be a variable's name"),
        ({"apply": {"vars": {"a": "{{ modul }}"}}}, "apply", "no group 'modul', did you mean 'module'?"),
        ({"version": "new"}, "version", "takes a whole number"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(keys: dict[str, Any], key: str, says: str) -> None:
    """A rule that is silently off is worse than none."""
    wrong = parse("module", {**GOOD, "apply": {}, **keys}, "1. Do it.", "module.md")
    assert isinstance(wrong, Problem), wrong
    assert wrong.key == key
    assert says in wrong.says


def test_a_diagnosis_a_description_and_instructions_must_be_there() -> None:
    """A runbook is for somebody who does not know what to do."""
    for key in ("class", "description"):
        wrong = parse("module", {name: node for name, node in GOOD.items() if name != key}, "1.", "")
        assert isinstance(wrong, Problem)
        assert wrong.key == key
    assert isinstance(parse("module", GOOD, " \n", ""), Problem)


@pytest.mark.parametrize(
    "pattern", ["(a++)+", "(?:a|b)+c*", "a+(b+)c", "(ab)*+", "[(+)]+(x)+", "(\\w+ )?x", "\\(a+\\)+", "(?P<m>[\\w.]+)$",
     "(?:a|a)b+", "(a|a)*+b", "(?:\\.|-|\\/)+x", "(?:ab|ba){2}"]
)  # fmt: skip
def test_a_pattern_that_ends_is_taken(pattern: str) -> None:
    """Only a repetition within a repetition is refused, or of alternatives that begin alike."""
    assert rule(match={"error": pattern}, apply={}).pattern is not None


@thorough
@given(
    st.dictionaries(st.sampled_from([key.name for key in KEYS]), nodes, max_size=5), st.text(max_size=3), st.booleans()
)
def test_no_runbook_is_a_surprise(keys: dict[str, Any], body: str, is_good: bool) -> None:
    """Whatever somebody wrote, it is a rule or says what is wrong with which key."""
    made = parse("module", {**GOOD, **keys} if is_good else keys, body, "module.md")
    if isinstance(made, Problem):
        assert made.says
        assert made.key in {*keys, *GOOD, ""}
    else:
        diagnose([made], symptom("a", "No module named 'x'"), made.match_class, made.match_job_type)


def test_every_key_says_what_it_means() -> None:
    """Errors and the documentation come from these lists."""
    assert all(key.meaning and key.example for key in (*KEYS, *MATCH, *APPLY))
    assert len(set(CLASSES)) == len(CLASSES) == 12


def test_what_the_error_names_stands_in_the_variables() -> None:
    """A variable whose group took no part has nothing to say."""
    found = diagnose([rule()], symptom("boom", "E  No module named 'yaml'"), "unknown", "")
    assert found is not None
    assert found.line == "E  No module named 'yaml'"
    assert found.variables == (("name", "yaml"), ("again", "yes"))
    found = diagnose([rule()], symptom("No module named 'yaml' in src"), "unknown", "")
    assert found is not None
    assert found.variables == (("name", "yaml"), ("where", "in src"), ("again", "yes"))


def test_who_knows_the_error_speaks_before_who_knows_only_the_class() -> None:
    """And among them the order given holds: nearest tier first."""
    general = rule("a", match={"class": "unknown"}, apply={})
    rules = [general, rule("b", match={"error": "^two"}, apply={}), rule("c", match={"error": "o"}, apply={})]

    def speaks(*lines: str, of_class: str = "unknown") -> str:
        found = diagnose(rules, symptom(*lines), of_class, "")
        return found.rule.name if found else ""

    assert speaks("one", "two") == "b"
    assert speaks("one") == "c"
    assert speaks("six") == "a"
    assert speaks("six", of_class="lost") == ""
    assert speaks() == "a"


def test_a_class_and_a_kind_of_work_narrow_an_error() -> None:
    """All that a runbook names must be so."""
    rules = [rule(match={"error": "x", "class": "lost", "job_type": "lint"}, apply={})]
    assert diagnose(rules, symptom("x"), "lost", "lint")
    assert not diagnose(rules, symptom("x"), "lost", "build")
    assert not diagnose(rules, symptom("x"), "unknown", "lint")
    assert not diagnose(rules, symptom("y"), "lost", "lint")
