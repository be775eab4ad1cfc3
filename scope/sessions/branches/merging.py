"""Merging in a session's own work tree: what is left there is committed, and its branch merged onto another commit.

Nothing outside of that tree is touched. After an error it is on its branch again, which has all of its work.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, Failed
from scope.sessions.branches import worktrees
from scope.sessions.branches.worktrees import listed
from scope.store import atomic

if TYPE_CHECKING:
    from scope.sessions.branches.worktrees import Worktree

_GITLINK: Final = ":000000 160000 "
_STALE_S: Final = 5.0


def settle(session: str, tree: Worktree, interrupted: str) -> None:
    """Bring the tree to its branch where a landing of that commit was interrupted; raises BadInput for any other."""
    store = tree.directory()
    if not store:
        raise gone(session, tree)
    for lock in (f"{store}/index.lock", f"{store}/HEAD.lock"):
        deadline = time.monotonic() + _STALE_S
        # Of a git that was killed; one that has outlived a killed landing is given time.
        while os.path.lexists(lock) and time.monotonic() < deadline:
            time.sleep(0.05)
        atomic.remove(lock)
    current = tree.git.branch()
    if not current and interrupted == tree.tip():
        take_back(tree)
        current = tree.git.branch()
    if current != tree.branch:
        hint = f"git -C {tree.path} switch {tree.branch}"
        raise BadInput("cannot land", session, f"its work tree is on '{current or 'no branch'}'", hint)
    doing = tree.git.under_way()
    if doing:
        raise BadInput("cannot land", session, f"{doing} is under way in its work tree", f"git -C {tree.path} status")


def take_back(tree: Worktree) -> None:
    """Put the tree back on its branch, where all of its work was committed before."""
    if tree.git.branch() != tree.branch:
        tree.git.run("checkout", "--quiet", "--force", tree.branch)


def commit_rest(tree: Worktree, message: str) -> None:
    """Commit what the work left uncommitted, with a message that names it; raises Failed, with all of it in place."""
    git, again = tree.git, f"git -C {tree.path} status"
    git.do("cannot take up what is in", tree.path, again, "add", "-A")
    nested = [line for line in git.names("diff-index", "--cached", "--raw", "-z", "HEAD") if line.startswith(_GITLINK)]
    if nested:
        git.run("reset", "--quiet")
        why = "there is a repository of its own within, whose files would be lost"
        raise Failed("cannot land what is in", tree.path, why, f"find it: find {tree.path} -name .git")
    if not git.is_true("diff-index", "--cached", "--quiet", "HEAD"):
        git.do("cannot commit what is in", tree.path, again, "commit", "--quiet", "-m", message)


def merged(tree: Worktree, session: str, onto: tuple[str, str], message: str, *, is_squashed: bool) -> str:
    """Merge the session's branch onto a commit of another branch (`onto` has both), and return the new commit."""
    (into, head), git, what = onto, tree.git, f"cannot merge '{tree.branch}' into"
    hint = f"git -C {tree.path} merge {into}"
    git.do(what, into, hint, "checkout", "--quiet", "--detach", head)
    # Whatever `merge.ff` says, which git does not take together with --squash.
    words = ("--squash", "--ff") if is_squashed else ("--no-ff", "--no-edit", "-m", message)
    done = git.run("merge", *words, tree.branch)
    if done.returncode:
        files = at_odds(tree)
        why = f"there are conflicts in {listed(files)}" if files else worktrees.own_words(done)
        raise Failed(what, into, why, f"{hint}; when that is committed: scope land {session}")
    if is_squashed:
        if git.is_true("diff-index", "--cached", "--quiet", "HEAD"):
            raise BadInput("there is nothing to land of", session, f"'{into}' has it all", "git log")
        git.do(what, into, hint, "commit", "--quiet", "-m", message)
    return git.do(what, into, hint, "rev-parse", "HEAD")


def at_odds(tree: Worktree) -> tuple[str, ...]:
    """Return the files in which a merge that is under way in a tree has conflicts."""
    return tree.git.names("diff", "--name-only", "--diff-filter=U", "-z")


def nothing(session: str) -> BadInput:
    """Say that there is nothing to land."""
    return BadInput("there is nothing to land of", session, "it changed nothing", f"scope logs {session}")


def gone(session: str, tree: Worktree) -> BadInput:
    """Say that the work tree is gone."""
    hint = f"merge what was committed: git merge {tree.branch}" if tree.tip() else f"git branch --list {tree.branch}"
    return BadInput("cannot land", session, f"its work tree '{tree.path}' is gone", hint)
