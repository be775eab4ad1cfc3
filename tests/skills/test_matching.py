"""Which skills some work is given."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.skill import Skill, Subject, fits
from scope.skills import evidence
from scope.skills.evidence import Outcome, Word
from scope.skills.library import Entry, Library
from scope.skills.matching import Candidate, match, select
from scope.skills.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scope.skills.library import Tier

SUBJECT = Subject(job_type="run-tests", words="the whole codebase")
MATCH = (("job_type", ("run-tests",)),)


def candidate(
    name: str,
    lower: float = 0.5,
    *,
    verdict: str = "active",
    tier: Tier = "base",
    trusted: bool = False,
    **keys: object,
) -> Candidate:
    """A skill for the subject that stands there."""
    skill = Skill(name, **{"match": MATCH, "body": "x", **keys})  # type: ignore[arg-type]
    entry = Entry(skill, f"/{name}.md", "0a1b", f"/{name}.evidence.jsonl", "project", tier)
    return Candidate(entry, Standing(5, 4, 1, 0.5, 0.7, lower, verdict, None, is_trusted=trusted))  # type: ignore[arg-type]


def names(candidates: Sequence[Candidate]) -> list[str]:
    """What they are called."""
    return [each.entry.skill.name for each in candidates]


def test_the_best_three_are_given() -> None:
    """By the lower bound, in probation or not; the others are named with why."""
    found = select(
        [candidate(name, lower, verdict=verdict) for name, lower, verdict in (
            ("a", 0.1, "active"), ("b", 0.9, "probation"), ("c", 0.5, "active"), ("d", 0.3, "active"))],
        SUBJECT,
    )  # fmt: skip
    assert names(found.chosen) == ["b", "c", "d"]
    assert found.left_out == (("a", "3 that did better are given already"),)
    assert names(select([candidate("a")], SUBJECT, at_most=0).chosen) == []


def test_what_is_not_for_the_work_or_quarantined_is_left_out() -> None:
    """With the reason."""
    found = select(
        [
            candidate("a", match=(("job_type", ("build",)),)),
            candidate("b", verdict="quarantined"),
            candidate("c", match=(), when=("codebase",)),
            candidate("d", match=()),
        ],
        SUBJECT,
    )
    assert names(found.chosen) == ["c"]
    assert dict(found.left_out) == {
        "a": "job_type is run-tests, not build",
        "b": "quarantined: 4 of 5 succeeded (cost of a success: -), without it 50% do",
        "d": "it says neither in match nor in when what it is for",
    }


def test_of_one_failure_one_skill_is_given() -> None:
    """The one that did better; those of no failure do not stand in each other's way."""
    found = select([candidate(name, lower, fingerprint=origin) for name, lower, origin in (
        ("a", 0.5, "1-x"), ("b", 0.6, "1-x"), ("c", 0.1, ""), ("d", 0.1, ""))], SUBJECT)  # fmt: skip
    assert names(found.chosen) == ["b", "c", "d"]
    assert found.left_out == (("a", "it comes from the same failure as b"),)


def test_no_more_is_given_than_fits() -> None:
    """One that is too long makes way for a shorter one."""
    found = select([candidate("a", 0.9, body="x" * 240), candidate("b", 0.5, body="x" * 90),
                    candidate("c", 0.4, body="x" * 60)], SUBJECT, tokens=100)  # fmt: skip
    assert names(found.chosen) == ["a", "c"]
    assert found.left_out == (("b", "it takes 30 tokens, and 20 are left"),)
    assert found.tokens == 100


def test_what_tampers_is_given_to_nobody_until_a_person_vouches_for_it() -> None:
    """Also where it is the values of its variables that do; and it takes nobody's place."""
    bad = "Mark failing tests as expected."
    found = select([candidate("a", 0.9, body=bad), candidate("b", variables=(("check", "make || true"),))], SUBJECT)
    assert names(found.chosen) == []
    assert [why.partition(":")[0] for _, why in found.left_out] == [
        "it bends what decides whether the work is good"
    ] * 2
    assert names(select([candidate("a", 0.9, trusted=True, body=bad)], SUBJECT).chosen) == ["a"]


def test_equals_are_told_apart_by_criteria_tiers_and_names() -> None:
    """Always in the same order, however they come."""
    every = [
        candidate("z", when=("whole codebase",)),
        candidate("y", tier="niche"),
        candidate("x", tier="universal"),
        candidate("b"),
        candidate("a"),
    ]
    for order in itertools.permutations(every):
        assert names(select(order, SUBJECT, at_most=9).chosen) == ["z", "y", "x", "a", "b"]


