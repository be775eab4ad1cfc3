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
