"""Triggers, all mechanical: each is fired for real, and what must not fire does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World


def last(world: World, session: str, move: str) -> dict[str, Any]:
    """Return the last decision of this move."""
    return [line for line in world.decisions(session) if line["move"] == move][-1]


def configured(world: World, triggers: str) -> World:
    """Give a world triggers of its own."""
    world.configure_text(
        "grace: 200ms\nescalation: {group_wait: 50ms}\nsupervision: {pause: 50ms}\n"
        f"triggers: {{disk: 100%, every: 50ms, {triggers}}}\n"
    )
    return world


def test_after_so_many_attempts_it_is_escalated_though_retries_are_left(world: World) -> None:
    """The trigger is the supervisor's, the retries are the task's: the smaller one counts."""
    configured(world, "attempts: 2")
    session = world.sh("exit 1", "--playbook", "restart,vary,escalate", "--variation", "env:A=1", "--retries", "9")
    world.run("wait", session, code=3)
    assert not world.attempt(session, 3).exists()
    assert "2 attempts have failed" in last(world, session, "escalate")["why"]


def test_after_so_long_it_is_escalated_instead_of_tried_again(world: World) -> None:
    """The time runs from its first attempt."""
    configured(world, "wall_time: 300ms")
    session = world.sh("sleep 0.5; exit 1", "--playbook", "restart,escalate")
    world.run("wait", session, code=3)
    assert not world.attempt(session, 2).exists()
    assert "more than 300ms" in last(world, session, "escalate")["why"]


def test_work_without_progress_is_ended_and_work_with_progress_is_not(world: World) -> None:
    """What it prints is progress, and so is what it says of itself."""
    configured(world, "no_progress: 3s")
    # Begun before and let go after the one that is stuck: they work for longer than that.
    lasting = "while [ ! -e go ]; do {}; sleep 0.1; done"
    printing = world.sh(lasting.format("echo on"), "--playbook", "escalate")
    saying = world.sh(lasting.format("scope progress on"), "--playbook", "escalate")
    for session in (printing, saying):
        world.until_started(session)
    stuck = world.sh("sleep 300", "--playbook", "escalate")
    world.run("wait", stuck, code=3)
    (world.project / "go").touch()
    world.wait(printing, saying)
    assert last(world, stuck, "recover")["kind"] == "stuck"
    assert last(world, stuck, "escalate")["class"] == "timeout"


def test_what_takes_longer_than_expected_is_stuck_or_complex_by_its_progress(world: World) -> None:
    """A soft limit: only who shows none is ended."""
    configured(world, "attempts: 0")
    # Begun before and let go after the one that is stuck; half of the time may pass without a sign.
    complex_ = world.sh("while [ ! -e go ]; do echo on; sleep 0.1; done", "--expected", "3s")
    world.until_started(complex_)
    stuck = world.sh("echo begin; sleep 300", "--playbook", "escalate", "--expected", "3s")
    world.run("wait", stuck, code=3)
    (world.project / "go").touch()
    world.wait(complex_)
    stop = next(line for line in world.decisions(stuck) if line.get("reason") == "stuck")
    assert "expected to take 3s" in stop["why"]


def test_an_attempt_that_takes_too_much_memory_is_ended_with_its_children(world: World) -> None:
    """The sum over its processes counts."""
    configured(world, "memory: 60M")
    hungry = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(90 << 20); input()'])"
    session = world.spawn("--playbook", "escalate", "--", "python3", "-c", hungry)
    modest = world.sh("sleep 1", "--playbook", "escalate")
    world.run("wait", session, code=3)
    assert last(world, session, "recover")["kind"] == "memory"
    assert last(world, session, "escalate")["class"] == "resource"
    assert world.marked(f"/{session}/") == []
    world.wait(modest)


def test_what_spins_without_progress_is_ended_and_what_prints_while_it_computes_is_not(world: World) -> None:
    """A busy processor alone is no sign of trouble."""
    configured(world, "cpu: 5%, cpu_for: 2s")  # of a core, of which a busy machine has little to give
    # Begun before and let go after the one that spins.
    busy = world.sh("while [ ! -e go ]; do echo $(date); done", "--playbook", "escalate")
    world.until_started(busy)
    session = world.sh("while :; do :; done", "--playbook", "escalate")
    world.run("wait", session, code=3)
    assert last(world, session, "recover")["kind"] == "cpu"
    (world.project / "go").touch()
    world.wait(busy)


def test_supervised_work_is_held_while_the_disk_is_too_full(world: World) -> None:
    """Plain work is not; and when there is room, what was held starts."""
    configured(world, "attempts: 0")
    config = world.root / "config.yaml"
    config.write_text(config.read_text().replace("disk: 100%", "disk: 0%"))
    held = world.sh("true", "--playbook", "restart")
    plain = world.sh("true")
    world.wait(plain)
    until(lambda: "% full (triggers.disk: 0%)" in world.run("poll", held).stdout)
    config.write_text(config.read_text().replace("disk: 0%", "disk: 100%"))
    world.run("watch", "stop", code=0)
    world.run("watch", code=0)
    world.wait(held)


def test_sessions_that_come_after_each_other_are_a_circle_and_one_gives_way(world: World) -> None:
    """Written by hand, for spawn cannot make one; the youngest fails, and with it the one that came after it."""
    world.run("init", code=0)
    for session, after in (("1", "2"), ("2", "1")):
        directory = world.session(session)
        directory.mkdir(parents=True)
        (directory / "task.md").write_text(f'---\ncommand: ["true"]\nafter: ["{after}"]\n---\n')
    world.run("watch", code=0)
    world.run("wait", "1", "2", code=1)
    assert last(world, "2", "fail")["kind"] == "cycle"
    assert "1 comes after 2 comes after 1" in last(world, "2", "fail")["why"]
    assert last(world, "1", "fail")["kind"] == "dependency"


def test_running_sessions_that_wait_for_each_other_are_a_circle(world: World) -> None:
    """The youngest is ended, and the other's wait is over."""
    configured(world, "attempts: 0")
    first = world.sh("while [ ! -e go ]; do sleep 0.01; done; scope wait 2; echo freed")
    second = world.sh("while [ ! -e go ]; do sleep 0.01; done; scope wait 1")
    assert (first, second) == ("1", "2")
    (world.project / "go").touch()
    assert world.run("wait", first, code=0).stdout.endswith("freed\n")
    assert last(world, second, "fail")["kind"] == "cycle"


