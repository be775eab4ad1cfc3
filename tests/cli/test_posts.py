"""The tree of supervisors as people see it: who reports to whom, how loaded, and what is not well."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from tests.cli.terminal import on_terminal

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World

KEYS = (
    "name", "kind", "supervisor", "load", "span", "overloaded", "restarts", "intensity", "period_s", "has_given_up",
    "failed", "escalated", "problem", "sessions", "children",
)  # fmt: skip


def tree(world: World) -> dict[str, dict[str, Any]]:
    """Everybody in the tree by name."""
    found: dict[str, dict[str, Any]] = {}

    def take(one: dict[str, Any]) -> None:
        assert tuple(one) == KEYS
        found[one["name"]] = one
        for child in one["children"]:
            take(child)

    take(json.loads(world.run("tree", "--supervisors", "--json", code=0).stdout))
    return found


def test_declared_and_implied_supervisors_stand_in_one_tree_with_load_and_health(still: Stillness) -> None:
    """What has ended well is not there; a declared one is overloaded, an implied one has intermediate ones."""
    world = still.world
    (world.root / "tree.yaml").write_text("supervisors: {mayor: {children: {web: {span: 1}}}}\n")
    world.run("up", code=0)
    for number in range(1, 4):
        still.add(str(number), "running", keys="supervisor: web\n")
    still.add("4", "escalated", keys="supervisor: web\n")
    still.add("5", "failed")
    still.add("6", "done")
    still.add("7", "running")
    for number in range(1, 21):
        still.add(f"7.{number}", "pending")
    found = tree(world)
    assert (found["web"]["supervisor"], found["web"]["sessions"]) == ("mayor", ["1", "2", "3", "4"])
    assert (found["web"]["load"], found["web"]["span"], found["web"]["overloaded"]) == (4, 1, True)
    assert (found["web"]["escalated"], found["spawn-5"]["failed"]) == (1, 1)
    assert [one["name"] for one in found["human"]["children"]] == ["mayor", "coordinator"]
    assert found["spawn-7.0"]["sessions"] == [f"7.{number}" for number in range(1, 9)]
    assert "spawn-6" not in found
    assert not any(one["overloaded"] for name, one in found.items() if name != "web")
    said = world.run("tree", "--supervisors", code=0).stdout
    assert "    web 4/1 overloaded escalated 1\n" in said


def test_it_fits_into_sixty_columns_without_colour(states: World) -> None:
    """One line each."""
    said = on_terminal(states, "tree", "--supervisors", columns=60, env={"NO_COLOR": "1"}).stdout
    assert "\x1b" not in said
    assert max(cell_len(line) for line in said.splitlines()) <= 60
    assert any(line.startswith("human") for line in said.splitlines())


def test_restarts_are_told_against_the_intensity(town: World) -> None:
    """Those within the period."""
    session = town.spawn("--playbook", "restart,escalate", "--retries", "1", "--", "sh", "-c", "echo no; exit 1")
    town.until_state(session, "escalated")
    found = tree(town)[f"spawn-{session}"]
    assert (found["restarts"], found["intensity"], found["escalated"]) == (1, 5, 1)
    assert "restarts 1/5 in 10m" in town.run("tree", "--supervisors", code=0).stdout


def test_an_identity_that_cannot_be_read_hides_nobody(still: Stillness) -> None:
    """Whom it supervises stands below an implied one."""
    place = still.world.root / "agents" / "web"
    place.mkdir(parents=True)
    (place / "identity.md").write_text("---\nrole: king\n---\n")
    still.add("1", "running", keys="supervisor: web\n")
    assert tree(still.world)["spawn-1"]["sessions"] == ["1"]


def test_an_empty_root_has_a_human(world: World) -> None:
    """And nothing else."""
    world.run("init", code=0)
    assert world.run("tree", "--supervisors", code=0).stdout == "human\n"


def test_a_thousand_sessions_are_told_with_every_span_kept(still: Stillness) -> None:
    """Each once, whatever the depth."""
    for number in range(1, 1001):
        place = still.world.session(str(number))
        place.mkdir()
        (place / "task.md").write_text("---\ncommand: [make]\n---\n")
        (place / "state").write_text("running\n")
    found = tree(still.world)
    assert sum(len(one["sessions"]) for one in found.values()) == 1000
    assert all(one["load"] <= one["span"] for one in found.values() if one["span"])
