"""The six moves, each made for real: what follows a failed attempt, in which order, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World


def plays(world: World, session: str) -> list[str]:
    """Return the supervisor's moves in order, with what they were about."""
    return [f"{line['play']} {line['argument']}".strip() for line in world.decisions(session) if line.get("play")]


def case(world: World, session: str) -> dict[str, Any]:
    """Return `escalation.json`."""
    found: dict[str, Any] = json.loads((world.session(session) / "escalation.json").read_text())
    return found


def test_a_restart_is_the_same_once_more_in_a_fresh_pane(town: World) -> None:
    """It fails for a reason that passes, and is done at the second attempt."""
    session = town.sh("case $SCOPE_ATTEMPT in */1) exit 4 ;; esac", "--playbook", "restart")
    town.wait(session)
    assert plays(town, session) == ["restart"]
    assert (town.attempt(session, 1) / "output.log").exists()


def test_variations_are_tried_in_order_and_only_the_last_one_stays(town: World) -> None:
    """A variable, further arguments, another command: each on the task as it was written."""
    session = town.spawn(
        "--playbook", "vary", "--variation", "env:WORD=a b", "--variation", "args:c 'd e'",
        "--variation", "command:sh -c 'echo other; exit 0'", "--", "sh", "-c", 'echo "[$WORD] $*"; exit 1', "sh",
    )  # fmt: skip
    assert town.wait(session) == "other\n"
    said = [(town.attempt(session, n) / "output.log").read_text().split("\n")[0].strip("\r") for n in (1, 2, 3)]
    assert said == ["[] ", "[a b] ", "[] c d e"]
    assert plays(town, session) == ["vary 0", "vary 1", "vary 2"]


def test_a_variation_of_the_timeout_lets_slow_work_end(town: World) -> None:
    """The longer time is the next attempt's."""
    script = "case $SCOPE_ATTEMPT in */1) sleep 300 ;; *) sleep 1 ;; esac"
    session = town.sh(script, "--playbook", "vary", "--variation", "timeout:30s", "--timeout", "200ms")
    town.wait(session)
    assert plays(town, session) == ["vary 0"]


def test_work_is_reassigned_to_the_next_agent_that_has_not_failed_on_it(town: World) -> None:
    """Each agent brings its environment and says who it is; none is asked twice."""
    for name, word in (("ann", "wrong"), ("bob", "right")):
        place = town.root / "agents" / name
        place.mkdir(parents=True)
        (place / "identity.md").write_text(f"---\nenv: {{WORD: {word}}}\n---\n")
    session = town.sh('echo "$SCOPE_AGENT"; test "$WORD" = right', "--playbook", "reassign", "--assignable", "ann,bob")
    assert town.wait(session) == "bob\n"
    assert plays(town, session) == ["reassign ann", "reassign bob"]


def test_a_runbook_reframes_by_setting_a_variable_that_the_task_declares(town: World) -> None:
    """The remedy is used once it worked, and the case tells who advised what."""
    place = town.root / "skills" / "runbooks"
    place.mkdir(parents=True)
    (place / "port.md").write_text(
        "---\nname: port\ndescription: d\nmatch: {error: 'port (?P<port>[0-9]+) is taken'}\nclass: resource\n"
        "apply: {vars: {port: '9{{ port }}'}}\n---\nTake another port.\n"
    )
    session = town.spawn(
        "--playbook", "reframe", "--var", "port=80", "--",
        "sh", "-c", 'test "$1" = 980 || { echo "error: port $1 is taken"; exit 1; }; echo "on $1"', "sh", "{{ port }}",
    )  # fmt: skip
    assert town.wait(session) == "on 980\n"
    assert plays(town, session) == ["reframe"]
    [advice] = case(town, session)["escalation_advice"]
    assert (advice["from_level"], advice["variables"], advice["outcome"]) == ("rules", {"port": "980"}, "succeeded")
    [history] = case(town, session)["escalation_history"]
    assert (history["level"], history["attempt"], history["class"]) == (0, 1, "resource")
    assert "Take another port." in (town.attempt(session, 2) / "brief.md").read_text()


