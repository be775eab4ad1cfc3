"""What was spent, as people and programs see it: costs from the ledger, and budgets with what is left of them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from scope.models import costs
from tests.cli import golden
from tests.cli.terminal import on_terminal

if TYPE_CHECKING:
    from tests.cli.stillness import Stillness
    from tests.driver import World


def call(session: str, step: int, **more: Any) -> dict[str, Any]:
    """One line of the ledger, as the router writes it."""
    return {
        "time": "2026-01-02T03:04:05.678Z",
        "id": f"{session}/1/{step}.1",
        "session": session,
        "attempt": 1,
        "tree": session.partition(".")[0],
        "agent": "",
        "job": "",
        "level": 0,
        "role": "",
        "skills": [],
        "model": "openai/small",
        "deployment": "0/0",
        "prompt_tokens": 1000,
        "completion_tokens": 200,
        "cached_tokens": 100,
        "cost": 0.05,
        "ms": 1500,
        "outcome": "ok",
        "error": "",
        "usage": {},
        "note": "",
        **more,
    }


CALLS = (
    call("2", 1),
    call("2", 2, model="anthropic/strong", level=2, cost=1.25, agent="ann", prompt_tokens=1_234_567),
    call("2.1", 1, cost=None, model="openai/a-model-of-a-very-long-name-that-fits-on-no-terminal-whatever-one-does"),
    call("2.10", 1, job="tests", skills=["rlm", "peek"]),
    call("1", 1, time="2026-01-03T00:00:00.000Z", outcome="error", cost=0, prompt_tokens=0, completion_tokens=0),
    call("1", 2, time="2026-01-03T00:00:01.000Z", outcome="unknown", cost=None, reserved={"usd": 0.5, "tokens": 900}),
    call("1", 2, time="2026-01-03T00:00:02.000Z"),
)


def spend(world: World, *lines: dict[str, Any]) -> None:
    """Write the ledger; its last line is still being written."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (world.root / "ledger.jsonl").write_text(text + '{"id": "torn')


@pytest.fixture
def spent(states: World) -> World:
    """A root in which models were called."""
    spend(states, *CALLS)
    return states


@pytest.mark.parametrize("by", costs.GROUPINGS)
def test_in_a_pipe_there_is_one_plain_line_for_each_group_and_the_total(by: str, spent: World) -> None:
    """Numbers as they are, for a program; every grouping ends in the same total."""
    said = spent.run("cost", "--by", by, code=0).stdout
    assert said.splitlines()[-1] == "total\t6\t1238567\t600\t1000\t1.400000\t1\t9.0\t1"
    golden.agrees(f"pipe cost {by}", said)


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("by", ["session", "model"])
def test_on_a_terminal_it_is_a_table_that_fits(by: str, columns: int, spent: World) -> None:
    """Long names are cut; the numbers never are: what is worth least is left out of a narrow one."""
    said = on_terminal(spent, "cost", "--by", by, columns=columns, env={"NO_COLOR": "1"}).stdout
    assert max(map(len, said.splitlines())) <= columns
    assert "\x1b" not in said
    golden.agrees(f"terminal {columns} cost {by}", said)


def test_as_json_there_is_an_object_for_each_group(spent: World) -> None:
    """Without the total, which is a sum of them."""
    found = json.loads(spent.run("cost", "2.1", "--json", code=0).stdout)
    assert found == [
        {
            "by": "session", "key": "2.1", "calls": 1, "prompt_tokens": 1000, "cached_tokens": 100,
            "completion_tokens": 200, "cost": 0.0, "unpriced": 1, "seconds": 1.5, "errors": 0,
        }
    ]  # fmt: skip


def test_a_session_is_asked_for_with_those_below_it(spent: World) -> None:
    """By id, name, glob or label; one without calls has none."""
    for words in (("2",), ("web-tests",), ("-l", "kind=tests"), ("2", "2.1")):
        said = spent.run("cost", *words, code=0).stdout
        assert [line.split("\t")[0] for line in said.splitlines()] == ["2", "2.1", "2.10", "total"]
    none = spent.run("cost", "3", code=0)
    assert (none.stdout, none.stderr) == ("", "no model was called\n")
    assert spent.run("cost", "3", "--json", code=0).stdout == "[]\n"


@pytest.mark.parametrize(("since", "calls"), [("2026-01-03", 2), ("2026-01-03T00:00:01", 1), ("9999w", 6), ("1s", 0)])
def test_only_what_came_since_is_counted(since: str, calls: int, spent: World) -> None:
    """A day, a moment, or a time back from now."""
    if since == "9999w":  # as far back as there are times
        since = "1w"
        spend(spent, *({**line, "time": "2999-01-01T00:00:00Z"} for line in CALLS))
    found = json.loads(spent.run("cost", "--since", since, "--json", code=0).stdout)
    assert sum(group["calls"] for group in found) == calls


