"""Evidence: lines that only grow, each outcome once, and where a skill stands by them."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope.skills import evidence
from scope.skills.evidence import Admission, Outcome, Word, Written, read, record, say
from scope.skills.standing import base_rate, standing

if TYPE_CHECKING:
    from scope.skills.evidence import Replayed, Said

GOOD = Outcome(
    "1/1", "2026-01-02T03:04:05Z", "a", "0a1b", "treated", "success", "check", cost=0.5, session="1", attempt=1
)
BAD = replace(GOOD, outcome="failure")


def word(said: Said, revision: str = "0a1b") -> Word:
    """A person's word."""
    return Word(said, "2026-01-02T03:04:05Z", revision)


def write(path: Path, *lines: Outcome | Word) -> str:
    """Append lines, the outcomes with ids of their own, and return the path."""
    for at, line in enumerate(lines):
        if isinstance(line, Word):
            say(str(path), line)
        else:
            record(str(path), replace(line, id=f"{line.id}-{at}"))
    return str(path)


def test_what_is_recorded_is_read(tmp_path: Path) -> None:
    """All of it, in order; where there is no file there is none, and the directory is made."""
    path = str(tmp_path / "skills" / "a.evidence.jsonl")
    assert read(path).lines == ()
    record(path, GOOD)
    say(path, word("trusted"))
    assert read(path).lines == (GOOD, word("trusted"))


def test_an_outcome_counts_once_as_it_was_written_last(tmp_path: Path) -> None:
    """A watcher that was killed between writing and remembering writes again."""
    path = str(tmp_path / "a.evidence.jsonl")
    for line in (BAD, replace(GOOD, id="2/1"), GOOD, GOOD):
        record(path, line)
    assert read(path).outcomes == (GOOD, replace(GOOD, id="2/1"))


def test_a_torn_or_strange_line_takes_no_other_along(tmp_path: Path) -> None:
    """Killed with -9 in the middle of a line, and what people write by hand."""
    path = tmp_path / "a.evidence.jsonl"
    record(str(path), GOOD)
    strange = [
        "no json", "[]", "{}", '{"kind": "verdict", "said": "loved", "time": "x", "revision": "y"}',
        json.dumps({"id": "x", "time": "", "skill": "", "revision": "", "arm": "left", "outcome": "success",
                    "verifier": "check"}),
        json.dumps({"id": 7, "time": "", "skill": "", "revision": "", "arm": "treated", "outcome": "success",
                    "verifier": "check"}),
        json.dumps({"id": "x", "time": "", "skill": "", "revision": "", "arm": "treated", "outcome": "success",
                    "verifier": "check", "cost": "much"}),
        json.dumps({"id": "x", "time": "", "skill": "", "revision": "", "arm": "treated", "outcome": "success",
                    "verifier": "check", "cost": 10**400}),
    ]  # fmt: skip
    with path.open("a") as stream:
        stream.write("\n".join([*strange, '{"id": "2/1", "ti']))
    assert read(str(path)).lines == (GOOD,)
    record(str(path), replace(GOOD, id="3/1"))
    assert [line.id for line in read(str(path)).outcomes] == ["1/1", "3/1"]


def replay(outcome: Replayed, revision: str = "0a1b", session: str = "12") -> Admission:
    """A replay of it."""
    return Admission(session, outcome, revision, "2026-01-02T03:04:05Z")


def test_replays_and_what_the_machine_wrote_are_read(tmp_path: Path) -> None:
    """In their order among the others; each revision knows its own."""
    path = str(tmp_path / "a.evidence.jsonl")
    mine = Written("0a1b", "escalation-l1", "3", 2, "2026-01-02T03:04:05Z")
    every = (mine, GOOD, replay("begun"), replay("success"), replay("begun", "ffff"), word("trusted"))
    for line in every:
        match line:
            case Written():
                evidence.claim(path, line)
            case Admission():
                evidence.admit(path, line)
            case _:
                write(Path(path), line)
    with Path(path).open("a") as stream:
        stream.write('{"kind": "admission", "session": "1", "outcome": "great", "revision": "x", "time": "y"}\n')
        stream.write('{"kind": "promotion"}\n')
    found = read(path)
    assert found.lines == (mine, replace(GOOD, id="1/1-0"), *every[2:])
    assert evidence.written_revisions(found) == {"0a1b"}
    assert evidence.admission(found, "0a1b") == replay("success")
    assert evidence.admission(found, "ffff") == replay("begun", "ffff")
    assert evidence.admission(found, "eeee") is None


