"""What `explain` tells of a supervisor's moves: exact in its numbers, whole with strange files, eighty columns wide."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scope.laws.states import MOVES
from scope.supervision.narration import explain, telling

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver import World

_TASK = "command: [make]\nretries: 2\nplaybook: [restart, vary, escalate]\nvariations: ['env:A=1', 'args:-x']\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root by hand with a session 1 whose supervisor has a playbook."""
    monkeypatch.setenv("SCOPE_HOME", str(tmp_path / "home"))
    place = tmp_path / ".scope"
    for directory in ("sessions/1", "run", "escalations"):
        (place / directory).mkdir(parents=True)
    (place / "sessions" / "1" / "task.md").write_text(f"---\n{_TASK}---\n")
    return place


def told(root: Path, *lines: dict[str, Any]) -> dict[str, Any]:
    """What is found with these decisions."""
    text = "".join(json.dumps({"seq": number, **line}) + "\n" for number, line in enumerate(lines, 1))
    (root / "sessions" / "1" / "decisions.jsonl").write_text(text)
    return explain.explain(str(root), "1")


def start(attempt: int) -> dict[str, Any]:
    """An attempt begins."""
    return {"move": "start", "attempt": attempt}


RECOVER: dict[str, Any] = {"move": "recover", "kind": "exit", "costs_retry": True}
LOST: dict[str, Any] = {"move": "recover", "kind": "lost", "costs_retry": False}
AGAIN: dict[str, Any] = {"move": "again", "play": "restart", "argument": ""}
GRANTED: dict[str, Any] = {"move": "again", "group": "e1", "serial": 1, "advice": {}, "is_granted": True}
ESCALATE: dict[str, Any] = {"move": "escalate", "play": "escalate", "argument": "1", "group": "e1"}
FAIL: dict[str, Any] = {"move": "fail", "kind": "exit"}
SPENT = (start(1), RECOVER, AGAIN, start(2), RECOVER, AGAIN, start(3))


@pytest.mark.parametrize(
    ("lines", "failed", "left", "granted"),
    [
        ((), 0, 2, 0),
        ((start(1),), 0, 2, 0),
        ((start(1), RECOVER), 1, 2, 0),
        ((start(1), RECOVER, AGAIN), 1, 2, 0),
        ((start(1), RECOVER, AGAIN, start(2)), 1, 1, 0),
        ((start(1), LOST, AGAIN, start(2)), 0, 2, 0),
        (SPENT, 2, 0, 0),
        ((*SPENT, FAIL), 3, 0, 0),
        ((*SPENT, RECOVER, FAIL), 3, 0, 0),
        ((*SPENT, RECOVER, ESCALATE), 3, 0, 0),
        ((*SPENT, RECOVER, ESCALATE, GRANTED), 3, 1, 1),
        ((*SPENT, RECOVER, ESCALATE, GRANTED, start(4)), 3, 0, 1),
        ((*SPENT, {"move": "succeed"}), 2, 0, 0),
        ((start(1), FAIL), 1, 2, 0),
        ((*SPENT, FAIL, {"move": "reopen"}), 0, 2, 0),
    ],
)
def test_the_retries_that_are_left_are_exact(
    lines: tuple[dict[str, Any], ...], failed: int, left: int, granted: int, root: Path
) -> None:
    """How many further attempts may begin: an attempt at work has used its own, one that was lost costs none."""
    attempts = told(root, *lines)["supervision"]["attempts"]
    assert attempts == {"failed": failed, "retries": 2, "granted": granted, "left": left}


def test_a_playbook_says_where_it_comes_from(root: Path) -> None:
    """From the task, from the declared supervisor, from the settings, or from nowhere."""
    task = root / "sessions" / "1" / "task.md"
    agent = root / "agents" / "web" / "identity.md"
    agent.parent.mkdir(parents=True)
    agent.write_text("---\nrole: supervisor\nplaybook: [restart, escalate]\nintensity: 2\n---\n")
    (root / "config.yaml").write_text("supervision: {playbook: [vary, escalate]}\n")
    for keys, source, playbook in (
        ("playbook: [restart]", "given", ["restart"]),
        ("supervisor: web", "supervisor web", ["restart", "escalate"]),
        ("supervisor: web\nplaybook: [vary]", "given", ["vary"]),
        ("playbook: default", "default", ["vary", "escalate"]),
        ("variations: ['env:A=1']", "default", ["vary", "escalate"]),
        ("retries: 3", "none", []),
    ):
        task.write_text(f"---\ncommand: [make]\n{keys}\n---\n")
        found = told(root)
        assert (found["supervision"]["playbook_from"], found["supervision"]["playbook"]) == (source, playbook)
    assert found["supervision"]["supervisor"]["name"] == "spawn-1"


