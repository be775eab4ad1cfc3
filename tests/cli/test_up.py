"""`scope up`: identities come to what is declared, what a person wrote stays, and a running watcher takes it up."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.driver import until

if TYPE_CHECKING:
    from tests.driver import World

TREE = """\
supervisors:
  mayor:
    template: coordinator
    children:
      web: {span: 6, strategy: rest_for_one, triggers: {attempts: 3}, agents: [ann]}
"""


@pytest.fixture
def hall(world: World) -> World:
    """A root with a declared tree that nobody has applied."""
    world.run("init", code=0)
    declare(world, TREE)
    return world


def declare(world: World, text: str) -> None:
    """Write the tree as a person would."""
    (world.root / "tree.yaml").write_text(text)


def identity(world: World, name: str) -> Path:
    """An agent's file."""
    return world.root / "agents" / name / "identity.md"


def changes(world: World, *words: str, code: int = 0) -> dict[str, str]:
    """What `up` tells of each agent."""
    said: list[dict[str, Any]] = json.loads(world.run("up", *words, "--json", code=code).stdout)
    return {one["name"]: one["change"] for one in said}


def test_a_declared_tree_becomes_identities_with_the_text_of_their_templates(hall: World) -> None:
    """First said, then done; done again, nothing is left to do."""
    dry = hall.run("up", "--dry-run", code=1)
    assert "+ web: role: supervisor, supervisor: mayor, span: 6, strategy: rest_for_one" in dry.stdout
    assert not (hall.root / "agents").exists()
    assert changes(hall) == {"mayor": "added", "web": "added", "ann": "added"}
    assert "It stands above the supervisors" in identity(hall, "mayor").read_text()
    assert "supervisor: web\n" in identity(hall, "ann").read_text()
    before = {name: identity(hall, name).stat().st_ino for name in ("mayor", "web", "ann")}
    assert changes(hall) == {"mayor": "same", "web": "same", "ann": "same"}
    assert {name: identity(hall, name).stat().st_ino for name in before} == before
    assert hall.run("up", "--dry-run", code=0).stdout == ""


def test_a_new_declaration_changes_its_keys_and_nothing_else(hall: World) -> None:
    """The text, other keys and comments of a person's stay; what is declared no more of an agent goes."""
    hall.run("up", code=0)
    path = identity(hall, "web")
    path.write_text(path.read_text().replace("span: 6", "span: 6  # of six hands") + "By hand.\n")
    declare(hall, TREE.replace("span: 6, strategy: rest_for_one", "span: 9"))
    said = hall.run("up", "--dry-run", code=1).stdout
    assert said == "~ web: span: 6 → 9, strategy: rest_for_one → none\n"
    hall.run("up", code=0)
    assert "span: 9" in path.read_text()
    assert "strategy" not in path.read_text()
    assert path.read_text().endswith("By hand.\n")
    assert changes(hall)["web"] == "same"


def test_the_same_value_in_other_words_is_no_difference(hall: World) -> None:
    """Ten minutes are 600 seconds."""
    declare(hall, "supervisors: {web: {period: 10m}}\n")
    hall.run("up", code=0)
    declare(hall, "supervisors: {web: {period: 600}}\n")
    assert changes(hall) == {"web": "same"}


def test_what_a_person_changed_since_is_said_and_stays(hall: World) -> None:
    """Exit code 3 until somebody says whose word holds; all others are brought up."""
    hall.run("up", code=0)
    path = identity(hall, "web")
    path.write_text(path.read_text().replace("span: 6", "span: 7"))
    declare(hall, TREE.replace("[ann]", "[ann, bob]"))
    said = hall.run("up", "--dry-run", code=3)
    assert "! web: span: 7 → 6" in said.stdout
    assert changes(hall, code=3) == {"mayor": "same", "web": "conflict", "ann": "same", "bob": "added"}
    assert "span: 7" in path.read_text()
    hall.run("up", "--force", code=0)
    assert "span: 6" in path.read_text()
    assert changes(hall)["web"] == "same"


