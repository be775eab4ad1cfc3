"""Whether the tree is healthy, as people and programs see it: who resolved what, how fast, and what helps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from scope.cli import statstable, treefigures
from tests.cli import golden
from tests.cli.terminal import on_terminal
from tests.cli.village import Village, busy

if TYPE_CHECKING:
    from tests.driver import World


@pytest.fixture
def village(world: World) -> World:
    """A root whose tree is not healthy."""
    world.run("init", code=0)
    busy(world.root)
    return world


def said(world: World, *words: str) -> dict[str, dict[str, Any]]:
    """What is printed as JSON, by key."""
    return {each["key"]: each for each in json.loads(world.run("stats", "--json", *words, code=0).stdout)}


def test_all_as_one_says_who_resolved_how_much(village: World) -> None:
    """The highest level that had a hand in it; where the files are gone nobody knows who it was."""
    found = said(village, "--by", "all")["all"]
    levels = ("at_worker", "at_supervisor", "at_coordinator", "at_human", "untold")
    assert [found[name] for name in levels] == [20, 3, 1, 5, 1]
    assert (found["ended"], found["aborted"], found["escalated"]) == (30, 0, 10)
    assert found["escalation_rate"] == round(10 / 30, 6)
    assert (found["resolution_median_s"], found["resolution_p90_s"]) == (240.0, 480.0)
    assert found["restarts"] == 1


def test_the_advice_stands_with_its_figure(village: World) -> None:
    """In the same words for programs."""
    found = said(village, "--by", "all")["all"]
    assert found["verdict"] == "unhealthy"
    assert any(each.startswith("33 % of sessions were escalated, of 10 % at most: ") for each in found["advice"])
    assert any(each.startswith("supervisor 'web' has 2 sessions, its span is 1: ") for each in found["advice"])


def test_a_failure_that_comes_after_its_resolution_is_counted(village: World) -> None:
    """The first two of each kind had not been resolved before."""
    found = said(village, "--by", "all")["all"]
    assert (found["failures"], found["recurred"]) == (10, 7)


def test_a_supervisor_has_its_load_and_its_span(village: World) -> None:
    """Declared ones by name; a spawn that nobody was declared for has one of its own."""
    found = said(village, "--by", "supervisor")
    assert (found["web"]["load"], found["web"]["span"], found["web"]["ended"]) == (2, 1, 8)
    assert (found["spawn-2"]["load"], found["spawn-2"]["span"]) == (None, None)
    assert next(iter(found)) == "web"
    assert list(found).index("spawn-9") < list(found).index("spawn-10")


def test_days_and_weeks_are_those_in_which_sessions_ended(village: World) -> None:
    """Every session is in exactly one."""
    days, weeks = said(village, "--by", "day"), said(village, "--by", "week")
    assert list(weeks) == ["2026-W01", "2026-W02", "2026-W03"]
    assert list(days)[:2] == ["2026-01-01", "2026-01-02"]
    for found in (days, weeks):
        assert sum(each["ended"] for each in found.values()) == 30
    assert days["2026-01-01"]["escalation_rate"] == 0.0
    assert days["2026-01-10"]["escalation_rate"] == 1.0


def test_only_what_ended_since_is_judged(village: World) -> None:
    """And what came again is still known from before."""
    found = said(village, "--by", "all", "--since", "2026-01-06")["all"]
    assert (found["ended"], found["verdict"], found["recurred"]) == (6, "too few to judge", 5)


def test_an_escalation_that_was_called_off_counts_and_an_aborted_session_does_not(world: World) -> None:
    """What somebody was asked about is never lost."""
    world.run("init", code=0)
    made = Village(world.root)
    for session in ("1", "2"):
        made.task(session)
        made.event(session, "pending", "running", "2026-01-01T03:00:00.000Z")
    made.event("1", "running", "escalated", "2026-01-01T03:00:01.000Z")
    made.decide("1", "escalate", play="escalate", group="e1")
    for session, before in (("1", "escalated"), ("2", "running")):
        made.decide(session, "abort")
        made.event(session, before, "aborted", "2026-01-01T03:00:02.000Z")
    found = said(world, "--by", "all")["all"]
    assert (found["ended"], found["aborted"], found["escalated"], found["at_human"]) == (1, 1, 1, 1)


def test_what_the_watcher_made_for_itself_counts_for_nothing(world: World) -> None:
    """Advisors, and replays of skills."""
    world.run("init", code=0)
    made = Village(world.root)
    made.well("1", 1)
    made.well("2", 1, executor="advisor", by="watcher")
    made.well("3", 1, by="watcher", labels="{replay: a-skill}")
    made.well("4", 1, labels="{replay: mine}")
    assert said(world, "--by", "all")["all"]["ended"] == 2


def test_what_was_archived_or_removed_counts_as_before(village: World) -> None:
    """By whom it was resolved, who supervised it, and that the watcher had made it for itself."""
    Village(village.root).well("41", 1, executor="advisor", by="watcher")
    before = [said(village, "--by", by) for by in ("all", "supervisor", "week")]
    village.run("rm", "1", "32", "38", code=0)
    village.run("gc", "--older", "0", code=0)
    assert {path.name for path in (village.root / "sessions").glob("[0-9]*")} == {"50", "51"}
    assert [said(village, "--by", by) for by in ("all", "supervisor", "week")] == before


@pytest.mark.parametrize("by", ["day", "week", "supervisor"])
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_on_a_terminal_everything_fits(by: str, columns: int, village: World) -> None:
    """No row without its name, no line beyond the edge, and the verdict below."""
    shown = on_terminal(village, "stats", "--by", by, columns=columns, env={"NO_COLOR": "1"}).stdout
    assert max(map(len, shown.splitlines())) <= columns
    assert "\x1b" not in shown
    assert "The tree is unhealthy (30 sessions ended)" in shown
    assert "ESCALATED" in shown.splitlines()[0]
    if columns == 60:
        golden.agrees(f"terminal 60 stats {by}", shown)


def test_a_terminal_that_knows_ascii_only_gets_ascii(village: World) -> None:
    """Bars and curves of plain characters."""
    world = {"NO_COLOR": "1", "LANG": "C", "LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    shown = on_terminal(village, "stats", "--by", "week", env=world).stdout
    assert "#" in shown
    assert shown.isascii()


def test_where_nothing_was_checked_the_verdict_stands_alone(world: World) -> None:
    """By job there is nothing to list, and the sessions are judged all the same."""
    world.run("init", code=0)
    Village(world.root).well("1", 1)
    shown = on_terminal(world, "stats", env={"NO_COLOR": "1"}).stdout
    assert shown.startswith("The tree: too few to judge (1 session ended)")
    assert world.run("stats", "--json", code=0).stdout == "[]\n"
    (total,) = world.run("stats", code=0).stdout.splitlines()
    assert total.split("\t")[0] == "total"


@pytest.mark.parametrize("by", ["job", "skill", "level", "day", "week", "supervisor", "all"])
def test_every_way_of_adding_up_has_the_same_keys(by: str, village: World) -> None:
    """Those of tasks, then those of sessions."""
    village_work = {"id": "1/1", "time": "2026-01-01T03:00:00Z", "session": "1", "attempt": 1, "outcome": "success"}
    Village(village.root).append("outcomes.jsonl", {**village_work, "job_type": "make"})
    found = said(village, "--by", by)
    assert found
    keys = ("by", "key", *statstable.FIELDS, *treefigures.FIELDS)
    assert all(tuple(each) == keys for each in found.values())
    assert sum(each["tasks"] for each in found.values()) == 1


def test_decisions_that_are_no_decisions_break_nothing(world: World) -> None:
    """A file that somebody edited, or a directory in its place."""
    world.run("init", code=0)
    made = Village(world.root)
    for session in ("1", "2"):
        made.resolved(session, 1, "human")
    path = world.session("1") / "decisions.jsonl"
    path.write_text(
        '{"move": ["again"], "advice": 3, "attempt": {}}\nwords\n{"move": "recover", "attempt": 1}\n\x00\n{'
    )
    (world.session("2") / "decisions.jsonl").unlink()
    (world.session("2") / "decisions.jsonl").mkdir()
    found = said(world, "--by", "all")["all"]
    assert (found["ended"], found["at_worker"], found["untold"], found["escalated"]) == (2, 1, 1, 1)


def test_a_tree_that_really_ran_is_counted(town: World) -> None:
    """A worker by itself, one with retries, and one that a person answered for."""
    town.wait(town.sh("exit 0"))
    town.wait(town.sh('[ "$SCOPE_ATTEMPT_NUMBER" = 2 ] || [ -e twice ] || { touch twice; exit 1; }', "--retries", "1"))
    stuck = town.sh("echo no such table; exit 4", "--playbook", "escalate", "--retries", "1")
    town.until_state(stuck, "escalated")
    town.wait(stuck, code=3)
    town.run("answer", "e1", "fail", code=0)
    town.wait(stuck, code=1)
    found = said(town, "--by", "all")["all"]
    assert (found["ended"], found["at_worker"], found["at_human"], found["escalated"]) == (3, 2, 1, 1)
    assert found["failures"] == 2
