"""Reading policies: the project's before the home's, and only when they have changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from scope.laws.policy import Policy
from scope.sessions.asking import policies
from scope.sessions.asking.policies import Drawer, Policies, load
from scope.store import atomic, inboxdir

if TYPE_CHECKING:
    from pathlib import Path

LOST = "---\nmatch: {class: lost}\nthen: retry\n---\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What outlives the project."""
    monkeypatch.setenv("SCOPE_HOME", str(tmp_path / "home"))
    return os.path.realpath(tmp_path / "home")


@pytest.fixture
def root(tmp_path: Path, home: str) -> str:
    """A root that has nothing yet."""
    return str(tmp_path / "root")


def _write(place: str, file: str, text: str = LOST) -> str:
    atomic.directory(inboxdir.policies(place))
    path = f"{inboxdir.policies(place)}/{file}"
    atomic.replace(path, text)
    return path


def _names(found: Policies) -> list[str]:
    return [policy.name for policy in found.policies]


def test_policies_are_the_projects_by_name_and_then_the_homes(root: str, home: str) -> None:
    """The first that matches wins, so the nearer is asked first."""
    assert load(root) == Policies()
    for place, file in ((home, "a.md"), (home, "c.md"), (root, "b-x.md"), (root, "b.md"), (root, "d.md")):
        _write(place, file)
    assert _names(load(root)) == ["b", "b-x", "d", "a", "c"]
    assert load(root).problems == ()


def test_a_nearer_policy_hides_the_one_of_its_name_also_when_it_is_broken(root: str, home: str) -> None:
    """Whoever wrote it did not want the other."""
    _write(home, "a.md")
    _write(root, "a.md", "---\nmatch: {class: timeout}\nthen: fail\n---\nWhy.\n")
    assert load(root).policies == (Policy("a", of_class="timeout", then="fail", body="Why.\n"),)
    _write(root, "a.md", "---\n")
    assert load(root).policies == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\nmatch: {class: lost}\nthn: retry\n---\n", ":3: unknown key 'thn', did you mean 'then'?"),
        ("---\nthen: retry\nmatch:\n  clas: lost\n---\n", ":3: in 'match': unknown key 'clas', did you mean 'class'?"),
        ("---\nthen: retry\n---\n", ":1: 'match' takes what it is the answer to"),
        ("---\nmatch: {class\n---\n", ":3: "),
        ("---\nmatch: {class: lost}\n", ":1: the frontmatter does not close"),
        ("", ":1: 'match' takes what it is the answer to"),
        ("\udc80\udcff\0", ":1: 'match' takes what it is the answer to"),
        ("---\nmatch: {class: \x1b[31m}\nthen: pass\n---\n", ":"),
    ],
)
def test_a_broken_file_is_a_problem_with_file_and_line_and_the_others_hold(root: str, text: str, says: str) -> None:
    """One slip of one person does not stop the work of all."""
    path = _write(root, "broken.md", text)
    _write(root, "good.md")
    found = load(root)
    assert _names(found) == ["good"]
    (problem,) = found.problems
    assert problem.startswith(path + says)
    assert problem.isprintable()


def test_what_an_editor_leaves_about_is_no_policy(root: str) -> None:
    """Only `<name>.md` is, and a name that is none is said."""
    for file in (".a.md.swp", ".#a.md", "a.md~", "#a.md#", "notes.txt", "a.md.new-1-1"):
        _write(root, file)
    assert load(root) == Policies()
    path = _write(root, "Flaky.md")
    assert load(root).problems[0].startswith(f"{path}: a policy's file is a name")


def test_what_is_no_plain_file_is_a_problem_and_holds_nobody_up(root: str) -> None:
    """A pipe would wait for ever for a writer."""
    os.makedirs(f"{inboxdir.policies(root)}/directory.md")
    os.mkfifo(f"{inboxdir.policies(root)}/pipe.md")
    assert [problem.rpartition("/")[2] for problem in load(root).problems] == [
        "directory.md: this is no plain file",
        "pipe.md: this is no plain file",
    ]


def test_a_place_that_cannot_be_listed_is_a_problem(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of it, which is not that nothing is there."""
    _write(root, "a.md")

    def refuse(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(policies.os, "listdir", refuse)
    assert load(root).policies == ()
    assert f"{inboxdir.policies(root)}/: Permission denied" in load(root).problems


def test_a_drawer_sees_every_change(root: str, home: str) -> None:
    """Made, edited in place at once and to the same length, replaced, removed, hidden."""
    drawer = Drawer(root)
    assert drawer.policies() == Policies()
    path = _write(root, "a.md")
    assert _names(drawer.policies()) == ["a"]
    for then in ("fails", "pass ", "retry", "fail "):
        with open(path, "r+") as file:
            file.write(f"---\nmatch: {{class: lost}}\nthen: {then}\n---\n")
        assert drawer.policies() == load(root)
    _write(home, "b.md")
    assert _names(drawer.policies()) == ["a", "b"]
    os.unlink(path)
    assert _names(drawer.policies()) == ["b"]
    _write(root, "b.md", "---\n")
    assert _names(drawer.policies()) == []


def test_a_drawer_reads_again_only_what_has_changed_or_did_just_now(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The watcher asks at every failure; two changes within a tick of the file system look like one."""
    changed_ns = os.stat(_write(root, "a.md")).st_ctime_ns
    drawer = Drawer(root)
    monkeypatch.setattr(policies.time, "time_ns", lambda: changed_ns + 1)
    first = drawer.policies()
    monkeypatch.setattr(policies.time, "time_ns", lambda: changed_ns + 60_000_000)
    second = drawer.policies()
    assert second == first
    assert second is not first
    assert drawer.policies() is second
