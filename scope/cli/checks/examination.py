"""All that `scope doctor` looks at, in the order in which it is told."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from scope.cli.checks import daemons, hooks, insides, logout, models, notices, programs, root, tidiness
from scope.cli.checks.finding import Finding
from scope.errors import ScopeError

if TYPE_CHECKING:
    from scope.cli.checks.finding import Check

CHECKS: Final[tuple[Check, ...]] = (
    programs.tmux,
    programs.git,
    programs.flock,
    root.root,
    tidiness.permissions,
    root.file_system,
    root.disk,
    daemons.watcher,
    daemons.socket,
    daemons.held,
    logout.survival,
    hooks.working,
    tidiness.leftovers,
    notices.notices,
    insides.path,
    root.config,
    models.models,
    daemons.router,
    models.found,
)


def every(place: str | None) -> list[Finding]:
    """Make all checks; `place` is the root, None where there is none yet."""
    return [finding for check in CHECKS for finding in _made(check, place)]


def _made(check: Check, place: str | None) -> list[Finding]:
    """Make a check; one that cannot be made is told like what it looks for, and hides none of the others."""
    try:
        return check(place)
    except ScopeError as error:
        return [Finding(check.__name__.replace("_", " "), False, error.line(), error.hint, True)]


def mend(found: list[Finding]) -> bool:
    """Do what is safe to do about findings, and say what that was; tell whether there was anything to do."""
    menders = [finding.mend for finding in found if finding.mend is not None and not finding.is_ok]
    for each in menders:
        try:
            sys.stderr.write(f"fixed: {each()}\n")
        except ScopeError as error:  # the others are worth a try
            sys.stderr.write(f"not fixed: {error.line()}\n")
    return bool(menders)
