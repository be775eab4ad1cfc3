"""A private tmux server for the tests of the door to tmux."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import pytest

from scope.tmux.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.driver import World


@pytest.fixture
def server(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A private tmux server, reached from this very process."""
    world.run("init", code=0)
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)
    made = Server(str(world.root))
    made.ensure()
    yield made
    if made.identity:
        with contextlib.suppress(ProcessLookupError):
            os.kill(made.identity.pid, 9)
