"""Escalations: files that people and the machine both write, and in which a person's edit wins."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scope.errors import BadInput, NotFound
from scope.sessions.asking import escalation as escalation_page
from scope.sessions.asking import escalations
from scope.sessions.asking.escalations import Escalation, Unreadable
from scope.store import amendment, locks, rundir

if TYPE_CHECKING:
    from scope.store.amendment import Written

QUESTION = Escalation(
    id="e1",
    state="open",
    kind="question",
    question="Which database?",
    options=("postgres", "sqlite"),
    default="sqlite",
    deadline=1_800_000_000.0,
    sessions=("2.1",),
    members=1,
    opened="2026-01-02T03:04:05Z",
    body="It asked while migrating.\n",
)
FAILURE = Escalation(
    id="e2",
    state="open",
    kind="failure",
    question="3 sessions failed alike: no such table",
    sessions=("3", "4", "5"),
    members=3,
    fingerprint="v1:abc",
    of_class="unknown",
    severity=1,
    opened="2026-01-02T03:04:05Z",
    body="# What failed\n\n---\n```\nno such table: users\n```\n",
)

widely = settings(deadline=None, database=None, max_examples=200)
lines = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
broken = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=12)
any_escalation = st.builds(
    Escalation,
    id=st.just("e1"),
    state=st.sampled_from(escalations.STATES),
    kind=st.just("failure"),
    question=lines,
    options=st.lists(lines, max_size=3).map(tuple),
    default=st.none() | lines.filter(bool),
    deadline=st.none() | st.integers(0, 4_000_000_000).map(float),
    answer=lines.map(str.strip),
    by=lines,
    variables=st.dictionaries(lines, lines, max_size=2).map(lambda found: tuple(found.items())),
    sessions=st.lists(st.sampled_from(["1", "2.10", "3.1.4"]), max_size=3).map(tuple),
    members=st.integers(0, 999),
    fingerprint=lines,
    of_class=st.sampled_from(["", "unknown", "task_too_big"]),
    severity=st.integers(0, 2),
    policy=st.sampled_from(["", "use-postgres"]),
    assignee=st.sampled_from(["", "web"]),
    needs=st.sampled_from(["", "policy"]),
    job_type=lines,
    agent=lines,
    labels=st.dictionaries(lines, lines, max_size=2).map(lambda found: tuple(found.items())),
    opened=st.sampled_from(["", "2026-01-02T03:04:05Z"]),
    body=lines,
)


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A root with a question and a failure."""
    for place in ("escalations", "run"):
        (tmp_path / place).mkdir()
    for each in (QUESTION, FAILURE):
        path_of(tmp_path, each.id).write_text(escalations.text(each))
    return str(tmp_path)


def path_of(root: str | Path, escalation: str) -> Path:
    """Where it lies."""
    return Path(root) / "escalations" / f"{escalation}.md"


def readable(root: str, escalation: str) -> Escalation:
    """Read one that can be read."""
    found = escalations.read(root, escalation)
    assert isinstance(found, Escalation), found
    return found


def test_a_file_is_comfortable_to_fill_in() -> None:
    """The question stands first, the answer is an empty line, and above it stands what it takes."""
    head = escalations.text(QUESTION).splitlines()[:16]
    assert head == [
        "---",
        'question: "Which database?"',
        "options: [postgres, sqlite]",
        "default: sqlite",
        'deadline: "2027-01-15T08:00:00Z"',
        "# Your answer: postgres, sqlite. It is taken when the file is saved.",
        "answer:",
        "# Values for variables that the work declares, such as {flags: -q}.",
        "vars: {}",
        "by:",
        "# A name here makes the answer hold for all cases like it from now on: policies/NAME.md.",
        "policy:",
        "# Who else is to answer: a supervisor above those who ask; nobody means you.",
        "assignee:",
        "# acked once you have seen it: it stays open, and reminds you no more.",
        "state: open",
    ]
    assert 'question: "Grüße an 東京?"' in escalations.text(dataclasses.replace(QUESTION, question="Grüße an 東京?"))


@widely
@given(any_escalation)
def test_what_is_written_is_read_back(escalation: Escalation) -> None:
    """Every field, whatever letters it has."""
    text = escalations.text(escalation)
    found = escalation_page.parsed("e1", text)
    assert found == dataclasses.replace(escalation, digest=escalations.digest(text))