def test_an_identity_that_somebody_wrote_before_is_not_overwritten(hall: World) -> None:
    """What it says otherwise is a conflict; what it does not say is added."""
    identity(hall, "web").parent.mkdir(parents=True)
    identity(hall, "web").write_text("---\nrole: supervisor\nsupervisor: mayor\nspan: 4\n---\nMine.\n")
    assert changes(hall, code=3)["web"] == "conflict"
    assert identity(hall, "web").read_text().endswith("span: 4\n---\nMine.\n")
    declare(hall, TREE.replace("span: 6", "span: 4"))
    hall.run("up", code=0)
    assert identity(hall, "web").read_text().endswith("---\nMine.\n")
    assert "strategy: rest_for_one" in identity(hall, "web").read_text()


def test_who_is_declared_no_more_stays_until_pruned_and_never_goes_while_needed(hall: World) -> None:
    """Who was not written by up is not asked about; what an agent learned stays."""
    hall.run("up", code=0)
    hall.run("agent", "new", "own", code=0)
    session = hall.spawn("--supervisor", "web", "--", "sleep", "600")
    declare(hall, "supervisors: {mayor: {template: coordinator}}\n")
    assert changes(hall) == {"mayor": "same", "ann": "undeclared", "web": "undeclared"}
    assert identity(hall, "ann").exists()
    said = hall.run("up", "--prune", code=0)
    assert f"web stays: it supervises session {session}" in said.stderr
    assert not identity(hall, "ann").exists()
    assert (identity(hall, "ann").parent / "identity.retired.md").exists()
    hall.run("abort", session, code=0)
    hall.until_state(session, "aborted")
    hall.run("up", "--prune", code=0)
    assert not identity(hall, "web").exists()
    assert identity(hall, "own").exists()


def test_nobody_goes_to_whom_somebody_who_stays_reports(hall: World) -> None:
    """Else the way up from a live session would end; once nobody is needed all go, each after those below it."""
    hall.run("up", code=0)
    session = hall.spawn("--supervisor", "web", "--", "sleep", "600")
    declare(hall, "supervisors: {other: {}}\n")
    said = hall.run("up", "--prune", code=0)
    assert "mayor stays: 'web' reports to it" in said.stderr
    other = hall.spawn("--supervisor", "web", "--", "true")
    hall.run("abort", session, code=0)
    hall.wait(session, other, code=1)  # one was aborted
    hall.run("up", "--prune", code=0)
    assert not identity(hall, "web").exists()
    assert not identity(hall, "mayor").exists()


def test_every_mistake_is_told_with_its_line_and_nothing_is_written(hall: World) -> None:
    """Also a key that is there twice."""
    declare(hall, "supervisors:\n  web: {span: 6}\n  api:\n    supervisor: wb\n  web: {}\n")
    said = hall.run("up", code=2)
    assert "line 4: there is no supervisor 'wb', did you mean 'web'?" in said.stderr
    assert "line 5: 'web' is there twice" in said.stderr
    declare(hall, "supervisors:\n  web:\n    spam: 6\n    span: six\nagnts: []\n")
    said = hall.run("up", code=2)
    for line in (
        "line 3: unknown key 'spam', did you mean 'span'?",
        "line 4: 'span' takes a whole number, not 'six'",
        "line 5: unknown key 'agnts', did you mean 'agents'?",
    ):
        assert line in said.stderr
    assert not (hall.root / "agents").exists()


def test_killed_in_between_the_next_call_finishes(hall: World) -> None:
    """At whichever write: never half an identity, and never a conflict of its own making."""
    names = [f"w{number}" for number in range(12)]
    for turn in range(4):
        agents = ", ".join(f"{name}: {{level: {turn}}}" for name in names)
        declare(hall, f"supervisors: {{web: {{span: {turn + 2}, agents: {{{agents}}}}}}}\n")
        process = hall.start("up", start_new_session=True)
        late = identity(hall, names[turn * 3])
        until(
            lambda late=late, turn=turn, process=process: (
                (late.exists() and f"level: {turn}" in late.read_text()) or process.poll() is not None
            )
        )
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert "conflict" not in changes(hall).values()
        assert set(changes(hall).values()) == {"same"}
    assert not list(hall.root.rglob("*.new-*")) or changes(hall)


