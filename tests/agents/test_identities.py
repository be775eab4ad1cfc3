"""Looking agents up, and the way from one up to the human."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from scope.agents import identities
from scope.errors import BadInput, NotFound
from scope.laws.identity import Identity
from scope.store import atomic, layout

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What outlives the project."""
    monkeypatch.setenv("SCOPE_HOME", str(tmp_path / "home"))
    return os.path.realpath(tmp_path / "home")


@pytest.fixture
def root(tmp_path: Path, home: str) -> str:
    """A root that has nothing yet."""
    return str(tmp_path / "root")


def _write(place: str, name: str, *lines: str, body: str = "") -> str:
    directory = f"{layout.agents(place)}/{name}"
    atomic.directory(directory)
    path = layout.identity(directory)
    atomic.replace(path, "\n".join(["---", *lines, "---", body]))
    return path


def test_an_agent_is_found_in_the_project_else_in_the_home(root: str, home: str) -> None:
    """The nearer one is somebody else of the same name."""
    assert identities.find(root, "web") is None
    _write(home, "web", body="From home.")
    assert identities.find(root, "web") == Identity("web", body="From home.")
    _write(root, "web", "role: supervisor", body="Of the project.")
    assert identities.find(root, "web") == Identity("web", role="supervisor", body="Of the project.")


def test_words_alone_are_an_identity(root: str) -> None:
    """Nothing needs to be said but how it works."""
    path = _write(root, "web")
    atomic.replace(path, "Be brief.\n")
    assert identities.find(root, "web") == Identity("web", body="Be brief.\n")


@pytest.mark.parametrize("name", ["", "..", "../agents/web", "web/", "WEB", "\0", "a" * 999, "\udc80"])
def test_what_is_no_name_is_nobodys(root: str, name: str) -> None:
    """No name leads out of `agents/`."""
    _write(root, "web")
    assert identities.find(root, name) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\n\nrole: boss\n---\n", "identity.md:3': 'role' takes one of"),
        ("---\nstrategy: one_for_one\nspn: 3\n---\n", "identity.md:3': unknown key 'spn', did you mean 'span'?"),
        ("---\nrole: [\n---\n", "identity.md:"),
        ("---\nrole: worker\n", "identity.md:1': the frontmatter does not close"),
    ],
)
def test_what_is_wrong_with_an_identity_is_said_with_file_and_line(root: str, text: str, says: str) -> None:
    """An editor can jump there; the home's is not taken instead."""
    atomic.replace(_write(root, "web"), text)
    with pytest.raises(BadInput) as error:
        identities.find(root, "web")
    assert says in error.value.line()
    assert error.value.hint


def test_the_chain_leads_from_an_agent_to_the_one_below_the_human(root: str, home: str) -> None:
    """Across project and home."""
    _write(root, "web", "supervisor: lead")
    _write(home, "lead", "supervisor: chief")
    _write(root, "chief")
    assert [identity.name for identity in identities.chain(root, "web")] == ["web", "lead", "chief"]
    assert [identity.name for identity in identities.chain(root, "chief")] == ["chief"]
    assert identities.chain(root, "human") == ()


def test_a_chain_from_nobody_is_not_found(root: str) -> None:
    """Which is no mistake in any file."""
    with pytest.raises(NotFound):
        identities.chain(root, "web")
    with pytest.raises(NotFound):
        identities.chain(root, "../web")


def test_supervisors_that_lead_back_are_named_in_their_circle(root: str) -> None:
    """And nobody is asked for ever."""
    _write(root, "web", "supervisor: a")
    _write(root, "a", "role: supervisor", "supervisor: b")
    path = _write(root, "b", "supervisor: a")
    with pytest.raises(BadInput) as error:
        identities.chain(root, "web")
    assert error.value.line() == f"cannot follow '{path}:2': the supervisors lead back: a → b → a"


def test_an_agent_is_not_its_own_supervisor(root: str) -> None:
    """The smallest circle."""
    _write(root, "a", "supervisor: a")
    with pytest.raises(BadInput, match="a → a"):
        identities.chain(root, "a")


def test_a_supervisor_that_is_no_agent_is_a_mistake_in_the_file_that_names_it(root: str) -> None:
    """With the line that names it."""
    path = _write(root, "web", "role: worker", "supervisor: lead")
    with pytest.raises(BadInput) as error:
        identities.chain(root, "web")
    assert error.value.line() == f"cannot follow '{path}:3': its supervisor 'lead' is no agent"


def test_a_file_for_the_human_is_refused(root: str) -> None:
    """Whoever writes it learns that nobody reads it."""
    _write(root, "human")
    with pytest.raises(BadInput, match="no agent can be called 'human'"):
        identities.find(root, "human")