@widely
@given(broken, broken)
def test_letters_that_no_file_can_hold_break_none(question: str, body: str) -> None:
    """Halves of letters, as JSON may carry them."""
    text = escalations.text(dataclasses.replace(QUESTION, question=question, body=body))
    text.encode()
    assert isinstance(escalation_page.parsed("e1", text), Escalation)


def test_however_much_of_a_file_is_there_reading_it_never_fails(root: str) -> None:
    """Half-written by an editor, it is unreadable, with file and line; whole, it is there."""
    text = escalations.text(FAILURE)
    for length in range(text.index("\n---\n", 4) + 4):
        path_of(root, "e2").write_text(text[:length])
        found = escalations.read(root, "e2")
        assert isinstance(found, Unreadable)
        assert found.says.startswith("e2.md:")
    path_of(root, "e2").write_text(text)
    readable(root, "e2")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\nkind: failure\nanwser: retry\n---\n", ":3: unknown key 'anwser', did you mean 'answer'?"),
        ("---\nkind: failure\nanswer: [a, b]\n---\n", ":3: 'answer' takes one value"),
        ("---\nkind: failure\nanswer: 'it\n---\n", ":3: found unexpected end of stream"),
        ("---\nstate: opne\nkind: failure\n---\n", ":2: 'state' is open, acked, answered, closed, not 'opne'"),
        ("---\nkind: failure\nseverity: 3\n---\n", ":3: 'severity' takes 0 to 2"),
        ("---\nkind: failure\ndeadline: tomorrow\n---\n", ":3: 'deadline' takes a time"),
        ("---\nkind: failure\nvars: x\n---\n", ":3: 'vars' takes a mapping"),
        ("---\nquestion: why\n---\n", ":1: 'kind' is failure, question, supervisor, not ''"),
        ("---\nkind: question\noptions: [yes, no]\nanswer: maybe\n---\n", ":4: 'answer' takes one of yes, no, not"),
        ("no frontmatter at all", ":1: 'kind' is"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text: str, says: str, root: str) -> None:
    """As a person gets it wrong, for that person to find it."""
    path_of(root, "e2").write_text(text)
    found = escalations.read(root, "e2")
    assert isinstance(found, Unreadable)
    assert found.says.startswith(f"e2.md{says}")


def test_a_file_that_is_gone_or_no_file_is_no_crash(root: str) -> None:
    """Removed by a person, say; gone is told from wrong."""
    path_of(root, "e2").unlink()
    assert escalations.read(root, "e2") == Unreadable("e2", "e2.md: it is gone", is_gone=True)
    path_of(root, "e2").mkdir()
    found = escalations.read(root, "e2")
    assert isinstance(found, Unreadable)
    assert not found.is_gone


def test_bytes_that_are_no_text_are_no_crash(root: str) -> None:
    """In the notes they stay as they are, in the frontmatter they are named."""
    raw = escalations.text(FAILURE).encode() + b"caf\xe9\n"
    path_of(root, "e2").write_bytes(raw)
    escalations.answer(root, "e2", "retry", {}, "person")
    assert path_of(root, "e2").read_bytes() == raw.replace(b"\nanswer:", b"\nanswer: retry").replace(
        b"\nby:", b"\nby: person"
    )
    path_of(root, "e2").write_bytes(raw.replace(b"\nanswer:", b"\nanswer: caf\xe9"))
    assert isinstance(escalations.read(root, "e2"), Unreadable)


def test_all_are_listed_in_the_order_of_their_numbers(root: str) -> None:
    """Ten comes after two; backups, swap files and other words are none of them."""
    path_of(root, "e10").write_text("half")
    for name in (".e3.md.swp", "e4.md~", "notes.md", "e05.md", "groups.jsonl", "e6.md.new-1-1", "e.md", "e²"):
        (Path(root) / "escalations" / name).touch()
    assert [found.id for found in escalations.every(root)] == ["e1", "e2", "e10"]
    assert escalations.every("/nowhere") == []


NOTES = """---
# A note of mine: it hangs on CI only
question: "Which database?"   # asked twice
options:
- postgres

- sqlite
kind: question  # not a failure
answer:   # here
  # and here
vars:
by: ""
state: open  # mine
---
My notes.
---
answer: not this one
"""


