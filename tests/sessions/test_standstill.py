"""What comes after sessions that wait for a person: `wait` says so instead of waiting with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World

ASK = "scope ask 'Rebase or merge?' --option rebase --option merge"


def asked(world: World, session: str) -> str:
    """Wait until a person is asked, and return under which id."""
    path = world.session(session) / "question"
    until(path.exists, what=f"{session} asks: {world.log()}")
    return path.read_text().split("\n")[0]


def test_a_wait_for_what_comes_after_a_question_returns_the_question(town: World) -> None:
    """Through any number of others, whether or not the one that asks is waited for too."""
    first = town.sh(ASK)
    second = town.sh("echo second", "--after", first)
    third = town.sh("echo third", "--after", second)
    for words in ((third,), (first, third), (second, third)):
        said = town.run("wait", *words, code=3)
        assert f"session {first} needs a person: Rebase or merge?" in said.stderr
        assert said.stderr.count("hint: scope answer") == 1
    [outcome] = json.loads(town.run("wait", third, "--json", code=3).stdout)
    assert (outcome["id"], outcome["state"]) == (third, "pending")
    town.run("answer", first, "merge", code=0)
    assert town.wait(third) == "third\n"


def test_what_also_comes_after_something_that_goes_on_is_waited_for(town: World) -> None:
    """Its end may decide about it."""
    first = town.sh(ASK)
    going = town.sh("while [ ! -e go ]; do sleep 0.01; done; exit 1")
    both = town.sh("true", "--after", first, "--after", going)
    asked(town, first)
    town.run("wait", both, "--timeout", "2500ms", code=124)
    (town.project / "go").touch()
    assert f"'{going}', which it comes after" in town.run("wait", both, code=1).stderr


def test_what_is_deferred_until_such_a_session_is_done_waits_for_the_person_too(town: World) -> None:
    """`scope fail --until done:ID` ties it to that session."""
    first = town.sh(ASK)
    asked(town, first)
    script = f"[ -e tried ] || {{ touch tried; scope fail --class resource --until done:{first} busy; }}; echo went"
    session = town.sh(script, "--playbook", "defer", "--retries", "2")
    town.until_state(session, "deferred")
    assert "needs a person: Rebase or merge?" in town.run("wait", session, code=3).stderr
    town.run("answer", first, "merge", code=0)
    assert town.wait(session) == "went\n"


@pytest.mark.parametrize("answer", ["squash", '""  # nothing yet', "[unclosed"])
def test_an_answer_that_cannot_be_taken_is_none(town: World, answer: str) -> None:
    """The person is still asked, and a wait says so."""
    session = town.sh(ASK)
    path = town.root / "escalations" / f"{asked(town, session)}.md"
    written = path.read_text()
    path.write_text(written.replace("\nanswer:", f"\nanswer: {answer}"))
    assert "needs a person" in town.run("wait", session, code=3).stderr
    path.write_text(written.replace("\nanswer:", "\nanswer: merge"))
    assert town.wait(session) == "merge\n"


def test_two_waits_at_once_lend_one_slot_until_both_are_over(town: World) -> None:
    """The end of one does not take the slot back while the other still waits."""
    town.configure_text((town.root / "config.yaml").read_text() + "max_running: 1\n")
    script = (
        "a=$(scope spawn -- sh -c 'sleep 0.3'); b=$(scope spawn --after $a -- sh -c 'sleep 0.3; echo b'); "
        "scope wait $b & w=$!; sleep 0.1; scope wait $a; wait $w; echo both"
    )
    session = town.sh(script)
    assert town.wait(session).endswith("both\n")
    assert not list(town.attempt(session).glob("*waiting_on*"))


def explained(world: World, session: str) -> str:
    """What is said of a session, in one line."""
    return " ".join(world.run("explain", session, code=0).stdout.split())


def test_two_waits_at_once_are_both_explained_and_neither_is_a_circle(town: World) -> None:
    """Each has its own file, the first the one of the contract."""
    held = town.sh("while [ ! -e go ]; do sleep 0.01; done")
    script = f"scope wait {held} & sleep 0.3; scope wait --any {held} & wait"
    session = town.sh(script)
    until(lambda: len(list(town.attempt(session).glob("waiting_on*"))) == 2)
    waits = f"it waits for {held}, and lends its slot"  # which it says once it holds the lock on saying so
    until(lambda: explained(town, session).count(waits) == 2)
    assert "/waiting_on is held" in explained(town, session)
    (town.project / "go").touch()
    town.wait(session)
