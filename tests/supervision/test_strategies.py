"""OTP's strategies over a declared supervisor's children, with real sessions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.driver import until
from tests.supervision.test_crashes import mortal
from tests.supervision.test_deaths import answer, lives

if TYPE_CHECKING:
    from tests.driver import World

SERVER = """\
echo "$SCOPE_ATTEMPT" >> ran
while [ ! -e "fail-$SCOPE_SESSION" ]; do sleep 0.01; done
rm "fail-$SCOPE_SESSION"
exit 1
"""


def ran(world: World) -> str:
    """Return which attempts have begun."""
    path = world.project / "ran"
    return path.read_text() if path.exists() else ""


def declare(world: World, name: str, **keys: str) -> None:
    """Write the identity of a supervisor."""
    place = world.root / "agents" / name
    place.mkdir(parents=True)
    said = "".join(f"{key}: {value}\n" for key, value in {"role": "supervisor", **keys}.items())
    (place / "identity.md").write_text(f"---\n{said}---\n")


def children(world: World, supervisor: str, count: int = 3) -> list[str]:
    """Spawn servers under a supervisor, and wait until all of them run."""
    sessions = [world.sh(SERVER, "--supervisor", supervisor, "--retries", "9") for _ in range(count)]
    for session in sessions:
        until(lambda session=session: f"/{session}/1" in ran(world))
    return sessions


def fail(world: World, session: str) -> None:
    """Have a server fail."""
    (world.project / f"fail-{session}").touch()


@pytest.mark.parametrize(
    ("strategy", "again"),
    [("one_for_one", {"2"}), ("rest_for_one", {"2", "3"}), ("one_for_all", {"1", "2", "3"})],
)
def test_those_begin_again_whom_the_strategy_names_and_nobody_else(town: World, strategy: str, again: set[str]) -> None:
    """Those that only go along pay no retry for it."""
    declare(town, "web", strategy=strategy, playbook="[restart]")
    sessions = children(town, "web")
    fail(town, "2")
    for session in again:
        until(lambda session=session: f"/{session}/2" in ran(town))
    assert {s for s in sessions if town.attempt(s, 2).exists()} == again
    costs = {s: [d["costs_retry"] for d in town.decisions(s) if d["move"] == "recover"] for s in again}
    assert costs == {s: [s == "2"] for s in again}
    assert not any(town.attempt(s, 3).exists() for s in sessions)


def test_over_its_intensity_a_supervisor_stops_its_children_and_fails_upward(town: World) -> None:
    """One escalation for all of them, with the question whether to begin again; the answer begins anew."""
    declare(town, "web", intensity="2", period="1m", playbook="[restart, vary, escalate]")
    # Another error each time, so that a restart is what the playbook says each time.
    script = """\
test -e well && exit 0
case $SCOPE_SESSION in 3) sleep 300 ;; esac
case $SCOPE_ATTEMPT in */1) echo error: alpha ;; */2) echo error: beta ;; *) echo error: gamma ;; esac
exit 1
"""
    sessions = [town.sh(script, "--supervisor", "web", "--retries", "9") for _ in range(3)]
    town.run("wait", *sessions, code=3)
    assert {town.state(session) for session in sessions} == {"escalated"}
    [path] = (town.root / "escalations").glob("*.md")
    assert "Supervisor 'web' restarted too often" in path.read_text()
    history = [json.loads(line) for line in (town.root / "restarts.jsonl").read_text().splitlines()]
    assert [line["event"] for line in history] == ["restart", "restart", "gave_up"]
    (town.project / "well").touch()
    town.run("answer", path.stem, "retry", code=0)
    town.wait(*sessions)


def test_a_supervisor_that_gave_up_is_restarted_by_the_one_above_it(town: World) -> None:
    """Nobody asks a person who need not."""
    declare(town, "top", intensity="3", period="1m", playbook="[restart]")
    declare(town, "web", intensity="1", period="1m", playbook="[restart]", supervisor="top")
    script = """\