def test_without_a_ledger_nothing_was_spent(states: World) -> None:
    """A root in which no model was called is no error."""
    assert states.run("cost", code=0).stderr == "no model was called\n"


def standing(world: World, session: str) -> dict[str, Any]:
    """How a budget stands."""
    found = json.loads(world.run("budget", session, "--json", code=0).stdout)
    assert isinstance(found, dict)
    return found


def test_a_budget_says_what_is_spent_of_it_with_all_below(spent: World) -> None:
    """Of a call whose end nobody knows, all that was reserved."""
    (spent.root / "config.yaml").write_text("budgets: {session: {usd: 2.7, calls: 16}}\n")
    found = standing(spent, "2")
    assert found["budget"] == {"usd": 2.7, "tokens": None, "calls": 16, "children": 1000, "seconds": None}
    assert found["spent"] == {"usd": 1.35, "tokens": 1238367, "calls": 4, "children": 10, "seconds": 0}
    assert (found["own"], found["left"]) == (None, 0.5)
    assert standing(spent, "2.1")["spent"]["calls"] == 1
    spend(spent, CALLS[-2])
    assert standing(spent, "1")["spent"]["usd"] == 0.5
    said = spent.run("budget", "1", code=0).stdout
    assert said == (
        "usd\t$0.5000\tof $2.70\ntokens\t900\tof any\ncalls\t1\tof 16\nchildren\t0\tof 1000\nseconds\t0s\tof any\n"
    )


def test_where_a_tree_has_a_bound_the_top_has_one_of_its_own(spent: World) -> None:
    """Both are said, with what is spent of each."""
    (spent.root / "config.yaml").write_text("budgets: {session: {usd: 1.3}, tree: {usd: 10}}\n")
    found = standing(spent, "2")
    assert found["budget"]["usd"] == 10
    assert (found["own"]["budget"]["usd"], found["own"]["spent"]["usd"]) == (1.3, 1.3)
    assert found["left"] == 0
    assert "usd\t$1.35\tof $10.00\nusd\t$1.30\tof $1.30 by itself\n" in spent.run("budget", "2", code=0).stdout
    assert standing(spent, "2.1")["own"] is None


def test_a_budget_is_set_bound_by_bound(still: Stillness) -> None:
    """Over the task's; by hand it is the same file."""
    world = still.world
    place = still.add("1", "running", keys="budget: {usd: 1, calls: 10}\n")
    said = world.run("budget", "1", "usd=$5", "seconds=1h30m,tokens=200000", code=0)
    assert said.stdout.startswith("usd\t$0.00\tof $5.00\ntokens\t0\tof 200000\ncalls\t0\tof 10\n")
    assert (place / "budget").read_text() == "usd: 5\ntokens: 200000\nseconds: 5400\n"
    world.run("budget", "1", "usd=0.25", "children=0", code=0)
    assert (place / "budget").read_text() == "usd: 0.25\ntokens: 200000\nchildren: 0\nseconds: 5400\n"
    (place / "budget").write_text("calls: 7\n")
    assert standing(world, "1")["budget"]["calls"] == 7
    assert standing(world, "1")["budget"]["usd"] == 1


def test_seconds_are_those_of_the_attempts(still: Stillness) -> None:
    """From begun to ended, each; not those of the calls."""
    place = still.add("1", "failed")
    for number, length_s in ((1, 90), (2, 30)):
        attempt = place / "attempts" / str(number)
        attempt.mkdir(parents=True, exist_ok=True)
        for name, at in (("started", 1_000_000), ("exit", 1_000_000 + length_s)):
            (attempt / name).write_text("1\n")
            os.utime(attempt / name, (at, at))
    assert standing(still.world, "1")["spent"]["seconds"] == 120


def test_who_raises_a_budget_is_told_how_the_work_goes_on(spent: World) -> None:
    """Tried again where it failed, answered where a person is asked, and by itself where it runs."""
    assert spent.run("budget", "2.2", "usd=5", code=0).stderr == (
        "hint: it goes on when it is tried again: scope retry 2.2\n"
    )
    assert spent.run("budget", "6", "usd=5", code=0).stderr == (
        "hint: it goes on when it is answered: scope answer e2 retry\n"
    )
    assert spent.run("budget", "2", "usd=5", code=0).stderr == ""
    assert spent.run("budget", "2.2", code=0).stderr == ""


def test_inside_a_session_a_budget_is_set_for_those_below_only(spent: World) -> None:
    """What is above bounds them all the same; any may be looked at."""
    env = {"SCOPE_SESSION": "2"}
    spent.run("budget", "2.1", "usd=5", code=0, env=env)
    spent.run("budget", "2", "usd=5", code=2, env=env)
    spent.run("budget", "2", code=0, env=env)
    assert not (spent.session("2") / "budget").exists()
