"""Landing: what a session did in its work tree is merged into the branch that a person has checked out.

Everything that can fail happens in the session's own tree: what is left there is committed, and its branch is merged
onto the person's commit. Theirs is then only moved forward to what came of it, in one step that git takes or refuses.
The commit is noted before that, so that after a kill at any instruction the next call goes on, or says that it landed.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput
from scope.laws.states import TERMINAL
from scope.sessions.branches import merging, worktrees
from scope.sessions.branches.worktrees import Git, Worktree, listed
from scope.sessions.records import record, remains, wishes
from scope.sessions.records.reading import Unreadable, read_task
from scope.store import atomic, layout, locks, rundir

if TYPE_CHECKING:
    from collections.abc import Sequence

_TITLE: Final = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wants it landed."""

    allows_unverified: bool = False
    is_squashed: bool = False
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Landed:
    """Where the work of a session is now; `commit` is empty while it is not there yet."""

    session: str
    commit: str
    into: str
    branch: str
    tip: str
    repository: str
    files: tuple[str, ...]


def refuse_unready(root: str, session: str, wish: Wish) -> None:
    """Raise BadInput for a session that has not ended well, or still lives."""
    directory = record.require(root, session)
    state = record.state(directory)
    if state != "done":
        hint = f"try it again: scope retry {session}" if state in ("failed", "aborted") else f"scope wait {session}"
        raise BadInput("cannot land", session, f"it is {state}", hint)
    if is_live(directory):
        raise BadInput("cannot land", session, "something of it still runs", f"look at it: scope explain {session}")
    if not wish.allows_unverified and record.header(directory).get("verified") != "true":
        hint = f"look at it, then: scope land {session} --unverified"
        raise BadInput("cannot land", session, "nothing has verified it", hint)


def already(root: str, session: str) -> Landed | None:
    """Return where a session's work has landed; None where it has not, or where there is more of it since."""
    noted = noted_of(root, session)
    if noted is None or not noted.commit:
        return None
    store = Git((f"--git-dir={noted.repository}",))
    if not store.is_true("merge-base", "--is-ancestor", noted.commit, f"refs/heads/{noted.into}"):
        return None
    tree = worktrees.find(root, session)
    if tree is None:
        return noted
    if tree.tip() not in ("", noted.tip) or (tree.directory() and _changes(tree.git)):
        return None
    return noted


def land(root: str, session: str, place: str, wish: Wish) -> Landed:
    """Merge a session's work into the branch that is checked out in a place; raises BadInput or Failed.

    After an error nothing of the person's is changed, and the session's tree and branch have all of its work.
    """
    with locks.hold(rundir.land_lock(root)):
        landed = already(root, session)
        if landed is not None:
            return landed
        tree, theirs = prospect(root, session, place)
        interrupted, message = noted_of(root, session), message_for(root, session)
        merging.settle(session, tree, interrupted.tip if interrupted else "")
        merging.commit_rest(tree, message)
        tip, head = tree.tip(), theirs.ask("rev-parse", "HEAD") or ""
        into = theirs.branch()
        if tip == tree.start:
            raise merging.nothing(session)
        noted = Landed(session, "", into, tree.branch, tip, tree.repository, ())
        if theirs.is_true("merge-base", "--is-ancestor", tip, head):
            files = theirs.names("diff", "--name-only", "-z", f"{tree.start}...{tip}")
            noted = Landed(session, tip, into, tree.branch, tip, tree.repository, files)
            note(root, noted)
            return noted  # a person has merged it
        note(root, noted)
        try:
            commit = merging.merged(tree, session, (into, head), message, is_squashed=wish.is_squashed)
            files = theirs.names("diff", "--name-only", "-z", head, commit)
            noted = Landed(session, commit, into, tree.branch, tip, tree.repository, files)
            note(root, noted)
            move_forward(theirs, noted)
        except BaseException:
            merging.take_back(tree)
            raise
        if wish.keeps:
            merging.take_back(tree)
        return noted


def rehearsed(root: str, session: str, place: str) -> tuple[Landed, Sequence[str]]:
    """Return what would be landed, and the files with conflicts as far as this git can tell; changes nothing."""
    tree, theirs = prospect(root, session, place)
    if not tree.directory():
        raise merging.gone(session, tree)
    tip, index = tree.tip(), rundir.land_index(root)
    more = {"GIT_INDEX_FILE": index}
    with locks.hold(rundir.land_lock(root)):
        for words in (("read-tree", tip), ("add", "-A")):
            tree.git.run(*words, more=more)
        whole = tree.git.run("write-tree", more=more).stdout.strip()
        atomic.remove(index)
    commit = tree.git.ask("commit-tree", whole, "-p", tip, "-m", "what would be landed") or tip
    files = theirs.names("diff", "--name-only", "-z", f"HEAD...{commit}")
    if not files:
        raise merging.nothing(session)
    done = theirs.run("merge-tree", "--write-tree", "--name-only", "-z", "--no-messages", "HEAD", commit)
    at_odds = [name for name in done.stdout.split("\0")[1:] if name] if done.returncode == 1 else []
    return Landed(session, "", theirs.branch(), tree.branch, tip, tree.repository, files), at_odds


