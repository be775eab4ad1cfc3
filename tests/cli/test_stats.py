"""What was learned, as people and programs see it: figures from the outcomes of verified work."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.cli import statstable, treefigures
from scope.skills import outcomes
from scope.skills.outcomes import Ending
from tests.cli import golden
from tests.cli.terminal import on_terminal

if TYPE_CHECKING:
    from tests.driver import World

SKILL = ("tests-below-src@0a1b2c3d4e5f",)


def ending(session: str, attempt: int, outcome: Literal["success", "failure"], **more: Any) -> Ending:
    """How one attempt ended, of a repository whose tests shall run."""
    defaults: dict[str, Any] = {
        "time": f"2026-01-02T03:04:{attempt:02}.000Z",
        "job_type": "run-tests",
        "entity_type": "repo",
        "signals": ("python", "src-layout"),
        "executor": "command",
        "cost": 0.0,
        "fingerprint": "1-aaaaaaaaaaaa" if outcome == "failure" else "",
    }
    return Ending(id=f"{session}/{attempt}", session=session, attempt=attempt, outcome=outcome, **{**defaults, **more})


MODEL: dict[str, Any] = {"job_type": "review", "entity_type": "", "signals": (), "executor": "model"}
ENDINGS = (
    # The first of its kind is helped by rules, and the next begins with what was learned; a replay is no task.
    ending("1", 1, "failure"),
    ending("1", 2, "success", advice_from="rules"),
    ending("2", 1, "success", skills=SKILL, is_replay=True),
    ending("3", 1, "success", skills=SKILL),
    # The same failure once more, for a person.
    ending("4", 1, "failure", signals=("python", "needs-settings"), skills=SKILL),
    ending("4", 2, "success", signals=("python", "needs-settings"), advice_from="human", verifier="human"),
    # Models, which cost something; of one call nobody knows what.
    ending("5", 1, "failure", **MODEL, cost=0.02, fingerprint="1-bbbbbbbbbbbb"),
    ending("5", 2, "failure", **MODEL, cost=0.02, fingerprint="1-bbbbbbbbbbbb", advice_from="rules"),
    ending("5", 3, "success", **MODEL, cost=0.03, advice_from="2", escalation_cost=0.25),
    ending("6", 1, "success", **MODEL, cost=0.04),
    ending("7", 1, "success", **MODEL, cost=None),
    ending("8", 1, "failure", **MODEL, cost=0.04, fingerprint="1-cccccccccccc", time="2026-02-02T00:00:00.000Z"),
)


@pytest.fixture
def learned(world: World) -> World:
    """A root in which work was judged, one line written twice, the last one torn."""
    world.run("init", code=0)
    for each in (*ENDINGS, replace(ENDINGS[0], seconds=9.0)):
        outcomes.record(str(world.root), each)
    with (world.root / "outcomes.jsonl").open("a") as stream:
        stream.write('{"id": "9/1')
    return world


def said(world: World, *words: str) -> dict[str, dict[str, Any]]:
    """What is printed as JSON, by key."""
    return {each["key"]: each for each in json.loads(world.run("stats", "--json", *words, code=0).stdout)}


@pytest.mark.parametrize("by", ["job", "skill", "level"])
def test_in_a_pipe_there_is_one_plain_line_for_each_group_and_the_total(by: str, learned: World) -> None:
    """Numbers as they are, in the order of the documented keys; each task counts once in the total."""
    shown = learned.run("stats", "--by", by, code=0).stdout
    assert shown.splitlines()[-1].startswith("total\t7\t6\t")
    fields = len(statstable.FIELDS) + len(treefigures.FIELDS)
    assert {len(line.split("\t")) for line in shown.splitlines()} == {1 + fields}
    golden.agrees(f"pipe stats {by}", shown)


@pytest.mark.parametrize("by", ["job", "level"])
def test_on_a_terminal_it_is_a_table_that_fits(by: str, learned: World) -> None:
    """The kind of work takes the lines that it needs; a cost stands beside every rate."""
    shown = on_terminal(learned, "stats", "--by", by, env={"NO_COLOR": "1"}).stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown
    golden.agrees(f"terminal 80 stats {by}", shown)


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_signal_drives_no_terminal_and_breaks_no_line(is_terminal: bool, world: World) -> None:
    """Signals are any words: an escape sequence, a tab or a line's end in one is not printed."""
    world.run("init", code=0)
    outcomes.record(str(world.root), ending("1", 1, "success", signals=("a\tb\nc\x1b]0;title\x07\x9b2J", "d")))
    said = on_terminal(world, "stats").stdout if is_terminal else world.run("stats", code=0).stdout
    assert not any(sign in said for sign in ("\x1b]", "\x07", "\x9b"))
    assert is_terminal or "a b c]0;title2J d" in said
    fields = len(statstable.FIELDS) + len(treefigures.FIELDS)
    assert is_terminal or [line.count("\t") for line in said.splitlines()] == [fields] * 2


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_on_a_narrow_terminal_no_row_loses_its_name(columns: int, learned: World) -> None:
    """What is worth least is left out, rather than the kind of work."""
    shown = on_terminal(learned, "stats", columns=columns, env={"NO_COLOR": "1"}).stdout.splitlines()
    assert max(map(len, shown)) <= columns
    assert shown[0].startswith("JOB ")
    assert "VERIFIED" in shown[0]
    assert any(line.startswith("total ") for line in shown)
    assert ("AGAIN" in shown[0]) is (columns >= 80)


