"""Silences and policies from answers: files of people's, each made once and by itself."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.errors import BadInput, NotFound
from scope.laws import policy as law
from scope.laws.fingerprint import fingerprint
from scope.laws.silence import Matcher, matcher
from scope.sessions.asking import adoption, policies, silences
from scope.sessions.asking.escalation import Escalation
from tests.laws.cases import thorough

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0
CASE = Escalation(
    "e7", "open", "failure", "Session 1 failed: error: no mirror. What now?", fingerprint="v1-1:person",
    job_type="nightly", sessions=("1",), members=1, answer="wait for it", variables=(("tries", "3"),),
)  # fmt: skip
QUESTION = replace(CASE, kind="question", question="Overwrite [a*b]?\nReally?", answer="yes", fingerprint="")


def matchers(*words: str) -> list[Matcher]:
    """What these words mean."""
    return [found for word in words if isinstance(found := matcher(word), Matcher)]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A root that has nothing yet."""
    monkeypatch.setenv("SCOPE_HOME", str(tmp_path / "home"))
    (tmp_path / "run").mkdir()
    return str(tmp_path)


def test_a_silence_is_a_file_that_ends_by_itself_or_by_a_word(root: str) -> None:
    """And what a person wrote into it stays."""
    made = silences.make(root, matchers("job_type=nightly"), NOW + 60, "known", NOW)
    assert silences.load(root).silences == (made,)
    assert silences.load(root).about(root, CASE, NOW + 59) == made
    assert silences.load(root).about(root, CASE, NOW + 60) is None
    assert silences.load(root).about(root, replace(CASE, job_type="other"), NOW) is None
    silences.expire(root, "s1", NOW)
    assert silences.load(root).about(root, CASE, NOW) is None
    with pytest.raises(BadInput, match="it ended at"):
        silences.expire(root, "s1", NOW)
    with pytest.raises(NotFound):
        silences.expire(root, "s2", NOW)


def test_of_many_silences_at_once_each_has_a_number_of_its_own(root: str) -> None:
    """Nobody's takes the place of another's."""
    made: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: made.append(silences.make(root, matchers("kind=failure"), NOW + 60, "", NOW).id)
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [f"s{number}" for number in range(1, 9)] == silences.ids(root)


def test_a_file_that_is_no_silence_silences_nothing_and_says_so(root: str, tmp_path: Path) -> None:
    """With file and line."""
    (tmp_path / "silences").mkdir()
    (tmp_path / "silences" / "s1.md").write_text("---\nmatch: [kind=failure]\nuntl: 2027-01-01T00:00:00Z\n---\n")
    found = silences.load(root)
    assert found.silences == ()
    assert found.problems[0].endswith("s1.md:3: unknown key 'untl', did you mean 'until'?")


def test_an_answer_becomes_a_policy_about_as_little_as_can_be(root: str) -> None:
    """This fingerprint, this kind of work; made once, and again the same."""
    case = replace(CASE, policy="mirror")
    assert adoption.adopt(root, case)
    assert not adoption.adopt(root, case)
    (found,) = policies.load(root).policies
    assert (found.fingerprint, found.job_type, found.then) == ("v1-1", "nightly", "retry")
    assert (found.advice, found.variables, found.source, found.by) == ("wait for it", (("tries", "3"),), "e7", "person")
    with pytest.raises(BadInput, match="there is a policy already"):
        adoption.adopt(root, replace(case, id="e8"))
    with pytest.raises(BadInput, match="about one supervisor"):
        adoption.adopt(root, replace(case, kind="supervisor"))
    assert adoption.name_for(root, case) != "mirror"


@pytest.mark.parametrize(("of_class", "error"), [("unknown", "exit 3 without a word"), ("timeout", "timeout")])
def test_an_answer_to_what_failed_without_a_word_is_not_for_all_that_does(root: str, of_class: str, error: str) -> None:
    """Somebody has to say for which; its kind of work is enough."""
    silent = replace(CASE, policy="quiet", of_class=of_class, job_type="")
    silent = replace(silent, fingerprint=fingerprint(job_type="", of_class=of_class, check="", error=error))
    with pytest.raises(BadInput, match="says of nothing what it is like"):
        adoption.adopt(root, silent)
    assert adoption.adopt(root, silent, {"label.team": "web", "class": of_class})
    assert adoption.adopt(root, replace(silent, policy="nightly", job_type="nightly"))


@pytest.mark.parametrize("answer", ["pass", "fail", "retry"])
def test_a_word_that_is_known_is_what_the_policy_says(answer: str, root: str) -> None:
    """And no words of a person's own."""
    adoption.adopt(root, replace(CASE, policy="mirror", answer=answer, variables=()))
    (found,) = policies.load(root).policies
    assert (found.then, found.advice) == (answer, "")


def test_a_question_of_many_lines_is_like_itself(root: str) -> None:
    """Whatever signs are in it, and not like another."""
    adoption.adopt(root, replace(QUESTION, policy="overwriting"))
    found = policies.load(root).policies
    work = law.Work("nightly")
    assert law.for_question(found, QUESTION.question, ("yes", "no"), work)
    assert not law.for_question(found, "Delete it?", ("yes", "no"), work)
    assert not law.for_question(found, QUESTION.question, ("yes", "no"), law.Work("other"))


@pytest.mark.parametrize(
    ("asked", "other"),
    [("May I delete build/*?", "May I delete build/ and all else?"), ("x" * 300 + "1", "x" * 300 + "2")],
)
def test_a_question_is_not_like_another_that_begins_alike(root: str, asked: str, other: str) -> None:
    """However long it is, and with a star in it."""
    adoption.adopt(root, replace(QUESTION, question=asked, policy="deleting"))
    found = policies.load(root).policies
    assert law.for_question(found, asked, ("yes", "no"), law.Work("nightly"))
    assert not law.for_question(found, other, ("yes", "no"), law.Work("nightly"))


@thorough
@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=40))
def test_whatever_is_asked_and_answered_the_policy_answers_the_same_question(question: str, answer: str) -> None:
    """Or nothing tells what it is like, and that is said."""
    case = replace(QUESTION, question=question, answer=answer, policy="p", job_type="")
    if not adoption.narrow(case):
        return
    found = adoption.check("p", adoption.page(adoption.keys_of(case), ""))
    assert law.for_question([found], question, ()) is found
