"""Which sessions a person means."""

from __future__ import annotations

from pathlib import Path

import pytest

from scope.errors import BadInput, NotFound
from scope.sessions.records.selection import one, select
from scope.store import atomic, frontmatter, layout, rundir

SESSIONS: dict[str, tuple[str, dict[str, str], str]] = {
    "1": ("web", {"team": "web"}, "done"),
    "2": ("worker-a", {"team": "data", "tier": "1"}, "running"),
    "2.1": ("worker-b", {"team": "data"}, "pending"),
    "2.10": ("", {}, "done"),
    "3": ("web", {"team": "web", "tier": "1"}, "running"),
    "4": ("old", {}, "failed"),
    "10": ("old", {}, "aborted"),
}


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A root with some sessions, made by hand."""
    for session, (name, labels, state) in SESSIONS.items():
        directory = layout.session(str(tmp_path), session)
        atomic.directory(directory)
        keys = {"command": ["true"], "labels": labels, **({"name": name} if name else {})}
        atomic.replace(layout.task(directory), frontmatter.write(keys, ""))
        atomic.replace(layout.state(directory), f"{state}\n")
    return str(tmp_path)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["2.1"], ["2.1"]),
        (["3", "1"], ["3", "1"]),
        (["3", "web", "3"], ["3"]),
        (["worker-b"], ["2.1"]),
        (["worker-*"], ["2", "2.1"]),
        (["2.*"], ["2.1", "2.10"]),
        (["worker-[b]", "2"], ["2.1", "2"]),
    ],
)
def test_words_stand_for_sessions_each_once_in_the_order_asked_for(root: str, words: list[str], ids: list[str]) -> None:
    """Ids, names and globs over both."""
    assert select(root, words) == ids


def test_a_name_stands_for_the_session_that_has_not_ended_else_for_the_newest(root: str) -> None:
    """A name may be used again once its session has ended."""
    assert one(root, "web") == "3"
    assert one(root, "old") == "10"


@pytest.mark.parametrize(
    ("labels", "ids"),
    [(["team=data"], ["2", "2.1"]), (["team=data", "tier=1"], ["2"]), (["tier=1"], ["2", "3"])],
)
def test_label_selectors_narrow_each_other(root: str, labels: list[str], ids: list[str]) -> None:
    """All of them must hold."""
    assert select(root, [], labels) == ids


def test_words_and_labels_add_up(root: str) -> None:
    """What is named comes along with what is selected."""
    assert select(root, ["1"], ["team=data"]) == ["1", "2", "2.1"]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("5", "scope ls"),
        ("2.100", "scope ls"),
        ("wrker-a", "did you mean 'worker-a'?"),
        ("work", "did you mean 'worker-b'?"),
        ("x*", "scope ls"),
        ("02", "scope ls"),
    ],
)
def test_a_word_that_names_nothing_is_not_found(root: str, word: str, hint: str) -> None:
    """Names do not match by their beginning; a near one is proposed."""
    with pytest.raises(NotFound) as missing:
        select(root, [word])
    assert hint in missing.value.hint


def test_a_label_that_nobody_has_is_not_found(root: str) -> None:
    """An empty selection is never silently a success."""
    with pytest.raises(NotFound, match="team=x"):
        select(root, [], ["team=x"])


@pytest.mark.parametrize("label", ["team", "=x", "Team=x"])
def test_a_selector_that_is_none_is_bad_input(root: str, label: str) -> None:
    """KEY=VALUE, and the key is a name."""
    with pytest.raises(BadInput, match="KEY=VALUE"):
        select(root, [], [label])


def test_naming_nothing_is_bad_input(root: str) -> None:
    """It does not mean everything."""
    with pytest.raises(BadInput):
        select(root, [])


def test_where_one_is_needed_several_are_bad_input(root: str) -> None:
    """They are listed."""
    with pytest.raises(BadInput, match=r"2, 2\.1"):
        one(root, "worker-*")


def test_a_directory_without_a_task_is_no_session(root: str) -> None:
    """Its spawner was killed, or has not finished."""
    atomic.directory(layout.session(root, "11"))
    with pytest.raises(NotFound):
        select(root, ["11"])
    assert set(select(root, ["*"])) == set(SESSIONS)


def test_a_corrupt_index_costs_time_and_nothing_else(root: str) -> None:
    """It is disposable, and nobody's truth."""
    atomic.directory(layout.run(root))
    atomic.replace(
        rundir.index(root), '{"id": []}\n{"id": {"a": 1}}\nwords\n{"id": "99", "name": "ghost"}\n{"labels": 3}\n'
    )
    assert select(root, ["worker-*"]) == ["2", "2.1"]
    with pytest.raises(NotFound):
        select(root, ["ghost"])
