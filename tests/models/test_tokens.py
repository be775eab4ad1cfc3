"""Tokens: each speaks for one attempt of one root, and nobody else can make one."""

from __future__ import annotations

import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.errors import StoreFault
from scope.models import tokens

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("session", "attempt"), [("1", 1), ("2.10.3", 12)])
def test_a_token_says_whose_it_is(tmp_path: Path, session: str, attempt: int) -> None:
    """What is made is verified, also by another process, as after a restart."""
    token = tokens.make(str(tmp_path), session, attempt)
    assert tokens.verify(str(tmp_path), token) == (session, attempt)
    code = f"from scope.models import tokens; print(tokens.verify({str(tmp_path)!r}, {token!r}))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == str((session, attempt))


@given(st.text())
def test_no_other_text_is_a_token(text: str) -> None:
    """Whatever somebody sends."""
    assert tokens.verify("/nonexistent", text) is None


def test_a_token_cannot_be_changed(tmp_path: Path) -> None:
    """Another session, another attempt, another root: none of them takes it."""
    token = tokens.make(str(tmp_path), "1.1", 1)
    for other in (token.replace("-1.1-", "-1.2-"), token.replace("-1.1-1-", "-1.1-2-"), token[:-1], f"{token}0"):
        assert tokens.verify(str(tmp_path), other) is None
    assert tokens.verify(str(tmp_path / "other"), token) is None


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    """Many that need it first at once agree on one."""
    code = "import sys; from scope.models import tokens; print(tokens.make(sys.argv[1], '1', 1))"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    made = {process.communicate()[0] for process in processes}
    assert len(made) == 1
    path = tmp_path / "run" / "router.secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().strip()) == 64
    assert [one.name for one in path.parent.iterdir()] == ["router.secret"]


def test_a_secret_that_is_none_is_not_used(tmp_path: Path) -> None:
    """A file that somebody shortened is an error that names the way out."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "router.secret").write_text("short")
    with pytest.raises(StoreFault, match="holds no secret"):
        tokens.make(str(tmp_path), "1", 1)
