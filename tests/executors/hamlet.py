"""Small git repositories for tests, and what of them is a person's."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.driver import World

AUTHOR = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")


def git(place: Path, *words: str, code: int = 0) -> str:
    """Run git as a person would, and return what it prints."""
    said = subprocess.run(["git", *AUTHOR, *words], cwd=place, capture_output=True, text=True, check=False)
    assert said.returncode == code, (words, said.stdout, said.stderr)
    return said.stdout.strip()


def repository(place: Path, **files: str) -> str:
    """Make a repository with one commit, and return the commit."""
    place.mkdir(parents=True, exist_ok=True)
    git(place, "init", "--quiet", "-b", "main")
    for name, text in {"kept": "as it was\n", **files}.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (place / ".gitignore").write_text("*.log\n")
    git(place, "add", "-A")
    git(place, "commit", "--quiet", "-m", "first")
    return git(place, "rev-parse", "HEAD")


def picture(place: Path) -> dict[str, bytes]:
    """Every file of a person's, with git's own beside what a work tree and its branch need."""
    found = {}
    needed = (".scope/", ".git/objects/", ".git/worktrees/", ".git/logs/", ".git/refs/heads/scope/", ".git/packed-refs")
    # What is needed is not even looked into: others make and remove files there.
    for directory, below, files in os.walk(place):
        names = {name: os.path.relpath(f"{directory}/{name}", place) for name in (*below, *files)}
        below[:] = [name for name in below if not f"{names[name]}/".startswith(needed)]
        for name in files:
            if os.path.isfile(f"{directory}/{name}") and not names[name].startswith(needed):
                with contextlib.suppress(FileNotFoundError):  # a lock of git's, say
                    found[names[name]] = Path(directory, name).read_bytes()
    return found


def tree(world: World, session: str) -> Path:
    """The work tree of a session."""
    return world.root / "worktrees" / session
