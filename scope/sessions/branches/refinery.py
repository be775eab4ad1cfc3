"""A refinery: work is merged, checked and landed on a branch, one session after the other.

Each session's branch is merged onto the newest commit of the target in a tree of the refinery's own, and the check is
run there; only then is the target moved forward, in one step that git takes or refuses. Killed at any instruction it
has changed nothing of a person's, and the next one begins that session again. What cannot be merged, or fails its
check, goes back: its session has failed after all, and begins its next attempt on top of what it met.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from scope.errors import BadInput, Environment, Failed
from scope.laws import conflict
from scope.laws.conflict import Clash
from scope.laws.durations import words
from scope.sessions.branches import landing, merging, trial, worktrees
from scope.sessions.branches.landing import Landed, Wish
from scope.sessions.branches.worktrees import Git, Worktree, listed
from scope.sessions.records import record, wishes
from scope.store import atomic, attemptdir, layout, locks, rundir

if TYPE_CHECKING:
    from collections.abc import Callable

    from scope.laws.conflict import Setback
    from scope.laws.task import Task

_MARKED: Final = 1 << 20
_CHANGES: Final = "4"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a refinery lands: on which branch, under which check (empty: each session's own), and what it leaves."""

    into: str
    check: str = ""
    timeout_s: float = 3600.0
    is_squashed: bool = False
    keeps: bool = False
    allows_unverified: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one session's turn, and in words why."""

    kind: Literal["landed", "back", "nothing", "blocked", "again"]
    says: str
    landed: Landed | None = None


def refuse_no_branch(repository: str, into: str) -> None:
    """Raise BadInput where there is no such branch to land on."""
    if not Git((f"--git-dir={repository}",)).is_true("rev-parse", "--verify", "--quiet", f"refs/heads/{into}"):
        raise BadInput("cannot land on", into, f"there is no such branch in '{repository}'", "git branch --list")


