"""Which walks are walked: a few short ones, or the one that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_SHORT = range(1, 5)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test the seeds of `--chaos-seed`: one, or a range such as 1-40."""
    if "seed" in metafunc.fixturenames:
        first, _, last = (metafunc.config.getoption("--chaos-seed") or "").partition("-")
        seeds = range(int(first), int(last or first) + 1) if first else _SHORT
        metafunc.parametrize("seed", seeds)