def test_what_cannot_be_read_is_told_and_hides_nothing(root: Path) -> None:
    """A wrong setting and a supervisor that is nobody: the rest is told all the same."""
    (root / "config.yaml").write_text("supervison: {}\n")
    (root / "sessions" / "1" / "task.md").write_text("---\ncommand: [make]\nsupervisor: ghost\n---\n")
    found = told(root, start(1))
    said = telling.in_words(found)
    for word in ("config.yaml:1", "'supervison'", "there is no agent 'ghost'", "ghost, declared playbook: none"):
        assert word in " ".join(said.split())


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(max_size=5), below, max_size=2),
    max_leaves=4,
)
KEYS = (
    "time", "attempt", "play", "argument", "why", "class", "error", "runbook", "passed_over", "group", "advice", "saw",
    "pause_s", "until_done", "answer", "escalation", "is_canary", "costs_retry", "question", "kind", "at", "boot",
)  # fmt: skip
strange = st.fixed_dictionaries(
    {"move": st.sampled_from([*MOVES, "hold", "reply", "adopt", "dance"])}, optional=dict.fromkeys(KEYS, anything)
)


@settings(deadline=None, database=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(strange, max_size=6))
def test_strange_lines_are_told_as_they_are(root: Path, lines: list[dict[str, Any]]) -> None:
    """Whoever edits decisions by hand can still ask why; no line is wider than eighty columns but for one long word."""
    (root / "escalations" / "groups.jsonl").write_text(
        "".join(json.dumps({**line, "group": ""}) + "\n" for line in lines)
    )
    found = told(root, *lines)
    said = telling.in_words(found)
    json.dumps(found)
    for line in said[said.index("\nsupervision:") : said.index("\ndirectory:")].splitlines():
        assert len(line) <= 80 or len(line.split()) <= 3 or max(map(len, line.split())) > 40


def test_a_group_its_advice_and_its_canary_are_told(town: World) -> None:
    """Of two that fail alike one goes first with the runbook's remedy, the other follows; both say so."""
    place = town.root / "skills" / "runbooks"
    place.mkdir(parents=True)
    (place / "port.md").write_text(
        "---\nname: port\ndescription: d\nmatch: {error: 'port (?P<port>[0-9]+) is taken'}\nclass: resource\n"
        "apply: {vars: {port: '9{{ port }}'}}\n---\nTake another port.\n"
    )
    script = 'test "$1" = 980 || { while [ ! -e go ]; do sleep 0.01; done; echo "error: port $1 is taken"; exit 1; }'
    words = ("--playbook", "reframe,escalate", "--var", "port=80", "--", "sh", "-c", script, "sh", "{{ port }}")
    sessions = [town.spawn(*words), town.spawn(*words)]
    for session in sessions:
        town.until_started(session)
    (town.project / "go").touch()
    town.wait(*sessions)
    said = [" ".join(town.run("explain", session, code=0).stdout.split()) for session in sessions]
    assert sum("group: e1, as the canary" in each for each in said) == 1
    for each in said:
        for word in (
            "playbook: reframe, escalate (given with the task)", "attempts: 1 failed; 2 of 3 retries left",
            "failed as resource: error: port 80 is taken (runbook 'port')", "advice of the rules: runbook 'port' knows",
            "port=980", "| Take another port.",
        ):  # fmt: skip
            assert word in each


def test_a_question_and_a_deferral_are_told_while_they_last(town: World) -> None:
    """With the command that answers, and until when."""
    asking = town.sh("scope ask 'Rebase or merge?' --option rebase --option merge --default merge --deadline 1h")
    later = town.sh(f"scope fail --class resource --until done:{asking} 'it comes first'", "--playbook", "defer")
    town.until_state(asking, "waiting")
    town.until_state(later, "deferred")
    said = " ".join(town.run("explain", asking, code=0).stdout.split())
    assert "question e1: Rebase or merge? answer it: scope answer e1 … (rebase, merge) after 2" in said
    assert "Z it is merge" in said
    assert f"deferred until session {asking} is done" in town.run("explain", later, code=0).stdout
    town.run("answer", "e1", "rebase", code=0)
    town.run("wait", asking, later, code=1)
    assert "answer: rebase (by a person)" in town.run("explain", asking, code=0).stdout
    assert json.loads(town.run("explain", "--json", later, code=0).stdout)["supervision"]["deferred"] is None
