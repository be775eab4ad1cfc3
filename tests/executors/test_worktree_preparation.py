"""What a work tree is given before the work: ignored files that are named, and a setup of its own."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from tests.executors.hamlet import repository, tree

if TYPE_CHECKING:
    from tests.driver import World


def test_ignored_files_that_are_named_are_copied_into_each_clean_tree(hamlet: World) -> None:
    """As in a .gitignore, with links as links; nothing tracked is written over, and none of it is a change."""
    place = hamlet.base / "other"
    repository(place, **{"sub/file": "x"})
    (place / ".git" / "info" / "exclude").write_text(".env*\nnode_modules/\n")
    (place / ".worktreeinclude").write_text(".env*\n!.env.old\nnode_modules\n/kept\nplain\n")
    (place / "plain").write_text("not ignored")
    (place / "node_modules" / "a b").mkdir(parents=True)
    (place / "node_modules" / "a b" / "run").write_text("#!/bin/sh\necho ran")
    (place / "node_modules" / "a b" / "run").chmod(0o755)
    (place / "node_modules" / "link").symlink_to("/etc/passwd")
    for name in (".env", ".env.old", "sub/.env"):
        (place / name).write_text(f"SECRET={name}")
    os.mkfifo(place / ".env.pipe")
    (place / "kept").write_text("edited by hand\n")
    script = (
        "cat .env sub/.env kept; ls -A | cat; readlink node_modules/link; 'node_modules/a b/run'; git status --short\n"
        'echo harm >.env; [ "${SCOPE_ATTEMPT##*/}" = 2 ]'
    )
    session = hamlet.sh(script, "--worktree", "--retries", "1", "--cwd", str(place))
    said = hamlet.wait(session).replace("\n", " ")
    listed = ".env .git .gitignore kept node_modules sub"
    assert said.endswith(f" SECRET=.envSECRET=sub/.envas it was {listed} /etc/passwd ran ")
    assert said.startswith("note: not copied, for git does not ignore it in the work tree: plain ")
    assert (hamlet.attempt(session) / "changes.patch").read_text() == ""


def test_nothing_is_copied_out_of_the_tree_or_out_of_the_root(hamlet: World) -> None:
    """Where the commit has a link, and the person a directory; and `*` names the root's own files too."""
    theirs = hamlet.base / "theirs"
    theirs.mkdir()
    other = hamlet.base / "other"
    other.mkdir()
    (other / "way").symlink_to(theirs)
    repository(other)
    (other / "way").unlink()
    (other / "way").mkdir()
    (other / "way" / "x.log").write_text("x")
    (other / "y.log").write_text("y")
    (other / ".worktreeinclude").write_text("*\n")
    session = hamlet.sh("ls -A", "--worktree", "--cwd", str(other))
    assert "y.log" in hamlet.wait(session).split()
    assert os.listdir(theirs) == []
    with_root = hamlet.base / "with root"
    repository(with_root)
    env = {"SCOPE_DIR": str(with_root / ".scope")}
    hamlet.run("init", code=0, env=env)
    (with_root / ".worktreeinclude").write_text("*\n")
    (with_root / "z.log").write_text("z")
    made = hamlet.spawn("--worktree", "--", "ls", "-A", env=env, cwd=with_root)
    said = hamlet.run("wait", made, env=env, code=0).stdout.split()
    hamlet.run("watch", "stop", env=env)
    assert "z.log" in said
    assert ".scope" not in said


def test_the_setup_runs_in_each_clean_tree_before_the_work(hamlet: World) -> None:
    """In the pane, where the work will be, in its environment."""
    setup = "pwd; echo ready $FOO >set.log; echo setting up"
    script = 'cat set.log; echo harm >set.log; [ "${SCOPE_ATTEMPT##*/}" = 2 ]'
    words = ("--worktree", "--setup", setup, "--retries", "1", "--env", "FOO=bar")
    session = hamlet.sh(script, *words)
    assert hamlet.wait(session).splitlines() == [str(tree(hamlet, session)), "setting up", "ready bar"]


def test_a_setup_that_fails_is_a_lack_of_what_the_work_needs(hamlet: World) -> None:
    """The work is not begun; the report has the class, and the failure what was printed."""
    session = hamlet.sh(f"touch {hamlet.base}/ran", "--worktree", "--setup", "echo 'no \"network\"'; exit 3")
    hamlet.wait(session, code=1)
    said = json.loads((hamlet.attempt(session) / "report.json").read_text())
    assert (said["class"], "ended with 3" in said["message"]) == ("missing_context", True)
    failure = (hamlet.attempt(session) / "failure.md").read_text()
    assert "missing_context" in failure
    assert 'no "network"' in failure
    assert not (hamlet.base / "ran").exists()


def test_a_setup_without_a_tree_is_refused(town: World) -> None:
    """It would run among a person's own files."""
    said = town.run("spawn", "--setup", "npm ci", "--", "true", code=2)
    assert "'setup' is for a work tree of its own" in said.stderr
