"""A session's life, from spawn to result."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.driver import World


def test_a_session_runs_and_its_result_is_what_it_printed(world: World) -> None:
    """`scope spawn` prints the id alone; `scope wait` prints the result and succeeds."""
    said = world.run("spawn", "--", "echo", "hello", code=0)
    assert (said.stdout, said.stderr) == ("1\n", "")
    assert world.wait("1") == "hello\n"
    assert world.state("1") == "done"


def test_a_failed_session_is_exit_1_and_its_own_code_can_be_propagated(world: World) -> None:
    """`wait` says 1 for a failure, and with --propagate the command's own code."""
    session = world.sh("echo broken; exit 7")
    assert world.wait(session, code=1) == "broken\n"
    world.wait("--propagate", session, code=7)
    assert (world.attempt(session) / "exit").read_text().strip() == "7"


def test_what_later_matching_needs_is_kept_with_the_task(world: World) -> None:
    """Job type, entity type, signals and labels are in task.md, as they were given."""
    options = ("--job-type", "run-tests", "--entity-type", "repo", "--signal", "python", "--signal", "src-layout")
    session = world.spawn(*options, "--label", "team=web", "--", "true")
    lines = (world.session(session) / "task.md").read_text().splitlines()
    for line in ("job_type: run-tests", "entity_type: repo", "signals: [python, src-layout]", "labels: {team: web}"):
        assert line in lines


def test_a_task_comes_from_a_file_or_from_standard_input(world: World) -> None:
    """`@FILE` and `-` take what a person would write by hand; options go over it."""
    text = "---\ncommand: [echo, '{{ who }}']\nvars: {who: file}\n---\nSay it.\n"
    (world.project / "job.md").write_text(text)
    assert world.wait(world.spawn("@job.md")) == "file\n"
    assert world.wait(world.spawn("@job.md", "--var", "who=option")) == "option\n"
    assert world.wait(world.run("spawn", "-", text=text, code=0).stdout.strip()) == "file\n"
    assert "does not declare it" in world.run("spawn", "@job.md", "--var", "other=1", code=2).stderr


def test_a_wait_until_needs_input_returns_when_a_person_is_needed(world: World) -> None:
    """What can only go on with a person ends the wait with 3, and says why; `running` is 0."""
    world.run("init", code=0)
    world.run("watch", code=0)
    place = world.session("1")
    place.mkdir()
    (world.base / "task.md").write_text("---\nretries: many\ncommand: [echo, ok]\n---\n")
    (world.base / "task.md").rename(place / "task.md")  # whole: an empty one is wrong in another way
    said = world.run("wait", "--until", "done,needs-input", "1", code=3)
    assert "needs a person: task.md:2: 'retries' takes a whole number" in said.stderr
    running = world.sh("while [ ! -e go ]; do sleep 0.01; done")
    world.run("wait", "--until", "running", running, code=0)
    (world.project / "go").touch()
    world.wait(running)
