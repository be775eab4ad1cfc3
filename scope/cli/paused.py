"""Telling that a root is paused: to whoever lists, and may wonder why nothing begins."""

from __future__ import annotations

import os
import sys

from scope.store import layout


def tell(root: str) -> None:
    """Say on standard error that nothing begins, and what lets it go on; nothing where it is not paused."""
    if os.path.lexists(layout.pause(root)):
        from scope.sessions.records import pausing  # noqa: PLC0415 - most are not paused

        sys.stderr.write(f"{pausing.words(root)}; scope resume lets it go on\n")
