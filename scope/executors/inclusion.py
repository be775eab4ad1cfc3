"""What `.worktreeinclude` names: ignored files of a repository that a new work tree begins with, such as `.env`.

The file lies at the top of the repository and has the patterns of a `.gitignore`. Only what git ignores, here and in
the new work tree, is copied: so nothing of it is ever taken for a change. Names are git's own answers, so none leads
out of the repository; links stay links; what the commit brings is never written over. Contents are never printed.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAME: Final = ".worktreeinclude"
_GIT: Final = ("git", "-c", "core.fsmonitor=false", "--no-optional-locks")


def main(top: str, tree: str, root: str) -> None:
    """Copy what is named from a repository into a work tree of it, and say what was left out."""
    named = _named(top, os.path.relpath(root, os.path.realpath(top)))
    there = _ignored(tree, [name for name in named if _is_inside(tree, name)])
    for name in there:
        _copy(os.path.join(top, name), os.path.join(tree, name))
    left = sorted(set(named).difference(there))
    if left:
        more = f" and {len(left) - 1} more" if left[1:] else ""
        sys.stdout.write(f"note: not copied, for git does not ignore it in the work tree: {left[0]}{more}\n")


def _named(top: str, root: str) -> list[str]:
    """Return the files that the patterns name and git does not track, without those below the root."""
    found = _names(top, ("ls-files", "-z", "--others", "--ignored", f"--exclude-from={NAME}"), ())
    # What ends with a slash is a repository of its own.
    return [name for name in found if not name.endswith("/") and not f"{name}/".startswith(f"{root}/")]


def _ignored(tree: str, names: Sequence[str]) -> list[str]:
    return _names(tree, ("check-ignore", "-z", "--stdin"), names) if names else []


def _is_inside(tree: str, name: str) -> bool:
    """Tell whether no link on the way leads elsewhere."""
    place = os.path.dirname(os.path.join(tree, name))
    return os.path.realpath(place) == place


def _copy(source: str, target: str) -> None:
    try:
        mode = os.lstat(source).st_mode
        if os.path.lexists(target) or not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    except FileNotFoundError:
        return  # it was removed meanwhile


def _names(place: str, words: Sequence[str], asked: Iterable[str]) -> list[str]:
    # Code 1 of check-ignore: none of them is.
    text = b"".join(os.fsencode(name) + b"\0" for name in asked)
    done = subprocess.run([*_GIT, "-C", place, *words], input=text, stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(done.returncode)
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as fault:
        raise SystemExit(f"error: {fault.strerror}: '{fault.filename}'") from fault
