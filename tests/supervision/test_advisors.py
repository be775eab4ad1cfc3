"""Advisors that are models: sessions of their own, asked once for all that fail alike, each knowing the whole case."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import SETTINGS
from tests.driver import until
from tests.models.provider import Turn, broken, done, hang, say

if TYPE_CHECKING:
    from tests.driver import World
    from tests.models.provider import Provider

LADDER = """\
models:
  levels:
    0: [{{model: openai/small, base_url: "{url}", api_key_env: TEST_MODEL_KEY, retries: 0}}]
    2:
      - {{model: openai/strong, base_url: "{url}", api_key_env: TEST_MODEL_KEY, retries: 0,
          price: {{input: 10, output: 20}}}}
    3: [{{model: openai/strongest, base_url: "{url}", api_key_env: TEST_MODEL_KEY, retries: 0}}]
"""
SWITCH = 'test "$1" = on || { echo "error: the switch is $1"; exit 1; }; echo "$SCOPE_SESSION" >> went'


@pytest.fixture
def court(study: World, provider: Provider) -> World:
    """A town with models at the levels 0, 2 and 3."""
    (study.root / "config.yaml").write_text(SETTINGS + LADDER.format(url=provider.url))
    return study


def advice(instructions: str = "", reasoning: str = "I looked at the error.", **variables: str) -> Turn:
    """What an advisor answers."""
    return say(json.dumps({"instructions": instructions, "reasoning": reasoning, "variables": variables}))


def case(world: World, session: str) -> dict[str, Any]:
    """The case of a session."""
    found: dict[str, Any] = json.loads((world.root / "sessions" / session / "escalation.json").read_text())
    return found


def spawn(world: World, *more: str) -> str:
    """Spawn what fails until its variable is set."""
    return world.spawn(
        "--playbook", "default", "--job-type", "switch", "--var", "switch=off", *more,
        "--check", "true", "--", "sh", "-c", SWITCH, "sh", "{{ switch }}",
    )  # fmt: skip


def groups(world: World) -> list[str]:
    """What was decided about groups, in order."""
    path = world.root / "escalations" / "groups.jsonl"
    return [json.loads(line)["move"] for line in path.read_text().splitlines()]


def test_an_advisor_says_what_to_set_and_the_retry_succeeds(court: World, provider: Provider) -> None:
    """It is a session, is told the whole case, and executes nothing; level 0 tries again."""
    provider.script("the switch is off", advice("Turn it on.", switch="on", undeclared="x"))
    session = spawn(court)
    court.wait(session)
    advisor = json.loads(court.run("poll", "advisor-e1-2", "--json").stdout)[0]
    assert advisor["state"] == "done"
    asked = provider.of("the switch is off")
    assert len(asked) == 1
    assert asked[0].body["model"] == "strong"
    assert "tools" not in asked[0].body
    for words in ("error: the switch is off", "switch = 'off'", "sh -c", "attempt 1 failed"):
        assert words in asked[0].text
    told = case(court, session)
    assert set(told) == {"escalation_history", "escalation_advice"}
    [given] = told["escalation_advice"]
    assert given["from_level"] == "2"
    assert given["variables"] == {"switch": "on"}
    assert given["outcome"] == "succeeded"
    assert given["session"] == advisor["id"]
    assert given["cost"] > 0
    assert [entry["level"] for entry in told["escalation_history"]] == [0]


def test_each_higher_advisor_sees_all_of_it_and_the_person_is_the_last(court: World, provider: Provider) -> None:
    """Level 2 and level 3 do not help; what they said and what came of it stands before the next, and the person."""
    provider.script(
        "it is dark",
        advice("Wait a little.", switch="dim"),
        advice("Turn it up.", "Dimming was not enough.", switch="half"),
    )
    session = court.spawn(
        "--playbook", "default", "--retries", "5", "--var", "switch=off", "--check", "true",
        "--", "sh", "-c", 'test "$1" = on || { echo "error: it is dark"; exit 1; }', "sh", "{{ switch }}",
    )  # fmt: skip
    court.run("wait", session, code=3)
    told = case(court, session)
    assert [given["from_level"] for given in told["escalation_advice"]] == ["2", "3"]
    assert [given["outcome"] for given in told["escalation_advice"]] == ["failed", "failed"]
    assert [entry["attempt"] for entry in told["escalation_history"]] == [1, 2, 3]
    insufficient = [given["insufficient"] for given in told["escalation_advice"]]
    assert insufficient == ["", "Dimming was not enough."]
    second = provider.of("it is dark")[1]
    assert second.body["model"] == "strongest"
    for words in ("Wait a little.", "switch = 'dim'", "attempt 2 failed, with advice from 2", "attempt 1 failed"):
        assert words in second.text
    asked = (court.root / "escalations" / "e1.md").read_text()
    for words in ("2 said: switch = dim; Wait a little.; it failed", "3 said: switch = half; Turn it up.; it failed"):
        assert words in asked
    court.run("answer", "e1", "All the way.", "--var", "switch=on", code=0)
    court.wait(session)
    assert case(court, session)["escalation_advice"][-1]["from_level"] == "human"


def test_like_failures_have_one_diagnosis_one_canary_and_then_all_go(court: World, provider: Provider) -> None:
    """Five fail, one advisor is asked, one goes first."""
    provider.script("the switch is off", advice("Turn it on.", switch="on"))
    sessions = [spawn(court) for _ in range(5)]
    court.wait(*sessions)
    assert groups(court).count("consult") == 1
    assert groups(court).count("send") == 1
    assert len(provider.of("the switch is off")) == 1


def test_level_3_is_asked_only_when_level_2_did_not_suffice_for_the_same_failure(
    court: World, provider: Provider
) -> None:
    """Advice that changes nothing leaves the fingerprint as it is: one step up the ladder."""
    provider.script("the switch is off", advice("Look at it again."), advice("Turn it on.", switch="on"))
    session = spawn(court, "--retries", "4")
    court.wait(session)
    asked = provider.of("the switch is off")
    assert [seen.body["model"] for seen in asked] == ["strong", "strongest"]
    assert "Look at it again." in asked[1].text
    assert "Look at it again." not in asked[0].text
    assert [given["outcome"] for given in case(court, session)["escalation_advice"]] == ["failed", "succeeded"]
    vain = (court.root / "memory" / "failures.jsonl").read_text()
    assert "Look at it again." in vain


def test_what_did_not_help_reaches_the_next_advisor_of_a_like_case(court: World, provider: Provider) -> None:
    """By fingerprint: it need not be said twice."""
    provider.script(
        "the switch is off",
        advice("Look at it again."), advice("Turn it on.", switch="on"), advice("Turn it on.", switch="on"),
    )  # fmt: skip
    court.wait(spawn(court, "--retries", "4"))
    for path in (court.root / "skills").glob("*.md"):
        path.unlink()  # as if nothing had been learned but what not to do
    (court.root / "config.yaml").write_text(
        (court.root / "config.yaml").read_text().replace("repeat_interval: 1h", "repeat_interval: 1ms")
    )
    until(lambda: groups(court)[-1] == "close")
    court.wait(spawn(court, "--retries", "4"))
    assert "Look at it again." in provider.of("the switch is off")[2].text


def test_an_advisor_without_advice_sends_the_case_up(court: World, provider: Provider) -> None:
    """Asked once more, then it counts as none; a provider that fails for good counts as none, too."""
    provider.script("the switch is off", say("Have you tried?"), say("[1, 2]"), advice("Turn it on.", switch="on"))
    session = spawn(court)
    court.wait(session)
    assert [seen.body["model"] for seen in provider.of("the switch is off")] == ["strong", "strong", "strongest"]
    assert court.state("2") == "failed"
    assert [given["from_level"] for given in case(court, session)["escalation_advice"]] == ["3"]


def test_without_a_key_for_the_level_the_person_is_asked(court: World, provider: Provider) -> None:
    """A level that cannot be asked is passed over; nothing waits for it."""
    del court.env["TEST_MODEL_KEY"]
    config = court.root / "config.yaml"
    config.write_text(config.read_text().replace("advisor_wait: 10s", "advisor_wait: 100ms"))
    session = spawn(court)
    court.run("wait", session, code=3)
    assert groups(court).count("consult") == 2
    assert provider.seen == []
    until(lambda: court.state("2") == court.state("3") == "aborted")


def test_advisors_get_no_advisors_and_no_slot_is_needed_for_them(court: World, provider: Provider) -> None:
    """With one slot, taken by other work; the advisor fails, and nobody is asked about it."""
    config = court.root / "config.yaml"
    config.write_text(config.read_text() + "max_running: 1\n")
    provider.script("the switch is off", *[broken(400)] * 12)
    session = spawn(court)
    until(lambda: court.state(session) == "escalated")
    blocker = court.sh("until test -e go; do sleep 0.05; done")
    court.until_state(blocker, "running")
    court.run("wait", session, code=3)
    assert court.state(blocker) == "running"
    assert len(list((court.root / "escalations").glob("e*.md"))) == 1
    (court.project / "go").touch()


def test_an_advisor_is_charged_to_who_supervises_the_failing_work(court: World, provider: Provider) -> None:
    """A child's advisor is its parent's: the tree's budget bounds both."""
    provider.script("the switch is off", advice("Turn it on.", switch="on"))
    (court.project / "fails.sh").write_text('test "$1" = on || { echo "error: the switch is $1"; exit 1; }')
    (court.project / "all.sh").write_text(
        "c=$(scope spawn --playbook default --var switch=off -- sh fails.sh '{{ switch }}'); scope wait $c"
    )
    parent = court.sh("sh all.sh")
    court.wait(parent)
    assert court.state(f"{parent}.2") == "done"
    costs = json.loads(court.run("cost", "--by", "tree", "--json").stdout)
    assert [line["key"] for line in costs] == [parent]