case $SCOPE_ATTEMPT in
*/1) echo error: alpha ;; */2) echo error: beta ;; */3) echo error: gamma ;; *) exit 0 ;;
esac
exit 1
"""
    session = town.sh(script, "--supervisor", "web", "--retries", "9")
    town.wait(session)
    history = [json.loads(line) for line in (town.root / "restarts.jsonl").read_text().splitlines()]
    assert ("top", "restart") in [(line["supervisor"], line["event"]) for line in history]
    assert not list((town.root / "escalations").glob("*.md"))


def test_the_history_of_restarts_outlives_the_watcher(town: World) -> None:
    """A watcher that dies between two restarts does not forget the first."""
    declare(town, "web", intensity="1", period="1m", playbook="[restart, escalate]")
    sessions = children(town, "web", 2)
    fail(town, "1")
    until(lambda: "/1/2" in ran(town))
    town.kill_watcher()
    fail(town, "2")
    town.run("wait", *sessions, code=3)
    assert not town.attempt("2", 2).exists()


def test_an_unknown_supervisor_or_one_that_leads_back_to_itself_is_refused_at_spawn(town: World) -> None:
    """One line, and nothing is made."""
    declare(town, "a", supervisor="b")
    declare(town, "b", supervisor="a")
    said = town.run("spawn", "--supervisor", "nobody", "--", "true", code=4)
    assert said.stderr.startswith("error: there is no supervisor 'nobody'")
    said = town.run("spawn", "--supervisor", "a", "--", "true", code=2)
    assert "a → b → a" in said.stderr
    assert town.run("ls").stdout == ""


def test_when_all_supervisors_above_give_up_a_person_is_asked_once_for_all(town: World) -> None:
    """The lower one's case goes into the upper one's, and one answer has both begin anew."""
    declare(town, "top", intensity="0", playbook="[restart]")
    declare(town, "web", intensity="0", playbook="[restart]", supervisor="top")
    session = town.sh("test -e well", "--supervisor", "web", "--retries", "9")
    town.run("wait", session, code=3)
    until(lambda: len(town.run("inbox").stdout.splitlines()) == 1)
    (town.project / "well").touch()
    town.run("answer", session, "retry", code=0)
    town.wait(session)


def test_letting_a_supervisors_children_fail_lets_it_begin_anew_with_the_next(town: World) -> None:
    """The answer ends the case, not the supervisor."""
    declare(town, "web", intensity="0", playbook="[restart]")
    session = town.sh("exit 1", "--supervisor", "web")
    town.run("wait", session, code=3)
    town.run("answer", session, "fail", code=0)
    town.wait(session, code=1)
    town.wait(town.sh("true", "--supervisor", "web"))


@pytest.mark.parametrize("at", range(2, 24, 3))
def test_an_answer_to_a_supervisor_is_not_lost_when_the_watcher_dies_over_it(town: World, at: int) -> None:
    """Whatever step it dies before, the children begin again and nobody is asked twice."""
    declare(town, "web", intensity="0", playbook="[restart]")
    session = town.sh("test -e well", "--supervisor", "web", "--retries", "9")
    town.run("wait", session, code=3)
    town.run("watch", "stop", code=0)
    (town.project / "well").touch()
    answer(town, "e1")
    dying = mortal(town, at)
    until(lambda: not lives(dying) or town.state(session) == "done")
    dying.kill()
    dying.wait()
    town.wait(session)
    assert [path.stem for path in (town.root / "escalations").glob("*.md")] == ["e1"]


def test_children_that_fail_in_one_moment_do_not_all_count_on_the_same_leave(town: World) -> None:
    """Four fail at once, one restart is allowed: one is ordered, then the supervisor gives up."""
    declare(town, "web", intensity="1", period="1m", playbook="[restart]")
    script = "while [ ! -e go ]; do sleep 0.01; done; test -e well"
    sessions = [town.sh(script, "--supervisor", "web", "--retries", "9") for _ in range(4)]
    for session in sessions:
        town.until_started(session)
    (town.project / "go").touch()
    town.run("wait", *sessions, code=3)
    history = [json.loads(line)["event"] for line in (town.root / "restarts.jsonl").read_text().splitlines()]
    assert history == ["restart", "gave_up"]
