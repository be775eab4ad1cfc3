"""The templates that ship, and the agents that are made from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scope.cli import catalogue
from scope.cli.grammar import read
from scope.laws import identity
from scope.laws.identity import Identity
from scope.store import document

if TYPE_CHECKING:
    from tests.driver import World

PLACE = Path(__file__).parents[2] / "agents"
SHIPPED = ("coordinator", "refinery", "supervisor", "worker")


@pytest.mark.parametrize("name", SHIPPED)
def test_each_template_that_ships_is_a_valid_identity(name: str) -> None:
    """With words that say how it works."""
    parsed = document.parse((PLACE / f"{name}.md").read_text())
    found = identity.parse(name, parsed.keys, parsed.body)
    assert isinstance(found, Identity)
    assert len(found.body.split()) > 40
    assert (found.role == "supervisor") == (name in ("coordinator", "supervisor"))


def test_the_refinerys_command_is_one() -> None:
    """It can be carried out as it stands there."""
    parsed = document.parse((PLACE / "refinery.md").read_text())
    found = identity.parse("refinery", parsed.keys, parsed.body)
    assert isinstance(found, Identity)
    assert found.command[0] == "scope"
    read(catalogue.load(found.command[1])[0], list(found.command[2:]))


def test_templates_are_listed_shown_and_made_into_agents(world: World) -> None:
    """A project's own template goes over one that ships."""
    world.run("init", code=0)
    listed = json.loads(world.run("agent", "list", "--json", code=0).stdout)
    assert {one["name"]: one["kind"] for one in listed} == dict.fromkeys(SHIPPED, "template")
    assert world.run("agent", "show", "worker", code=0).stdout == (PLACE / "worker.md").read_text()
    world.run("agent", "new", "web", "--from", "supervisor", code=0)
    made = world.run("agent", "new", "ann", "--supervisor", "web", code=0).stdout.strip()
    assert Path(made).read_text().endswith("Done is what the check passes, and nothing else.\n")
    assert "ann\tagent\tworker below web" in world.run("agent", code=0).stdout
    world.run("agent", "new", "ann", code=2)
    world.run("agent", "new", "eve", "--supervisor", "ann", code=2)
    (world.root / "agents" / "worker.md").write_text("---\nrole: worker\nlevel: 3\n---\nOurs.\n")
    world.run("agent", "new", "bob", code=0)
    assert json.loads(world.run("agent", "show", "bob", "--json", code=0).stdout)["level"] == 3


def test_what_cannot_be_taken_is_said_and_keeps_nothing_else_from_being_listed(world: World) -> None:
    """With its line."""
    world.run("init", code=0)
    (world.root / "agents" / "bad").mkdir(parents=True)
    (world.root / "agents" / "bad" / "identity.md").write_text("---\nrole: king\n---\n")
    (world.root / "agents" / "broken.md").write_text("---\nspam: 1\n---\n")
    said = world.run("agent", code=0).stdout
    assert "identity.md:2" in said
    assert "unknown key 'spam'" in said
    assert "coordinator\ttemplate" in said