def test_what_passed_with_advice_did_not_pass_by_itself() -> None:
    """Also where the attempt before it was not judged, because its failure was not the work's fault."""
    found = statstable.figures(statstable.works([ending("1", 2, "success", advice_from="rules")]))
    assert (found.without_skill, found.passed_without_skill, found.by_rules) == (1, 0, 1)
    assert found.cost_without_skill is None


def test_first_attempts_with_a_skill_are_told_from_those_without(learned: World) -> None:
    """By whether the first attempt was given one, whatever came later."""
    found = said(learned)["run-tests repo python src-layout"]
    assert (found["tasks"], found["verified"], found["attempts"]) == (2, 2, 3)
    assert (found["with_skill"], found["passed_with_skill"], found["cost_with_skill"]) == (1, 1, 0.0)
    assert (found["without_skill"], found["passed_without_skill"], found["cost_without_skill"]) == (1, 0, None)


def test_a_failure_that_was_known_counts_as_one_again(learned: World) -> None:
    """Also from another kind of work, and not the first time."""
    found = said(learned)
    assert found["run-tests repo python src-layout"]["repeats"] == 0
    assert found["run-tests repo needs-settings python"]["repeats"] == 1
    assert found["review"]["repeats"] == 1


def test_it_is_said_who_solved_it(learned: World) -> None:
    """Whose advice the attempt had that was verified; an unsolved task is nobody's."""
    found = said(learned)
    names = ("alone", "by_skill", "by_rules", "by_models", "by_human")
    assert [found["run-tests repo python src-layout"][name] for name in names] == [0, 1, 1, 0, 0]
    assert [found["run-tests repo needs-settings python"][name] for name in names] == [0, 0, 0, 0, 1]
    assert [found["review"][name] for name in names] == [2, 0, 0, 1, 0]
    assert set(said(learned, "--by", "level")) == {"2", "alone", "human", "rules", "skill", "unsolved"}


def test_a_success_costs_what_its_failures_and_its_advice_did(learned: World) -> None:
    """What failed for good is paid for by the successes; what nobody knows the cost of is left out."""
    found = said(learned)["review"]
    assert found["escalation_cost"] == 0.25
    assert found["cost_per_success"] == round((0.02 + 0.02 + 0.03 + 0.25 + 0.04 + 0.04) / 2, 8)
    assert found["cost_without_skill"] == round((0.02 + 0.04 + 0.04) / 1, 8)


def test_only_whole_tasks_that_were_judged_since_are_counted(learned: World) -> None:
    """A day, or a time back from now."""
    assert said(learned, "--since", "2026-02-01")["review"]["tasks"] == 1
    assert said(learned, "--since", "2026-01-02T03:04:02")["run-tests repo python src-layout"]["attempts"] == 2
    nothing = learned.run("stats", "--since", "2999-01-01", code=0)
    assert (nothing.stdout, nothing.stderr) == ("", "nothing was verified since then\n")


def test_where_nothing_was_verified_it_says_so(world: World) -> None:
    """An empty root is no error."""
    world.run("init", code=0)
    nothing = world.run("stats", code=0)
    assert (nothing.stdout, nothing.stderr) == ("", "nothing was verified\n")
    assert world.run("stats", "--json", code=0).stdout == "[]\n"


def test_wrong_words_are_refused(world: World) -> None:
    """With what is known instead."""
    world.run("init", code=0)
    assert world.run("stats", "--by", "moon", code=2).stderr == (
        "error: --by does not know 'moon'\nhint: it knows job, skill, level, day, week, supervisor, all\n"
    )
    assert world.run("stats", "--since", "soon", code=2).stderr.startswith("error: --since takes a time such as 7d")


COSTS = st.none() | st.floats(0, 10)
WHOSE = st.sampled_from(["", "rules", "2", "human"])
ATTEMPTS = st.builds(
    lambda session, attempt, outcome, **more: ending(str(session), attempt, outcome, **more),
    st.integers(1, 5),
    st.integers(1, 4),
    st.sampled_from(["success", "failure"]),
    cost=COSTS,
    escalation_cost=COSTS,
    advice_from=WHOSE,
    skills=st.sampled_from([(), SKILL, ("a@1", "b@2")]),
    is_replay=st.booleans(),
    fingerprint=st.sampled_from(["", "1-a", "1-b"]),
)


@given(st.lists(ATTEMPTS, unique_by=lambda each: each.id), st.sampled_from(sorted(statstable.GROUPINGS)))
def test_the_figures_add_up_whatever_happened(endings: list[Ending], by: str) -> None:
    """Every task began with a skill or without; every verified one was solved by somebody; no rate exceeds one."""
    works = statstable.works(endings)
    for found in statstable.grouped(works, by).values():
        figures = statstable.figures(found)
        assert figures.with_skill + figures.without_skill == figures.tasks == len(found) > 0
        solved = (figures.alone, figures.by_skill, figures.by_rules, figures.by_models, figures.by_human)
        assert sum(solved) == figures.verified <= figures.tasks <= figures.attempts
        assert figures.passed_with_skill <= figures.with_skill
        assert figures.cost_per_success is None or figures.verified
        assert len(statstable.cells(figures)) == len(statstable.COLUMNS)
    if by != "skill":
        assert sum(map(len, statstable.grouped(works, by).values())) == len(works)
