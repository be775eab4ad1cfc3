"""Fixtures of the command line's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stillness import Stillness, every_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.driver import World


@pytest.fixture
def still(world: World) -> Iterator[Stillness]:
    """A root by hand, without sessions, in which nothing moves."""
    made = Stillness(world)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def states(still: Stillness) -> World:
    """A root by hand with a session in every state."""
    every_state(still)
    return still.world
