"""What keeps git from making a work tree: said in its words, reported, and nothing of the work is run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.executors.hamlet import git, repository

if TYPE_CHECKING:
    from tests.driver import World


def _no_repository(world: World) -> tuple[str, ...]:
    place = world.base / "plain"
    place.mkdir()
    return ("--cwd", str(place))


def _no_commit(world: World) -> tuple[str, ...]:
    place = world.base / "young"
    place.mkdir()
    git(place, "init", "--quiet")
    return ("--cwd", str(place))


def _no_such_commit(world: World) -> tuple[str, ...]:
    return ("--base", "nowhere")


def _an_option(world: World) -> tuple[str, ...]:
    return ("--base=--all",)


def _branch_taken(world: World) -> tuple[str, ...]:
    git(world.project, "branch", "scope/1")
    return ()


def _branch_impossible(world: World) -> tuple[str, ...]:
    git(world.project, "branch", "scope")
    return ()


def _not_committed(world: World) -> tuple[str, ...]:
    (world.project / "sub").mkdir()
    return ("--cwd", "sub")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (_no_repository, "cannot make a work tree of '{base}/plain': not a git repository"),
        (_no_commit, "there is no commit 'HEAD' in '{base}/young'"),
        (_no_such_commit, "there is no commit 'nowhere' in '{base}/project'"),
        (_an_option, "there is no commit '--all'"),
        (_branch_taken, "cannot make the branch 'scope/1': there is one already"),
        (_branch_impossible, "cannot make the work tree '{base}/project/.scope/worktrees/1': cannot lock ref"),
        (_not_committed, "there is no directory 'sub/' in the commit '"),
    ],
)
def test_what_keeps_git_from_it_is_said_and_reported(given: object, says: str, town: World) -> None:
    """The attempt fails, its command is not run, and the failure is named by git's own words."""
    repository(town.project)
    session = town.sh(f"touch {town.base}/ran", "--worktree", *given(town))  # type: ignore[operator]
    town.wait(session, code=1)
    says = says.replace("{base}", str(town.base))
    assert f"error: {says}" in town.run("logs", session).stdout
    assert json.loads((town.attempt(session) / "report.json").read_text())["message"].startswith(says)
    assert says in (town.attempt(session) / "failure.md").read_text()
    assert not (town.base / "ran").exists()


def test_a_failure_to_make_one_is_reported_whatever_the_words_hold(town: World) -> None:
    """Quotation marks, backslashes and what is no UTF-8 make no broken report."""
    place = town.base / 'a "b\\c é'
    place.mkdir()
    session = town.sh("true", "--worktree", "--cwd", str(place))
    town.wait(session, code=1)
    assert str(place) in json.loads((town.attempt(session) / "report.json").read_text())["message"]