class Refinery:
    """Lands the work of sessions in one repository; whoever makes one holds its lock."""

    def __init__(self, root: str, own: Worktree, terms: Terms, say: Callable[[str], None]) -> None:
        self._root = root
        self._own = own
        self._terms = terms
        self._say = say
        self._store = own.store

    def hindrance(self) -> str:
        """Say what keeps the branch from being moved now: a person who works where it is checked out."""
        place = self._place()
        if not place:
            return ""
        theirs = Git(("-C", place))
        doing = theirs.under_way()
        if doing:
            return f"'{self._terms.into}' is checked out in {place}, where {doing} is under way"
        changed = landing.tracked_changes(theirs, None)
        if changed:
            said = f"there are changes that are not committed: {listed(changed)}"
            return f"'{self._terms.into}' is checked out in {place}, where {said}"
        return ""

    def take(self, session: str, task: Task) -> Outcome:
        """Land one session's work, or give it back; raises BadInput, Failed or Environment for what is not its fault.

        After an error nothing of a person's is changed, and its tree and branch have all of its work.
        """
        with locks.hold(rundir.land_lock(self._root)):
            landed = landing.already(self._root, session)
            if landed is not None:
                return _brought(landed)
            tree = self._settled(session)
        tip, head = tree.tip(), self._head()
        if tip == tree.start:
            return Outcome("nothing", "it changed nothing")
        if self._store.is_true("merge-base", "--is-ancestor", tip, head):
            files = self._store.names("diff", "--name-only", "-z", f"{tree.start}...{tip}")
            return self._keep(Landed(session, tip, self._terms.into, tree.branch, tip, tree.repository, files))
        setback, commit = self._tried(session, task, tree, head)
        with locks.hold(rundir.land_lock(self._root)):
            # While its check ran, anybody may have gone on with it.
            landing.refuse_unready(self._root, session, Wish(self._terms.allows_unverified))
            if tree.tip() != tip or self._head() != head:
                return Outcome("again", f"'{self._terms.into}' or its own branch went on meanwhile")
            if setback is not None:
                return self._give_back(session, tree, setback, head)
            files = self._store.names("diff", "--name-only", "-z", head, commit)
            landed = Landed(session, commit, self._terms.into, tree.branch, tip, tree.repository, files)
            landing.note(self._root, landed)
            hindrance = self._advance(landed, head)
            if hindrance:
                return Outcome("blocked", hindrance)
        return _brought(landed)

    def _settled(self, session: str) -> Worktree:
        """Return a session's tree with all of its work committed on its branch."""
        landing.refuse_unready(self._root, session, Wish(self._terms.allows_unverified))
        tree = worktrees.find(self._root, session)
        if tree is None:
            raise BadInput("cannot land", session, "it has no work tree of its own")
        noted = landing.noted_of(self._root, session)
        merging.settle(session, tree, noted.tip if noted else "")
        merging.commit_rest(tree, landing.message_for(self._root, session))
        return tree

    def _tried(self, session: str, task: Task, tree: Worktree, head: str) -> tuple[Setback | None, str]:
        """Return the merged commit with which the check is content, or what is against it."""
        into, earlier = self._terms.into, self._earlier(session)
        git = self._own.git
        for step in (("reset", "--quiet", "--hard"), ("clean", "-ffdq")):
            cleaned = git.run(*step)
            if cleaned.returncode:  # which is not the work's doing
                raise Environment("cannot clean", self._own.path, worktrees.own_words(cleaned), "scope logs --help")
        mine = Worktree(self._own.path, tree.branch, tree.start, tree.repository)
        message = landing.message_for(self._root, session)
        try:
            commit = merging.merged(mine, session, (into, head), message, is_squashed=self._terms.is_squashed)
        except Failed as failed:
            files = merging.at_odds(mine)
            if not git.under_way():
                raise  # it did not come to a merge, which is not the work's doing
            if not files:
                return conflict.of_refusal(into, failed.why, earlier), ""
            return conflict.of_clashes(into, [self._clash(file, tree, head) for file in files], earlier), ""
        check = self._terms.check or task.check
        if not check:
            return None, commit
        place, more = self._where(task)
        self._say(f"{session} merged, now its check: {check}")
        tried = trial.run(check, place, more, self._terms.timeout_s)
        if tried.code == 0:
            return None, commit
        how = f"takes longer than {words(self._terms.timeout_s)}" if tried.is_late else f"fails (exit {tried.code})"
        return conflict.of_check(into, check, how, tried.lines, earlier), ""

    def _clash(self, file: str, tree: Worktree, head: str) -> Clash:
        """Return what met in one file."""
        path = os.path.join(self._own.path, file)
        text = atomic.tail(path, _MARKED).decode("utf-8", "replace") if not os.path.islink(path) else ""
        shared = self._store.ask("merge-base", head, f"refs/heads/{tree.branch}") or tree.start
        log = ("log", "--no-merges", f"-{_CHANGES}", "--format=%h %s", f"{shared}..{head}", "--", file)
        changes = (self._store.ask(*log) or "").splitlines()
        return Clash(file, text, tuple(record.one_line(line) for line in changes))

    def _where(self, task: Task) -> tuple[str, dict[str, str]]:
        """Return where a check is run, and with which variables: the refinery's own, or as the session runs its own."""
        if self._terms.check:
            return os.getcwd(), {}
        home = os.path.join(os.path.dirname(self._root), task.cwd)
        prefix = Git(("-C", home)).ask("rev-parse", "--show-prefix") or ""
        return os.path.join(self._own.path, prefix), dict(task.env)

    def _give_back(self, session: str, tree: Worktree, setback: Setback, head: str) -> Outcome:
        attempt = record.latest_attempt(layout.session(self._root, session))
        atomic.remove(layout.landed(self._root, session))  # what may be noted there did not come to pass
        onto = f"{head}\n{tree.repository}\n"
        atomic.replace(layout.onto(self._root, session), onto)
        wishes.give_back(self._root, session, setback.text(), setback.on, head)
        # Only now: killed before that, the next one gives it back.
        atomic.replace(layout.onto(self._root, session), f"{onto}{attempt}\n")
        return Outcome("back", setback.headline)

    def _advance(self, landed: Landed, head: str) -> str:
        """Move the branch forward, or say what is in the way."""
        hindrance, place = self.hindrance(), self._place()
        if hindrance:
            return hindrance
        if not place:
            ref = f"refs/heads/{landed.into}"
            done = self._store.run("update-ref", "-m", f"scope refine {landed.session}", ref, landed.commit, head)
            return worktrees.own_words(done) if done.returncode else ""
        try:
            landing.move_forward(Git(("-C", place)), landed)
        except (BadInput, Failed) as error:
            return error.line()
        return ""

    def _keep(self, landed: Landed) -> Outcome:
        with locks.hold(rundir.land_lock(self._root)):
            landing.note(self._root, landed)
        return _brought(landed)

    def _place(self) -> str:
        """Return where a person has the branch checked out, or rebases it; nothing where nobody has."""
        place, ours = "", f"refs/heads/{self._terms.into}"
        for line in (self._store.ask("worktree", "list", "--porcelain") or "").splitlines():
            if line.startswith("worktree "):
                place = line.removeprefix("worktree ")
            elif (line == f"branch {ours}" and os.path.isdir(place)) or (
                line == "detached" and Git(("-C", place)).rebased() == ours
            ):
                return place
        return ""

    def _head(self) -> str:
        ref = f"refs/heads/{self._terms.into}^{{commit}}"
        found = self._store.ask("rev-parse", "--verify", "--quiet", ref)
        if not found:
            raise Environment("cannot land on", self._terms.into, "the branch is gone", "git branch --list")
        return found

    def _earlier(self, session: str) -> str:
        directory = layout.session(self._root, session)
        return attemptdir.changes(layout.attempt(directory, record.latest_attempt(directory)))


def _brought(landed: Landed) -> Outcome:
    count = f"{len(landed.files)} file{'' if len(landed.files) == 1 else 's'}"
    return Outcome("landed", f"on '{landed.into}' as {landed.commit[:12]}: {count}", landed)
