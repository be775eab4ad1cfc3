"""What landing sees of a person's repository, and how it looks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scope.sessions.branches import landing
from scope.sessions.branches.worktrees import Git
from tests.executors.hamlet import git, repository

if TYPE_CHECKING:
    from pathlib import Path


def test_a_persons_changes_are_seen_without_taking_the_lock_of_their_index(tmp_path: Path) -> None:
    """They may be about to commit. A file that was only touched is no change; names are told as they are."""
    repository(tmp_path)
    theirs = Git(("-C", str(tmp_path)))
    strange = tmp_path / "a b\n'é'"
    strange.write_text("one\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "strange")
    os.utime(strange, (1, 1))
    (tmp_path / ".git" / "index.lock").write_text("theirs")
    assert landing.tracked_changes(theirs, None) == ()
    strange.write_text("two\n")
    (tmp_path / "untracked").touch()
    assert landing.tracked_changes(theirs, None) == (strange.name,)
    assert (tmp_path / ".git" / "index.lock").read_text() == "theirs"