def test_advice_never_sets_a_variable_that_the_task_does_not_declare(town: World) -> None:
    """Without one to set there is nothing to carry out, and the next move comes."""
    place = town.root / "skills" / "runbooks"
    place.mkdir(parents=True)
    (place / "x.md").write_text(
        "---\nname: x\ndescription: d\nmatch: {error: 'oops'}\nclass: unknown\n"
        "apply: {vars: {evil: '; rm'}}\n---\nDo.\n"
    )
    session = town.sh("echo error: oops; exit 1", "--playbook", "reframe")
    town.wait(session, code=1)
    assert not town.attempt(session, 2).exists()
    assert "no advisor knows anything about it" in town.decisions(session)[-1]["why"]


def test_deferred_work_comes_back_after_its_pause_and_gives_way_until_then(town: World) -> None:
    """Its slot is free while it is deferred."""
    town.configure_text("max_running: 1\nsupervision: {pause: 1s, pause_at_most: 1s}\ntriggers: {disk: 100%}\n")
    session = town.sh("while [ ! -e fail ]; do sleep 0.01; done; test -e go || exit 1", "--playbook", "defer")
    town.until_started(session)
    other = town.sh("touch go; echo other")
    until(lambda: "all slots" in town.run("poll", other, code=0).stdout)
    (town.project / "fail").touch()
    assert town.wait(other) == "other\n"
    town.wait(session)
    assert plays(town, session) == ["defer"]


def test_work_can_be_deferred_until_another_session_is_done(town: World) -> None:
    """The condition that the report names, and no clock, brings it back."""
    first = town.sh("while [ ! -e go ]; do sleep 0.01; done; touch made")
    session = town.sh(
        f"test -e made || scope fail --class resource --until done:{first} 'it is not made yet'", "--playbook", "defer"
    )
    town.until_state(session, "deferred")
    (town.project / "go").touch()
    town.wait(session)
    assert plays(town, session) == ["defer 1"]


def test_a_case_climbs_to_a_person_with_everything_that_was_tried(town: World) -> None:
    """The file says what failed, what was tried, and what is asked; `wait` says where."""
    session = town.sh(
        "echo fatal: the moon is down; exit 3", "--playbook", "restart,vary,escalate", "--variation", "env:A=1"
    )
    said = town.run("wait", session, code=3)
    assert "failed: fatal: the moon is down" in said.stderr
    assert "hint: scope answer e1" in said.stderr
    text = (town.root / "escalations" / "e1.md").read_text()
    for word in ("state: open", "the moon is down", "3 attempts; restart, vary env:A=1", f"sessions: [{session}]"):
        assert word in text
    assert plays(town, session) == ["restart", "vary 0", "escalate 1"]


@pytest.mark.parametrize(
    ("answer", "code", "state"), [("pass", 0, "done"), ("fail", 1, "failed"), ("try it at night", 0, "done")]
)
def test_a_persons_answer_ends_or_goes_on_with_what_was_asked(town: World, answer: str, code: int, state: str) -> None:
    """Pass and fail are taken as they are; other words are instructions for one more attempt, beyond the retries."""
    session = town.sh("test -e mended", "--playbook", "escalate", "--retries", "0")
    town.run("wait", session, code=3)
    (town.project / "mended").touch()
    town.run("answer", "e1", answer, code=0)
    town.run("wait", session, code=code)
    assert town.state(session) == state
    until(lambda: "state: answered" in (town.root / "escalations" / "e1.md").read_text())
    if state == "done" and answer != "pass":
        assert answer in (town.attempt(session, 2) / "brief.md").read_text()
        [advice] = case(town, session)["escalation_advice"]
        assert (advice["from_level"], advice["instructions"]) == ("human", answer)


def test_an_answer_by_an_editor_counts_the_same(town: World) -> None:
    """`answer:` in the file, saved, is all that it takes."""
    session = town.sh("test -e mended", "--playbook", "escalate")
    town.run("wait", session, code=3)
    (town.project / "mended").touch()
    path = town.root / "escalations" / "e1.md"
    path.write_text(path.read_text().replace("\nanswer:", "\nanswer: retry"))
    town.wait(session)


def test_without_escalate_in_the_playbook_a_spent_case_has_failed(town: World) -> None:
    """Nobody is asked who was not to be."""
    session = town.sh("exit 5", "--playbook", "restart", "--retries", "9")
    town.wait(session, code=1)
    assert plays(town, session) == ["restart"]
    assert town.state(session) == "failed"
    assert not (town.root / "escalations").exists()


