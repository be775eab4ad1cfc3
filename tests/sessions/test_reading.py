"""Reading `task.md`: what it says, or what is wrong with it and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from scope.laws.task import Task
from scope.sessions.records.reading import Unreadable, parse_task, read_task, redirected
from scope.store import atomic, frontmatter, layout, maildir


def test_a_task_is_read_as_a_person_wrote_it(tmp_path: Path) -> None:
    """Keys by name, words below."""
    atomic.replace(
        layout.task(str(tmp_path)),
        "---\ncommand: [pytest, -q] # quick\nretries: 2\ntimeout: 10m\n"
        'after: ["2.10"]\nlabels: {v: 2.10}\n---\nTest it.\n',
    )
    assert read_task(str(tmp_path)) == Task(
        body="Test it.\n",
        command=("pytest", "-q"),
        retries=2,
        timeout=600.0,
        after=("2.10",),
        labels=(("v", "2.10"),),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\ncommand: [a]\nretrys: 2\n---\n", "task.md:3: unknown key 'retrys', did you mean 'retries'?"),
        ("---\ncommand: pytest -q\n---\n", "task.md:2: 'command' takes a list"),
        ("---\n\ncommand: [a\n---\n", "task.md:4: "),
        ("---\nexecutor: command\n---\n", "task.md: there is no command to run"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(text: str, says: str) -> None:
    """An editor can jump there."""
    found = parse_task(text, "task.md")
    assert isinstance(found, Unreadable)
    assert found.says.startswith(says)
    assert not found.unfinished


def test_a_task_that_is_still_being_written_is_told_from_a_wrong_one() -> None:
    """Nobody is asked about half a file."""
    found = parse_task("---\ncommand: [a", "task.md")
    assert isinstance(found, Unreadable)
    assert found.unfinished


def test_words_alone_are_for_a_model() -> None:
    """A task without frontmatter is words."""
    assert parse_task("Fix the tests.\n", "task.md") == Task(body="Fix the tests.\n", executor="model", retries=3)


def test_what_spawn_writes_is_read_back() -> None:
    """Any argument that a command line can carry."""
    argv = ["echo", "", "a b", "😀", "2.10", "--", "-", "it's", "\x7f\x01", "a\nb", "[x]", "#", "..."]
    task = parse_task(frontmatter.write({"command": argv, "name": "web", "by": "cli"}, "words"), "task.md")
    assert isinstance(task, Task)
    assert task.command == tuple(argv)
    assert (task.name, task.by, task.body) == ("web", "cli", "words")


def test_redirects_apply_one_after_the_other(tmp_path: Path) -> None:
    """The last command and the last words count; limits, name and labels stay."""
    directory = str(tmp_path)
    atomic.replace(layout.task(directory), "---\ncommand: [a]\nretries: 3\n---\nfirst\n")
    messages = [
        frontmatter.write({"kind": "redirect", "command": ["b", "😀"]}, "second"),
        frontmatter.write({"kind": "redirect"}, "third"),
    ]
    names = tuple(maildir.deliver(layout.inbox(directory), message) for message in messages)
    maildir.take(layout.inbox(directory), names[0])
    assert read_task(directory, names) == Task(body="third", command=("b", "😀"), retries=3)
    assert read_task(directory, (*names, "gone")) == read_task(directory, names)


@pytest.mark.parametrize("message", ["---\ncommand: x\n---\n", "---\ncommand: [a", "---\n[\n---\n"])
def test_a_redirect_that_cannot_be_read_is_a_problem_of_its_own(message: str) -> None:
    """It does not pass for the task before it."""
    found = redirected(Task(command=("a",)), message)
    assert isinstance(found, Unreadable)
    assert found.says.startswith("redirect: ")
