"""The programs that work needs, or goes better with: tmux, git, flock."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Final

from scope.cli.checks.finding import Finding

_ANSWERS_WITHIN_S: Final = 5.0
_OLDEST: Final = (3, 2)
_INSTALL: Final = "apt-get install tmux, brew install tmux"


def tmux(_: str | None) -> list[Finding]:
    """Look for a tmux that can be run and is new enough."""
    place = shutil.which("tmux")
    if place is None:
        return [Finding("tmux", False, "it is not installed", _INSTALL, True)]
    try:
        done = subprocess.run([place, "-V"], capture_output=True, text=True, timeout=_ANSWERS_WITHIN_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return [Finding("tmux", False, f"{place} cannot be run: {error}", "install it again", True)]
    says = f"{done.stdout.strip()} ({place})"
    number = re.search(r"(\d+)\.(\d+)", done.stdout)
    if number is not None and (int(number[1]), int(number[2])) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        return [Finding("tmux", False, f"{says} is too old: work needs {oldest}", f"a newer one: {_INSTALL}", True)]
    return [Finding("tmux", True, says, is_needed=True)]


def git(_: str | None) -> list[Finding]:
    """Look for git."""
    return _program("git", "work that changes a repository is easier to look at with it", "apt-get install git")


def flock(_: str | None) -> list[Finding]:
    """Look for the program flock, which macOS has not."""
    return _program("flock", "Python takes its place, which makes each start a little slower", "install util-linux")


def _program(name: str, without: str, repair: str) -> list[Finding]:
    place = shutil.which(name)
    if place is None:
        return [Finding(name, False, f"it is not installed: {without}", repair)]
    return [Finding(name, True, place)]
