"""Wherever an id is taken: names, globs, labels, all of them mixed; and what they do not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness


def ids(still: Stillness, *words: str) -> list[str]:
    """The ids that poll answers for."""
    return [line.split(" ")[0] for line in still.world.run("poll", *words, code=0).stdout.splitlines()]


@pytest.fixture
def family(still: Stillness) -> Stillness:
    """Two workers, a web test of each kind, and a name that was used twice."""
    still.add("1", "running", keys="name: worker-a\nlabels: {team: web, kind: unit}\n")
    still.add("2", "running", keys="name: worker-b\nlabels: {team: web, kind: end}\n")
    still.add("2.1", "done", keys="labels: {team: sea}\n")
    still.add("2.10", "done", keys="name: twice\n")
    still.add("3", "running", keys="name: twice\n")
    still.add("4", "failed", keys="name: again\n")
    still.add("5", "done", keys="name: again\n")
    return still


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("2",), ["2"]),
        (("3", "1"), ["3", "1"]),
        (("2.10", "2.1"), ["2.10", "2.1"]),
        (("worker-b",), ["2"]),
        (("worker-*",), ["1", "2"]),
        (("worker-[b-z]",), ["2"]),
        (("2.*",), ["2.1", "2.10"]),
        (("-l", "team=web"), ["1", "2"]),
        (("-l", "team=web", "-l", "kind=end"), ["2"]),
        (("--label=team=sea",), ["2.1"]),
        (("5", "worker-*", "-l", "team=sea"), ["5", "1", "2", "2.1"]),
        (("1", "worker-a", "worker-*", "-l", "kind=unit"), ["1", "2"]),
    ],
)
def test_words_name_sessions_each_once_in_the_order_asked_for(
    words: tuple[str, ...], found: list[str], family: Stillness
) -> None:
    """Ids, names, globs over names and ids, labels that narrow each other."""
    assert ids(family, *words) == found


def test_a_name_stands_for_the_one_that_lives_else_for_the_newest(family: Stillness) -> None:
    """As a name may be used again when its session has ended."""
    assert ids(family, "twice") == ["3"]
    assert ids(family, "again") == ["5"]


@pytest.mark.parametrize(
    "words", [("9",), ("2.2",), ("nobody",), ("no-*",), ("-l", "team=hill"), ("1", "nobody"), ("01",)]
)
@pytest.mark.parametrize("command", ["poll", "wait", "ls", "tree", "abort", "retry"])
def test_what_names_nothing_is_not_found(command: str, words: tuple[str, ...], family: Stillness) -> None:
    """Exit code 4, nothing on standard output, and nothing was done to the others."""
    said = family.world.run(command, *words, code=4)
    assert said.stdout == ""
    assert not (family.world.session("1") / "abort").exists()


@pytest.mark.parametrize("word", ["../1", "1/attempts", ".", "..", "/etc", "", " ", "1 ", "\u0661", "-1"])
def test_a_word_is_no_path(word: str, family: Stillness) -> None:
    """Nothing outside of sessions/ can be named."""
    assert family.world.run("poll", "--", word).returncode in (2, 4)


@pytest.mark.parametrize("words", [("logs",), ("explain",), ("attach",), ("send",), ("redirect",)])
def test_where_one_session_is_needed_a_glob_must_name_one(words: tuple[str, ...], family: Stillness) -> None:
    """Several are refused, by name."""
    behind = {"send": ("text",), "redirect": ("--", "true")}.get(words[0], ())
    said = family.world.run(*words, "worker-*", *behind, code=2)
    assert "there are several for 'worker-*': 1, 2" in said.stderr


def test_names_work_wherever_an_id_does(family: Stillness) -> None:
    """Explain, logs, tree and ls; a glob that names one is as good."""
    world = family.world
    assert world.run("logs", "worker-a", code=0).stdout == "compiling\nlinking\n"
    assert world.run("logs", "*-b", code=0).stdout == "compiling\nlinking\n"
    assert world.run("explain", "again", code=0).stdout.startswith("session 5 is done")
    assert [line.split("\t")[0] for line in world.run("ls", "worker-*", code=0).stdout.splitlines()] == ["1", "2"]
    assert [line.split()[0] for line in world.run("tree", "worker-b", code=0).stdout.splitlines()] == [
        "2",
        "2.1",
        "2.10",
    ]
    world.run("abort", "worker-*", code=0)
    assert (world.session("2") / "abort").exists()
    assert not (world.session("3") / "abort").exists()