def test_a_watcher_killed_while_an_advisor_is_at_work_asks_nobody_twice(court: World, provider: Provider) -> None:
    """The next one finds the advisor by the group's line."""
    provider.script(
        "the switch is off", Turn(text=json.loads(json.dumps(advice("On.", switch="on").text)), delay_s=1.5)
    )
    session = spawn(court)
    until(lambda: provider.of("the switch is off"))
    os.kill(court.watcher_pid(), signal.SIGKILL)
    court.wait(session)
    assert len(provider.of("the switch is off")) == 1
    assert groups(court).count("consult") == 1


def test_an_advisor_can_be_aborted_and_the_case_goes_up(court: World, provider: Provider) -> None:
    """It is a session like any other."""
    provider.script("the switch is off", hang(20), advice("Turn it on.", switch="on"))
    session = spawn(court)
    until(lambda: provider.of("the switch is off"))
    court.run("abort", "advisor-e1-2", code=0)
    court.wait(session)
    assert [given["from_level"] for given in case(court, session)["escalation_advice"]] == ["3"]


def test_a_model_is_told_in_its_brief(court: World, provider: Provider) -> None:
    """Level 0 goes on as level 0, from the beginning, with the advice and a digest of what failed."""
    provider.script("Name the colour", done("red"), done("blue"))
    provider.script("failed: error: not the colour", advice("Look at the sky first.", "It guessed."))
    session = court.spawn(
        "Name the colour of the sky", "--job-type", "colours", "--playbook", "default",
        "--check", 'grep -q blue "$(dirname "$SCOPE_BRIEF")/result.md" || { echo error: not the colour; exit 1; }',
    )  # fmt: skip
    court.wait(session)
    brief = (court.attempt(session, 2) / "brief.md").read_text()
    for words in ("Name the colour of the sky", "## Advice", "Look at the sky first.", "## What failed before"):
        assert words in brief
    last = provider.of("Name the colour")[-1]
    assert last.body["model"] == "small"
    assert "Look at the sky first." in last.text
