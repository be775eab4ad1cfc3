"""Fixtures of the executors' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.executors.hamlet import picture, repository
from tests.executors.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.driver import World


@pytest.fixture
def shop() -> Iterator[Workshop]:
    """A root with a session, a scripted model and its router; every request must find its turn."""
    made = Workshop()
    try:
        yield made
        made.provider.check()
    finally:
        made.close()


@pytest.fixture
def hamlet(town: World) -> Iterator[World]:
    """A town whose project is a repository, with changes of a person's that were not committed."""
    repository(town.project)
    (town.project / "kept").write_text("edited by hand\n")
    (town.project / "mine").write_text("not committed\n")
    (town.project / "my.log").write_text("ignored\n")
    before = picture(town.project)
    yield town
    assert picture(town.project) == before