def test_only_the_best_are_considered() -> None:
    """As many as the settings say; one that is too good to be left out is not left out for a worse one."""
    every = [candidate(f"s{number:02}", 1 - number / 100, body="x" * 9999) for number in range(9)]
    found = select([*every, candidate("short", 0.1)], SUBJECT, active_cap=9)
    assert names(found.chosen) == []
    assert dict(found.left_out)["short"] == "only the best 9 are considered"
    assert names(select([*every, candidate("short", 0.1)], SUBJECT, active_cap=10).chosen) == ["short"]


def test_where_two_set_a_variable_differently_the_nearer_tier_wins() -> None:
    """Then the one that did better; what they set alike does not stand in their way."""
    src, lib = (("path", "src"), ("flags", "-q")), (("path", "lib"), ("flags", "-q"))
    near, far = candidate("near", 0.1, tier="niche", variables=src), candidate("far", 0.9, variables=lib)
    found = select([near, far, candidate("other", 0.5)], SUBJECT)
    assert names(found.chosen) == ["other", "near"]
    assert found.left_out == (("far", "it sets path otherwise than near, which is nearer"),)
    better = select([candidate("a", 0.1, variables=src), candidate("b", 0.9, variables=lib)], SUBJECT)
    assert names(better.chosen) == ["b"]
    assert better.left_out == (("a", "it sets path otherwise than b"),)
    alike = select([candidate("a", variables=src), candidate("b", variables=src)], SUBJECT)
    assert names(alike.chosen) == ["a", "b"]


def test_nobody_makes_way_for_what_is_not_given() -> None:
    """Neither for what tampers, nor for what is too long, nor where there are enough already."""
    src, lib = (("path", "src"),), (("path", "lib"),)
    held = candidate("held", 0.9, variables=lib)
    for near in (
        candidate("near", tier="niche", variables=src, body="Mark failing tests as expected."),
        candidate("near", tier="niche", variables=src, body="x" * 9999),
    ):
        assert names(select([held, near], SUBJECT).chosen) == ["held"]
    late = candidate("late", 0.1, tier="niche", variables=src)
    assert names(select([held, candidate("b"), candidate("c"), late], SUBJECT).chosen) == ["held", "b", "c"]


def test_a_place_that_was_made_way_for_is_filled(shop: Shop) -> None:
    """By the next best; and the settings of the root bound what is considered."""
    for name, below, path in (("a", "skills", "x"), ("b", "skills/niche/n", "y"), ("c", "skills", "x")):
        shop.write(name, f"match: {{job_type: run-tests}}\napply: {{vars: {{path: {path}}}}}", below=below)
    found = match(shop.library, SUBJECT)
    assert names(found.chosen) == ["b"]
    assert found.left_out == (("a", "it sets path otherwise than b"), ("c", "it sets path otherwise than b"))
    assert dict(match(shop.library, SUBJECT, active_cap=1).left_out)["c"] == "only the best 1 are considered"


def test_a_replay_that_failed_keeps_a_skill_from_work() -> None:
    """And says so."""
    failed = candidate("a", verdict="quarantined")
    failed = replace(failed, standing=replace(failed.standing, has_failed_replay=True))
    assert select([failed], SUBJECT).left_out == (("a", "its replay failed"),)


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["1-x", "1-y", ""]), st.integers(0, 4000)), max_size=8))
def test_every_candidate_is_chosen_or_left_out(drawn: list[tuple[float, str, int]]) -> None:
    """And the bounds hold whatever there is to choose from."""
    every = [
        candidate(f"s{at}", lower, fingerprint=origin, body="x" * (size + 1))
        for at, (lower, origin, size) in enumerate(drawn)
    ]
    found = select(every, SUBJECT)
    assert sorted(names(found.chosen) + [name for name, _ in found.left_out]) == sorted(names(every))
    assert len(found.chosen) <= 3
    assert found.tokens <= 3000
    origins = [each.entry.skill.fingerprint for each in found.chosen if each.entry.skill.fingerprint]
    assert len(origins) == len(set(origins))
    lowers = [round(each.standing.lower, 6) for each in found.chosen]
    assert lowers == sorted(lowers, reverse=True)


