"""Where the demonstration lies: a directory of its own, with real git repositories in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Final

from scope.errors import BadInput, Environment, from_os
from scope.patterns.sample import IGNORED
from scope.store import atomic

if TYPE_CHECKING:
    from scope.patterns.sample import Repository

_AUTHOR: Final = {
    f"GIT_{who}_{what}": said
    for who in ("AUTHOR", "COMMITTER")
    for what, said in (("NAME", "scope demo"), ("EMAIL", "demo@scope.invalid"))
}
_OWN_DEFAULTS: Final = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def require_git() -> None:
    """Raise Environment where no git is on the path."""
    if shutil.which("git") is None:
        raise Environment("cannot find git", hint="install it (apt-get install git, brew install git), then try again")


def make(directory: str, repository: Repository) -> None:
    """Make one repository in a directory, of two commits: what it is, and its tests."""
    place = f"{directory}/{repository.name}"
    atomic.directory(place)
    _git(place, "init", "--quiet", "--template=")
    tests = {path: text for path, text in repository.files.items() if "test" in path}
    own = {path: text for path, text in repository.files.items() if path not in tests}
    readme = f"# {repository.name}\n\nA library that {repository.about}. Made by `scope demo`.\n"
    _commit(place, f"{repository.name} {repository.about}", {"README.md": readme, ".gitignore": IGNORED, **own})
    _commit(place, "tests", tests)


def new_directory() -> str:
    """Make a new directory among the temporary ones and return its real path."""
    place = os.path.join(os.path.realpath(tempfile.gettempdir()), "scope-demo")
    number = 1
    while True:
        chosen = place if number == 1 else f"{place}-{number}"
        number += 1
        try:
            os.mkdir(chosen, 0o700)
        except FileExistsError:
            continue
        except OSError as error:
            raise from_os(error, "cannot make the directory", chosen) from error
        return chosen


def empty_directory(wanted: str) -> str:
    """Make the directory that was asked for, unless it is there and empty, and return its real path."""
    directory = os.path.realpath(wanted)
    hint = "name one that is new or empty, or none: scope demo"
    if os.path.lexists(directory) and not os.path.isdir(directory):
        raise BadInput("cannot make a demo in", wanted, "it is not a directory", hint)
    atomic.directory(directory)
    try:
        is_empty = not os.listdir(directory)
    except OSError as error:
        raise from_os(error, "cannot look into", wanted) from error
    if not is_empty:
        raise BadInput("cannot make a demo in", wanted, "it is not empty", hint)
    return directory


def _commit(directory: str, message: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        atomic.directory(os.path.dirname(f"{directory}/{path}"))
        atomic.replace(f"{directory}/{path}", text, mode=0o644)
    _git(directory, "add", "--all")
    _git(directory, "commit", "--quiet", "--message", message)


def _git(directory: str, *words: str) -> None:
    """Run git by its own defaults: a person's identity, hooks and signing keys are neither used nor changed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-C", directory, *words],  # noqa: S607 - whichever git they use
        env={**inherited, **_OWN_DEFAULTS, **_AUTHOR},
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
    )
    if done.returncode:
        why = " ".join(done.stderr.split()) or f"exit {done.returncode}"
        raise Environment("cannot make a git repository in", directory, why, "see what git you have: git --version")
