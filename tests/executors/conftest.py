"""Fixtures of the executors' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.executors.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def shop() -> Iterator[Workshop]:
    """A root with a session, a scripted model and its router; every request must find its turn."""
    made = Workshop()
    try:
        yield made
        made.provider.check()
    finally:
        made.close()
