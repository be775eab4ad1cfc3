"""Fixtures of the router: a desk of its own for a test that ends or breaks it, one office for all that do not."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.models.desk import Desk
from tests.models.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS = itertools.count(1)


class Office(Desk):
    """A desk with a running router and a provider; tests that share it have models and sessions of their own."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider

    def model(self, more: str = "", kind: str = "openai") -> str:
        """Return the entry of a deployment that nobody else has."""
        url = self.provider.url if kind == "openai" else self.provider.anthropic_url
        price = "" if "price" in more else "price: {input: 1, output: 2}, "
        retries = "" if "retries" in more else "retries: 0, "
        name = f"{kind}/m{next(_NUMBERS)}"
        return f'{{model: {name}, base_url: "{url}", api_key_env: TEST_KEY, {price}{retries}{more}}}'

    def levels(self, *entries: str, more: str = "") -> None:
        """Let level 0 be these deployments."""
        self.configure(f"models:\n  levels: {{0: [{', '.join(entries)}]}}\n{more}")

    def new(self, task: str = "", brief: str = "") -> tuple[str, str]:
        """Make a session and return its id and its token."""
        session = str(next(_NUMBERS))
        return session, self.session(session, task=task, brief=brief)

    def lines(self, session: str) -> list[dict[str, object]]:
        """The lines of the ledger of a session and of all below it."""
        return [line for line in self.ledger() if line["tree"] == session or line["session"] == session]


@pytest.fixture(scope="session")
def _office() -> Iterator[Office]:
    provider = Provider()
    made = Office(provider)
    try:
        made.configure(f"models:\n  levels: {{0: [{made.model()}]}}\n")
        made.start()
        yield made
    finally:
        made.close()
        provider.close()


@pytest.fixture
def office(_office: Office) -> Iterator[Office]:
    """The office; fails the test when a request found no turn."""
    _office.provider.problems.clear()
    yield _office
    _office.provider.check()


@pytest.fixture
def alone() -> Iterator[Office]:
    """An office for one test, without a router yet."""
    provider = Provider()
    made = Office(provider)
    try:
        yield made
    finally:
        made.close()
        provider.close()
