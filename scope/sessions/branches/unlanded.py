"""What of a session's work lies nowhere but in its own work tree, or on its own branch."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scope.errors import ScopeError, from_os
from scope.sessions.branches import landing, worktrees
from scope.sessions.branches.worktrees import listed
from scope.sessions.records import record
from scope.store import atomic, layout

if TYPE_CHECKING:
    from scope.sessions.branches.landing import Landed
    from scope.sessions.branches.worktrees import Worktree


@dataclass(frozen=True, slots=True)
class Place:
    """Where the work of a session lies, and why it must stay there; nothing of it would be lost without a reason."""

    path: str
    branch: str
    why: str


def of(root: str, session: str) -> Place | None:
    """Return where a session's work lies; None where it has no work tree, or none any more. Raises ScopeError."""
    tree = worktrees.find(root, session)
    path = layout.worktree(root, session)
    aside = _asides(root, session)
    if tree is None:
        if not os.path.lexists(path) and not aside:
            return None
        return Place(path if os.path.lexists(path) else aside[0], "", "nobody knows what lies there")
    if aside:
        return Place(tree.path, tree.branch, f"{aside[0]} holds what an attempt found in its place")
    return Place(tree.path, tree.branch, _why(root, session, tree))


def clear_away(root: str, session: str) -> str:
    """Remove a work tree and a branch of which nothing would be lost; say why they stay. Raises ScopeError."""
    tree = worktrees.find(root, session)
    if tree is None:
        return ""
    # First the commit, then why it must stay: only a branch that is still there is removed.
    landed = landing.already(root, session) or _merged(session, tree)
    return _why(root, session, tree) or landing.clear_away(root, session, landed)


def throw_away(root: str, session: str) -> str:
    """Remove a work tree and its branch with all that is in them; return the branch's commit. Raises ScopeError."""
    tree = worktrees.find(root, session)
    tip = tree.tip() if tree is not None else ""
    if tree is not None and tree.directory():
        # Twice: also one that somebody has locked.
        force = ("worktree", "remove", "--force", "--force", tree.path)
        hint = f"look at it: git -C {tree.path} status"
        tree.store.do("cannot remove the work tree", tree.path, hint, *force)
    for path in (layout.worktree(root, session), *_asides(root, session)):
        _remove(path)
    if tree is not None and tip:
        tree.store.run("worktree", "prune")
        words = ("update-ref", "-d", f"refs/heads/{tree.branch}", tip)
        tree.store.do("cannot remove the branch", tree.branch, f"git branch -D {tree.branch}", *words)
    atomic.remove(layout.branch_start(root, session))
    return tip


def _remove(path: str) -> None:
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)
    except OSError as error:
        raise from_os(error, "cannot remove", path) from error


def _why(root: str, session: str, tree: Worktree) -> str:
    """Return what would be lost; nothing where all of it is elsewhere, too."""
    if not os.path.isdir(tree.repository):
        return f"its repository {tree.repository} is not there"
    commits = [tree.tip()]
    if os.path.lexists(tree.path):
        if not tree.directory():
            return "git does not know it as a work tree"
        doing = tree.git.under_way()
        if doing:
            return f"{doing} is under way there"
        done = tree.git.run("status", "--porcelain", "-z", "--untracked-files=all")
        changed = [line[3:] for line in done.stdout.split("\0") if line]
        if done.returncode or changed:
            return f"there are changes that are not committed: {listed(changed)}"
        commits.append(tree.git.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}") or "")
    try:
        if landing.already(root, session) is not None:
            return ""
    except ScopeError as error:
        return error.line()
    for commit in filter(None, commits):
        if commit != tree.start and not _is_elsewhere(tree, commit):
            return f"{tree.branch} has commits that are on no other branch; scope land {session} merges them"
    return ""


def _is_elsewhere(tree: Worktree, commit: str) -> bool:
    """Tell whether a branch of a person's, here or on a remote, has the commit."""
    found = tree.store.ask("for-each-ref", "--format=%(refname)", f"--contains={commit}", "refs/heads", "refs/remotes")
    return any(not name.startswith("refs/heads/scope/") for name in (found or "").split())


def _merged(session: str, tree: Worktree) -> Landed:
    return landing.Landed(session, "", "", tree.branch, tree.tip(), tree.repository, ())


def _asides(root: str, session: str) -> list[str]:
    """Return what lies beside the tree: what an attempt found in its place, and could not make clean."""
    attempts = range(1, record.latest_attempt(layout.session(root, session)) + 1)
    named = (f"{layout.worktree(root, session)}.aside-{number}" for number in attempts)
    return [path for path in named if os.path.lexists(path)]
