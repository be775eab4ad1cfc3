"""Outcomes: each attempt counts once, and what work does without a skill is told from them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.laws.skill import Skill, Subject, fits
from scope.skills import outcomes
from scope.skills.library import Entry
from scope.skills.outcomes import Ending, Tally, read, record
from scope.store import skilldir

if TYPE_CHECKING:
    from pathlib import Path

GOOD = Ending(
    "1/1", "2026-01-02T03:04:05Z", "1", 1, "run-tests", "repo", "web", ("python", "src-layout"), "command",
    outcome="success", cost=0.5, seconds=1.5,
)  # fmt: skip
BAD = replace(GOOD, outcome="failure", fingerprint="1-0a", headline="error: x", cost=None)


def entry(name: str = "a", **match: str) -> Entry:
    """A skill for such work."""
    skill = Skill(name, match=tuple((key, tuple(words.split())) for key, words in match.items()))
    return Entry(skill, f"/{name}.md", "0a1b", "", "project")


def without(root: Path, found: Entry) -> tuple[int, int]:
    """What a process that begins now counts."""
    tally = Tally(str(root))
    tally.look()
    return tally.without(found)


def test_what_is_recorded_is_read(tmp_path: Path) -> None:
    """All of it, in order; where there is no file there is none."""
    assert read(str(tmp_path)) == ()
    every = (GOOD, replace(BAD, id="2/1", skills=("a@0a1b",), control=("b@0c",), advice_from="2", escalation_cost=0.1))
    for ending in every:
        record(str(tmp_path), ending)
    assert read(str(tmp_path)) == every


def test_an_ending_counts_once_as_it_was_written_last(tmp_path: Path) -> None:
    """A watcher that was killed between writing and remembering writes again."""
    for ending in (BAD, replace(GOOD, id="2/1"), GOOD, GOOD):
        record(str(tmp_path), ending)
    assert read(str(tmp_path)) == (GOOD, replace(GOOD, id="2/1"))
    assert without(tmp_path, entry(job_type="run-tests")) == (2, 0)


STRANGE: tuple[dict[str, Any], ...] = (
    {}, {"id": 7}, {"attempt": "1"}, {"signals": "python"}, {"signals": [1]}, {"skills": {}}, {"outcome": "great"},
    {"verifier": "model"}, {"cost": "much"}, {"cost": float("nan")}, {"is_replay": "no"}, {"job_type": None},
    {"cost": 10**400}, {"escalation_cost": 10**400}, {"seconds": -(10**400)},
)  # fmt: skip


def test_a_torn_or_strange_line_takes_no_other_along(tmp_path: Path) -> None:
    """Killed with -9 in the middle of a line, and what people write by hand."""
    record(str(tmp_path), GOOD)
    with (tmp_path / "outcomes.jsonl").open("a") as stream:
        stream.write("no json\n[]\n{}\n")
        for strange in STRANGE[1:]:
            stream.write(json.dumps({**asdict(GOOD), "id": "9/1", **strange}) + "\n")
        stream.write('{"id": "2/1", "ti')
    record(str(tmp_path), replace(GOOD, id="3/1"))
    assert [ending.id for ending in read(str(tmp_path))] == ["1/1", "3/1"]
    assert without(tmp_path, entry(job_type="run-tests")) == (2, 0)


def test_a_line_needs_no_more_than_who_and_when(tmp_path: Path) -> None:
    """Everything else may be left out."""
    (tmp_path / "outcomes.jsonl").write_text('{"id": "1/1", "time": "t", "session": "1", "attempt": 1}\n')
    assert read(str(tmp_path)) == (Ending("1/1", "t", "1", 1),)


@pytest.mark.parametrize(
    ("ending", "counts"),
    [
        (GOOD, (1, 0)),
        (BAD, (0, 1)),
        (replace(GOOD, skills=("b@0a",)), (1, 0)),
        (replace(GOOD, skills=("a@0a",)), (0, 0)),
        (replace(GOOD, control=("a@0a",)), (0, 0)),
        (replace(GOOD, advice_from="rules"), (0, 0)),
        (replace(GOOD, is_replay=True), (0, 0)),
        (replace(GOOD, job_type="build"), (0, 0)),
        (replace(GOOD, signals=("go",)), (0, 0)),
        (replace(GOOD, signals=("python", "x")), (1, 0)),
    ],
)
def test_what_counts_as_without_a_skill(tmp_path: Path, ending: Ending, counts: tuple[int, int]) -> None:
    """Of work that it is for; what it was held back from stands in its own evidence already."""
    record(str(tmp_path), ending)
    assert without(tmp_path, entry(job_type="run-tests", entity_type="repo", signals="python")) == counts


def test_other_keys_of_a_match_decide_nothing(tmp_path: Path) -> None:
    """An ending knows no labels; a skill with nothing but them is for no kind of work that is counted."""
    record(str(tmp_path), GOOD)
    assert without(tmp_path, entry(job_type="run-tests", team="web")) == (1, 0)
    assert without(tmp_path, entry(team="web")) == (0, 0)
    assert without(tmp_path, entry()) == (0, 0)


def test_a_tally_goes_on_where_it_was(tmp_path: Path) -> None:
    """With what was written since, also where that takes something back; and anew with another file."""
    tally, found = Tally(str(tmp_path)), entry(signals="python")
    tally.look()
    assert tally.without(found) == (0, 0)
    for number in range(3):
        record(str(tmp_path), replace(GOOD, id=f"{number}/1"))
    tally.look()
    tally.look()
    assert tally.without(found) == (3, 0)
    record(str(tmp_path), replace(BAD, id="1/1"))
    assert tally.without(found) == (3, 0)
    tally.look()
    assert tally.without(found) == (2, 1)
    path = tmp_path / "outcomes.jsonl"
    path.rename(tmp_path / "old")
    record(str(tmp_path), BAD)
    tally.look()
    assert tally.without(found) == (0, 1)
    path.unlink()
    tally.look()
    assert tally.without(found) == (0, 0)


def test_a_tally_keeps_counts_not_lines(tmp_path: Path) -> None:
    """However many attempts there were."""
    with (tmp_path / "outcomes.jsonl").open("w") as stream:
        for number in range(outcomes.REMEMBERED + 100):
            stream.write(json.dumps(asdict(replace(GOOD, id=f"{number}/1", session=str(number)))) + "\n")
    tally = Tally(str(tmp_path))
    tally.look()
    assert tally.without(entry(job_type="run-tests")) == (outcomes.REMEMBERED + 100, 0)
    assert len(tally._last) == outcomes.REMEMBERED


KINDS = st.sampled_from(["", "x", "y"])
SIGNALS = st.lists(st.sampled_from("pqr"), unique=True).map(tuple)
ENDINGS = st.builds(
    Ending,
    id=st.integers(1, 9).map(str),
    time=st.just(""),
    session=st.just("1"),
    attempt=st.just(1),
    job_type=KINDS,
    entity_type=KINDS,
    signals=SIGNALS,
    skills=st.lists(st.sampled_from(["a@0", "b@0"]), unique=True).map(tuple),
    control=st.lists(st.sampled_from(["a@1"]), max_size=1).map(tuple),
    advice_from=st.sampled_from(["", "", "2"]),
    outcome=st.sampled_from(["success", "failure"]),
    is_replay=st.sampled_from([False, False, True]),
)


@given(st.lists(ENDINGS, max_size=20), st.integers(0, 20), KINDS, KINDS, SIGNALS)
def test_a_tally_says_what_all_lines_say(
    tmp_path_factory: pytest.TempPathFactory,
    endings: list[Ending],
    first: int,
    job_type: str,
    entity_type: str,
    signals: tuple[str, ...],
) -> None:
    """In how many looks ever it read them."""
    root = str(tmp_path_factory.mktemp("tally"))
    wanted = {"job_type": job_type, "entity_type": entity_type, "signals": " ".join(signals)}
    found, tally = entry("a", **{key: words for key, words in wanted.items() if words}), Tally(root)
    for number, ending in enumerate(endings):
        if number == first:
            tally.look()
            tally.without(found)
        record(root, ending)
    tally.look()
    counted = Counter(
        ending.outcome
        for ending in read(root)
        if found.skill.match
        and not fits(found.skill, Subject(ending.job_type, ending.entity_type, frozenset(ending.signals)))
        and not any(word.startswith("a@") for word in (*ending.skills, *ending.control))
        and not (ending.advice_from or ending.is_replay)
    )
    assert tally.without(found) == (counted["success"], counted["failure"])


def test_outcomes_lie_where_the_layout_says(tmp_path: Path) -> None:
    """One file for the whole root."""
    record(str(tmp_path), GOOD)
    assert [str(path) for path in tmp_path.iterdir()] == [skilldir.outcomes(str(tmp_path))]
