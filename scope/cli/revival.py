"""Reviving the router: any command brings it back for work that waits for it, where it has the keys."""

from __future__ import annotations

import os

from scope.store import rundir


def renew(root: str) -> None:
    """Give the router of this root what keys are set here: those of work that failed for one may have changed."""
    if os.path.exists(rundir.router_address(root)) or os.path.exists(rundir.router_wanted(root)):
        from scope.models import starting  # noqa: PLC0415 - imports yaml, and only where models were called

        starting.revive(root)


def revive(root: str) -> None:
    """Start the router that work of this root waits for, if there is such work; mostly one look at a file."""
    if os.path.exists(rundir.router_wanted(root)):
        from scope.models import starting  # noqa: PLC0415 - imports yaml, and only where work waits

        starting.revive(root)
