"""The work tree of a session, seen from outside: where it lies, whether it is still that, and git in it.

It is made and cleaned by the session's attempts (`executors.worktree`); what is here changes nothing by itself.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scope.errors import Environment, Failed
from scope.store import atomic, layout

if TYPE_CHECKING:
    from collections.abc import Mapping

LEADING: Final = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_IMPLICIT_WORK_TREE", "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE",
)  # fmt: skip
"""What a hook of git's, say, has in its environment: all of it would lead to another repository."""
_GIT: Final = ("git", "--no-optional-locks")  # who only looks is never in the way of a person's commit
_UNDER_WAY: Final = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
}


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one place, with the person's configuration and hooks."""

    place: tuple[str, ...]
    """The words that lead there."""

    def ask(self, *words: str) -> str | None:
        """Return what git answers, or None where it says no."""
        done = self.run(*words)
        return None if done.returncode else done.stdout.rstrip("\n")

    def names(self, *words: str) -> tuple[str, ...]:
        """Return the names in an answer that ends each with NUL (`-z`)."""
        return tuple(name for name in (self.ask(*words) or "").split("\0") if name)

    def is_true(self, *words: str) -> bool:
        """Tell whether git says yes."""
        return self.run(*words).returncode == 0

    def do(self, what: str, subject: str, hint: str, *words: str) -> str:
        """Have git do something; raises Failed with git's own words."""
        done = self.run(*words)
        if done.returncode:
            raise Failed(what, subject, own_words(done), hint)
        return done.stdout.rstrip("\n")

    def run(self, *words: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run git and return what came of it; raises Environment where there is no git."""
        kept = {name: value for name, value in os.environ.items() if name not in LEADING}
        try:
            return subprocess.run(
                [*_GIT, *self.place, *words],
                env={**kept, **(more or {})},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="surrogateescape",
                check=False,
            )
        except FileNotFoundError as error:
            raise Environment("cannot find git", hint="install it (apt-get install git, brew install git)") from error

    def under_way(self) -> str:
        """Say what is half done there, such as a merge; nothing where nothing is."""
        store = self.ask("rev-parse", "--absolute-git-dir") or ""
        return next((said for sign, said in _UNDER_WAY.items() if os.path.exists(f"{store}/{sign}")), "")

    def rebased(self) -> str:
        """Return the branch that is being rebased there, as git names it; nothing where none is."""
        store = self.ask("rev-parse", "--absolute-git-dir") or ""
        said = (atomic.read(f"{store}/{sign}/head-name", atomic.SMALL) for sign in ("rebase-merge", "rebase-apply"))
        return next((name.strip() for name in said if name), "") if store else ""

    def branch(self) -> str:
        """Return the branch that is checked out; nothing where HEAD is detached."""
        return (self.ask("symbolic-ref", "--quiet", "HEAD") or "").removeprefix("refs/heads/")


@dataclass(frozen=True, slots=True)
class Worktree:
    """What is known of a session's work tree; it may be gone."""

    path: str
    branch: str
    start: str
    repository: str

    @property
    def git(self) -> Git:
        """Git in the tree, which nothing that the work set there leads elsewhere."""
        return Git(("-C", self.path, f"--git-dir={self.path}/.git", f"--work-tree={self.path}"))

    @property
    def store(self) -> Git:
        """Git in the repository that it belongs to."""
        return Git((f"--git-dir={self.repository}",))

    def directory(self) -> str:
        """Return git's own directory for the tree; nothing where git does not know it as the session's own."""
        own = f"{self.path}/.git"
        if os.path.realpath(own) != own or not os.path.isfile(own):
            return ""
        found = self.git.ask("rev-parse", "--absolute-git-dir") or ""
        back = (atomic.read(f"{found}/gitdir", atomic.SMALL) or "").strip() if found else ""
        return found if os.path.dirname(found) == f"{self.repository}/worktrees" and back == own else ""

    def tip(self) -> str:
        """Return the newest commit of its branch; nothing where there is no such branch."""
        return self.store.ask("rev-parse", "--verify", "--quiet", f"refs/heads/{self.branch}^{{commit}}") or ""


def find(root: str, session: str) -> Worktree | None:
    """Return what is known of a session's work tree; None where it has none. Raises StoreFault."""
    said = (atomic.read(layout.branch_start(root, session), atomic.SMALL) or "").splitlines()
    if len(said) != len(("commit", "repository")):
        return None
    return Worktree(layout.worktree(root, session), f"scope/{session}", *said)


def own_words(done: subprocess.CompletedProcess[str]) -> str:
    """Return why git did not do it, in one line: its error, and the files that it names below."""
    lines = [line for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    files = [line.strip() for line in lines if line.startswith("\t")]
    said = next((line for line in lines if line.startswith(("fatal: ", "error: "))), lines[-1] if lines else "")
    said = said.removeprefix("fatal: ").removeprefix("error: ").strip()
    return f"{said} {listed(files)}" if files else said or f"git ended with {done.returncode}"


def listed(files: tuple[str, ...] | list[str], at_most: int = 5) -> str:
    """Return some names in one line."""
    left = len(files) - at_most
    return ", ".join(files[:at_most]) + (f" and {left} more" if left > 0 else "")
