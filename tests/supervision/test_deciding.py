"""What people decide: seen, passed on, answered for good; by command and by editor, with the watcher alive or dead."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.driver import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver import World

FAILING = "echo error: the mirror is down; exit 1"
FIXABLE = 'test "$1" = on || { echo "error: the switch is $1"; exit 1; }; echo well'


def file_of(world: World, escalation: str = "e1") -> Path:
    """Where it lies."""
    return world.root / "escalations" / f"{escalation}.md"


def fill_in(world: World, **keys: str) -> None:
    """Write into the frontmatter of e1 as a person does."""
    text = file_of(world).read_text()
    for key, value in keys.items():
        (line,) = [line for line in text.splitlines() if line.startswith(f"{key}:")]
        text = text.replace(f"\n{line}\n", f"\n{key}: {value}\n")
    file_of(world).write_text(text)


def listed(world: World, *words: str) -> list[dict[str, Any]]:
    """What inbox prints as JSON."""
    found = json.loads(world.run("inbox", "--json", *words, code=0).stdout)
    assert isinstance(found, list)
    return found


def fail(world: World, *options: str, script: str = FAILING) -> str:
    """Spawn a session that fails and is put before a person."""
    session = world.sh(script, "--playbook", "escalate", *options)
    world.run("wait", session, code=3)
    return session


def grow_stale(world: World, pause: str = "300ms") -> None:
    """Let open cases grow more severe after so short a time."""
    path = world.root / "config.yaml"
    path.write_text(path.read_text().replace("repeat_interval: 1h", f"repeat_interval: {pause}"))


def test_every_open_case_says_what_it_is_about(town: World) -> None:
    """Its kind of work, agent, labels and needs, which are what silences and policies match."""
    fail(town, "--job-type", "nightly", "--label", "team=web")
    (found,) = listed(town)
    assert (found["job_type"], found["labels"], found["needs"]) == ("nightly", {"team": "web"}, "diagnosis")
    page = town.run("inbox", "show", "e1", code=0).stdout
    assert page.startswith("e1 is open, for ")
    assert "\nSession 1 failed: error: the mirror is down. What now?\n" in page
    assert "options: retry, fail, pass" in page
    assert json.loads(town.run("inbox", "show", "1", "--json", code=0).stdout)["body"] in file_of(town).read_text()


def test_an_unheard_case_grows_more_severe_twice_and_then_rests(town: World) -> None:
    """A question as well as a failure."""
    grow_stale(town)
    fail(town)
    session = town.sh("scope ask 'Which?'")
    until(lambda: [each["severity"] for each in listed(town)] == [2, 2], what=town.log())
    said = (town.root / "escalations" / "groups.jsonl").read_text()
    assert [said.count(f'"group": "{each}", "move": "tell"') for each in ("e1", "e2")] == [2, 2]
    town.run("answer", session, "this", code=0)
    town.wait(session)


@pytest.mark.parametrize("by", ["command", "editor"])
def test_what_was_acknowledged_grows_no_more_severe_and_still_takes_an_answer(town: World, by: str) -> None:
    """Whoever has seen it needs no reminder."""
    session = fail(town)
    if by == "command":
        town.run("ack", "e1", code=0)
        town.run("ack", session, code=0)
    else:
        fill_in(town, state="acked")
    grow_stale(town, "100ms")
    town.run("watch", "stop", code=0)
    other = fail(town, script="echo error: another; exit 1")
    until(lambda: {each["id"]: each["severity"] for each in listed(town)}["e2"] == 2, what=town.log())
    assert {each["id"]: (each["state"], each["severity"]) for each in listed(town)}["e1"] == ("acked", 0)
    town.run("answer", "e1", "fail", code=0)
    town.run("answer", "e2", "fail", code=0)
    town.run("wait", session, other, code=1)
    until(lambda: listed(town) == [])


def test_an_answer_becomes_a_policy_that_decides_the_next_case_without_a_person(town: World) -> None:
    """With its words and variables; who set it, why, and how often it was used is known."""
    words = ("--var", "switch=off", "--", "sh", "-c", FIXABLE, "sh", "{{ switch }}")
    first = town.spawn("--playbook", "escalate", *words)
    town.run("wait", first, code=3)
    town.run("answer", first, "turn it on", "--var", "switch=on", "--as-policy", "--name", "switch", code=0)
    assert town.wait(first) == "well\n"
    second = town.spawn("--playbook", "escalate", *words)
    assert town.wait(second) == "well\n"
    assert listed(town) == []
    moves = [line for line in town.decisions(second) if line["move"] == "again"]
    assert [line["why"] for line in moves] == ["policy 'switch' says so: once more, with what it says"]
    assert moves[0]["advice"]["instructions"] == "turn it on"
    (policy,) = json.loads(town.run("policy", "--json", code=0).stdout)
    assert (policy["then"], policy["advice"], policy["vars"]) == ("retry", "turn it on", {"switch": "on"})
    assert (policy["from"], policy["by"], policy["uses"]) == ("e1", "person", 1)
    assert set(policy["match"]) == {"fingerprint"}


def test_a_policy_made_of_an_answer_leaves_its_own_case_to_the_answer(town: World) -> None:
    """Seen an instant before the answer is, it would decide for the person who has just decided."""
    words = ("--var", "switch=off", "--", "sh", "-c", FIXABLE, "sh", "{{ switch }}")
    first = town.spawn("--playbook", "escalate", *words)
    town.run("wait", first, code=3)
    known = next(line for line in file_of(town).read_text().splitlines() if line.startswith("fingerprint: "))
    (town.root / "policies").mkdir()
    (town.root / "policies" / "switch.md").write_text(
        f"---\nmatch: {{{known.partition(':')[0]}: {known.split(': ')[1].partition(':')[0]}}}\nthen: retry\n"
        "vars: {switch: on}\nfrom: e1\n---\n"
    )
    second = town.spawn("--playbook", "escalate", *words)
    town.run("wait", second, code=3)
    town.run("answer", "e1", "turn it on", "--var", "switch=on", code=0)
    town.wait(first, second)
    (said,) = [line["why"] for line in town.decisions(first) if line["move"] == "again"]
    assert "policy" not in said


def test_a_policy_whose_words_do_not_help_is_tried_once_and_then_a_person_is_asked(town: World) -> None:
    """Never in a loop."""
    fail(town)
    town.run("answer", "e1", "wait for it", "--as-policy", "--name", "patience", code=0)
    town.run("wait", "1", code=3)
    second = fail(town)
    said = [line["why"] for line in town.decisions(second) if line["move"] == "again"]
    assert said == ["policy 'patience' says so: once more, with what it says"]
    assert town.state(second) == "escalated"


@pytest.mark.parametrize("by", ["command", "editor"])
def test_an_answer_to_a_question_holds_for_the_next_that_asks_the_same(town: World, by: str) -> None:
    """Also where an editor named the policy, and the watcher was dead meanwhile."""
    ask = "scope ask 'Rebase or merge?' --option rebase --option merge"
    first = town.sh(ask)
    town.run("wait", first, code=3)
    town.kill_watcher()
    if by == "command":
        town.run("answer", first, "merge", "--as-policy", "--name", "merging", code=0)
    else:
        fill_in(town, answer="merge", policy="merging")
        town.run("watch", code=0)
    assert town.wait(first) == "merge\n"
    until((town.root / "policies" / "merging.md").exists)
    second = town.sh(ask)
    assert town.wait(second) == "merge\n"
    assert town.moves(second) == ["start", "reply", "succeed"]
    assert next(line for line in town.decisions(second) if line["move"] == "reply")["by"] == "policy 'merging'"
    town.run("policy", "withdraw", "merging", code=0)
    third = town.sh(ask)
    town.run("wait", third, code=3)
    assert town.run("policy", code=0).stdout == ""
    assert "\twithdrawn\t" in town.run("policy", "--all", code=0).stdout


def test_silences_and_policies_given_while_the_watcher_is_dead_take_effect(town: World) -> None:
    """They are files, and it reads them when it returns."""
    session = fail(town)
    town.kill_watcher()
    town.run("policy", "new", "mirror", "--match", "error=*mirror is down*", "--then", "pass", code=0)
    town.run("silence", "kind=failure", "--for", "1h", code=0)
    assert listed(town)[0]["silenced"] == "s1"
    town.run("watch", code=0)
    town.until_state(session, "done")
    assert json.loads(town.run("wait", session, "--json").stdout)[0]["verified"] is False


def test_a_policy_is_bound_to_the_work_that_it_names(town: World) -> None:
    """To its labels, for one."""
    match = ("--match", "error=*mirror is down*", "--match", "label.team=web")
    town.run("policy", "new", "mirror", *match, "--then", "pass", code=0)
    town.wait(town.sh(FAILING, "--playbook", "escalate", "--label", "team=web"))
    fail(town, "--label", "team=docs")


def test_a_case_is_forwarded_up_and_nowhere_else(town: World) -> None:
    """To a supervisor above all that ask; never to who asks, nor below or beside; else a person has it."""
    for name, above in (("lead", "human"), ("web", "lead"), ("docs", "lead")):
        place = town.root / "agents" / name
        place.mkdir(parents=True)
        (place / "identity.md").write_text(f"---\nrole: supervisor\nsupervisor: {above}\n---\n")
    fail(town, "--supervisor", "web")
    for name in ("docs", "nobody"):
        assert "it takes web, lead, human" in town.run("forward", "e1", name, code=2).stderr
    town.run("forward", "e1", "lead", code=0)
    assert [each["id"] for each in listed(town, "--assignee", "lead")] == ["e1"]
    assert listed(town, "--assignee", "human") == []
    town.run("forward", "e1", "human", code=0)
    fill_in(town, assignee="docs")
    town.run("answer", "e1", "fail", code=0)
    until(lambda: listed(town) == [])


def test_a_failure_that_nobody_answers_takes_its_default_once(town: World) -> None:
    """Where the configuration says until when: then what it says holds, and who answered is known."""
    path = town.root / "config.yaml"
    path.write_text(path.read_text().replace("escalation: {", "escalation: {answer_within: 1s, "))
    session = town.sh(FAILING, "--playbook", "escalate")
    town.until_state(session, "failed")
    text = file_of(town).read_text()
    assert "\nanswer: fail\n" in text
    assert "\nby: default\n" in text


def test_inside_a_session_nothing_is_decided(town: World) -> None:
    """What people decide is not for those whom it is about."""
    fail(town)
    inside = {"SCOPE_SESSION": "1"}
    for words in (
        ("ack", "e1"), ("answer", "e1", "pass"), ("forward", "e1", "human"), ("silence", "kind=failure", "--for", "1h"),
        ("silence", "--expire", "s1"), ("policy", "new", "x", "--match", "class=lost", "--then", "pass"),
        ("policy", "edit", "x"), ("policy", "withdraw", "x"), ("inbox", "--test-notification"),
    ):  # fmt: skip
        assert "this is inside session 1" in town.run(*words, env=inside, code=2).stderr
    assert town.run("policy", env=inside, code=0).stdout == ""
    assert not (town.root / "silences").exists()
