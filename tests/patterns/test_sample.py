"""The repositories of the demonstration by themselves: one command for all, and one variable that mends each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope.patterns import plan, repository, sample

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_NAME = {each.name: each for each in sample.REPOSITORIES}
MENDED = {
    "ledger": {"tests": "src"},
    "almanac": {"tests": "src"},
    "herald": {"missing_module": "numerals"},
    "sundial": {"missing_module": "numerals"},
    "tariff": {"settings": "trial"},
    "voyage": {"settings": "trial"},
}
SAID = {
    "tests": "ImportError: Start directory is not importable: './tests'",
    "missing_module": "ModuleNotFoundError: No module named 'numerals'",
    "settings": "RuntimeError: no settings in config are named 'default'",
}


def run(place: Path, variables: Mapping[str, str]) -> tuple[int, str]:
    """Run the tests of a repository as its session would, then the check; return how it ended and what was said."""
    values = {**plan.VARIABLES, **variables}
    env = {**os.environ, "PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1"}
    words = [str(place.parent / plan.SCRIPT), values["tests"], values["missing_module"], values["settings"]]
    done = subprocess.run(words, cwd=place, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.returncode, done.stdout
    check = subprocess.run(plan.CHECK, shell=True, cwd=place, capture_output=True, text=True, check=False)  # noqa: S602
    return check.returncode, done.stdout + check.stdout


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One of the repositories, made."""
    script = tmp_path / plan.SCRIPT
    script.write_text(plan.RUN_TESTS)
    script.chmod(0o755)
    repository.make(str(tmp_path), BY_NAME[request.param])
    return tmp_path / str(request.param)


@pytest.mark.parametrize("place", BY_NAME, indirect=True)
def test_each_fails_as_its_kind_does_and_one_variable_mends_it(place: Path) -> None:
    """The last words name the quirk; with the variable more than no test runs, and git sees nothing new."""
    ((name, value),) = MENDED[place.name].items()
    code, said = run(place, {})
    assert code == 1
    assert SAID[name] in said
    code, said = run(place, {name: value})
    assert code == 0, said
    assert "\nOK\nRan " in said
    status = subprocess.run(["git", "-C", str(place), "status", "--porcelain"], capture_output=True, check=True)
    assert status.stdout == b""


@pytest.mark.parametrize("place", ["tariff", "voyage"], indirect=True)
def test_no_other_settings_would_do(place: Path) -> None:
    """What a person knows cannot be guessed: the tests run with each, and pass with one."""
    others = [path.stem for path in (place / "config").iterdir() if path.stem != "trial"]
    assert len(others) == 2
    for other in others:
        code, said = run(place, {"settings": other})
        assert code == 1
        assert "FAILED (failures=" in said


def test_a_suite_without_tests_does_not_pass(tmp_path: Path) -> None:
    """The check wants to see that some ran, also where unittest is content with none."""
    (tmp_path / "empty" / "tests").mkdir(parents=True)
    script = tmp_path / plan.SCRIPT
    script.write_text(plan.RUN_TESTS)
    script.chmod(0o755)
    assert run(tmp_path / "empty", {})[0] != 0
