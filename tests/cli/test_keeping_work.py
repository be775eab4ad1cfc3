"""Work that lies nowhere but in a session's own work tree keeps its session, whoever clears up."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_housekeeping import gc, ids
from tests.cli.test_land import rested
from tests.executors.hamlet import git, repository, tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.driver import World


@pytest.fixture
def farm(town: World) -> World:
    """A town whose project is a repository with a branch, and whose git knows who commits."""
    repository(town.project)
    (town.home / ".gitconfig").write_text("[user]\n\tname = Ann\n\temail = ann@example.org\n")
    return town


def work(world: World, script: str, *options: str) -> str:
    """A session that did something in its work tree."""
    return rested(world, world.sh(script, "--worktree", "--check", "true", *options))


COMMIT = "echo new >made; git add -A; git -c user.name=A -c user.email=a@b commit -qm own"


def test_a_work_tree_keeps_its_session_while_something_is_only_there(farm: World) -> None:
    """What is not committed, and what is on no branch of a person's; it is said where that lies."""
    dirty, unmerged = work(farm, "echo new >made"), work(farm, COMMIT)
    found = gc(farm)
    assert found[dirty]["why"] == "there are changes that are not committed: made"
    assert "has commits that are on no other branch; scope land" in found[unmerged]["why"]
    for session in (dirty, unmerged):
        assert found[session]["done"] == "kept"
        assert found[session]["worktree"] == str(tree(farm, session))
        said = farm.run("rm", session, code=2).stderr
        assert f"({tree(farm, session)})\nhint: to lose that: scope rm {session} --force" in said
        assert (tree(farm, session) / "made").read_text() == "new\n"
    assert f"({tree(farm, dirty)})" in farm.run("gc", "--older", "0", code=0).stdout


def test_a_work_tree_of_which_nothing_would_be_lost_goes_with_its_session(farm: World) -> None:
    """Nothing was done there, it has landed, or a person has merged it; its branch goes, too."""
    idle, landed, merged = work(farm, "true"), work(farm, "echo 1 >one"), work(farm, COMMIT)
    farm.run("land", landed, "--keep", code=0)
    git(farm.project, "merge", "-q", "--no-ff", "-m", "by hand", f"scope/{merged}")
    found = gc(farm)
    assert {session: each["done"] for session, each in found.items()} == dict.fromkeys(
        (idle, landed, merged), "archived"
    )
    assert not any((farm.root / "worktrees").iterdir())
    assert git(farm.project, "branch", "--list", "scope/*") == ""
    assert git(farm.project, "worktree", "list").count("\n") == 0
    shown = json.loads(farm.run("show", landed, "--json", code=0).stdout)["worktree"]
    assert (shown["path"], shown["there"]) == (str(tree(farm, landed)), False)


@pytest.mark.parametrize("at", [2, 4])
def test_what_is_committed_while_gc_looks_is_not_lost(at: int, farm: World) -> None:
    """Right after it was found that nothing would be, the first time or the second."""
    session = work(farm, COMMIT)
    git(farm.project, "merge", "-q", "--no-ff", "-m", "by hand", f"scope/{session}")
    (farm.base / "bin").mkdir()
    real = shutil.which("git")
    (farm.base / "bin" / "git").write_text(
        f'#!/bin/sh\n{real} "$@"; code=$?\ncase "$*" in *for-each-ref*)\necho >>{farm.base}/asked\n'
        f"[ $(wc -l <{farm.base}/asked) != {at} ] || {{ cd {tree(farm, session)} && echo late >late && {real} add -A &&"
        f" {real} commit -qm late; }} >/dev/null\nesac\nexit $code\n"
    )
    (farm.base / "bin" / "git").chmod(0o700)
    farm.env["PATH"] = f"{farm.base}/bin:{farm.env['PATH']}"
    assert gc(farm)[session]["done"] == "kept"
    assert git(farm.project, "show", f"scope/{session}:late") == "late"


def _aside(world: World, session: str) -> str:
    (world.root / "worktrees" / f"{session}.aside-1").mkdir()
    return "aside-1 holds what an attempt found in its place"


def _merging(world: World, session: str) -> str:
    git(tree(world, session), "switch", "-qc", "side")
    git(tree(world, session), "commit", "-q", "--allow-empty", "-m", "side")
    git(tree(world, session), "switch", "-q", f"scope/{session}")
    git(tree(world, session), "merge", "-q", "--no-ff", "--no-commit", "side")
    return "a merge is under way there"


def _detached(world: World, session: str) -> str:
    git(tree(world, session), "checkout", "-q", "--detach")
    git(tree(world, session), "commit", "-q", "--allow-empty", "-m", "on no branch")
    return "has commits that are on no other branch"


def _strange(world: World, session: str) -> str:
    shutil.rmtree(tree(world, session))
    tree(world, session).mkdir()
    return "git does not know it as a work tree"


def _without_repository(world: World, session: str) -> str:
    (world.project / ".git").rename(world.base / "elsewhere")
    return "is not there"


def _locked(world: World, session: str) -> str:
    git(world.project, "worktree", "lock", str(tree(world, session)))
    return "locked"


def _unknown(world: World, session: str) -> str:
    (world.root / "worktrees" / f"{session}.base").unlink()
    return "nobody knows what lies there"


@pytest.mark.parametrize(
    "hinder", [_aside, _merging, _detached, _strange, _without_repository, _locked, _unknown], ids=lambda f: f.__name__
)
def test_a_work_tree_that_nobody_understands_stays(hinder: Callable[[World, str], str], farm: World) -> None:
    """Whatever somebody did there, until a person says that it may be lost."""
    session = work(farm, "true")
    says = hinder(farm, session)
    found = gc(farm)[session]
    assert found["done"] == "kept"
    assert says in found["why"]
    assert farm.session(session).exists()
    assert tree(farm, session).exists()
    assert "error: cannot remove" in farm.run("rm", session).stderr
    farm.run("rm", session, "--force", code=0)
    assert [path.name for path in (farm.root / "worktrees").iterdir()] == []
    assert session not in ids(farm)


def test_forced_a_work_tree_is_thrown_away_and_its_commit_told(farm: World) -> None:
    """So that a person who erred finds it again."""
    session = work(farm, f"{COMMIT}; echo more >made")
    commit = git(tree(farm, session), "rev-parse", "HEAD")
    said = farm.run("rm", session, "--force", code=0).stdout
    assert f"the commit of its branch was {commit}" in said
    assert not tree(farm, session).exists()
    assert git(farm.project, "branch", "--list", "scope/*") == ""
    git(farm.project, "branch", "found", commit)
    assert session not in ids(farm)
