"""What the READMEs of skills and agents show works as it stands there."""

from __future__ import annotations

import re
import shlex
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

PLACE = Path(__file__).parents[2]


def blocks(name: str) -> list[str]:
    """The markdown files that a README shows."""
    return re.findall(r"```markdown\n(.*?)```", (PLACE / name / "README.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("name", ["skills", "agents"])
def test_every_command_that_is_shown_is_one(name: str) -> None:
    """Words that can be copied."""
    text = " ".join((PLACE / name / "README.md").read_text().split())
    found = [words for words in re.findall(r"`(scope [^`]+)`", text) if "…" not in words]
    assert found
    for line in found:
        words = shlex.split(line)
        read(catalogue.load(words[1])[0], words[2:])


def test_the_agents_that_are_shown_can_be_taken() -> None:
    """One supervisor, one worker with a command and variables of its own."""
    found = [identity.parse("shown", parsed.keys, parsed.body) for parsed in map(document.parse, blocks("agents"))]
    assert [each.role for each in found if isinstance(each, Identity)] == ["supervisor", "worker"]


def test_the_runbook_that_is_shown_mends_what_it_says(town: World) -> None:
    """An attempt that fails with the error is made again with the other port."""
    (text,) = blocks("skills")
    place = town.root / "skills" / "runbooks"
    place.mkdir(parents=True)
    (place / "port-taken.md").write_text(text)
    serve = town.project / "serve"
    serve.write_text('#!/bin/sh\n[ "$2" = 180 ] && echo on $2 || { echo "error: port $2 is taken"; exit 1; }\n')
    serve.chmod(0o700)
    options = ("--playbook", "reframe,escalate", "--job-type", "serve", "--var", "port=80")
    assert town.wait(town.spawn(*options, "--", "./serve", "--port", "{{ port }}")) == "on 180\n"
