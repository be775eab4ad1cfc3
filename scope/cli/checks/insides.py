"""What a session finds inside: whether it can call `scope`, and whether that is this one."""

from __future__ import annotations

import os
import shutil
import sys

from scope.cli.checks.finding import Finding


def path(_: str | None) -> list[Finding]:
    """Look for `scope` on the PATH that sessions are given, which is that of who spawns them."""
    ours = os.path.realpath(sys.argv[0])
    found = shutil.which("scope")
    if found is None:
        says = "a session that is spawned here finds no scope on its PATH: it cannot spawn, ask or fail"
        return [Finding("PATH", False, says, f"export PATH={os.path.dirname(ours)}:$PATH")]
    if os.path.realpath(found) != ours:
        says = f"sessions find another scope on their PATH: {found}; this one is {ours}"
        return [Finding("PATH", False, says, f"export PATH={os.path.dirname(ours)}:$PATH")]
    return [Finding("PATH", True, f"sessions find scope at {found}")]
