"""Like failures together: one diagnosis, one canary, then the rest; one escalation for a thousand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World

FIXABLE = """\
test "$1" = on || { echo "error: the switch is $1"; exit 1; }
echo "$SCOPE_SESSION" >> went
while [ ! -e well ]; do sleep 0.01; done
"""
RUNBOOK = """\
---
name: switch
description: The switch is off.
match: {error: "the switch is off"}
class: wrong_approach
apply: {vars: {switch: "on"}}
---
Turn it on.
"""


SLOW = "while [ -e slow ]; do sleep 0.01; done"


def decided(world: World) -> list[dict[str, Any]]:
    """Return the decisions about groups."""
    return [json.loads(line) for line in (world.root / "escalations" / "groups.jsonl").read_text().splitlines()]


def moves(world: World, group: str = "e1") -> list[str]:
    """Return what was decided about a group, in order."""
    return [line["move"] for line in decided(world) if line["group"] == group]


def write_runbook(world: World) -> None:
    """Write the one that knows the switch."""
    place = world.root / "skills" / "runbooks"
    place.mkdir(parents=True)
    (place / "switch.md").write_text(RUNBOOK)


def spawn_fixable(world: World, count: int) -> list[str]:
    """Spawn sessions that fail alike until their variable is set."""
    return [
        world.spawn(
            "--playbook", "reframe,escalate", "--var", "switch=off", "--", "sh", "-c", FIXABLE, "sh", "{{ switch }}"
        )
        for _ in range(count)
    ]  # fmt: skip


def test_one_canary_tries_the_remedy_and_then_all_the_others_go_with_it(town: World) -> None:
    """Until the canary has succeeded, nobody else has run with the advice."""
    write_runbook(town)
    sessions = spawn_fixable(town, 6)
    # Not for the file alone: the shell makes it before it writes.
    until(lambda: (town.project / "went").exists() and (town.project / "went").read_text(), what="the canary")
    # Those that began have failed; the others of their kind are held where they are.
    until(lambda: sum(town.state(session) in ("escalated", "pending") for session in sessions) == 5)
    canary = (town.project / "went").read_text().split()
    assert len(canary) == 1
    assert [s for s in sessions if town.attempt(s, 2).exists()] == canary
    (town.project / "well").touch()
    town.wait(*sessions)
    assert moves(town) == ["open", "advise", "send", "release"]
    assert sorted((town.project / "went").read_text().split()) == sorted(sessions)


def test_a_remedy_that_works_for_the_canary_is_not_diagnosed_again(town: World) -> None:
    """One advice, one canary, and the advice for each of the others."""
    write_runbook(town)
    (town.project / "well").touch()
    sessions = spawn_fixable(town, 8)
    town.wait(*sessions)
    assert moves(town).count("advise") == 1
    assert moves(town).count("send") == 1
    assert all(
        line["advice"]["from_level"] == "rules" for s in sessions for line in town.decisions(s) if "advice" in line
    )
    assert not (town.root / "escalations" / "e1.md").exists()


def test_many_that_fail_alike_are_one_escalation_and_one_answer_serves_all(town: World) -> None:
    """One file, one question, however many they are; none is asked about twice."""
    sessions = [
        town.sh("test -e well || { echo error: disk 17 is gone; exit 1; }", "--playbook", "escalate") for _ in range(9)
    ]
    town.run("wait", *sessions, code=3)
    until(lambda: "members: 9" in (town.root / "escalations" / "e1.md").read_text())
    assert [path.name for path in (town.root / "escalations").glob("*.md")] == ["e1.md"]
    (town.project / "well").touch()
    town.run("answer", "e1", "retry", code=0)
    town.wait(*sessions)
    assert moves(town).count("ask") == 1


def test_those_that_would_fail_the_same_way_are_held_until_there_is_an_answer(town: World) -> None:
    """Three have failed, the others of their kind do not even begin; the answer is theirs, too."""
    patient = (town.root / "config.yaml").read_text().replace("group_wait: 100ms", "group_wait: 2s")
    town.configure_text(patient + "max_running: 3\n")
    # None fails before all are there: what is spawned after a person was asked is not held.
    script = "while [ ! -e go ]; do sleep 0.01; done; test -e well || { echo error: no licence; exit 1; }"
    sessions = [town.sh(script, "--playbook", "escalate") for _ in range(12)]
    (town.project / "go").touch()
    town.run("wait", *sessions, code=3)
    begun = [session for session in sessions if town.attempt(session).exists()]
    assert len(begun) < len(sessions)
    (town.project / "well").touch()
    town.run("answer", "e1", "retry", code=0)
    town.wait(*sessions)
    assert all(not town.attempt(session, 2).exists() for session in sessions if session not in begun)


def test_what_was_spawned_after_the_failures_is_not_held_and_its_success_is_news(town: World) -> None:
    """A person has mended it and tries: that lets the others go, without an answer."""
    script = "test -e well || { echo error: no licence; exit 1; }"
    sessions = [town.sh(script, "--playbook", "escalate") for _ in range(4)]
    town.run("wait", *sessions, code=3)
    (town.project / "well").touch()
    until(lambda: town.run("poll", *sessions).stdout.count("escalated") == 4)
    # Told of all: what began before the person was told again is no news.
    until(lambda: "members: 4" in (town.root / "escalations" / "e1.md").read_text())
    later = town.sh(script, "--playbook", "escalate")
    town.wait(later)
    until(lambda: all(town.state(session) == "done" for session in sessions))
    assert "went well" in next(line for line in decided(town) if line["move"] == "advise")["why"]


def test_a_known_flaky_test_lets_a_case_pass_unverified(town: World) -> None:
    """Every test that failed is on the list; one that is not, and it is no excuse."""
    place = town.root / "policies"
    place.mkdir()
    (place / "known-flaky.md").write_text(
        '---\nmatch: {failing: ["tests/test_net.py::*"]}\nthen: pass\n---\nThe network.\n'
    )
    excused = town.sh("echo 'FAILED tests/test_net.py::test_a - timed out'; exit 1", "--playbook", "escalate")
    other = town.sh(
        "echo 'FAILED tests/test_net.py::test_a - x'; echo 'FAILED tests/test_b.py::test_b - x'; exit 1",
        "--playbook", "escalate",
    )  # fmt: skip
    town.wait(excused)
    assert json.loads(town.run("wait", excused, "--json").stdout)[0]["verified"] is False
    assert "known-flaky" in town.decisions(excused)[-1]["why"]
    town.run("wait", other, code=3)


def test_the_canary_gets_a_slot_when_failing_work_holds_every_other(town: World) -> None:
    """What holds the only slot waits for what the canary makes: without a slot of its own, neither would ever end."""
    town.configure_text((town.root / "config.yaml").read_text() + "max_running: 1\n")
    session = town.sh("test -e well || exit 1; touch made", "--playbook", "escalate")
    town.run("wait", session, code=3)
    holder = town.sh("while [ ! -e made ]; do sleep 0.01; done; echo at last")
    town.until_started(holder)
    (town.project / "well").touch()
    town.run("answer", "e1", "retry", code=0)
    assert town.wait(holder, session).count("at last") == 1


def test_a_success_lets_its_like_try_again_once_and_within_their_retries(town: World) -> None:
    """Until a person speaks: a stream of successes is no leave to fail for ever."""
    script = "case $SCOPE_SESSION in 1) echo error: unlucky; exit 1 ;; esac"
    session = town.sh(script, "--playbook", "escalate", "--retries", "5")
    town.run("wait", session, code=3)
    for _ in range(3):
        town.wait(town.sh(script, "--playbook", "escalate"))
    town.run("wait", session, code=3)
    assert not town.attempt(session, 3).exists()


def test_other_work_in_the_same_place_is_not_held_for_what_failed(town: World) -> None:
    """Three scripts that fail alike say nothing about a fourth that is another."""
    slow = (town.root / "config.yaml").read_text().replace("group_wait: 100ms", "group_wait: 1h")
    town.configure_text(slow)
    sessions = [town.sh(f"echo error: no licence; exit 1 # {n}", "--playbook", "escalate") for n in range(3)]
    until(lambda: all(town.state(session) == "escalated" for session in sessions))
    assert town.wait(town.sh("echo fine", "--playbook", "escalate")) == "fine\n"


def test_sessions_that_were_held_go_on_when_nobody_is_left_that_failed(town: World) -> None:
    """They are of the kind of those that failed, and have not failed themselves."""
    swift = (town.root / "config.yaml").read_text()
    town.configure_text(swift.replace("group_wait: 100ms", "group_wait: 1h"))
    sessions = [
        town.sh("echo error: no licence; exit 1", "--playbook", "escalate", "--job-type", "x") for _ in range(3)
    ]
    until(lambda: all(town.state(session) == "escalated" for session in sessions))
    sessions += [town.sh("true", "--playbook", "escalate", "--job-type", "x") for _ in range(2)]
    until(lambda: all("like" in town.run("poll", session).stdout for session in sessions[3:]))
    town.kill_watcher()
    town.configure_text(swift)
    town.run("watch", code=0)
    until(lambda: all((town.session(session) / "question").exists() for session in sessions))
    until(lambda: "3 sessions failed (2 like them held)" in town.run("inbox").stdout)
    town.run("abort", *sessions[:3], code=0)
    until(lambda: all(town.state(session) == "done" for session in sessions[3:]))


def test_a_canary_that_was_given_other_work_says_nothing_about_the_advice(town: World) -> None:
    """The next one goes in its place."""
    script = f"{SLOW}; test -e well || {{ echo error: no moon; exit 1; }}"
    sessions = [town.sh(script, "--playbook", "escalate") for _ in range(3)]
    town.run("wait", *sessions, code=3)
    (town.project / "slow").touch()
    town.run("answer", "e1", "retry", code=0)
    town.until_started(sessions[0], 2)
    town.run("redirect", sessions[0], "--", "true", code=0)
    town.wait(sessions[0])
    until(lambda: moves(town).count("send") == 2)
    assert "release" not in moves(town)
    (town.project / "well").touch()
    (town.project / "slow").unlink()
    town.wait(*sessions)


def test_a_canary_that_runs_out_of_quota_says_nothing_about_the_advice(town: World) -> None:
    """It is parked, and another goes in its place."""
    script = (
        "case $SCOPE_SESSION/$SCOPE_ATTEMPT in 1/*/2) scope fail --class quota --until 2s later ;; esac; "
        "test -e well || { echo error: no moon; exit 1; }"
    )
    sessions = [town.sh(script, "--playbook", "escalate") for _ in range(3)]
    town.run("wait", *sessions, code=3)
    (town.project / "well").touch()
    town.run("answer", "e1", "retry", code=0)
    until(lambda: all(town.state(session) == "done" for session in sessions))
    assert moves(town).count("ask") == 1


def test_an_escalation_that_a_person_closed_without_an_answer_is_opened_again(town: World) -> None:
    """Its state is the watcher's to say; what is still asked stays asked."""
    session = town.sh("exit 1", "--playbook", "escalate")
    town.run("wait", session, code=3)
    path = town.root / "escalations" / "e1.md"
    path.write_text(path.read_text().replace("state: open", "state: closed"))
    until(lambda: "state: open" in path.read_text())
    path.write_text(path.read_text().replace("state: open", "state: answered").replace("\nanswer:", "\nanswer: fail"))
    until(lambda: town.state(session) == "failed")