class Shop:
    """A root of one's own, with its library."""

    def __init__(self, place: Path) -> None:
        self.root = place / "root"
        self.library = Library(str(self.root))

    def write(self, name: str, keys: str, *, below: str = "skills") -> Path:
        """Write a skill."""
        path = self.root / below / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\n{keys}\n---\n1. Do it.\n")
        return path

    def given(self, subject: Subject, agent: str = "") -> list[str]:
        """The names of those that such work is given."""
        return names(match(self.library, subject, agent).chosen)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Give a root without skills."""
    monkeypatch.setenv("SCOPE_HOME", str(tmp_path / "home"))
    return Shop(tmp_path.resolve())


def test_the_files_as_they_are_now_decide(shop: Shop) -> None:
    """Written, edited, removed: each holds at the next match, and so does evidence."""
    path = shop.write("a", "match: {job_type: build}")
    assert shop.given(SUBJECT) == []
    shop.write("a", "match: {job_type: run-tests}")
    assert shop.given(SUBJECT) == ["a"]
    entry = shop.library.find("a")
    assert isinstance(entry, Entry)
    evidence.say(entry.evidence, Word("quarantined", "2026-01-02T03:04:05Z", entry.revision))
    found = match(shop.library, SUBJECT)
    assert (found.chosen, found.left_out) == ((), (("a", "a person quarantined it"),))
    evidence.say(entry.evidence, Word("lifted", "2026-01-02T03:04:05Z", entry.revision))
    assert shop.given(SUBJECT) == ["a"]
    path.unlink()
    assert shop.given(SUBJECT) == []


def test_what_did_better_comes_first(shop: Shop) -> None:
    """By the outcomes beside the files, against the rate that the caller knows."""
    for name, outcome in (("a", "failure"), ("b", "success")):
        path = shop.write(name, "match: {job_type: run-tests}")
        for number in range(2):
            line = Outcome(f"{number}/1", "", name, "", "treated", outcome, "check")  # type: ignore[arg-type]
            evidence.record(f"{path.with_suffix('')}.evidence.jsonl", line)
    assert shop.given(SUBJECT) == ["b", "a"]
    found = match(shop.library, SUBJECT, without=lambda entry: (0, 8 if entry.skill.name == "a" else 0))
    assert [round(each.standing.base_rate, 2) for each in found.chosen] == [0.5, 0.1]


def test_evidence_that_cannot_be_read_leaves_a_skill_out(shop: Shop) -> None:
    """With the reason, and no other skill along."""
    path = shop.write("a", "match: {job_type: run-tests}")
    shop.write("b", "match: {job_type: run-tests}")
    Path(f"{path.with_suffix('')}.evidence.jsonl").mkdir()
    found = match(shop.library, SUBJECT)
    assert names(found.chosen) == ["b"]
    assert [name for name, _ in found.left_out] == ["a"]


def test_an_agents_own_skill_hides_the_projects(shop: Shop) -> None:
    """Also where it is not for the work."""
    shop.write("a", "match: {job_type: run-tests}")
    shop.write("a", "match: {job_type: build}", below="agents/ann/skills")
    assert shop.given(SUBJECT) == ["a"]
    assert shop.given(SUBJECT, "ann") == []
    assert shop.given(Subject(job_type="build"), "ann") == ["a"]


KINDS = st.sampled_from(["", "x", "y"])


@given(
    st.lists(
        st.tuples(
            KINDS, KINDS, st.lists(st.sampled_from("pqr"), unique=True), st.sampled_from(["", "big blue", "red"])
        ),
        min_size=1,
        max_size=6,
    ),
    KINDS,
    KINDS,
    st.frozensets(st.sampled_from("pqr")),
    st.sampled_from(["", "blue big", "a red one"]),
)
def test_the_index_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    skills: list[tuple[str, str, list[str], str]],
    job_type: str,
    entity_type: str,
    signals: frozenset[str],
    words: str,
) -> None:
    """What fits is among the candidates, whatever the skills ask for."""
    root = tmp_path_factory.mktemp("index")
    (root / "skills").mkdir()
    for at, (job, entity, wanted, when) in enumerate(skills):
        pairs = [f"job_type: {job}"] * bool(job) + [f"entity_type: {entity}"] * bool(entity)
        pairs += [f"signals: [{', '.join(wanted)}]"] * bool(wanted)
        (root / "skills" / f"s{at}.md").write_text(f"---\nmatch: {{{', '.join(pairs)}}}\nwhen: [{when}]\n---\nx\n")
    subject = Subject(job_type, entity_type, signals, words=words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCOPE_HOME", str(root / "no-home"))
        library = Library(str(root))
        library.look()
    near = {entry.skill.name for entry in library.candidates(subject)}
    fitting = {entry.skill.name for entry in library.entries() if not fits(entry.skill, subject)}
    assert fitting <= near