def test_retries_bound_all_further_attempts_whoever_orders_them(town: World) -> None:
    """Two further attempts are two, though the playbook has more to offer."""
    session = town.sh(
        "exit 5", "--playbook", "restart,vary,escalate", "--variation", "env:A=1", "--variation", "env:A=2",
        "--retries", "2",
    )  # fmt: skip
    town.run("wait", session, code=3)
    assert plays(town, session) == ["restart", "vary 0", "escalate 1"]
    assert not town.attempt(session, 4).exists()


def test_the_default_playbook_does_not_run_again_what_nobody_understands(town: World) -> None:
    """A failed check without a runbook is somebody's to look at, at once."""
    session = town.sh("true", "--playbook", "default", "--check", "echo no luck; exit 1")
    town.run("wait", session, code=3)
    assert plays(town, session) == ["escalate 1"]
    passed_over = next(line for line in town.decisions(session) if line.get("play"))["passed_over"]
    assert passed_over["restart"] == "the default playbook does not hope for 'unknown'"


def test_the_default_playbook_runs_again_what_a_runbook_calls_transient(town: World) -> None:
    """A connection that was refused once may be taken the next time."""
    session = town.sh(
        "case $SCOPE_ATTEMPT in */1) echo 'curl: (7) Failed to connect: Connection refused'; exit 7 ;; esac",
        "--playbook", "default",
    )  # fmt: skip
    town.wait(session)
    assert plays(town, session) == ["restart"]
    assert next(line for line in town.decisions(session) if line.get("play"))["class"] == "transient"


def test_a_redirect_takes_a_case_out_of_its_group(town: World) -> None:
    """Another task is news: it is not held for the answer to the old one."""
    session = town.sh("exit 5", "--playbook", "escalate")
    town.run("wait", session, code=3)
    town.run("redirect", session, "--", "echo", "another", code=0)
    town.until_state(session, "done")  # until the watcher has taken the wish, a person is still asked
    assert town.wait(session) == "another\n"
    until(lambda: "state: closed" in (town.root / "escalations" / "e1.md").read_text())


def test_what_others_wait_for_is_tried_again_before_what_nobody_waits_for(town: World) -> None:
    """Urgency is the priority, raised by the sessions that a case blocks."""
    town.configure_text((town.root / "config.yaml").read_text() + "max_running: 1\n")
    script = "echo $SCOPE_SESSION >> order; while [ ! -e go ]; do sleep 0.01; done"
    blocking = town.sh(f"{script}; case $SCOPE_ATTEMPT in */1) exit 1 ;; esac", "--playbook", "restart")
    town.until_started(blocking)
    other = "echo $SCOPE_SESSION >> order; while [ ! -e cleared ]; do sleep 0.01; done"
    others = [town.sh(other, "--priority", "1") for _ in range(3)]
    waiting = [town.sh("true", "--after", blocking) for _ in range(2)]
    for session in (*others, *waiting):
        until(lambda session=session: town.run("poll", session).stdout.strip() != f"{session} pending")
    (town.project / "go").touch()
    until(lambda: "again" in town.moves(blocking))
    (town.project / "cleared").touch()
    town.wait(blocking, *others, *waiting)
    order = (town.project / "order").read_text().split()
    assert order[0] == blocking
    # One of the others may have taken the slot while the failed attempt was cleared away.
    assert order.index(blocking, 1) <= 2


def test_sessions_that_are_deferred_until_each_other_are_a_circle_and_one_goes_on(town: World) -> None:
    """What each waits for would never come."""
    script = (
        "while [ ! -e go ]; do sleep 0.01; done; "
        "case $SCOPE_ATTEMPT in */1) scope fail --class transient --until done:$((3 - SCOPE_SESSION)) x ;; esac"
    )
    first, second = (town.sh(script, "--playbook", "defer") for _ in range(2))
    (town.project / "go").touch()
    town.wait(first, second)
    assert any("in a circle" in line["why"] for line in town.decisions(second))


def test_a_policy_that_is_written_while_a_person_is_asked_decides_the_case(town: World) -> None:
    """It holds from now on, for those that wait as well."""
    session = town.sh("echo error: the moon is down; exit 1", "--playbook", "escalate")
    town.run("wait", session, code=3)
    place = town.root / "policies"
    place.mkdir()
    (place / "moon.md").write_text('---\nmatch: {error: "error: the moon*"}\nthen: pass\n---\nIt rises again.\n')
    town.run("watch", "stop", code=0)
    town.run("watch", code=0)
    town.until_state(session, "done")
