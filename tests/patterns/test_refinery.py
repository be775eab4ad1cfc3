"""The refinery: verified work lands one after the other under a check, or comes back; whatever is killed."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_land import rested
from tests.driver import until
from tests.executors.hamlet import git, repository, tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver import World


@pytest.fixture
def farm(town: World) -> World:
    """A town whose project is a repository with a branch, and whose git knows who commits."""
    repository(town.project, shared="one\ntwo\nthree\n")
    (town.home / ".gitconfig").write_text("[user]\n\tname = Ann\n\temail = ann@example.org\n")
    return town


def done(world: World, script: str, *options: str) -> str:
    """A verified session that did something in its work tree."""
    return rested(world, world.sh(script, "--worktree", "--check", "true", *options))


def refined(world: World, *words: str) -> str:
    """A refinery that has ended; its id."""
    session = world.run("refine", *words, code=0).stdout.strip()
    world.wait(session)
    return session


def rebased(world: World, *words: str) -> str:
    """What a person's rebase says, whatever comes of it."""
    environment = {**world.env, "GIT_EDITOR": "true"}
    done = subprocess.run(
        ["git", "-C", str(world.project), "rebase", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def titles(place: Path) -> list[str]:
    """The titles of the merges, the oldest first."""
    return git(place, "log", "--first-parent", "--reverse", "--format=%s").splitlines()


def test_verified_work_lands_in_the_order_in_which_it_was_done(farm: World) -> None:
    """All of it, one merge each, and its work trees and branches are removed."""
    first, second = done(farm, "echo a >a", "Say a"), done(farm, "echo b >b", "Say b")
    urgent = done(farm, "echo c >c", "Say c", "--priority", "9")
    said = json.loads(farm.run("refine", "--dry-run", "--json", code=0).stdout)
    assert (said["id"], said["into"], said["queue"]) == (None, "main", [urgent, first, second])
    refined(farm)
    assert titles(farm.project) == [
        "first",
        f"scope {urgent}: Say c",
        f"scope {first}: Say a",
        f"scope {second}: Say b",
    ]
    assert [(farm.project / name).exists() for name in "abc"] == [True] * 3
    assert git(farm.project, "status", "--porcelain") == ""
    assert not tree(farm, first).exists()
    assert git(farm.project, "branch", "--list", f"scope/{first}") == ""


def test_what_conflicts_comes_back_and_lands_from_the_updated_base(farm: World) -> None:
    """Its next attempt counts, begins on what it met, and finds in its brief files, lines, and whose change it was."""
    script = 'sed -i "s/^two.*/& $SCOPE_SESSION/" shared'
    first = done(farm, script, "--retries", "1", "Mark it")
    second = done(farm, script, "--retries", "1", "Mark it too")
    refined(farm)
    assert (farm.project / "shared").read_text() == f"one\ntwo {first} {second}\nthree\n"
    assert farm.moves(second) == ["start", "succeed", "reopen", "stop", "again", "start", "succeed"]
    brief = (farm.attempt(second, 2) / "brief.md").read_text()
    for words in (
        "conflicts with 'main' in shared",
        f"scope {first}: Mark it",
        f">>>>>>> scope/{second}",
        "changes.patch",
    ):
        assert words in brief
    assert "class: transient" in (farm.attempt(second) / "failure.md").read_text()


def test_what_could_not_be_given_back_is_given_back_by_the_next(farm: World) -> None:
    """And never left out: its refinery ended when it was about to say so."""
    script = 'sed -i "s/^two.*/& $SCOPE_SESSION/" shared'
    first, second = done(farm, script), done(farm, script, "--retries", "1")
    box = farm.session(second) / "inbox"
    box.mkdir(mode=0o700)
    (box / "tmp").touch()  # where no message can be written
    refinery = farm.run("refine", code=0).stdout.strip()
    until(lambda: (farm.attempt(refinery) / "exit").exists())
    (box / "tmp").unlink()
    farm.wait(refinery)
    assert (farm.project / "shared").read_text() == f"one\ntwo {first} {second}\nthree\n"


def test_what_conflicts_without_a_retry_left_has_failed(farm: World) -> None:
    """And says why; what lands is not touched by it."""
    script = 'sed -i "s/^two.*/& $SCOPE_SESSION/" shared'
    first, second = done(farm, script), done(farm, script)
    refined(farm)
    assert (farm.state(first), farm.state(second)) == ("done", "failed")
    assert "conflicts with 'main' in shared" in farm.run("poll", second).stdout
    assert len(titles(farm.project)) == 2


def test_the_branch_moves_only_when_the_check_of_the_merge_passes(farm: World) -> None:
    """Each is good alone, and together they are not: the second comes back with what the check printed."""
    check = 'test "$(ls x-* | wc -l)" -lt 2 || { echo "too many x"; exit 1; }'
    first = done(farm, "touch x-a", "--check", check)
    second = done(farm, "test -e x-a && echo instead >y || touch x-b", "--check", check, "--retries", "1")
    refined(farm)
    assert [(farm.project / name).exists() for name in ("x-a", "x-b", "y")] == [True, False, True]
    assert "too many x" in (farm.attempt(second, 2) / "brief.md").read_text()
    assert farm.state(first) == "done"


def test_what_breaks_its_own_tree_is_not_held_against_the_work(farm: World) -> None:
    """The next attempt has another tree, and lands what is left."""
    sessions = [done(farm, f"echo {name} >{name}") for name in "ab"]
    refinery = refined(farm, "--check", "rm .git")
    assert farm.attempt(refinery, 2).exists()
    assert [title.partition(":")[0] for title in titles(farm.project)[1:]] == [f"scope {each}" for each in sessions]


def test_a_persons_changes_are_waited_for_and_not_touched(farm: World) -> None:
    """It says what it waits for, and goes on when they are committed."""
    session = done(farm, "echo a >a")
    (farm.project / "kept").write_text("mine\n")
    refinery = farm.run("refine", code=0).stdout.strip()
    until(lambda: "not committed: kept" in farm.run("poll", refinery).stdout)
    assert titles(farm.project) == ["first"]
    assert (farm.project / "kept").read_text() == "mine\n"
    git(farm.project, "commit", "-qam", "mine")
    farm.wait(refinery)
    assert titles(farm.project)[-1].startswith(f"scope {session}: ")
    assert (farm.project / "kept").read_text() == "mine\n"


def test_a_branch_that_a_person_rebases_is_not_moved(farm: World) -> None:
    """Though nobody has it checked out then: git would not take what comes of their rebase."""
    session = done(farm, "echo a >a")
    for branch, text in (("other", "theirs\n"), ("main", "mine\n")):
        git(farm.project, "switch", "-q", *(["-c"] if branch == "other" else []), branch)
        (farm.project / "kept").write_text(text)
        git(farm.project, "commit", "-qam", branch)
    assert "CONFLICT" in rebased(farm, "other")
    refinery = farm.run("refine", "--target", "main", code=0).stdout.strip()
    until(lambda: "a rebase is under way" in farm.run("poll", refinery).stdout)
    (farm.project / "kept").write_text("both\n")
    git(farm.project, "add", "kept")
    rebased(farm, "--continue")
    farm.wait(refinery)
    assert [title.partition(":")[0] for title in titles(farm.project)] == ["first", "other", "main", f"scope {session}"]


def test_a_branch_that_nobody_has_checked_out_is_moved_too(farm: World) -> None:
    """And the one that is checked out stays where it is."""
    git(farm.project, "branch", "next")
    session = done(farm, "echo a >a")
    refined(farm, "--target", "next", "--squash", "--keep")
    assert git(farm.project, "log", "--format=%s", "-1", "next").startswith(f"scope {session}: ")
    assert titles(farm.project) == ["first"]
    assert tree(farm, session).exists()


def test_it_waits_for_what_is_at_work_and_lends_its_slot(farm: World) -> None:
    """With one slot for all, what it waits for runs."""
    farm.configure_text((farm.root / "config.yaml").read_text() + "max_running: 1\n")
    blocker = farm.sh(f"while [ ! -e {farm.base}/go ]; do sleep 0.05; done; echo a >a", "--worktree", "--check", "true")
    refinery = farm.run("refine", code=0).stdout.strip()
    later = farm.sh("echo b >b", "--worktree", "--check", "true")
    (farm.base / "go").touch()
    farm.wait(refinery)
    assert {title.partition(":")[0] for title in titles(farm.project)[1:]} == {f"scope {blocker}", f"scope {later}"}


@pytest.mark.parametrize("where", ["pre-merge-commit", "post-checkout", "reference-transaction", "check"])
def test_killed_at_any_step_it_goes_on(farm: World, where: str) -> None:
    """Each once in main, whole, and the person's directory as the branch is."""
    sessions = [done(farm, f"echo {name} >{name}", "--retries", "2") for name in "ab"]
    signs = farm.base / "signs"
    signs.mkdir()
    # Once, from inside of git or of the check, everything of the refinery is killed with -9.
    kill = (
        f"if mkdir {signs}/once 2>/dev/null; then pid=$PPID; case $(cat /proc/$pid/cmdline) in *refine*) ;; "
        "*) pid=$(cut -d' ' -f4 /proc/$pid/stat);; esac; kill -9 $pid; sleep 0.2; fi"
    )
    if where == "check":
        words = ("--check", kill)
    else:
        hook = farm.project / ".git" / "hooks" / where
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f'#!/bin/sh\n[ -n "$SCOPE_SESSION" ] || exit 0\n{kill}\n')
        hook.chmod(0o700)
        words = ()
    refinery = refined(farm, *words)
    assert (signs / "once").exists()
    assert farm.attempt(refinery, 2).exists()
    assert titles(farm.project)[1:] == [
        f"scope {session}: sh -c echo {name} >{name}" for session, name in zip(sessions, "ab", strict=True)
    ]
    assert git(farm.project, "status", "--porcelain") == ""
