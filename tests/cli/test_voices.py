"""How much is said: -q leaves the exit code alone, -v tells each change of state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.driver import World


@pytest.mark.parametrize(("words", "code"), [(("1",), 0), (("2.2",), 1), (("3",), 3), (("1", "2.2", "6"), 3)])
def test_quiet_says_nothing_and_ends_as_loudly(words: tuple[str, ...], code: int, states: World) -> None:
    """Like grep -q: for scripts."""
    said = states.run("wait", "--quiet", *words, code=code)
    assert (said.stdout, said.stderr) == ("", "")
    assert states.run("wait", *words, code=code).stderr or code == 0


def test_quiet_is_no_muzzle_for_errors(states: World) -> None:
    """What could not be done is said."""
    assert "there is no session" in states.run("wait", "-q", "99", code=4).stderr
    assert "the time was over" in states.run("wait", "-q", "2", "--timeout", "10ms", code=124).stderr


def test_verbose_tells_each_change_of_state(world: World) -> None:
    """On standard error: standard output is the result."""
    said = world.run("spawn", "--wait", "-v", "--", "echo", "hi", code=0)
    assert said.stdout == "hi\n"
    told = said.stderr.splitlines()
    assert told[0].startswith("session 1 is ")
    assert told[-1] == "session 1 is done"
    assert len(set(told)) == len(told)
    assert world.run("wait", "--verbose", "--json", "1", code=0).stderr == "session 1 is done\n"


def test_a_quiet_spawn_waits_and_says_nothing(world: World) -> None:
    """With its exit code."""
    said = world.run("spawn", "--wait", "-q", "--", "sh", "-c", "echo no; exit 7", code=1)
    assert (said.stdout, said.stderr) == ("", "")


@pytest.mark.parametrize(
    "words",
    [
        ("wait", "-q", "-v", "1"),
        ("wait", "-q", "--json", "1"),
        ("spawn", "-q", "--", "true"),
        ("spawn", "-v", "--", "true"),
        ("spawn", "--wait", "-q", "-v", "--", "true"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...], states: World) -> None:
    """Before anything is made."""
    before = sorted(path.name for path in (states.root / "sessions").iterdir())
    assert "hint: " in states.run(*words, code=2).stderr
    assert sorted(path.name for path in (states.root / "sessions").iterdir()) == before