@pytest.mark.parametrize(
    ("lines", "status", "why"),
    [
        ((replay("begun"),), "probation", False),
        ((replay("success"),), "admitted", False),
        ((replay("success", "ffff"),), "probation", False),
        ((replay("success"), replay("begun")), "admitted", False),
        ((replay("failure"),), "quarantined", True),
        ((replay("failure"), replay("begun")), "quarantined", True),
        ((replay("failure", "ffff"),), "probation", False),
        ((replay("failure"), replay("success", session="13")), "admitted", False),
        ((replay("failure"), word("lifted")), "probation", False),
        ((replay("failure"), word("trusted")), "active", False),
        ((word("lifted"), replay("failure")), "quarantined", True),
        ((*(GOOD,) * 9, replay("failure")), "quarantined", True),
        ((*(GOOD,) * 5, replay("success")), "active", False),
        ((*(BAD,) * 3, replay("success")), "quarantined", False),
        ((replay("success"), word("quarantined")), "quarantined", False),
    ],
)
def test_a_replay_admits_a_revision_or_quarantines_it(
    tmp_path: Path, lines: tuple[Outcome | Word | Admission, ...], status: str, why: bool
) -> None:
    """As a word would, until a person lifts or trusts it; outcomes decide further."""
    path = tmp_path / "a.evidence.jsonl"
    for at, line in enumerate(lines):
        if isinstance(line, Admission):
            evidence.admit(str(path), line)
        elif isinstance(line, Word):
            say(str(path), line)
        else:
            record(str(path), replace(line, id=f"{at}/1"))
    found = standing(read(str(path)), 0.5, "0a1b")
    assert (found.status, found.has_failed_replay) == (status, why)


def _append(path: str, who: int) -> None:
    for at in range(50):
        record(path, replace(GOOD, id=f"{who}/{at}"))


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    """Four processes, fifty lines each."""
    path = str(tmp_path / "a.evidence.jsonl")
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append, args=(path, who)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(read(path).outcomes) == 200


def test_only_what_was_verified_counts(tmp_path: Path) -> None:
    """By a check, a signal or a person, with the skill; followed or not, as nobody but the model tells that."""
    lines = (
        GOOD,
        replace(GOOD, verifier="human", use="ignored"),
        replace(BAD, verifier="signal"),
        replace(GOOD, verifier="model"),
        replace(GOOD, arm="control"),
    )
    found = standing(read(write(tmp_path / "a.evidence.jsonl", *lines)))
    assert (found.n, found.successes, found.failures) == (3, 2, 1)


def test_the_base_rate_is_that_of_the_same_job_without_it(tmp_path: Path) -> None:
    """Controls and what the caller knows; one half where nobody knows, and near it where few do."""
    found = read(write(tmp_path / "a.evidence.jsonl", GOOD, *(replace(BAD, arm="control"),) * 3))
    assert base_rate(found) == pytest.approx(1 / 5)
    assert base_rate(found, successes=6, failures=1) == pytest.approx(7 / 12)
    assert base_rate(evidence.Evidence()) == 0.5


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ((), "probation"),
        ((GOOD,) * 4, "probation"),
        ((GOOD,) * 5, "active"),
        ((BAD,) * 3, "quarantined"),
        ((GOOD,) * 9 + (word("quarantined"),), "quarantined"),
        ((word("quarantined"), *(GOOD,) * 9), "quarantined"),
        ((word("quarantined"), word("lifted")), "probation"),
        ((*(BAD,) * 3, word("lifted")), "probation"),
        ((*(BAD,) * 3, word("lifted"), *(BAD,) * 3), "quarantined"),
        ((word("trusted"),), "active"),
        ((word("trusted", "ffff"),), "probation"),
        ((*(BAD,) * 3, word("trusted")), "active"),
        ((word("trusted"), *(BAD,) * 3), "quarantined"),
        ((word("trusted"), word("quarantined")), "quarantined"),
        ((word("trusted"), word("lifted")), "probation"),
    ],
)
def test_where_a_skill_stands(tmp_path: Path, lines: tuple[Outcome | Word, ...], verdict: str) -> None:
    """By its outcomes, and by a person's last word; who trusts or lifts begins to count anew."""
    assert standing(read(write(tmp_path / "a.evidence.jsonl", *lines)), 0.5, "0a1b").verdict == verdict


def test_a_late_copy_of_an_outcome_does_not_outlive_the_lift(tmp_path: Path) -> None:
    """An outcome stands where it first stood, so that writing it again quarantines nothing again."""
    path = str(tmp_path / "a.evidence.jsonl")
    bad = [replace(BAD, id=f"{number}/1") for number in range(3)]
    for line in bad:
        record(path, line)
    say(path, word("lifted"))
    for line in bad:
        record(path, line)
    assert standing(read(path)).n == 0


@pytest.mark.parametrize(
    ("lines", "cost"),
    [
        ((), None),
        ((BAD,), None),
        ((GOOD,), 0.5),
        ((GOOD, BAD), 1.0),
        ((GOOD, BAD, replace(GOOD, cost=None)), 1.0),
        ((replace(GOOD, cost=None),), None),
        ((replace(GOOD, cost=0.0),), 0.0),
    ],
)
def test_the_cost_of_a_success_has_the_failures_in_it(
    tmp_path: Path, lines: tuple[Outcome, ...], cost: float | None
) -> None:
    """None where nothing succeeded; what nobody knows the cost of makes nothing cheaper."""
    assert standing(read(write(tmp_path / "a.evidence.jsonl", *lines))).cost_per_success == cost