def test_one_of_two_that_wait_for_any_of_several_is_no_circle(world: World) -> None:
    """The other one that it waits for can still end the wait."""
    configured(world, "attempts: 0")
    first = world.sh("while [ ! -e go ]; do sleep 0.01; done; scope wait --any 2 3; echo went on")
    second = world.sh("while [ ! -e go ]; do sleep 0.01; done; scope wait 1")
    third = world.sh("while [ ! -e go ]; do sleep 0.01; done; sleep 1")
    (world.project / "go").touch()
    world.wait(first, second, third)


def test_a_budget_of_seconds_is_for_all_attempts_together_and_ends_cleanly(world: World) -> None:
    """Each attempt is short; the third would be too much."""
    configured(world, "attempts: 0")
    session = world.sh("sleep 0.6; exit 1", "--playbook", "restart,vary,escalate", "--variation", "env:A=1",
                       "--variation", "env:A=2", "--retries", "9", "--budget", "seconds=1500ms")  # fmt: skip
    world.run("wait", session, code=3)
    assert last(world, session, "escalate")["class"] == "budget"
    assert not world.attempt(session, 4).exists()


def test_a_reported_class_is_a_diagnosis_and_leaves_only_the_moves_that_help(world: World) -> None:
    """A policy is a person's to decide, whatever the playbook would try first."""
    configured(world, "attempts: 0")
    session = world.sh(
        "scope fail --class policy 'may I delete the branch?'; touch unreachable", "--playbook", "restart,vary,escalate"
    )
    world.run("wait", session, code=3)
    escalated = last(world, session, "escalate")
    assert escalated["class"] == "policy"
    assert escalated["passed_over"]["restart"] == "does not help against 'policy'"
    assert not (world.project / "unreachable").exists()
    report = (world.attempt(session) / "failure.md").read_text()
    assert "class: policy" in report
    assert "needs: policy" in report
    assert "may I delete the branch?" in report


def test_a_quota_that_ran_out_parks_the_work_and_costs_no_retry(world: World) -> None:
    """Also without a playbook: it is no failure of the work."""
    configured(world, "attempts: 0")
    session = world.sh("case $SCOPE_ATTEMPT in */1|*/2) scope fail --class quota 'later' ;; esac; echo at last")
    assert world.wait(session) == "at last\n"
    assert [line["costs_retry"] for line in world.decisions(session) if line["move"] == "recover"] == [False, False]
    assert world.moves(session).count("defer") == 2


def test_a_report_without_a_playbook_fails_at_once_where_the_same_again_would_not_help(world: World) -> None:
    """Retries are for what may pass."""
    session = world.sh("scope fail --class task_too_big 'split it'", "--retries", "5")
    world.wait(session, code=1)
    assert not world.attempt(session, 2).exists()
    assert "task_too_big" in world.decisions(session)[-1]["why"]
