"""`scope land`: the work of a session comes into a person's branch whole or not at all, once, whatever is killed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_housekeeping import until_over
from tests.driver import until
from tests.executors.hamlet import AUTHOR, git, repository, tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver import World

WORK = "echo mine >>kept; echo new >made"


@pytest.fixture
def farm(town: World) -> World:
    """A town whose project is a repository with a branch, and whose git knows who commits."""
    repository(town.project)
    (town.home / ".gitconfig").write_text("[user]\n\tname = Ann\n\temail = ann@example.org\n")
    return town


def done(world: World, script: str = WORK, *options: str) -> str:
    """A verified session that did something in its work tree."""
    return rested(world, world.sh(script, "--worktree", "--check", "true", *options))


def rested(world: World, session: str) -> str:
    """A session that is done, and nothing of which runs any more."""
    world.wait(session)
    until_over(world, session)
    return session


def contents(place: Path) -> dict[str, str]:
    """What lies in a person's directory, and its newest commit."""
    files = {path.name: path.read_text() for path in place.iterdir() if path.is_file()}
    return {**files, "HEAD": git(place, "rev-parse", "HEAD"), "status": git(place, "status", "--porcelain")}


def test_verified_work_is_merged_and_its_tree_and_branch_are_removed(farm: World) -> None:
    """What it left uncommitted too, with its name and title; the commit is printed."""
    before = git(farm.project, "rev-parse", "HEAD")
    session = done(farm, WORK, "Say it twice")
    said = farm.run("land", session, code=0)
    assert said.stdout.strip() == git(farm.project, "rev-parse", "HEAD")
    assert git(farm.project, "rev-parse", "HEAD^1") == before
    assert (farm.project / "kept").read_text() == "as it was\nmine\n"
    for commit in ("HEAD", "HEAD^2"):
        assert git(farm.project, "log", "--format=%s", "-1", commit) == f"scope {session}: Say it twice"
    assert git(farm.project, "log", "--format=%an", "-1") == "Ann"
    assert git(farm.project, "status", "--porcelain") == ""
    assert not tree(farm, session).exists()
    assert git(farm.project, "branch", "--list", "scope/*") == ""
    assert git(farm.project, "worktree", "list").count("\n") == 0
    again = farm.run("land", session, code=0)
    assert again.stdout == said.stdout
    assert f"session {session} has landed on main" in again.stderr


@pytest.mark.parametrize("setting", ["true", "false", "only"])
def test_own_commits_of_the_work_stay_commits_unless_they_are_squashed(setting: str, farm: World) -> None:
    """With --squash it is one commit with one parent, however a person has git merge by itself."""
    git(farm.project, "config", "merge.ff", setting)
    own = f"echo x >own; git add -A; git {' '.join(AUTHOR)} commit -qm own; echo y >rest"
    farm.run("land", done(farm, own), code=0)
    assert "own" in git(farm.project, "log", "--format=%s").split("\n")
    session = done(farm, own.replace(">own", ">other"))
    farm.run("land", session, "--squash", code=0)
    assert len(git(farm.project, "log", "-1", "--format=%P").split()) == 1
    assert (farm.project / "other").read_text() == "x\n"
    assert not tree(farm, session).exists()
    assert farm.run("land", session, code=0).stdout.strip() == git(farm.project, "rev-parse", "HEAD")


def test_kept_it_lies_where_it_lay_and_what_is_done_there_later_lands_too(farm: World) -> None:
    """The tree is on its branch again; more work in it is not taken for landed."""
    session = done(farm)
    first = farm.run("land", session, "--keep", code=0).stdout
    assert git(tree(farm, session), "branch", "--show-current") == f"scope/{session}"
    (tree(farm, session) / "more").write_text("more")
    assert farm.run("land", session, code=0).stdout != first
    assert (farm.project / "more").exists()
    assert not tree(farm, session).exists()


def test_a_rehearsal_changes_nothing(farm: World) -> None:
    """It names the files, and sees conflicts with what is committed here."""
    session = done(farm)
    before = contents(farm.project), git(tree(farm, session), "status", "--porcelain")
    assert farm.run("land", session, "--dry-run", code=0).stdout.split() == ["kept", "made"]
    found = json.loads(farm.run("land", session, "--dry-run", "--json", code=0).stdout)
    assert (found["commit"], found["files"], found["into"]) == (None, ["kept", "made"], "main")
    assert (contents(farm.project), git(tree(farm, session), "status", "--porcelain")) == before
    (farm.project / "kept").write_text("else\n")
    git(farm.project, "commit", "-qam", "else")
    said = farm.run("land", session, "--dry-run", code=1)
    assert "there would be conflicts in kept" in said.stderr


