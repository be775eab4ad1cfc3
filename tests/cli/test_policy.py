"""`policy` and `silence` at the command line: files of people's, listed, edited in a draft, ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scope.sessions.asking import escalations
from scope.sessions.asking.escalations import Escalation
from tests.cli.test_keys import KEYS

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World

CASE = Escalation("e1", "open", "failure", "Session 1 failed: error: x. What now?", fingerprint="v1-1", members=1)


def with_case(still: Stillness) -> World:
    """A root in which nothing moves, with one open case."""
    (still.world.root / "escalations").mkdir()
    (still.world.root / "escalations" / "e1.md").write_text(escalations.text(CASE))
    return still.world


def edit(world: World, script: str, code: int) -> str:
    """Edit the policy `mirror` with an editor that is a shell line; return what is said."""
    editor = world.base / "editor.sh"
    editor.write_text(f"#!/bin/sh\n{script}\n")
    editor.chmod(0o755)
    return world.run("policy", "edit", "mirror", env={"EDITOR": str(editor), "VISUAL": ""}, code=code).stderr


def test_an_edit_is_taken_only_when_it_is_in_order(still: Stillness) -> None:
    """The draft stays until then, and nobody takes it for a policy."""
    world = still.world
    world.run("policy", "new", "mirror", "--match", "class=lost", "--then", "retry", "--why", "it comes back", code=0)
    path = world.root / "policies" / "mirror.md"
    before = path.read_text()
    assert "did you mean 'retry'" not in edit(world, 'sed -i "s/then: retry/then: wait/" "$1"', 2)
    assert path.read_text() == before
    assert len(json.loads(world.run("policy", "--json", code=0).stdout)) == 1
    assert "this goes on with" in edit(world, 'sed -i "s/then: wait/then: fail/" "$1"', 0)
    assert path.read_text() == before.replace("then: retry", "then: fail")
    assert [each.name for each in path.parent.iterdir()] == ["mirror.md"]


def test_an_editor_that_fails_changes_nothing(still: Stillness) -> None:
    """And says where the draft lies."""
    still.world.run("policy", "new", "mirror", "--match", "class=lost", "--then", "retry", code=0)
    assert "the draft stays" in edit(still.world, "exit 3", 1)


def test_a_policy_is_listed_with_what_it_is_about_and_how_often_it_was_used(still: Stillness) -> None:
    """In lines with tabs; of the text no byte is changed when it is shown."""
    world = still.world
    world.run(
        "policy", "new", "mirror", "--match", "error=*down*", "--match", "label.team=web", "--then", "pass", code=0
    )
    assert world.run("policy", code=0).stdout == "mirror\tpass\t0\t-\terror=*down* label.team=web\n"
    assert world.run("policy", "show", "mirror", code=0).stdout == (world.root / "policies" / "mirror.md").read_text()
    assert (
        "there is a policy already"
        in world.run("policy", "new", "mirror", "--match", "class=lost", "--then", "fail", code=2).stderr
    )
    world.run("policy", "withdraw", "mirror", code=0)
    assert "it has ended already" in world.run("policy", "withdraw", "mirror", code=2).stderr


def test_silences_are_listed_until_they_end(still: Stillness) -> None:
    """With what is left of them, and why."""
    world = with_case(still)
    world.run("silence", "kind=failure", "class!=lost", "--for", "90m", "--why", "known", code=0)
    identity, left, match, why = world.run("silence", code=0).stdout.rstrip("\n").split("\t")
    assert (identity, match, why) == ("s1", "kind=failure class!=lost", "known")
    assert left in ("1h29m", "1h30m")
    assert world.run("inbox", "--state", "silenced", code=0).stdout.startswith("e1\tsilenced\t")
    assert "\nsilenced by: s1\n" in world.run("inbox", "show", "e1", code=0).stdout
    world.run("silence", "--expire", "s1", code=0)
    assert world.run("silence", code=0).stdout == ""
    assert world.run("silence", "--all", code=0).stdout.startswith("s1\tended\t")
    assert world.run("inbox", code=0).stdout.startswith("e1\topen\t")


def test_what_they_return_has_its_documented_keys(still: Stillness) -> None:
    """Of lists and of one."""
    world = with_case(still)
    new = ("policy", "new", "mirror", "--match", "class=lost", "--then", "retry")
    for name, words in (
        ("policy", new), ("policy", ("policy",)), ("silence", ("silence", "kind=failure", "--for", "1h")),
        ("silence", ("silence",)), ("ack", ("ack", "e1")), ("forward", ("forward", "e1", "human")),
        ("inbox", ("inbox",)), ("answer", ("answer", "e1", "fail", "--as-policy")),
    ):  # fmt: skip
        found = json.loads(world.run(*words, "--json", code=0).stdout)
        for each in found if isinstance(found, list) else [found]:
            assert tuple(each) == KEYS[name]
