"""What a skill's file may say, and which work a skill is for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws import skill as law
from scope.laws.schema import Problem
from scope.laws.skill import KEYS, Skill, Subject, fits, of_task, parse, revision, scores
from scope.laws.task import Task

SUBJECT = Subject(
    job_type="run-tests",
    entity_type="repo",
    signals=frozenset(("python", "src-layout")),
    labels=(("team", "web"),),
    fields={"vertical": frozenset(("saas",)), "signals": frozenset(("big",))},
    words="Analyze the whole codebase for vulnerabilities",
)


def made(**keys: object) -> Skill:
    """A skill with these keys and some text."""
    found = parse("a", keys, "1. Do it.\n")  # type: ignore[arg-type]
    assert isinstance(found, Skill), found
    return found


def test_a_skill_has_what_its_file_says() -> None:
    """Lists and single values alike; expectations are kept as they are."""
    found = made(
        name="a",
        description="It does.",
        when=["One", "Two"],
        match={"job_type": "run-tests", "signals": ["python", "src-layout"]},
        expect={"first": ["peek"], "max_depth": "3"},
        apply={"vars": {"flags": "-q"}},
        fingerprint="1-0a",
        source="escalation-l1",
        version="3",
    )
    assert found == Skill(
        name="a",
        description="It does.",
        when=("One", "Two"),
        match=(("job_type", ("run-tests",)), ("signals", ("python", "src-layout"))),
        expect={"first": ["peek"], "max_depth": "3"},
        variables=(("flags", "-q"),),
        fingerprint="1-0a",
        source="escalation-l1",
        version=3,
        body="1. Do it.",
    )
    assert made(when="One").when == ("One",)


@pytest.mark.parametrize(
    ("keys", "key", "says"),
    [
        ({"mach": {}}, "mach", "unknown key 'mach', did you mean 'match'?"),
        ({"name": "b"}, "name", "it is called 'b', and its file 'a.md'"),
        ({"match": "python"}, "match", "'match' takes a mapping"),
        ({"match": {"signals": []}}, "match", "'match.signals' takes one value or a list of them"),
        ({"match": {"signals": [["a"]]}}, "match", "'match.signals' takes one value"),
        ({"match": {"signals": ""}}, "match", "'match.signals' takes one value"),
        ({"match": {"Bad Key": "a"}}, "match", "'match' takes names as keys"),
        ({"match": {"fingerprint": ["a", "b"]}}, "match", "a skill comes from one failure"),
        ({"fingerprint": "a", "match": {"fingerprint": "b"}}, "match", "a skill comes from one failure"),
        ({"expect": ["peek"]}, "expect", "'expect' takes a mapping"),
        ({"apply": {"var": {}}}, "apply", "in 'apply': unknown key 'var', did you mean 'vars'?"),
        ({"apply": {"vars": {"a b": "1"}}}, "apply", "'a b' cannot be a variable's name"),
        ({"version": "new"}, "version", "'version' takes a whole number"),
        ({"when": {"a": "b"}}, "when", "'when' takes a list of words"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(keys: dict[str, object], key: str, says: str) -> None:
    """The nearest known key is named."""
    found = parse("a", keys, "Text.")  # type: ignore[arg-type]
    assert isinstance(found, Problem)
    assert found.key == key
    assert found.says.startswith(says)


def test_a_skill_says_something() -> None:
    """Words, or values for variables."""
    assert isinstance(parse("a", {}, " \n"), Problem)
    assert isinstance(parse("a", {"apply": {"vars": {"x": "1"}}}, ""), Skill)
    assert {key.name for key in KEYS} >= {"name", "description", "when", "match", "expect", "apply", "source"}


@pytest.mark.parametrize(
    ("match", "why"),
    [
        ({"job_type": "run-tests"}, ""),
        ({"job_type": "add-biome"}, "job_type is run-tests, not add-biome"),
        ({"signals": ["python", "src-layout"]}, ""),
        ({"signals": "python"}, ""),
        ({"signals": ["python", "go"]}, "signals is big, python, src-layout, not go"),
        ({"team": "web"}, ""),
        ({"team": "sea"}, "team is web, not sea"),
        ({"vertical": "saas", "signals": "big"}, ""),
        ({"colour": "red"}, "colour is not given, not red"),
        ({"job_type": "run-tests", "entity_type": "brand"}, "entity_type is repo, not brand"),
        ({"job_type": "run-tests", "fingerprint": "1-ab"}, ""),
    ],
)
def test_match_is_a_hard_filter(match: dict[str, object], why: str) -> None:
    """Everything in it must be true of the work; where the skill came from is no condition."""
    assert fits(made(match=match), SUBJECT) == why


def test_a_label_cannot_pass_for_the_kind_of_work() -> None:
    """What a task declares as its job type is one thing, its labels another."""
    subject = Subject(labels=(("job_type", "run-tests"), ("signals", "python")))
    assert fits(made(match={"job_type": "run-tests"}), subject)
    assert fits(made(match={"signals": "python"}), subject)


def test_without_match_a_criterion_must_be_met() -> None:
    """By half of its significant words at least; with neither, a skill is never given by itself."""
    assert fits(made(), SUBJECT) == "it says neither in match nor in when what it is for"
    assert fits(made(when=["Vulnerabilities in a codebase", "x"]), SUBJECT) == ""
    assert fits(made(when=["For a repo"]), SUBJECT) == ""
    why = fits(made(when=["Large unknown codebase with secrets", "Tasks and jobs"]), SUBJECT)
    assert why == "no criterion is met; the nearest, at 25%: Large unknown codebase with secrets"


def test_a_score_is_the_share_of_a_criterions_words() -> None:
    """Words that say nothing do not count, nor does a criterion of only those."""
    skill = made(when=["The whole codebase", "It is large, the codebase", "of the and"])
    assert scores(skill, SUBJECT) == (
        ("The whole codebase", 1.0), ("It is large, the codebase", 0.5), ("of the and", 0.0)
    )  # fmt: skip
    assert law.best_criterion(skill, SUBJECT) == ("The whole codebase", 1.0)
    assert law.best_criterion(made(), SUBJECT) == ("", 0.0)


@given(st.text(), st.text())
def test_every_criterion_scores_between_none_and_all(criterion: str, words: str) -> None:
    """And fully on itself, unless it says nothing."""
    skill = Skill("a", when=(criterion,))
    ((_, score),) = scores(skill, Subject(words=words))
    assert 0 <= score <= 1
    assert scores(skill, Subject(words=criterion))[0][1] in (0.0, 1.0)


def test_a_task_tells_what_it_is() -> None:
    """The words are those of its body, else of its command."""
    task = Task(body="Do it.", job_type="a", entity_type="b", signals=("c",), labels=(("k", "v"),))
    assert of_task(task) == Subject("a", "b", frozenset(("c",)), (("k", "v"),), words="Do it.")
    assert of_task(Task(command=("make", "all"))).words == "make all"


def test_any_other_byte_is_another_revision() -> None:
    """Twelve hexadecimal digits, also of what is no UTF-8."""
    assert revision("a") == "ca978112ca1b"
    assert len({revision(text) for text in ("a", "a\n", "\udce9", "b")}) == 4


def test_tokens_are_a_third_of_the_characters() -> None:
    """Rounded up, with the description."""
    assert Skill("a", description="x" * 10, body="y" * 21).tokens == 11