def test_a_conflict_changes_nothing_and_is_solved_in_the_sessions_tree(farm: World) -> None:
    """The files are named, and the hint's way works."""
    session = done(farm)
    (farm.project / "kept").write_text("else\n")
    git(farm.project, "commit", "-qam", "else")
    before = contents(farm.project)
    for words in ((), ("--squash",)):
        said = farm.run("land", session, *words, code=1)
        assert f"cannot merge 'scope/{session}' into 'main': there are conflicts in kept" in said.stderr
        assert contents(farm.project) == before
        assert git(tree(farm, session), "status", "--porcelain") == ""
    place = tree(farm, session)
    assert f"hint: git -C {place} merge main; " in said.stderr
    git(place, "merge", "main", code=1)
    assert "a merge is under way in its work tree" in farm.run("land", session, code=2).stderr
    (place / "kept").write_text("both\n")
    git(place, "commit", "-qam", "both")
    farm.run("land", session, code=0)
    assert (farm.project / "kept").read_text() == "both\n"


def _dirty(world: World) -> str:
    (world.project / "kept").write_text("by hand\n")
    return "there are changes that are not committed: kept"


def _detached(world: World) -> str:
    git(world.project, "checkout", "-q", "--detach")
    return "no branch is checked out there"


def _merging(world: World) -> str:
    git(world.project, "switch", "-qc", "side")
    git(world.project, "commit", "-q", "--allow-empty", "-m", "side")
    git(world.project, "switch", "-q", "main")
    git(world.project, "merge", "-q", "--no-ff", "--no-commit", "side")
    return "a merge is under way there"


def _in_the_way(world: World) -> str:
    (world.project / "made").write_text("a person's\n")
    return "would be overwritten by merge: made"


def _hook(world: World) -> str:
    hook = world.project / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho 'error: no tests' >&2\nexit 1\n")
    hook.chmod(0o700)
    return "no tests"


def _elsewhere_in_the_tree(world: World) -> str:
    git(world.root / "worktrees" / "1", "checkout", "-q", "--detach")
    return "its work tree is on 'no branch'"


def _nested(world: World) -> str:
    repository(world.root / "worktrees" / "1" / "nested")
    return "there is a repository of its own within"


def _gone(world: World) -> str:
    shutil.rmtree(world.root / "worktrees" / "1")
    return "is gone"


@pytest.mark.parametrize(
    "hinder", [_dirty, _detached, _merging, _in_the_way, _hook, _elsewhere_in_the_tree, _nested, _gone]
)
def test_what_hinders_is_said_and_nothing_is_changed(hinder: object, farm: World) -> None:
    """Neither what is a person's, nor what lies in the session's tree."""
    session = done(farm)
    says = hinder(farm)  # type: ignore[operator]
    before = contents(farm.project)
    said = farm.run("land", session)
    assert said.returncode in (1, 2)
    assert says in said.stderr
    assert "hint: " in said.stderr
    assert contents(farm.project) == before
    if hinder is not _gone:
        assert (tree(farm, session) / "made").read_text() == "new\n"


def test_untracked_files_of_a_persons_are_no_hindrance(farm: World) -> None:
    """They stay as they are."""
    (farm.project / "notes").write_text("mine")
    farm.run("land", done(farm), code=0)
    assert (farm.project / "notes").read_text() == "mine"


def test_only_what_is_done_and_verified_lands(farm: World) -> None:
    """Each refusal with a way on; the one for what is not verified can be overridden."""
    running = farm.sh("sleep 60", "--worktree")
    assert f"cannot land '{running}'" in farm.run("land", running, code=2).stderr
    failed = farm.sh("exit 1", "--worktree")
    farm.wait(failed, code=1)
    assert f"it is failed\nhint: try it again: scope retry {failed}" in farm.run("land", failed, code=2).stderr
    unverified = rested(farm, farm.sh(WORK, "--worktree"))
    assert f"scope land {unverified} --unverified" in farm.run("land", unverified, code=2).stderr
    farm.run("land", unverified, "--unverified", code=0)
    idle = done(farm, "true")
    assert "it changed nothing" in farm.run("land", idle, code=2).stderr
    plain = rested(farm, farm.sh("true", "--check", "true"))
    assert "it has no work tree of its own" in farm.run("land", plain, code=2).stderr