def test_a_running_watcher_takes_a_new_strategy_and_intensity_up(town: World) -> None:
    """Without a restart: with an intensity of 0 the same failure makes the supervisor give up."""
    declare(town, "supervisors: {web: {playbook: [restart, escalate], intensity: 9}}\n")
    town.run("up", code=0)
    first = town.spawn("--supervisor", "web", "--retries", "1", "--", "sh", "-c", "echo no; exit 1")
    town.until_state(first, "escalated")
    assert town.moves(first).count("start") == 2
    pid = town.watcher_pid()
    declare(town, "supervisors: {web: {playbook: [restart, escalate], intensity: 0}}\n")
    town.run("up", code=0)
    until(lambda: town.run("explain", first, "--json").stdout.find('"intensity": 0') > 0)

    def gives_up() -> bool:
        session = town.spawn("--supervisor", "web", "--retries", "1", "--", "sh", "-c", "echo other; exit 1")
        town.until_state(session, "escalated")
        return town.moves(session).count("start") == 1

    until(gives_up)
    assert town.watcher_pid() == pid


def test_a_supervisors_own_triggers_end_local_recovery_below_it(town: World) -> None:
    """After one failed attempt it goes up, whatever else its playbook would try."""
    declare(town, "supervisors: {web: {playbook: [restart, escalate], triggers: {attempts: 1}}}\n")
    town.run("up", code=0)
    session = town.spawn("--supervisor", "web", "--retries", "3", "--", "sh", "-c", "echo no; exit 1")
    town.until_state(session, "escalated")
    assert town.moves(session).count("start") == 1


def test_inside_a_session_the_tree_is_looked_at_and_not_changed(hall: World) -> None:
    """Authority flows down."""
    inside = {"SCOPE_SESSION": "1"}
    hall.run("up", code=2, env=inside)
    hall.run("agent", "new", "me", code=2, env=inside)
    hall.run("up", "--dry-run", code=1, env=inside)
    assert not (hall.root / "agents").exists()


DYING = """\
import sys
from tests.supervision import mortal
mortal.arm(int(sys.argv[1]))
from scope.cli.main import answer
sys.exit(answer(["up", "--prune"]))
"""


def test_killed_before_any_step_the_next_up_makes_the_same_tree(world: World) -> None:
    """Added, changed and retired in one; what a person wrote beside it stays, whatever was cut off."""
    world.run("init", code=0)
    declare(world, TREE)
    world.run("up", code=0)
    with identity(world, "web").open("a") as file:
        file.write("Be kind.\n")
    declare(world, TREE.replace("span: 6", "span: 4").replace("[ann]", "[bob]"))
    kept, step, code = world.base / "kept", 0, -signal.SIGKILL
    shutil.copytree(world.root / "agents", kept)
    while code:
        step += 1
        shutil.rmtree(world.root / "agents")
        shutil.copytree(kept, world.root / "agents")
        env = {**world.env, "PYTHONPATH": str(Path(__file__).parents[2])}
        code = subprocess.call([sys.executable, "-c", DYING, str(step)], cwd=world.project, env=env)
        assert code in (0, -signal.SIGKILL)
        world.run("up", "--prune", code=0)
        assert changes(world) == {"mayor": "same", "web": "same", "bob": "same"}, step
        assert "span: 4" in identity(world, "web").read_text(), step
        assert identity(world, "web").read_text().endswith("Be kind.\n"), step
        assert not identity(world, "ann").exists(), step
        assert (identity(world, "ann").parent / "identity.retired.md").exists(), step
        assert identity(world, "bob").exists(), step
    assert step > 10