def test_an_answer_changes_its_own_lines_and_not_another_byte(root: str) -> None:
    """Notes, comments, blanks, order and quotes are a person's."""
    path_of(root, "e1").write_text(NOTES)
    said = escalations.answer(root, "e1", "sqlite", {}, "person")
    after = path_of(root, "e1").read_text()
    assert after == NOTES.replace("answer:   # here", "answer: sqlite   # here").replace('by: ""', "by: person")
    assert said == readable(root, "e1")
    assert (said.answer, said.by, said.state) == ("sqlite", "person", "open")
    assert escalations.settle(root, "e1", said.digest, "answered")
    assert path_of(root, "e1").read_text() == after.replace("state: open  # mine", "state: answered  # mine")


def test_windows_line_ends_stay(root: str) -> None:
    """Some editors write them, and a file of two kinds helps nobody."""
    path_of(root, "e1").write_bytes(NOTES.replace("\n", "\r\n").encode())
    escalations.answer(root, "e1", "sqlite", {}, "person")
    raw = path_of(root, "e1").read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n") == NOTES.count("\n")
    assert readable(root, "e1").answer == "sqlite"


def test_lines_that_were_removed_come_back(root: str) -> None:
    """A person may shorten the frontmatter; the answer then stands at its end."""
    path_of(root, "e2").write_text("---\nkind: failure\n---\nNotes.\n")
    escalations.answer(root, "e2", "retry", {"flags": "-q"}, "person")
    expected = "---\nkind: failure\nvars: {flags: -q}\nby: person\nanswer: retry\n---\nNotes.\n"
    assert sorted(path_of(root, "e2").read_text().splitlines()) == sorted(expected.splitlines())
    assert readable(root, "e2").variables == (("flags", "-q"),)


def test_what_cannot_be_edited_line_by_line_is_left_to_the_person(root: str) -> None:
    """All keys in one line: valid, and not ours to take apart."""
    text = '---\n{kind: failure, answer: "", state: open}\n---\n'
    path_of(root, "e2").write_text(text)
    with pytest.raises(BadInput, match="not as usual"):
        escalations.answer(root, "e2", "retry", {}, "person")
    assert not escalations.settle(root, "e2", readable(root, "e2").digest, "closed")
    assert path_of(root, "e2").read_text() == text


@pytest.mark.parametrize("change", [{"answer": "sqlite"}, {"state": "answered"}, {"state": "closed"}])
def test_what_is_answered_or_closed_takes_no_answer(change: dict[str, str], root: str) -> None:
    """Also where an editor answered it, and the watcher has not seen that yet."""
    path_of(root, "e1").write_text(escalations.text(dataclasses.replace(QUESTION, **change)))
    before = path_of(root, "e1").read_bytes()
    with pytest.raises(BadInput, match="already"):
        escalations.answer(root, "e1", "postgres", {}, "person")
    assert path_of(root, "e1").read_bytes() == before


def test_an_acknowledged_one_still_takes_an_answer(root: str) -> None:
    """To acknowledge is only to say: I have seen it."""
    path_of(root, "e1").write_text(escalations.text(dataclasses.replace(QUESTION, state="acked")))
    assert escalations.answer(root, "e1", "postgres", {}, "person").answer == "postgres"


def test_a_question_takes_its_options_and_a_failure_any_words(root: str) -> None:
    """The word that was meant is named."""
    with pytest.raises(BadInput) as refusal:
        escalations.answer(root, "e1", "postgre", {}, "person")
    assert refusal.value.hint == "did you mean 'postgres'?"
    text = 'Run the migration first:\n\n\tmake migrate  # it\'s "safe"\n…then again'
    assert escalations.answer(root, "e2", text, {"k": "it's: {x}"}, "person").answer == text
    found = readable(root, "e2")
    assert (found.answer, found.variables) == (text, (("k", "it's: {x}"),))


def test_variables_of_the_file_and_of_the_answer_come_together(root: str) -> None:
    """Those of the answer win."""
    text = escalations.text(FAILURE).replace("vars: {}", "vars:\n  # mine\n  a: '1'\n  b: '2'")
    path_of(root, "e2").write_text(text)
    assert escalations.answer(root, "e2", "retry", {"b": "3"}, "person").variables == (("a", "1"), ("b", "3"))
    assert "  # mine\n" in path_of(root, "e2").read_text()


