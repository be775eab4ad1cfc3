"""`scope ask`: the session waits, a policy or a person answers, or the default does; nothing counts against it."""

from __future__ import annotations

import time
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


def test_a_question_waits_for_a_person_and_the_answer_goes_back_to_whoever_asked(town: World) -> None:
    """`wait` returns 3 with the question; the same attempt goes on with the answer."""
    session = town.sh(f'a=$({ASK}); echo "got $a"')
    said = town.run("wait", session, code=3)
    assert "needs a person: Rebase or merge?" in said.stderr
    assert town.state(session) == "waiting"
    assert "\tRebase or merge?" in town.run("inbox", code=0).stdout
    town.run("answer", asked(town, session), "merge", code=0)
    assert town.wait(session) == "got merge\n"
    assert town.moves(session) == ["start", "ask", "answer", "succeed"]
    assert not (town.session(session) / "question").exists()
    until(lambda: town.run("inbox").stdout == "")


def test_what_somebody_made_by_hand_takes_no_number_from_what_is_asked(town: World) -> None:
    """A file that nobody can read, or that asks something else, hides no question."""
    place = town.root / "escalations"
    place.mkdir()
    (place / "e1.md").mkdir()
    (place / "e2.md").write_text("---\nkind: question\nquestion: Mine?\nanswer: rebase\n---\n")
    session = town.sh(ASK)
    assert asked(town, session) == "e3"
    town.run("answer", session, "merge", code=0)
    assert town.wait(session) == "merge\n"


def test_a_session_can_be_answered_by_its_own_id(town: World) -> None:
    """The escalation's id need not be looked up."""
    session = town.sh(f"{ASK}")
    asked(town, session)
    town.run("answer", session, "rebase", code=0)
    assert town.wait(session) == "rebase\n"


def test_an_answer_that_was_no_option_is_refused_and_the_question_stays(town: World) -> None:
    """By command and by editor."""
    session = town.sh(ASK)
    identity = asked(town, session)
    assert "one of" in town.run("answer", identity, "squash", code=2).stderr
    path = town.root / "escalations" / f"{identity}.md"
    path.write_text(path.read_text().replace("\nanswer:", "\nanswer: squash"))
    until(lambda: "not 'squash'" in town.run("inbox").stdout)
    assert town.state(session) == "waiting"
    path.write_text(path.read_text().replace("\nanswer: squash", "\nanswer: merge"))
    assert town.wait(session) == "merge\n"


def test_at_the_deadline_the_default_is_the_answer(town: World) -> None:
    """Nobody has to be there."""
    session = town.sh(f"{ASK} --default rebase --deadline 2s")
    town.until_state(session, "done")
    assert town.wait(session).endswith("rebase\n")
    assert next(line for line in town.decisions(session) if line["move"] == "answer")["by"] == "default"


def test_a_policy_answers_before_anybody_is_asked(town: World) -> None:
    """It flows down; the inbox stays empty."""
    place = town.root / "policies"
    place.mkdir()
    (place / "merging.md").write_text('---\nmatch: {question: "Rebase or merge*"}\nanswer: rebase\n---\nWe rebase.\n')
    session = town.sh(ASK)
    assert town.wait(session) == "rebase\n"
    assert town.moves(session) == ["start", "reply", "succeed"]
    assert not (town.root / "escalations").exists()


def test_time_spent_waiting_for_a_person_counts_against_no_limit(town: World) -> None:
    """Neither the timeout nor the time without output runs on."""
    # Long enough for a loaded machine to ask and to end in.
    session = town.sh(f"{ASK}; sleep 0.3", "--timeout", "5s", "--idle-timeout", "5s")
    identity = asked(town, session)
    began = town.attempt(session).stat().st_mtime
    until(lambda: time.time() - began > 5.5)
    assert town.state(session) == "waiting"
    town.run("answer", identity, "merge", code=0)
    town.wait(session)


def test_a_session_that_waits_for_a_person_gives_its_slot_back(town: World) -> None:
    """Others run meanwhile."""
    town.configure_text((town.root / "config.yaml").read_text() + "max_running: 1\n")
    session = town.sh(ASK)
    identity = asked(town, session)
    assert town.wait(town.sh("echo other")) == "other\n"
    town.run("answer", identity, "merge", code=0)
    town.wait(session)


def test_an_abort_ends_a_session_that_waits_for_an_answer(town: World) -> None:
    """Nothing of it stays, and nobody is asked any more."""
    session = town.sh(ASK)
    identity = asked(town, session)
    town.run("abort", session, code=0)
    town.run("wait", session, code=1)
    assert town.marked() == []
    until(lambda: "state: closed" in (town.root / "escalations" / f"{identity}.md").read_text())
    assert not (town.session(session) / "question").exists()


def test_whoever_asked_and_has_gone_is_not_waited_for(town: World) -> None:
    """A script that gives up asking goes on, and its end is seen."""
    gives_up = "while [ ! -e go ]; do sleep 0.01; done; kill $!; wait $! 2>/dev/null"
    session = town.sh(f"{ASK} & {gives_up}; echo went on")
    identity = asked(town, session)
    (town.project / "go").touch()
    town.until_state(session, "done")
    assert town.wait(session) == "went on\n"
    until(lambda: "state: closed" in (town.root / "escalations" / f"{identity}.md").read_text())


def test_a_question_outlives_the_watcher_and_is_asked_once(town: World) -> None:
    """The next one finds it, and the answer that was given meanwhile."""
    session = town.sh(ASK)
    identity = asked(town, session)
    town.kill_watcher()
    town.run("answer", identity, "merge", code=0)
    assert town.wait(session) == "merge\n"
    assert [path.stem for path in (town.root / "escalations").glob("*.md")] == [identity]


def test_an_open_escalation_that_somebody_removed_is_written_again(town: World) -> None:
    """What is still asked is not lost by that."""
    session = town.sh(ASK)
    path = town.root / "escalations" / f"{asked(town, session)}.md"
    path.unlink()
    until(path.exists)
    town.run("answer", session, "merge", code=0)
    assert town.wait(session) == "merge\n"


@pytest.mark.parametrize(
    ("of_class", "question"),
    [
        ("task_too_big", "Into which parts can it be split?"),
        ("missing_context", "What does it need to know?"),
        ("wrong_approach", "Which other way should it go?"),
        ("policy", "What holds here?"),
        ("unknown", "What now?"),
    ],
)
def test_what_is_asked_about_a_failure_follows_from_what_it_needs(town: World, of_class: str, question: str) -> None:
    """A diagnosis is no restart: the same again is not tried for what was diagnosed otherwise."""
    session = town.sh(f"scope fail --class {of_class} 'I cannot'", "--playbook", "default")
    said = town.run("wait", session, code=3)
    assert f"I cannot. {question}" in said.stderr
    assert not town.attempt(session, 2).exists()