def test_it_lands_only_in_the_repository_that_it_came_from(farm: World) -> None:
    """Another one is refused, and so is the session's own tree; a linked work tree of the person's is the same one."""
    session = done(farm)
    other, linked = farm.base / "other", farm.base / "linked"
    repository(other)
    env = {"SCOPE_DIR": str(farm.root)}
    said = farm.run("land", session, code=2, cwd=other, env=env)
    assert f"hint: cd {farm.project}" in said.stderr
    assert "own work tree" in farm.run("land", session, code=2, cwd=tree(farm, session)).stderr
    git(farm.project, "worktree", "add", "-q", "-b", "side", str(linked))
    farm.run("land", session, code=0, cwd=linked, env=env)
    assert (linked / "made").exists()
    assert not (farm.project / "made").exists()


def test_what_a_person_has_merged_by_hand_has_landed(farm: World) -> None:
    """Then only the tree and the branch are left to be removed."""
    session = done(farm, f"{WORK}; git add -A; git {' '.join(AUTHOR)} commit -qm own")
    git(farm.project, "merge", "-q", "--no-ff", "-m", "by hand", f"scope/{session}")
    farm.run("land", session, code=0)
    assert git(farm.project, "log", "-1", "--format=%s") == "by hand"
    assert not tree(farm, session).exists()


def test_a_session_that_works_again_is_not_taken_its_tree(farm: World) -> None:
    """Landed and kept, then given something new to do."""
    session = done(farm)
    farm.run("land", session, "--keep", code=0)
    begun = farm.base / "begun"
    farm.run("redirect", session, "--", "sh", "-c", f"touch {begun}; sleep 60", code=0)
    until(begun.exists)
    assert f"cannot land '{session}': it is " in farm.run("land", session, code=2).stderr
    assert tree(farm, session).exists()


def test_inside_a_session_only_what_is_below_it_lands(farm: World) -> None:
    """Authority flows down."""
    session = done(farm)
    assert "reaches its descendants only" in farm.run("land", session, code=2, env={"SCOPE_SESSION": "7"}).stderr


def test_a_copy_of_an_ignored_file_never_lands_over_the_persons(farm: World) -> None:
    """Where the work has made it one that git no longer ignores."""
    (farm.project / "my.log").write_text("secret\n")
    (farm.project / ".worktreeinclude").write_text("*.log\n")
    session = done(farm, ": >.gitignore; echo else >>my.log")
    said = farm.run("land", session, code=1)
    assert "would be overwritten by merge: my.log" in said.stderr
    assert (farm.project / "my.log").read_text() == "secret\n"
    assert git(farm.project, "log", "--oneline").count("\n") == 0


STEPS = (
    "add -A", "commit --quiet", "checkout --quiet --detach", "merge --no-ff", "merge --squash", "--ff-only",
    "worktree remove", "update-ref -d",
)  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_next_call_finishes(step: str, when: str, farm: World) -> None:
    """Or says that it has landed: the work is merged once, and nothing is left over."""
    session = done(farm)
    place = farm.base / "bin"
    place.mkdir()
    work, stop = f'{shutil.which("git")} "$@"', f"touch {farm.base}/there; exec sleep 60"
    (place / "git").write_text(
        f'#!/bin/sh\ncase "$*" in *"{step}"*) {stop if when == "before" else f"{work}; {stop}"} ;; esac\nexec {work}\n'
    )
    (place / "git").chmod(0o700)
    path = f"{place}:{farm.env['PATH']}"
    words = ("land", session, "--squash") if "squash" in step else ("land", session)
    process = farm.start(*words, env={"PATH": path}, start_new_session=True)
    until(lambda: (farm.base / "there").exists())
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    farm.run(*words, code=0)
    assert (farm.project / "kept").read_text() == "as it was\nmine\n"
    assert git(farm.project, "status", "--porcelain") == ""
    is_squashed = "--squash" in words
    assert git(farm.project, "rev-list", "--count", "--merges", "HEAD") == ("0" if is_squashed else "1")
    assert git(farm.project, "rev-list", "--count", "HEAD") == ("2" if is_squashed else "3")
    assert not tree(farm, session).exists()
    assert git(farm.project, "branch", "--list", "scope/*") == ""
