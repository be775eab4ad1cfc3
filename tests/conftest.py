"""Fixtures: every test that needs one gets a machine of its own."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.driver import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.models.provider import Provider

# How long an example takes is a figure of the machine: nothing fails for being slow. The suite tries the same
# examples each time, so that what fails has been broken by a change; HYPOTHESIS_PROFILE=explore looks for new ones.
_SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("same", deadline=None, derandomize=True, suppress_health_check=_SLOW)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=3000, suppress_health_check=_SLOW)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
# Started in the background, as by a CI job, all processes would ignore Ctrl-C, the ones under test too.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What a developer's own environment would bring along.
for _name in [name for name in os.environ if name.startswith(("SCOPE_", "TMUX"))]:
    del os.environ[_name]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--chaos-seed 7 --chaos-sessions 40` walks one chaos walk again; `--chaos-seed 1-40` walks many."""
    parser.addoption("--chaos-seed", default="", help="the seed of the chaos walk, or a range: 7, 1-40")
    parser.addoption("--chaos-sessions", type=int, default=12, help="how many sessions a chaos walk spawns")


@pytest.fixture
def world() -> Iterator[World]:
    """A private home, project and tmux server; everything in it is ended afterwards."""
    made = World()
    try:
        yield made
    finally:
        made.close()


SETTINGS = """\
grace: 500ms
escalation: {group_wait: 100ms, group_interval: 300ms, repeat_interval: 1h, advisor_wait: 10s}
supervision: {pause: 100ms, pause_at_most: 1s}
triggers: {disk: 100%, every: 100ms}
"""


@pytest.fixture
def town(world: World) -> World:
    """A world whose supervisors take milliseconds for what takes minutes at night."""
    world.run("init", code=0)
    (world.root / "config.yaml").write_text(SETTINGS)
    return world


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A scripted provider of models on loopback; a request that finds no turn fails the test."""
    from tests.models.provider import Provider  # noqa: PLC0415 - aiohttp is not for every test

    made = Provider()
    try:
        yield made
        made.check()
    finally:
        made.close()


MODELS = """\
models:
  levels:
    0:
      - {{model: openai/small, base_url: "{url}", api_key_env: TEST_MODEL_KEY, retries: 0,
          price: {{input: 1, output: 2}}}}
"""


@pytest.fixture
def study(town: World, provider: Provider) -> World:
    """A town with a model at level 0; its key stands in the environment of every command."""
    town.env["TEST_MODEL_KEY"] = "sk-test-12345678"
    (town.root / "config.yaml").write_text(SETTINGS + MODELS.format(url=provider.url))
    return town


@pytest.fixture
def quick(world: World) -> World:
    """A world whose attempts have half a second between TERM and KILL."""
    world.configure(grace="500ms")
    return world