def prospect(root: str, session: str, place: str) -> tuple[Worktree, Git]:
    """Return the session's tree, and git in the person's; raises BadInput where the two cannot come together."""
    tree = worktrees.find(root, session)
    if tree is None:
        raise BadInput("cannot land", session, "it has no work tree of its own", "give one: scope spawn --worktree …")
    top = Git(("-C", place)).ask("rev-parse", "--show-toplevel") or place
    theirs = Git(("-C", top))
    home = next(iter((tree.store.ask("worktree", "list", "--porcelain") or "").splitlines()), "").partition(" ")[2]
    common = theirs.ask("rev-parse", "--path-format=absolute", "--git-common-dir") or ""
    if os.path.realpath(common) != tree.repository:
        raise BadInput("cannot land here what was done in", home, "this is another repository", f"cd {home}")
    into = theirs.branch()
    if not into:
        raise BadInput("cannot land in", top, "no branch is checked out there", f"git -C {top} switch BRANCH")
    if into == tree.branch:
        raise BadInput("cannot land in", top, "it is the session's own work tree", f"cd {home}")
    doing = theirs.under_way()
    if doing:
        raise BadInput("cannot land in", top, f"{doing} is under way there", f"git -C {top} status")
    changed = tracked_changes(theirs, noted_of(root, session))
    if changed:
        why = f"there are changes that are not committed: {listed(changed)}"
        raise BadInput("cannot land in", top, why, f"commit them, or: git -C {top} stash")
    return tree, theirs


def clear_away(root: str, session: str, landed: Landed) -> str:
    """Remove the work tree and the branch of what has landed; say why they stay where they must."""
    with locks.hold(rundir.land_lock(root)):
        tree = worktrees.find(root, session)
        if tree is None:
            return ""
        if is_live(layout.session(root, session)):
            return "something of the session still runs"
        if os.path.lexists(tree.path):
            if not tree.directory():
                return "git does not know it as a work tree"
            if _changes(tree.git):
                return "there are changes in it"
        # Without force: git itself refuses one that is locked, or has submodules. One that is gone is forgotten.
        done = tree.store.run("worktree", "remove", tree.path)
        if done.returncode and os.path.lexists(tree.path):
            return worktrees.own_words(done)
        if tree.tip():
            done = tree.store.run("update-ref", "-d", f"refs/heads/{tree.branch}", landed.tip)
            if done.returncode:
                return worktrees.own_words(done)
        atomic.remove(layout.branch_start(root, session))
    return ""


def is_live(directory: str) -> bool:
    """Tell whether anything of it runs, or is wished to."""
    attempt = layout.attempt(directory, record.latest_attempt(directory))
    # What may wait comes first: the rest is then as it is now.
    return remains.runs(attempt) or record.state(directory) not in TERMINAL or wishes.reopens(directory)


def move_forward(theirs: Git, noted: Landed) -> None:
    """Move the branch that is checked out there to what landed, or change nothing; raises BadInput or Failed."""
    if theirs.branch() != noted.into:
        raise BadInput("cannot land in", noted.into, "another branch was checked out meanwhile", "git switch -")
    hint = f"git status; then: scope land {noted.session}"
    # What git ignores there, such as a file that the tree had a copy of, is not written over either.
    words = ("merge", "--quiet", "--ff-only", "--no-overwrite-ignore", noted.commit)
    theirs.do("cannot move forward", noted.into, hint, *words)


def tracked_changes(theirs: Git, noted: Landed | None) -> tuple[str, ...]:
    """Return the files that differ from the person's commit; one that we were just moving forward is no change."""
    # Without a lock: whoever waits for a person's changes looks often, and must not be in the way of their commit.
    same = ("--no-renames", "--ignore-submodules=dirty")
    if noted is not None and noted.commit and not theirs.names("diff", "-z", "--name-only", *same, noted.commit):
        return ()
    said = theirs.names("status", "-z", "--untracked-files=no", *same)
    return tuple(entry[len("XY ") :] for entry in said)


def _changes(git: Git) -> bool:
    return git.ask("status", "--porcelain", "--untracked-files=all") != ""


def message_for(root: str, session: str) -> str:
    """Return the message of the commits that bring a session's work."""
    task = read_task(layout.session(root, session))
    title = "" if isinstance(task, Unreadable) else record.one_line(task.title())[:_TITLE]
    return f"scope {session}: {title or 'work'}\n\nThe work of session {session}."


def noted_of(root: str, session: str) -> Landed | None:
    """Return what was last noted of landing a session; None where nothing was."""
    try:
        said = json.loads(atomic.read(layout.landed(root, session), atomic.SMALL) or "null")
        return None if said is None else Landed(**{**said, "files": tuple(said["files"])})
    except (ValueError, TypeError, KeyError):
        return None


def note(root: str, landed: Landed) -> None:
    """Note where a session's work lands, before it is there; raises StoreFault."""
    atomic.replace(layout.landed(root, landed.session), json.dumps(asdict(landed)) + "\n")
    atomic.poke(layout.session(root, landed.session))  # somebody may wait for that