def test_an_unknown_id_is_not_found_with_the_one_that_was_meant(root: str) -> None:
    """And no file is made by asking for it."""
    with pytest.raises(NotFound) as missing:
        escalations.answer(root, "e22", "retry", {}, "person")
    assert missing.value.hint == "did you mean 'e2'?"
    with pytest.raises(NotFound):
        escalations.answer(root, "../../x", "retry", {}, "person")
    assert sorted(path.name for path in (Path(root) / "escalations").iterdir()) == ["e1.md", "e2.md"]


def test_of_many_answers_at_once_one_is_taken_and_the_others_hear_of_it(root: str) -> None:
    """Nobody is told that an answer counts which does not."""
    taken: list[str] = []
    refused: list[str] = []

    def answer(text: str) -> None:
        try:
            taken.append(escalations.answer(root, "e2", text, {}, text).answer)
        except BadInput:
            refused.append(text)

    threads = [threading.Thread(target=answer, args=(f"answer {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(refused)) == (1, 7)
    assert readable(root, "e2").answer == taken[0]


def test_an_edit_during_an_answer_is_kept(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is read again right before it is replaced, and what a person wrote meanwhile goes in."""
    real, calls = amendment.amended, []

    def amended(before: str, changes: dict[str, str]) -> str | None:
        if not calls:
            path_of(root, "e2").write_text(before + "A note, saved just now.\n")
        calls.append(before)
        return real(before, changes)

    monkeypatch.setattr(amendment, "amended", amended)
    escalations.answer(root, "e2", "retry", {}, "person")
    assert len(calls) == 2
    assert path_of(root, "e2").read_text().endswith("A note, saved just now.\n")
    assert readable(root, "e2").answer == "retry"


def test_settling_loses_against_a_persons_edit(root: str) -> None:
    """By the content's hash: the watcher reads again, and decides again."""
    seen = readable(root, "e1")
    path_of(root, "e1").write_text(path_of(root, "e1").read_text().replace("answer:", "answer: postgres"))
    before = path_of(root, "e1").read_bytes()
    assert not escalations.settle(root, "e1", seen.digest, "closed")
    assert path_of(root, "e1").read_bytes() == before
    assert escalations.settle(root, "e1", readable(root, "e1").digest, "answered")
    assert not escalations.settle(root, "e9", seen.digest, "closed")


def test_settling_may_change_more_than_the_state_and_can_be_done_twice(root: str) -> None:
    """More members, more severe: what the watcher tells a person anew."""
    also = {"members": "4", "sessions": ["3", "4", "5", "6"], "severity": "2"}
    assert escalations.settle(root, "e2", readable(root, "e2").digest, "open", also)
    found = readable(root, "e2")
    assert (found.members, found.sessions, found.severity) == (4, ("3", "4", "5", "6"), 2)
    assert escalations.settle(root, "e2", found.digest, "open", also)
    assert readable(root, "e2").digest == found.digest


def test_settling_waits_for_nobody(root: str) -> None:
    """The watcher never blocks on somebody who holds the lock and sleeps."""
    with locks.hold(rundir.escalations_lock(root)):
        assert not escalations.settle(root, "e1", readable(root, "e1").digest, "closed")


def test_what_did_not_help_can_be_asked_again(root: str) -> None:
    """The answer and its variables are taken out, however they were written, and the notes stay."""
    written = "answer: |\n  First this,\n  then that.\nvars:\n  a: b\nby: |-\n  me\n"
    text = "---\nkind: failure\nstate: answered\n" + written + "# a note\n---\nNotes.\n"
    path_of(root, "e2").write_text(text)
    also: dict[str, Written] = {"answer": "", "vars": {}, "by": ""}
    assert escalations.settle(root, "e2", readable(root, "e2").digest, "open", also)
    expected = "---\nkind: failure\nstate: open\nanswer:\nvars: {}\nby:\n# a note\n---\nNotes.\n"
    assert path_of(root, "e2").read_text() == expected
    assert escalations.answer(root, "e2", "retry", {}, "person").variables == ()
